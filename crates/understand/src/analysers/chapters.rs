//! Chapters: the owner's where there are any, else where a long talk changes
//! its subject.
//!
//! The subject is followed over the vectors of scenes by `TextTiling` (Hearst,
//! Computational Linguistics 1997): scenes are put together to blocks, between
//! two blocks the mean vectors of the few before and the few after are compared,
//! and a chapter begins where their likeness dips far below its surroundings.

use super::{Analyser, Context};
use crate::Result;
use crate::card::{Claim, Grounds, RULES};
use crate::draft::Draft;
use crate::material::Material;
use crate::meaning::runs;
use crate::rules::keywords;
use crate::text::shortened;
use vireo_domain::{AnnotationKind, Embedding, Scene, Source, Span, Transcript};
use vireo_media::chapters::{Chapter, in_description};
use vireo_media::sidecar;

/// Shorter talks need no chapters, in seconds.
const SHORTEST_TALK: f64 = 300.0;

/// Shortest chapter of ours, in seconds.
const SHORTEST: f64 = 60.0;

/// A talk has a chapter for about each so many seconds, at most.
const USUAL: f64 = 180.0;

/// A block is as many scenes as last so long, in seconds: a sentence alone
/// says too little of the subject.
const BLOCK: f64 = 20.0;

/// Blocks looked at on each side of a border.
const WINDOW: usize = 3;

/// A border's depth must be this many standard deviations above the mean.
const DEEP: f64 = 0.5;

/// Words that name a chapter of ours.
const NAMES: usize = 2;

/// See the module.
pub(super) struct Chapters;

impl Analyser for Chapters {
    fn name(&self) -> &'static str {
        "chapters"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let in_file = draft.probe.as_ref().map(|probe| probe.chapters.clone());
        let duration = draft.video.duration_seconds.unwrap_or(0.0);
        let owned = [
            sidecar::chapters(context.sidecars),
            in_file.unwrap_or_default(),
            in_description(&draft.video.description, duration),
        ];
        // One chapter over the whole is none.
        let owned = owned.into_iter().find(|chapters| chapters.len() > 1);
        let (chapters, source, confidence, by) = match owned {
            Some(chapters) => (chapters, Source::Metadata, 1.0, "owner"),
            None => (found(draft), Source::Transcript, 0.5, RULES),
        };
        draft.claims.extend(chapters.into_iter().map(|chapter| Claim {
            kind: AnnotationKind::Chapter,
            value: chapter.title,
            grounds: Grounds { source, span: Some(chapter.span), evidence: None, confidence },
            by: by.to_owned(),
        }));
        Ok(())
    }
}

/// Chapters of a long talk; none if it stays with one subject.
fn found(draft: &Draft) -> Vec<Chapter> {
    let scenes = &blocks(&draft.analysis.scenes);
    let Some(transcript) = draft.analysis.transcripts.first() else { return Vec::new() };
    let (Some(first), Some(last)) = (scenes.first(), scenes.last()) else { return Vec::new() };
    if last.span.end - first.span.start < SHORTEST_TALK {
        return Vec::new();
    }
    let borders = borders(scenes);
    if borders.is_empty() {
        return Vec::new();
    }
    let end = draft.video.duration_seconds.unwrap_or(last.span.end).max(last.span.end);
    let starts: Vec<f64> =
        std::iter::once(0.0).chain(borders.iter().map(|scene| scenes[*scene].span.start)).collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    let spans: Vec<Span> =
        starts.iter().zip(ends).map(|(start, end)| Span::new(*start, end)).collect();
    let mut taken: Vec<String> = Vec::new();
    spans
        .into_iter()
        .map(|span| Chapter { span, title: title(draft, transcript, span, &mut taken) })
        .collect()
}

/// Scenes put together until they last long enough, with their mean meaning.
fn blocks(scenes: &[Scene]) -> Vec<Scene> {
    let block = |run: &[Scene]| {
        let (first, last) = (run.first()?, run.last()?);
        let parts = run.iter().map(|scene| (&scene.embedding, 1.0));
        let meaning = Embedding::mean(parts.filter(|(vector, _)| !vector.is_zero()));
        Some(Scene {
            span: Span::new(first.span.start, last.span.end),
            text: String::new(),
            embedding: meaning.unwrap_or_else(|| first.embedding.clone()),
        })
    };
    runs(scenes, BLOCK).into_iter().filter_map(block).collect()
}

/// The blocks that begin a chapter, in order; never the first.
fn borders(scenes: &[Scene]) -> Vec<usize> {
    let depths = depths(&likeness(scenes));
    let count = depths.len() as f64;
    let mean = depths.iter().sum::<f64>() / count.max(1.0);
    let deviation =
        (depths.iter().map(|depth| (depth - mean).powi(2)).sum::<f64>() / count.max(1.0)).sqrt();
    let mut order: Vec<usize> = (0..depths.len()).collect();
    order.sort_by(|a, b| depths[*b].total_cmp(&depths[*a]).then(a.cmp(b)));
    let start = |border: usize| scenes[border + 1].span.start;
    let end = scenes.last().map_or(0.0, |scene| scene.span.end);
    let most = (end / USUAL) as usize;
    let mut chosen: Vec<usize> = Vec::new();
    for border in order {
        let at = start(border);
        let far = chosen.iter().all(|other| (start(*other) - at).abs() >= SHORTEST);
        if chosen.len() + 1 >= most || depths[border] <= mean + DEEP * deviation {
            break;
        }
        if far && at >= SHORTEST && end - at >= SHORTEST {
            chosen.push(border);
        }
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|border| border + 1).collect()
}

/// How alike the scenes before and after each border are.
fn likeness(scenes: &[Scene]) -> Vec<f64> {
    let side = |scenes: &[Scene]| {
        let vectors = scenes.iter().map(|scene| (&scene.embedding, 1.0));
        Embedding::mean(vectors.filter(|(vector, _)| !vector.is_zero()))
    };
    (1..scenes.len())
        .map(|border| {
            let before = side(&scenes[border.saturating_sub(WINDOW)..border]);
            let after = side(&scenes[border..(border + WINDOW).min(scenes.len())]);
            match (before, after) {
                (Some(before), Some(after)) => f64::from(before.cosine(&after)),
                _ => 1.0,
            }
        })
        .collect()
}

/// How far each dip lies below the peaks to its left and right.
fn depths(likeness: &[f64]) -> Vec<f64> {
    let climb = |at: usize, steps: &mut dyn Iterator<Item = usize>| {
        let mut peak = likeness[at];
        for step in steps {
            if likeness[step] < peak {
                break;
            }
            peak = likeness[step];
        }
        peak
    };
    (0..likeness.len())
        .map(|at| {
            let left = climb(at, &mut (0..at).rev());
            let right = climb(at, &mut (at + 1..likeness.len()));
            left + right - 2.0 * likeness[at]
        })
        .collect()
}

/// The words that tell this chapter from those before it, else how it begins.
fn title(draft: &Draft, transcript: &Transcript, span: Span, taken: &mut Vec<String>) -> String {
    let inside = |at: f64| at >= span.start - 0.01 && at < span.end;
    let cues: Vec<_> =
        transcript.cues.iter().filter(|cue| inside(cue.span.start)).cloned().collect();
    let opening = cues.first().map(|cue| cue.text.replace('\n', " ")).unwrap_or_default();
    let part = Transcript { cues, ..transcript.clone() };
    let mut video = draft.video.clone();
    (video.title, video.description, video.tags) = (String::new(), String::new(), Vec::new());
    let material = Material::new(&video, true, Some(&part));
    let fresh: Vec<String> = keywords::extract(&material, 3 * NAMES)
        .into_iter()
        .filter(|word| !taken.contains(word))
        .take(NAMES)
        .collect();
    taken.extend(fresh.iter().cloned());
    if fresh.is_empty() {
        return shortened(&opening, 60);
    }
    let chinese = transcript.language.is_chinese();
    fresh.join(if chinese { "、" } else { ", " })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenes of 30 s, the subject of each given by a letter.
    fn scenes(subjects: &str) -> Vec<Scene> {
        subjects
            .bytes()
            .enumerate()
            .map(|(place, subject)| {
                let mut values = vec![0.1; 8];
                values[usize::from(subject - b'a')] = 1.0;
                // No two scenes say quite the same.
                values[6 + place % 2] += 0.2;
                let start = place as f64 * 30.0;
                Scene {
                    span: Span::new(start, start + 29.0),
                    text: String::new(),
                    embedding: Embedding::new(values),
                }
            })
            .collect()
    }

    #[test]
    fn a_chapter_begins_where_the_subject_changes() {
        assert_eq!(borders(&scenes("aaaaaaaabbbbbbbbcccccccc")), [8, 16]);
        // A remark on something else is no chapter of its own.
        assert_eq!(borders(&scenes("aaaaaaaabbbbbbbbbbbbbbbb")), [8]);
    }

    #[test]
    fn one_subject_is_one_chapter() {
        assert!(borders(&scenes("aaaaaaaaaaaaaaaaaaaa")).len() <= 1);
        assert!(borders(&scenes("a")).is_empty());
        assert!(borders(&[]).is_empty());
    }

    #[test]
    fn no_chapter_is_shorter_than_a_minute() {
        let scenes = scenes("abcdabcdabcdabcdabcdabcd");
        let starts: Vec<f64> = borders(&scenes).iter().map(|b| scenes[*b].span.start).collect();
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= SHORTEST), "{starts:?}");
    }
}
