//! What is written in the pictures: titles, signs, burnt-in subtitles.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::reading::captions::{Caption, Captions};
use crate::reading::gate::{Gate, Look};
use crate::reading::strokes::{Place, Strokes};
use crate::reading::subtitles::subtitles;
use crate::reading::{PER_SECOND, WIDTH};
use crate::text::language;
use crate::watching::film;
use vireo_domain::{Annotation, AnnotationKind, Cue, Source, Span, Transcript, TranscriptOrigin};
use vireo_media::frames::ColourFrame;
use vireo_pretrained::picture::Picture;
use vireo_pretrained::text_reading::TextReader;

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
        let tools = context.tools;
        if !tools.config.screen_text {
            return Ok(());
        }
        let Some(reader) = tools.models.text_reader()? else { return Ok(()) };
        let Some(mut film) = film(context, draft, WIDTH)? else { return Ok(()) };
        let whole = draft.video.duration_seconds.unwrap_or(0.0).max(1.0);
        let watched = watch(&mut film, &*reader, &|at| (context.progress)(at / whole));
        // Whatever became of the reading, others want to see the rest.
        draft.seen = Some(film.finish());
        let watched = watched?;
        draft.decoded |= watched.pictures > 0;
        tracing::debug!(pictures = watched.pictures, looks = watched.looks, "text on screen");
        note(watched.captions, reader.name(), draft);
        Ok(())
    }
}

/// What was seen.
#[derive(Debug, Default)]
struct Watched {
    captions: Vec<Caption>,
    pictures: usize,
    /// Pictures that the models saw.
    looks: usize,
}

fn watch(
    frames: impl Iterator<Item = vireo_media::Result<ColourFrame>>,
    reader: &dyn TextReader,
    progress: &dyn Fn(f64),
) -> Result<Watched> {
    let (mut gate, mut captions) = (Gate::default(), Captions::default());
    let mut watched = Watched::default();
    for frame in frames {
        let frame = frame?;
        let strokes = Strokes::of(frame.width, frame.height, &frame.pixels);
        let look = gate.push(&strokes);
        captions.push(strokes);
        if let Some(look) = look {
            read(&frame, &look, reader, &mut captions)?;
            watched.looks += 1;
        }
        watched.pictures += 1;
        progress(frame.at);
    }
    watched.captions = captions.finish();
    Ok(watched)
}

/// Reads what is new in a band of a picture.
fn read(
    frame: &ColourFrame,
    look: &Look,
    reader: &dyn TextReader,
    captions: &mut Captions,
) -> Result<()> {
    let (width, height) = (frame.width as f64, frame.height as f64);
    let top = (look.band.0 * height) as usize;
    let bottom = ((look.band.1 * height).ceil() as usize).min(frame.height);
    let row = frame.width * 3;
    let band = Picture::new(frame.width, bottom - top, &frame.pixels[top * row..bottom * row]);
    let Some(band) = band else { return Ok(()) };
    let place = |[left, upper, right, lower]: [f32; 4]| Place {
        left: f64::from(left) / width,
        top: (f64::from(upper) + top as f64) / height,
        right: f64::from(right) / width,
        bottom: (f64::from(lower) + top as f64) / height,
    };
    let mut regions = reader.find(&band)?;
    regions.retain(|region| !captions.knows(&place(region.bounds()), &look.strokes));
    for line in reader.read(&band, regions)? {
        let place = place(line.region.bounds());
        captions.read(&line.text, line.confidence, place, &look.strokes);
    }
    Ok(())
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
mod still_camera;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use vireo_domain::{Timestamp, Video, VideoId};
    use vireo_pretrained::text_reading::{Line, Region};

    const WIDE: usize = 480;
    const HIGH: usize = 270;

    /// Reads how often it was asked.
    #[derive(Default)]
    struct Counter(Mutex<usize>);

    impl TextReader for Counter {
        fn name(&self) -> &'static str {
            "counter"
        }
        fn find(&self, picture: &Picture<'_>) -> vireo_pretrained::Result<Vec<Region>> {
            Ok(vec![Region::whole(picture)])
        }
        fn read(
            &self,
            _: &Picture<'_>,
            regions: Vec<Region>,
        ) -> vireo_pretrained::Result<Vec<Line>> {
            let mut count = self.0.lock().expect("not poisoned");
            let words = ["first", "second", "and the third"];
            Ok(regions
                .into_iter()
                .map(|region| {
                    *count += 1;
                    Line { region, text: words[*count - 1].to_owned(), confidence: 0.9 }
                })
                .collect())
        }
    }

    /// A picture with letter-like stripes across its lower part.
    fn frame(number: usize, phase: Option<usize>) -> ColourFrame {
        let mut pixels = vec![20; WIDE * HIGH * 3];
        if let Some(phase) = phase {
            for y in 220..244 {
                for x in (100..380).filter(|x| (x + y / 5 * 3 + phase) % 12 < 2) {
                    pixels[(y * WIDE + x) * 3..][..3].fill(240);
                }
            }
        }
        let at = number as f64 / f64::from(PER_SECOND);
        ColourFrame { at, width: WIDE, height: HIGH, pixels }
    }

    #[test]
    fn a_minute_with_three_captions_is_looked_at_three_times() {
        let shown = |number: usize| match number {
            10..14 => Some(0),
            14..40 => Some(6),
            90..94 => Some(3),
            _ => None,
        };
        let frames = (0..120).map(|number| Ok(frame(number, shown(number))));
        let watched = watch(frames, &Counter::default(), &|_| {}).expect("watches");
        assert_eq!((watched.pictures, watched.looks), (120, 3));
        let spans: Vec<_> =
            watched.captions.iter().map(|c| (c.text.as_str(), c.first, c.last)).collect();
        assert_eq!(spans, [("first", 10, 13), ("second", 14, 39), ("and the third", 90, 93)]);
    }

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
