//! What happens when: a line of time under the player, with a lane for what is
//! said and one for each kind of statement that says when it holds.

use super::clock::{clock, second};
use super::strings::Strings;
use crate::app::{Verdict, Verdicts};
use vireo_domain::{Analysis, Annotation, AnnotationKind, Span, Video};

/// Width of a lane; a mark is as wide as it lasts.
const WIDTH: f64 = 1000.0;
/// No mark is too narrow to be hit.
const NARROWEST: f64 = 4.0;
/// Cues nearer than that are one stretch of speech, in seconds.
const PAUSE: f64 = 2.0;
/// Characters of a mark's words.
const WORDS: usize = 80;

/// A row of marks.
pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) marks: Vec<Mark>,
}

/// Something that happens at a time.
pub(super) struct Mark {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) at: String,
    pub(super) second: String,
    pub(super) start: f64,
    pub(super) words: String,
}

/// The lanes of a video that have anything on them.
pub(super) fn lanes(
    video: &Video,
    analysis: &Analysis,
    verdicts: &Verdicts,
    t: &Strings,
) -> Vec<Lane> {
    let spans = analysis.annotations.iter().filter_map(|it| it.span.map(|span| span.end));
    let cues = analysis.transcripts.iter().filter_map(|it| Some(it.cues.last()?.span.end));
    let known = video.duration_seconds.filter(|seconds| *seconds > 0.0);
    let length = known.unwrap_or_else(|| spans.chain(cues).fold(0.0, f64::max));
    if length <= 0.0 {
        return Vec::new();
    }
    let mark = |(span, words): (Span, String)| mark(span, &words, length);
    let mut lanes = Vec::new();
    let said = speech(analysis);
    if !said.is_empty() {
        lanes.push(Lane { name: t.lane_speech, marks: said.into_iter().map(mark).collect() });
    }
    let stands = |it: &&Annotation| verdicts.on(it.kind, &it.value) != Some(Verdict::Rejected);
    let mut stated: Vec<&Annotation> = analysis.annotations.iter().filter(stands).collect();
    stated.sort_by_key(|it| it.kind);
    for of_kind in stated.chunk_by(|one, next| one.kind == next.kind) {
        let kind: AnnotationKind = of_kind[0].kind;
        let mut held: Vec<(Span, String)> = of_kind
            .iter()
            .filter_map(|it| Some((it.span?, t.stated(kind, &it.value).into_owned())))
            .collect();
        held.sort_by(|one, next| one.0.start.total_cmp(&next.0.start));
        if !held.is_empty() {
            let marks = held.into_iter().map(mark).collect();
            lanes.push(Lane { name: t.kind_name(kind), marks });
        }
    }
    lanes
}

/// Stretches in which something is said, with the words they begin with.
fn speech(analysis: &Analysis) -> Vec<(Span, String)> {
    let mut stretches: Vec<(Span, String)> = Vec::new();
    for cue in analysis.transcripts.iter().take(1).flat_map(|it| &it.cues) {
        match stretches.last_mut() {
            Some((span, _)) if cue.span.start - span.end < PAUSE => {
                span.end = span.end.max(cue.span.end);
            }
            _ => stretches.push((cue.span, cue.text.replace('\n', " "))),
        }
    }
    stretches
}

fn mark(span: Span, words: &str, length: f64) -> Mark {
    let start = span.start.min(length);
    let width = (span.seconds() / length * WIDTH).clamp(NARROWEST, WIDTH);
    let x = (start / length * WIDTH).min(WIDTH - width);
    Mark {
        x: format!("{x:.1}"),
        width: format!("{width:.1}"),
        at: clock(span.start),
        second: second(span.start),
        start: span.start,
        words: super::feed::beginning(words, WORDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_on_the_line() {
        let mark = |start, end| mark(Span::new(start, end), "x", 100.0);
        let whole = mark(0.0, 100.0);
        assert_eq!((whole.x.as_str(), whole.width.as_str()), ("0.0", "1000.0"));
        let last = mark(99.9, 100.0);
        assert_eq!((last.x.as_str(), last.width.as_str()), ("996.0", "4.0"));
        let beyond = mark(250.0, 300.0);
        assert_eq!((beyond.x.as_str(), beyond.width.as_str()), ("500.0", "500.0"));
    }
}
