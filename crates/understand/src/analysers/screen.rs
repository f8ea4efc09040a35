//! What is written in the pictures: titles, signs, burnt-in subtitles.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::reading::captions::Caption;
use crate::reading::subtitles::subtitles;
use crate::reading::{PER_SECOND, Reading};
use crate::text::language;
use crate::watching::watched;
use vireo_domain::{Annotation, AnnotationKind, Cue, Source, Span, Transcript, TranscriptOrigin};

/// Most statements about text on the screen that are kept of one video.
const MOST: usize = 500;

/// See the module.
pub(super) struct Screen;

impl Analyser for Screen {
    fn name(&self) -> &'static str {
        "screen"
    }

    fn share(&self) -> f64 {
        0.1
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        if !context.tools.config.screen_text {
            return Ok(());
        }
        let watched = watched(context, draft);
        let Some(reading) = draft.reading.take() else { return watched };
        if let Err(error) = watched {
            draft.warn(format!("screen: {error}"));
        }
        let Reading { captions, pictures, looks, reader } = reading?;
        draft.decoded |= pictures > 0;
        tracing::debug!(pictures, looks, "text on screen");
        note(captions, &reader, draft);
        Ok(())
    }
}

/// Makes a transcript of the subtitles and statements of the rest.
fn note(captions: Vec<Caption>, model: &str, draft: &mut Draft) {
    let step = 1.0 / f64::from(PER_SECOND);
    let end = draft.video.duration_seconds.unwrap_or(f64::MAX);
    // A caption came between two pictures and went between two others.
    let span = |caption: &Caption| {
        let start = if caption.first == 0 { 0.0 } else { (caption.first as f64 - 0.5) * step };
        Span::new(start, ((caption.last as f64 + 0.5) * step).min(end).max(start))
    };
    let are_subtitles = subtitles(&captions, step);
    let mut cues: Vec<Cue> = Vec::new();
    let mut signs = Vec::new();
    for (caption, is_subtitle) in captions.into_iter().zip(are_subtitles) {
        let cue = Cue::new(span(&caption), caption.text);
        match cues.last_mut() {
            _ if !is_subtitle => signs.push((cue, caption.confidence)),
            // Two rows of one subtitle are there together.
            Some(line)
                if (cue.span.start - line.span.start).abs() <= step
                    && (cue.span.end - line.span.end).abs() <= step =>
            {
                line.text.push('\n');
                line.text.push_str(&cue.text);
                line.span.end = line.span.end.max(cue.span.end);
            }
            _ => cues.push(cue),
        }
    }
    signs.truncate(MOST);
    draft.shown.extend(signs.iter().map(|(cue, _)| cue.clone()));
    draft.analysis.annotations.extend(signs.into_iter().map(|(cue, confidence)| Annotation {
        kind: AnnotationKind::OnScreenText,
        value: cue.text,
        span: Some(cue.span),
        source: Source::Pictures,
        evidence: None,
        confidence,
        model: model.to_owned(),
    }));
    if cues.is_empty() {
        return;
    }
    let text: Vec<&str> = cues.iter().map(|cue| cue.text.as_str()).collect();
    let language = language::detect(&text.join("\n"));
    if draft.analysis.transcripts.is_empty() {
        let known = draft.video.language.is_some() || language.is_unknown();
        if !known {
            draft.video.language = Some(language.clone());
        }
    } else {
        draft.shown.extend(cues.iter().cloned());
    }
    let (origin, detail) = (TranscriptOrigin::BurntIn, model.to_owned());
    draft.analysis.transcripts.push(Transcript { language, origin, detail, cues });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::strokes::Place;
    use vireo_domain::{Timestamp, Video, VideoId};

    #[test]
    fn subtitles_become_a_transcript_and_signs_statements() {
        let caption = |text: &str, first: usize, last: usize, top: f64| Caption {
            text: text.to_owned(),
            confidence: 0.9,
            place: Place { left: 0.3, top, right: 0.7, bottom: top + 0.06 },
            first,
            last,
        };
        let captions = vec![
            caption("红烧肉", 0, 20, 0.1),
            caption("今天教大家", 0, 3, 0.85),
            caption("做红烧肉", 4, 9, 0.85),
        ];
        let video = Video::new(VideoId::new("v").expect("an id"), "v", Timestamp::UNIX_EPOCH);
        let mut draft = Draft::new(video.clone());
        note(captions.clone(), "reader", &mut draft);
        let transcript = &draft.analysis.transcripts[0];
        assert_eq!(transcript.origin, TranscriptOrigin::BurntIn);
        assert_eq!(transcript.text(), "今天教大家\n做红烧肉");
        assert_eq!(transcript.cues[1].span, Span::new(1.75, 4.75));
        assert!(draft.video.language.is_some_and(|language| language.is_chinese()));
        assert_eq!(draft.analysis.annotations.len(), 1);
        assert_eq!(draft.analysis.annotations[0].value, "红烧肉");
        assert_eq!(draft.shown.len(), 1);
        // With another transcript to search in, the subtitles go where the signs are.
        let mut draft = Draft::new(video);
        draft.analysis.transcripts.push(transcript.clone());
        note(captions, "reader", &mut draft);
        assert_eq!(draft.shown.len(), 3);
        assert_eq!(draft.analysis.transcripts.len(), 2);
    }
}
