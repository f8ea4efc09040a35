//! Parts in which nothing is heard.

use crate::audio::SAMPLE_RATE;
use vireo_domain::Span;

/// Loudness is taken over windows of 50 ms.
const WINDOW: usize = SAMPLE_RATE as usize / 20;
/// Root mean square of silence, at most: -50 dB of full scale. Room tone of a
/// quiet recording is about -60 dB, whispering above -45.
const SILENT: f64 = 0.003_162;
/// Shorter pauses are part of speech.
const LEAST_SECONDS: f64 = 2.0;

/// Listens for pauses in sound that comes in pieces.
#[derive(Default)]
pub(crate) struct Pauses {
    /// Samples that do not fill a window yet.
    rest: Vec<f32>,
    windows: usize,
    silent: usize,
    found: Vec<Span>,
}

impl Pauses {
    /// Takes the next samples.
    pub(crate) fn push(&mut self, piece: &[f32]) {
        let missing = (WINDOW - self.rest.len()).min(piece.len());
        self.rest.extend_from_slice(&piece[..missing]);
        if self.rest.len() < WINDOW {
            return;
        }
        let begun = std::mem::take(&mut self.rest);
        self.hear(&begun);
        let (windows, rest) = piece[missing..].as_chunks::<WINDOW>();
        for window in windows {
            self.hear(window);
        }
        self.rest.extend_from_slice(rest);
    }

    /// Parts of two seconds or more in which nothing was heard so far.
    pub(crate) fn found(&self) -> Vec<Span> {
        self.found.iter().copied().chain(self.open()).collect()
    }

    fn hear(&mut self, window: &[f32]) {
        let squares: f64 = window.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        if squares <= SILENT * SILENT * WINDOW as f64 {
            self.silent += 1;
        } else {
            self.found.extend(self.open());
            self.silent = 0;
        }
        self.windows += 1;
    }

    /// The pause that goes on, if it is one.
    fn open(&self) -> Option<Span> {
        let second = |windows: usize| (windows * WINDOW) as f64 / f64::from(SAMPLE_RATE);
        let pause = Span::new(second(self.windows - self.silent), second(self.windows));
        Some(pause).filter(|pause| pause.seconds() >= LEAST_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pauses of a sound made of (seconds, loudness), heard in pieces of so many samples.
    fn pauses(parts: &[(f64, f32)], piece: usize) -> Vec<Span> {
        let samples = |seconds: f64| (seconds * f64::from(SAMPLE_RATE)) as usize;
        let sound: Vec<f32> = parts
            .iter()
            .flat_map(|(seconds, loudness)| std::iter::repeat_n(*loudness, samples(*seconds)))
            .collect();
        let mut pauses = Pauses::default();
        sound.chunks(piece).for_each(|piece| pauses.push(piece));
        pauses.found()
    }

    #[test]
    fn long_pauses_are_found_and_short_ones_are_speech() {
        let sound = [(1.0, 0.1), (3.0, 0.001), (1.0, 0.1), (1.5, 0.0), (1.0, 0.1), (2.5, 0.0)];
        for piece in [7, WINDOW, 12_345, 1 << 20] {
            assert_eq!(pauses(&sound, piece), [Span::new(1.0, 4.0), Span::new(7.5, 10.0)]);
        }
        assert!(pauses(&[(30.0, 0.01)], WINDOW).is_empty());
        assert_eq!(pauses(&[], WINDOW), []);
    }
}
