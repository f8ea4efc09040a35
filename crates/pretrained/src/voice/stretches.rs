//! From the probability of speech, frame by frame, to stretches of speech.
//!
//! The rule is that of `get_speech_timestamps` in Silero VAD 6
//! (<https://github.com/snakers4/silero-vad>, `utils_vad.py`), with two
//! differences: a stretch that grows too long is cut where speech was least
//! likely in its second half, so that each fits a recogniser's window; and
//! shorter pauses are kept, with more sound around, because a recogniser needs
//! it: with Silero's own 0.1 s and 0.03 s whisper-base missed 18 words of 246 and
//! 16 characters of 125, with these 12 and 11, as many as without a detector.

use vireo_domain::Span;

/// 16 kHz.
pub(super) const SAMPLE_RATE: usize = 16_000;
/// Samples of a frame: 32 ms.
pub(super) const FRAME: usize = 512;
/// Speech begins when it is at least this likely…
const ONSET: f32 = 0.5;
/// …and ends when it is less likely than this.
const OFFSET: f32 = 0.35;
/// Shorter stretches are no speech.
const MIN_SPEECH: usize = SAMPLE_RATE / 4;
/// Shorter pauses don't end a stretch.
const MIN_SILENCE: usize = 2 * PADDING;
/// Sound that is kept before and after each stretch.
const PADDING: usize = SAMPLE_RATE / 5;
/// Longest stretch: Whisper's window of 30 s, less the padding.
const MAX_SPEECH: usize = 30 * SAMPLE_RATE - 2 * PADDING - FRAME;

/// A stretch that has begun.
struct Open {
    /// Sample at which it began.
    start: usize,
    /// Sample at which the pause began that may end it.
    pause: Option<usize>,
    /// Probabilities since `start`, one a frame.
    probabilities: Vec<f32>,
}

/// Collects stretches.
#[derive(Default)]
pub(super) struct Stretches {
    /// Samples seen.
    position: usize,
    open: Option<Open>,
    done: Vec<Span>,
}

impl Stretches {
    /// Takes the probability of speech in the next frame.
    pub(super) fn push(&mut self, probability: f32) {
        let position = self.position;
        self.position += FRAME;
        let Some(open) = &mut self.open else {
            if probability >= ONSET {
                let probabilities = vec![probability];
                self.open = Some(Open { start: position, pause: None, probabilities });
            }
            return;
        };
        open.probabilities.push(probability);
        if probability >= ONSET {
            open.pause = None;
        } else if probability < OFFSET {
            let end = *open.pause.get_or_insert(position);
            if position - end >= MIN_SILENCE {
                let start = open.start;
                self.open = None;
                self.close(start, end);
                return;
            }
        }
        if position + FRAME - open.start > MAX_SPEECH {
            self.cut();
        }
    }

    /// The sound ended after `samples` samples in all.
    pub(super) fn finish(&mut self, samples: usize) {
        if let Some(open) = self.open.take() {
            self.close(open.start, open.pause.unwrap_or(samples).min(samples));
        }
        let end = samples as f64 / SAMPLE_RATE as f64;
        for span in &mut self.done {
            *span = Span::new(span.start, span.end.min(end));
        }
    }

    /// The stretches that ended since the last call.
    pub(super) fn take(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.done)
    }

    /// Ends the open stretch in its least likely frame and begins the next one there.
    fn cut(&mut self) {
        let Some(open) = &mut self.open else { return };
        let half = open.probabilities.len() / 2;
        let later = open.probabilities[half..].iter().enumerate();
        let least = later.min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index) + half;
        let (start, middle) = (open.start, open.start + least * FRAME);
        open.probabilities.drain(..least);
        open.start = middle;
        open.pause = open.pause.filter(|pause| *pause > middle);
        self.done.push(span(start.saturating_sub(PADDING), middle));
    }

    fn close(&mut self, start: usize, end: usize) {
        if end.saturating_sub(start) >= MIN_SPEECH {
            self.done.push(span(start.saturating_sub(PADDING), end + PADDING));
        }
    }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as f64 / SAMPLE_RATE as f64, end as f64 / SAMPLE_RATE as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(probabilities: impl IntoIterator<Item = f32>) -> Vec<Span> {
        let mut stretches = Stretches::default();
        let mut count = 0;
        for probability in probabilities {
            stretches.push(probability);
            count += 1;
        }
        stretches.finish(count * FRAME);
        stretches.take()
    }

    fn frames(runs: &[(f32, usize)]) -> Vec<f32> {
        runs.iter().flat_map(|(p, count)| std::iter::repeat_n(*p, *count)).collect()
    }

    #[test]
    fn finds_speech_between_silences() {
        let spans = run(frames(&[(0.0, 50), (0.9, 50), (0.0, 50)]));
        assert_eq!(spans.len(), 1);
        assert!((spans[0].start - 1.4).abs() < 0.01, "{spans:?}");
        assert!((spans[0].end - 3.4).abs() < 0.01, "{spans:?}");
    }

    #[test]
    fn short_pauses_join_and_short_noises_vanish() {
        assert_eq!(run(frames(&[(0.9, 20), (0.1, 2), (0.9, 20)])).len(), 1);
        assert_eq!(run(frames(&[(0.9, 20), (0.1, 15), (0.9, 20)])).len(), 2);
        assert!(run(frames(&[(0.0, 9), (0.9, 5), (0.0, 9)])).is_empty());
    }

    #[test]
    fn long_speech_is_cut_where_it_is_least_likely() {
        let mut probabilities = frames(&[(0.9, 2000)]);
        probabilities[700] = 0.6;
        let spans = run(probabilities);
        assert!((spans[0].end - 700.0 * 0.032).abs() < 0.01, "{spans:?}");
        assert!(spans.len() > 1 && (spans[spans.len() - 1].end - 64.0).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn stretches_are_in_order_within_the_sound_and_fit_a_window(
            runs in prop::collection::vec((0.0f32..1.0, 1usize..400), 0..20)
        ) {
            let probabilities = frames(&runs);
            let end = (probabilities.len() * FRAME) as f64 / SAMPLE_RATE as f64;
            let spans = run(probabilities);
            for span in &spans {
                prop_assert!(span.start >= 0.0 && span.end <= end && span.seconds() <= 30.0);
            }
            // Only the padding of a cut may reach back over it.
            prop_assert!(spans.windows(2).all(|w| w[0].end <= w[1].start + 0.201));
        }
    }
}
