//! Speech to text for videos that have no subtitles.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::listening::scribe::Scribe;
use crate::listening::stretches::{Stretch, Stretches};
use crate::listening::windows::Packer;
use crate::listening::{guards, samples, seconds, sound};
use vireo_domain::{Cue, Language, Span, Transcript, TranscriptOrigin};
use vireo_pretrained::speech::SpeechRecogniser;
use vireo_pretrained::voice::VoiceDetector;

/// See the module.
pub(super) struct Speech;

impl Analyser for Speech {
    fn name(&self) -> &'static str {
        "speech"
    }

    fn share(&self) -> f64 {
        0.5
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let config = &context.tools.config;
        let has_sound = draft.probe.as_ref().is_some_and(|probe| probe.sound.is_some());
        if !draft.analysis.transcripts.is_empty() || !config.speech || !has_sound {
            return Ok(());
        }
        let detector = context.tools.models.voice()?;
        let recogniser = context.tools.models.speech()?;
        let mut limit = u64::MAX;
        if config.speech_limit_seconds > 0.0 {
            limit = samples(config.speech_limit_seconds) as u64;
        }
        let whole = draft.video.duration_seconds.unwrap_or(0.0).max(1.0).min(seconds(limit));
        let Some(sound) = sound(context, draft)? else { return Ok(()) };
        let mut broken = None;
        let pieces = std::iter::from_fn(|| match sound.next()? {
            Ok(piece) => Some(piece),
            Err(error) => {
                broken = Some(error);
                None
            }
        });
        let progress = |at: f64| (context.progress)(at / whole);
        let heard = listen(pieces, limit, &*detector, &*recogniser, &progress)?;
        let warning = sound.warning();
        draft.decoded |= heard.samples > 0;
        if heard.cut {
            // The rest of the last piece is unheard: who wants it begins anew.
            draft.sound = None;
        } else {
            draft.spoken = Some(heard.spoken);
        }
        if let Some(error) = broken {
            if heard.samples == 0 {
                return Err(error.into());
            }
            draft.warn(format!("speech: {error}"));
        } else if let Some(warning) = warning {
            draft.warn(format!("speech: {warning}"));
        }
        if heard.cut {
            draft.warn(format!(
                "speech: listened to the first {:.0} s only (speech_limit_seconds)",
                config.speech_limit_seconds
            ));
        }
        if heard.dropped > 0 {
            draft.warn(format!("speech: {} invented or looping lines were dropped", heard.dropped));
        }
        if let Some(language) = heard.language
            && !heard.cues.is_empty()
        {
            draft.video.language = Some(language.clone());
            draft.analysis.transcripts.push(Transcript {
                language,
                origin: TranscriptOrigin::Speech,
                detail: recogniser.name().to_owned(),
                cues: heard.cues,
            });
        }
        Ok(())
    }
}

/// What was heard in a sound.
#[derive(Debug, Default)]
struct Heard {
    language: Option<Language>,
    cues: Vec<Cue>,
    /// Where somebody speaks.
    spoken: Vec<Span>,
    /// Cues that could not be believed.
    dropped: usize,
    /// Samples that came.
    samples: u64,
    /// Whether the limit cut the sound.
    cut: bool,
}

/// Listens to pieces of sound, up to `limit` samples of them.
fn listen(
    pieces: impl Iterator<Item = Vec<f32>>,
    limit: u64,
    detector: &dyn VoiceDetector,
    recogniser: &dyn SpeechRecogniser,
    progress: &dyn Fn(f64),
) -> Result<Heard> {
    let mut heard = Heard::default();
    let mut stretches = Stretches::new(detector)?;
    let mut packer = Packer::default();
    let mut scribe = Scribe::new(recogniser, progress);
    for mut piece in pieces {
        let room = limit - heard.samples;
        if piece.len() as u64 > room {
            piece.truncate(room as usize);
            heard.cut = true;
        }
        heard.samples += piece.len() as u64;
        for stretch in stretches.push(&piece)? {
            heard.spoken.push(stretch.span());
            scribe.take(packer.push(stretch))?;
        }
        progress(seconds(heard.samples).min(scribe.heard_until(heard.samples)));
        if heard.cut {
            break;
        }
    }
    let rest: Vec<Stretch> = stretches.finish()?;
    for stretch in rest {
        heard.spoken.push(stretch.span());
        scribe.take(packer.push(stretch))?;
    }
    scribe.take(packer.finish().into_iter().collect())?;
    let (language, cues) = scribe.finish()?;
    heard.language = language;
    (heard.cues, heard.dropped) = guards::believable(cues);
    Ok(heard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listening::windows::LONGEST;
    use std::ops::Range;
    use std::sync::Mutex;
    use vireo_pretrained::speech::Listened;
    use vireo_pretrained::voice::VoiceSession;

    /// Hears speech in every second whose first sample is above zero.
    struct BySecond;
    struct Session(Vec<f32>, usize);
    impl VoiceDetector for BySecond {
        fn name(&self) -> &'static str {
            "by second"
        }
        fn start(&self) -> vireo_pretrained::Result<Box<dyn VoiceSession>> {
            Ok(Box::new(Session(Vec::new(), 0)))
        }
    }
    impl VoiceSession for Session {
        fn push(&mut self, piece: &[f32]) -> vireo_pretrained::Result<Vec<Span>> {
            self.0.extend_from_slice(piece);
            let mut spans = Vec::new();
            while self.0.len() >= samples((self.1 + 1) as f64) {
                if self.0[samples(self.1 as f64)] > 0.0 {
                    spans.push(Span::new(self.1 as f64, self.1 as f64 + 0.9));
                }
                self.1 += 1;
            }
            Ok(spans)
        }
        fn finish(&mut self) -> vireo_pretrained::Result<Vec<Span>> {
            Ok(Vec::new())
        }
    }

    /// Says the loudness it hears at the beginning and end of a window.
    #[derive(Default)]
    struct Echo {
        calls: Mutex<Vec<(usize, String)>>,
    }
    impl SpeechRecogniser for Echo {
        fn name(&self) -> &'static str {
            "echo"
        }
        fn listen(&self, samples: &[f32]) -> vireo_pretrained::Result<Box<dyn Listened + '_>> {
            Ok(Box::new(Call { echo: self, length: samples.len() }))
        }
    }

    struct Call<'a> {
        echo: &'a Echo,
        length: usize,
    }

    impl Listened for Call<'_> {
        fn language(&self, _: Range<usize>) -> vireo_pretrained::Result<(Language, f32)> {
            Ok((Language::chinese(), 0.5))
        }
        fn transcribe(&self, language: &Language) -> vireo_pretrained::Result<Vec<Cue>> {
            let mut calls = self.echo.calls.lock().expect("not poisoned");
            calls.push((self.length, language.to_string()));
            let length = seconds(self.length as u64);
            let say = |start: f64, end: f64, text: String| Cue::new(Span::new(start, end), text);
            Ok(vec![
                say(0.0, 0.9, format!("begins {}", calls.len())),
                say(length - 0.9, length, format!("ends {}", calls.len())),
            ])
        }
    }

    /// A piece of 10 s in which somebody speaks in its first second.
    fn piece() -> Vec<f32> {
        let mut piece = vec![0.0; samples(10.0)];
        piece[..samples(1.0)].fill(0.4);
        piece
    }

    #[test]
    fn hours_of_sparse_speech_fill_windows_and_keep_their_times() {
        let echo = Echo::default();
        let far = Mutex::new(0.0_f64);
        let progress = |at: f64| {
            let mut far = far.lock().expect("not poisoned");
            *far = far.max(at);
        };
        let pieces = std::iter::repeat_with(piece).take(360);
        let heard = listen(pieces, u64::MAX, &BySecond, &echo, &progress).expect("listens");
        let calls = echo.calls.lock().expect("not poisoned");
        // 360 stretches of 0.9 s, 0.6 s apart: 10 to a window.
        assert_eq!(calls.len(), 36);
        let is_right =
            |(length, language): &(usize, String)| *length <= samples(LONGEST) && language == "zh";
        assert!(calls.iter().all(is_right));
        assert_eq!(heard.cues.len(), 72);
        assert!((heard.cues[71].span.start - 3_590.0).abs() < 0.1, "{:?}", heard.cues[71]);
        assert!((heard.cues[2].span.start - 100.0).abs() < 0.1, "{:?}", heard.cues[2]);
        assert!(*far.lock().expect("not poisoned") >= 3_590.0);
    }

    #[test]
    fn the_limit_cuts() {
        let echo = Echo::default();
        let limit = samples(25.0) as u64;
        let pieces = std::iter::repeat_with(piece).take(360);
        let heard = listen(pieces, limit, &BySecond, &echo, &|_| {}).expect("listens");
        assert!(heard.cut);
        assert_eq!(heard.samples, limit);
        assert!(heard.cues.iter().all(|cue| cue.span.end <= 25.0));
    }

    #[test]
    fn silence_says_nothing() {
        let pieces = std::iter::repeat_with(|| vec![0.0; samples(30.0)]).take(20);
        let heard =
            listen(pieces, u64::MAX, &BySecond, &Echo::default(), &|_| {}).expect("listens");
        assert!(heard.cues.is_empty() && heard.language.is_none());
    }
}
