//! Whisper's view of sound: the log-mel spectrogram of OpenAI's
//! `whisper/audio.py`.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;
use std::f64::consts::PI;

/// Samples a second.
pub(super) const SAMPLE_RATE: usize = 16_000;
/// Samples of a window of 30 s.
pub(super) const WINDOW: usize = 30 * SAMPLE_RATE;
/// Frames of a window: one every 10 ms.
pub(super) const FRAMES: usize = WINDOW / HOP;
const FFT: usize = 400;
/// Samples between two frames.
pub(super) const HOP: usize = 160;
const BINS: usize = FFT / 2 + 1;

/// Computes spectrograms of `bands` bands.
pub(super) struct Spectrogram {
    fft: std::sync::Arc<dyn rustfft::Fft<f32>>,
    hann: Vec<f32>,
    /// For each band, its first bin and its weights.
    bands: Vec<(usize, Vec<f32>)>,
}

impl Spectrogram {
    pub(super) fn new(bands: usize) -> Self {
        let hann = (0..FFT).map(|i| (0.5 - 0.5 * (2.0 * PI * i as f64 / FFT as f64).cos()) as f32);
        Self {
            fft: FftPlanner::new().plan_fft_forward(FFT),
            hann: hann.collect(),
            bands: filters(bands),
        }
    }

    /// `[bands × frames]`, band by band, of up to 30 s of sound; silence follows what is shorter.
    pub(super) fn compute(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let samples = &samples[..samples.len().min(WINDOW)];
        // Floor of the logarithm; also the value of the silence that follows.
        let mut mel = vec![-10.0_f32; self.bands.len() * frames];
        let sounding = ((samples.len() + FFT / 2).div_ceil(HOP)).min(frames);
        let mut buffer = vec![Complex::default(); FFT];
        let mut scratch = vec![Complex::default(); self.fft.get_inplace_scratch_len()];
        for frame in 0..sounding {
            for (i, (value, window)) in buffer.iter_mut().zip(&self.hann).enumerate() {
                *value = Complex::new(sample_at(samples, frame * HOP + i) * window, 0.0);
            }
            self.fft.process_with_scratch(&mut buffer, &mut scratch);
            for (band, (first, weights)) in self.bands.iter().enumerate() {
                let bins = buffer[*first..].iter().zip(weights);
                let power: f32 = bins.map(|(bin, weight)| bin.norm_sqr() * weight).sum();
                mel[band * frames + frame] = power.max(1e-10).log10();
            }
        }
        let floor = mel.iter().copied().fold(f32::MIN, f32::max) - 8.0;
        for value in &mut mel {
            *value = (value.max(floor) + 4.0) / 4.0;
        }
        mel
    }
}

/// The sample at `position - FFT / 2`: windows are centred. The beginning is mirrored, as `torch.stft` does.
fn sample_at(samples: &[f32], position: usize) -> f32 {
    samples.get(position.abs_diff(FFT / 2)).copied().unwrap_or(0.0)
}

/// Triangular filters on Slaney's mel scale, each of area 1 (librosa's default), 0 Hz to 8 kHz.
fn filters(bands: usize) -> Vec<(usize, Vec<f32>)> {
    const LINEAR: f64 = 200.0 / 3.0;
    const KNEE_MEL: f64 = 15.0;
    let step = 6.4_f64.ln() / 27.0;
    let to_hz = |mel: f64| {
        if mel < KNEE_MEL { mel * LINEAR } else { 1000.0 * ((mel - KNEE_MEL) * step).exp() }
    };
    let top = KNEE_MEL + 8.0_f64.ln() / step;
    let edges: Vec<f64> =
        (0..bands + 2).map(|i| to_hz(top * i as f64 / (bands + 1) as f64)).collect();
    edges
        .windows(3)
        .map(|edge| {
            let weight = |bin: usize| {
                let hz = bin as f64 * SAMPLE_RATE as f64 / FFT as f64;
                let rise = (hz - edge[0]) / (edge[1] - edge[0]);
                let fall = (edge[2] - hz) / (edge[2] - edge[1]);
                (rise.min(fall).max(0.0) * 2.0 / (edge[2] - edge[0])) as f32
            };
            let first = (0..BINS).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
            (first, (first..BINS).map(weight).take_while(|weight| *weight > 0.0).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, seconds: f64) -> Vec<f32> {
        let count = (seconds * SAMPLE_RATE as f64) as usize;
        let angle = |i: usize| 2.0 * PI * hz * i as f64 / SAMPLE_RATE as f64;
        (0..count).map(|i| (0.5 * angle(i).sin()) as f32).collect()
    }

    #[test]
    fn a_tone_lights_its_band_while_it_sounds() {
        let mel = Spectrogram::new(80).compute(&tone(1000.0, 2.0), FRAMES);
        let loudest = |frame: usize| {
            let bands =
                (0..80).max_by(|a, b| mel[a * FRAMES + frame].total_cmp(&mel[b * FRAMES + frame]));
            bands.expect("there are bands")
        };
        // 1 kHz is mel 15 of 45.2, so the middle of 81 steps is near 27.
        assert!((25..=27).contains(&loudest(100)), "{}", loudest(100));
        assert!(mel[26 * FRAMES + 100] > mel[26 * FRAMES + 250] + 1.0);
    }

    /// Figures of an independent computation with numpy (same formulas as whisper/audio.py).
    #[test]
    fn agrees_with_numpy() {
        let mel = Spectrogram::new(80).compute(&tone(440.0, 1.0), FRAMES);
        for (band, frame, expected) in GOLDEN {
            let found = mel[band * FRAMES + frame];
            assert!((found - expected).abs() < 2e-3, "{band} {frame}: {found} {expected}");
        }
    }

    const GOLDEN: [(usize, usize, f32); 6] = [
        (0, 0, 0.983_28),
        (10, 0, 1.336_24),
        (11, 50, 1.438_20),
        (12, 50, 1.293_52),
        (40, 50, -0.561_80),
        (79, 2999, -0.561_80),
    ];
}
