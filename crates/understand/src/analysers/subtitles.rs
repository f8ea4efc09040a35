//! Subtitles that people made: files beside the video, then streams inside it.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::text::language;
use std::path::Path;
use vireo_domain::{Transcript, TranscriptOrigin};
use vireo_media::subtitles;

/// Most transcripts that are kept of one video.
const MOST: usize = 24;
/// More undecodable characters than this are a broken encoding.
const MOST_BROKEN: f64 = 0.02;

/// See the module.
pub(super) struct Subtitles;

impl Analyser for Subtitles {
    fn name(&self) -> &'static str {
        "subtitles"
    }

    fn share(&self) -> f64 {
        0.03
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let mut found: Vec<Transcript> = Vec::new();
        for file in context.sidecars.subtitles.iter().take(MOST) {
            let name = file_name(&file.path);
            if is_forced(&name) {
                continue;
            }
            let tag = file.language.as_deref();
            match subtitles::read(&file.path) {
                Ok(read) => add(draft, &mut found, read, tag, TranscriptOrigin::Sidecar, name),
                Err(error) => draft.warn(format!("subtitles: {error}")),
            }
        }
        let streams = draft.probe.as_ref().map(|p| p.subtitles.clone()).unwrap_or_default();
        for stream in streams.iter().filter(|stream| stream.is_text).take(MOST) {
            if stream.title.as_deref().is_some_and(is_forced) {
                continue;
            }
            let detail = format!("stream {}", stream.index);
            let tag = stream.language.as_deref();
            match subtitles::read_embedded(context.path, stream.index) {
                Ok(read) => add(draft, &mut found, read, tag, TranscriptOrigin::Embedded, detail),
                Err(error) => draft.warn(format!("subtitles of {detail}: {error}")),
            }
        }
        let spoken = draft.video.language.clone();
        let duration = draft.video.duration_seconds.unwrap_or(0.0);
        found.retain(|transcript| !is_sparse(transcript, duration));
        found.sort_by_key(|transcript| {
            let letters = transcript.cues.iter().map(|cue| cue.text.len()).sum::<usize>();
            (
                spoken.as_ref() != Some(&transcript.language),
                transcript.origin != TranscriptOrigin::Sidecar,
                std::cmp::Reverse(letters),
            )
        });
        if let (None, Some(best)) = (&draft.video.language, found.first())
            && !best.language.is_unknown()
        {
            draft.video.language = Some(best.language.clone());
        }
        draft.analysis.transcripts.extend(found);
        Ok(())
    }
}

fn add(
    draft: &mut Draft,
    found: &mut Vec<Transcript>,
    read: subtitles::Subtitles,
    tag: Option<&str>,
    origin: TranscriptOrigin,
    detail: String,
) {
    if let Some(first) = read.warnings.first() {
        let count = read.warnings.len();
        draft.warn(format!("subtitles of {detail}: {count} oddities, such as: {first}"));
    }
    let mut transcript =
        Transcript { language: vireo_domain::Language::unknown(), origin, detail, cues: read.cues };
    let text = transcript.text();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let broken = text.chars().filter(|c| *c == '\u{fffd}').count();
    if broken as f64 > MOST_BROKEN * (letters + broken) as f64 {
        let detail = &transcript.detail;
        draft.warn(format!(
            "subtitles of {detail}: {broken} characters cannot be read as {}; convert the file to UTF-8",
            read.encoding
        ));
    } else if letters == 0 {
        draft.warn(format!("subtitles of {}: not a word in them", transcript.detail));
    } else if !found.iter().any(|other| other.cues == transcript.cues) {
        transcript.language = language::of_tagged(tag, &text);
        found.push(transcript);
    }
}

/// Forced subtitles translate signs and foreign lines only.
fn is_forced(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|part| part == "forced" || part == "signs")
}

/// So few cues in a long video translate signs too, whatever they are called.
fn is_sparse(transcript: &Transcript, duration: f64) -> bool {
    duration > 600.0 && (transcript.cues.len() as f64) < duration / 120.0
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::{Cue, Language, Span};

    #[test]
    fn forced_ones_are_known_by_name_or_number() {
        assert!(is_forced("film.en.forced.srt"));
        assert!(is_forced("Signs & Songs"));
        assert!(!is_forced("reinforced.en.srt"));
        let cue = Cue::new(Span::new(0.0, 1.0), "EXIT");
        let transcript = Transcript {
            language: Language::english(),
            origin: TranscriptOrigin::Sidecar,
            detail: String::new(),
            cues: vec![cue; 4],
        };
        assert!(is_sparse(&transcript, 5_400.0));
        assert!(!is_sparse(&transcript, 60.0));
    }
}
