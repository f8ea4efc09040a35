//! How loud a sound is from moment to moment: where words are not.

use super::mel::SAMPLE_RATE;
use vireo_domain::Span;

/// Seconds of a moment.
const STEP: f64 = 0.02;
/// Beside its loudest moment a window is in a pause below this: -26 dB.
const PAUSE: f32 = 0.05;

/// The loudness of each step of a sound.
pub(super) struct Levels {
    loud: Vec<f32>,
    least: f32,
}

impl Levels {
    pub(super) fn new(samples: &[f32]) -> Self {
        let step = (STEP * SAMPLE_RATE as f64) as usize;
        let power = |part: &[f32]| part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32;
        let loud: Vec<f32> = samples.chunks(step).map(|part| power(part).sqrt()).collect();
        let loudest = loud.iter().copied().fold(0.0, f32::max);
        Self { loud, least: PAUSE * loudest }
    }

    /// A span without the pauses at its ends; all of it, where nothing is loud.
    pub(super) fn audible(&self, span: Span) -> Span {
        let step = |seconds: f64| (seconds / STEP).round() as usize;
        let (from, to) = (step(span.start), step(span.end).min(self.loud.len()));
        let part = self.loud.get(from..to).unwrap_or_default();
        let is_loud = |level: &f32| *level > self.least;
        let (Some(first), Some(last)) =
            (part.iter().position(is_loud), part.iter().rposition(is_loud))
        else {
            return span;
        };
        let seconds = |step: usize| step as f64 * STEP;
        Span::new(seconds(from + first), seconds(from + last + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_around_a_word_are_not_of_it() {
        let tone = |seconds: f64, loud: f32| vec![loud; (seconds * SAMPLE_RATE as f64) as usize];
        let sound = [tone(1.0, 0.004), tone(0.5, 0.3), tone(1.0, 0.0)].concat();
        let levels = Levels::new(&sound);
        let found = levels.audible(Span::new(0.2, 2.0));
        assert!((found.start - 1.0).abs() < 1e-6 && (found.end - 1.5).abs() < 1e-6, "{found:?}");
        // Silence is told as it was, and so is what lies beyond the end.
        for span in [Span::new(0.2, 0.6), Span::new(2.4, 3.0), Span::new(5.0, 6.0)] {
            assert_eq!(levels.audible(span), span);
        }
    }
}
