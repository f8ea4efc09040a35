//! Parts in which nothing is heard.

use crate::Result;
use crate::audio::{AudioStream, SAMPLE_RATE};
use crate::probe::Probe;
use std::path::Path;
use vireo_domain::Span;

/// Loudness is taken over windows of 50 ms.
const WINDOW: usize = SAMPLE_RATE as usize / 20;
/// Root mean square of silence, at most: -50 dB of full scale. Room tone of a
/// quiet recording is about -60 dB, whispering above -45.
const SILENT: f64 = 0.003_162;
/// Shorter pauses are part of speech.
const LEAST_SECONDS: f64 = 2.0;

/// Parts of two seconds or more in which nothing is heard. A file without a
/// sound stream has none: it has no sound to be silent.
///
/// # Errors
/// As [`AudioStream::of`].
pub fn silent(path: &Path, probe: &Probe) -> Result<Vec<Span>> {
    let mut rest: Vec<f32> = Vec::new();
    let mut pauses = Pauses::default();
    for piece in AudioStream::of(path, probe)? {
        rest.extend(piece?);
        let whole = rest.len() - rest.len() % WINDOW;
        rest.drain(..whole).as_slice().chunks_exact(WINDOW).for_each(|window| pauses.hear(window));
    }
    Ok(pauses.finish())
}

/// Counts windows and notes the runs of silent ones.
#[derive(Default)]
struct Pauses {
    windows: usize,
    silent: usize,
    found: Vec<Span>,
}

impl Pauses {
    fn hear(&mut self, window: &[f32]) {
        let squares: f64 = window.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        let silent = squares <= SILENT * SILENT * window.len() as f64;
        if silent {
            self.silent += 1;
        } else {
            self.close();
        }
        self.windows += 1;
    }

    fn close(&mut self) {
        let second = |windows: usize| (windows * WINDOW) as f64 / f64::from(SAMPLE_RATE);
        let pause = Span::new(second(self.windows - self.silent), second(self.windows));
        if pause.seconds() >= LEAST_SECONDS {
            self.found.push(pause);
        }
        self.silent = 0;
    }

    fn finish(mut self) -> Vec<Span> {
        self.close();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pauses of a sound made of (seconds, loudness).
    fn pauses(parts: &[(f64, f32)]) -> Vec<Span> {
        let mut pauses = Pauses::default();
        for (seconds, loudness) in parts {
            (0..(seconds * 20.0) as usize).for_each(|_| pauses.hear(&[*loudness; WINDOW]));
        }
        pauses.finish()
    }

    #[test]
    fn long_pauses_are_found_and_short_ones_are_speech() {
        let sound = [(1.0, 0.1), (3.0, 0.001), (1.0, 0.1), (1.5, 0.0), (1.0, 0.1), (2.5, 0.0)];
        assert_eq!(pauses(&sound), [Span::new(1.0, 4.0), Span::new(7.5, 10.0)]);
        assert!(pauses(&[(30.0, 0.01)]).is_empty());
        assert_eq!(pauses(&[]), []);
    }
}
