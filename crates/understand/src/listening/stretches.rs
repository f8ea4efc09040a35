//! Cuts a stream of sound into its stretches of speech.

use super::{samples, seconds};
use vireo_domain::Span;
use vireo_pretrained::Result;
use vireo_pretrained::voice::{VoiceDetector, VoiceSession};

/// Most sound that is kept while the detector makes up its mind. Speech that
/// goes on for longer without a pause is cut here, so that hours of it need
/// no more memory than minutes.
const KEPT_SECONDS: f64 = 90.0;

/// One stretch of speech.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stretch {
    /// Its first sample in the whole sound.
    pub(crate) start: u64,
    /// The sound.
    pub(crate) samples: Vec<f32>,
}

impl Stretch {
    /// Where it lies in the sound, in seconds.
    pub(crate) fn span(&self) -> Span {
        Span::new(seconds(self.start), seconds(self.start + self.samples.len() as u64))
    }
}

/// Listens to sound that comes in pieces.
pub(crate) struct Stretches<'d> {
    detector: &'d dyn VoiceDetector,
    session: Box<dyn VoiceSession>,
    /// Where the session began, in samples of the whole sound.
    session_start: u64,
    /// What may still belong to a stretch.
    kept: Vec<f32>,
    /// Where `kept` begins.
    kept_start: u64,
}

impl<'d> Stretches<'d> {
    /// From the beginning of the sound.
    pub(crate) fn new(detector: &'d dyn VoiceDetector) -> Result<Self> {
        let session = detector.start()?;
        Ok(Self { detector, session, session_start: 0, kept: Vec::new(), kept_start: 0 })
    }

    /// Takes the next piece; gives the stretches that ended.
    pub(crate) fn push(&mut self, piece: &[f32]) -> Result<Vec<Stretch>> {
        self.kept.extend_from_slice(piece);
        let spans = self.session.push(piece)?;
        let mut stretches = self.take(&spans);
        if self.kept.len() > samples(KEPT_SECONDS) {
            let spans = self.session.finish()?;
            stretches.extend(self.take(&spans));
            self.session_start = self.kept_start + self.kept.len() as u64;
            self.kept_start = self.session_start;
            self.kept.clear();
            self.session = self.detector.start()?;
        }
        Ok(stretches)
    }

    /// The end of the sound: gives the last stretch.
    pub(crate) fn finish(mut self) -> Result<Vec<Stretch>> {
        let spans = self.session.finish()?;
        Ok(self.take(&spans))
    }

    /// Cuts spans (in seconds of the session) out of what is kept. Whatever a
    /// detector says, stretches are in order and no sample is in two of them.
    fn take(&mut self, spans: &[Span]) -> Vec<Stretch> {
        let mut stretches = Vec::with_capacity(spans.len());
        for span in spans {
            let place = |seconds: f64| {
                let at = self.session_start + samples(seconds) as u64;
                (at.saturating_sub(self.kept_start) as usize).min(self.kept.len())
            };
            let (start, end) = (place(span.start), place(span.end));
            if start < end {
                let samples = self.kept[start..end].to_vec();
                stretches.push(Stretch { start: self.kept_start + start as u64, samples });
                self.kept.drain(..end);
                self.kept_start += end as u64;
            }
        }
        stretches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vireo_media::audio::SAMPLE_RATE;

    /// Hears speech wherever a sample is above zero; a span ends at the first
    /// silent sample.
    struct Loud;
    struct Session {
        at: usize,
        since: Option<usize>,
    }
    impl VoiceDetector for Loud {
        fn name(&self) -> &'static str {
            "loud"
        }
        fn start(&self) -> Result<Box<dyn VoiceSession>> {
            Ok(Box::new(Session { at: 0, since: None }))
        }
    }
    impl Session {
        fn span(start: usize, end: usize) -> Span {
            let rate = f64::from(SAMPLE_RATE);
            Span::new(start as f64 / rate, end as f64 / rate + 1e-7)
        }
    }
    impl VoiceSession for Session {
        fn push(&mut self, samples: &[f32]) -> Result<Vec<Span>> {
            let mut spans = Vec::new();
            for sample in samples {
                match (self.since, *sample > 0.0) {
                    (None, true) => self.since = Some(self.at),
                    (Some(since), false) => {
                        spans.push(Self::span(since, self.at));
                        self.since = None;
                    }
                    _ => {}
                }
                self.at += 1;
            }
            Ok(spans)
        }
        fn finish(&mut self) -> Result<Vec<Span>> {
            Ok(self.since.take().map(|since| Self::span(since, self.at)).into_iter().collect())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_loud_sample_is_in_one_stretch(
            runs in prop::collection::vec((0.0f64..40.0, any::<bool>()), 1..8),
            piece in 1usize..30,
        ) {
            let mut sound: Vec<f32> = Vec::new();
            for (seconds, loud) in runs {
                sound.resize(sound.len() + samples(seconds), f32::from(u8::from(loud)));
            }
            let mut stretches = Stretches::new(&Loud).expect("starts");
            let mut found = Vec::new();
            for part in sound.chunks(piece * SAMPLE_RATE as usize) {
                found.extend(stretches.push(part).expect("listens"));
                prop_assert!(stretches.kept.len() <= samples(KEPT_SECONDS) + part.len());
            }
            found.extend(stretches.finish().expect("ends"));
            let loud = sound.iter().filter(|s| **s > 0.0).count();
            let heard: usize = found.iter().map(|s| s.samples.len()).sum();
            // Times in seconds may be a sample off at each end.
            prop_assert!(heard.abs_diff(loud) <= 2 * found.len() + 2, "{heard} of {loud}");
            let mut before = 0;
            for stretch in found {
                prop_assert!(stretch.start >= before);
                before = stretch.start + stretch.samples.len() as u64;
            }
        }
    }
}
