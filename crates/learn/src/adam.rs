//! Steps along a gradient.

use crate::lanes::{dot, wide};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Numbers that a thread takes at once.
pub(crate) const PIECE: usize = 1 << 14;

/// Settings of [`Adam`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdamConfig {
    /// Learning rate after the warm-up.
    pub rate: f32,
    /// Steps over which the rate rises from 0.
    pub warm_up: u64,
    /// How slowly the mean of gradients forgets, β₁.
    pub mean: f32,
    /// How slowly the mean of their squares forgets, β₂.
    pub squares: f32,
    /// Share of each parameter, times the rate, that a step takes away.
    pub decay: f32,
    /// A longer gradient is cut to this length.
    pub clip: f32,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { rate: 1e-3, warm_up: 50, mean: 0.9, squares: 0.98, decay: 0.0, clip: 1.0 }
    }
}

const EPSILON: f32 = 1e-8;

/// Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and
/// Hutter, 2019), clipping by the norm of the gradient, and warm-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    /// Steps taken.
    pub steps: u64,
    pub(crate) means: Vec<f32>,
    pub(crate) squares: Vec<f32>,
}

impl Adam {
    /// Before the first step, for so many parameters.
    pub fn new(count: usize) -> Self {
        Self { steps: 0, means: vec![0.0; count], squares: vec![0.0; count] }
    }

    /// Takes a step. If the gradient is no number, nothing changes and the
    /// answer is false.
    #[must_use]
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], config: &AdamConfig) -> bool {
        let squares: Vec<f64> =
            gradient.par_chunks(PIECE).map(|piece| f64::from(wide(|| dot(piece, piece)))).collect();
        let norm = squares.iter().sum::<f64>().sqrt();
        if !norm.is_finite() {
            return false;
        }
        self.steps += 1;
        let clip = (f64::from(config.clip) / norm.max(1e-30)).min(1.0) as f32;
        let warmth = (self.steps as f32 / config.warm_up.max(1) as f32).min(1.0);
        let rate = config.rate * warmth;
        let power = |base: f32| 1.0 - f64::from(base).powf(self.steps as f64);
        let (of_mean, of_squares) = (power(config.mean), power(config.squares));
        let pace = rate / of_mean as f32;
        let spread = 1.0 / of_squares as f32;
        let keep = 1.0 - rate * config.decay;
        let state = self.means.par_chunks_mut(PIECE).zip(self.squares.par_chunks_mut(PIECE));
        let all = parameters.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE)).zip(state);
        all.for_each(|((parameters, gradient), (means, squares))| {
            wide(|| {
                for place in 0..parameters.len().min(means.len()).min(squares.len()) {
                    let slope = clip * gradient[place];
                    let mean = config.mean * means[place] + (1.0 - config.mean) * slope;
                    let square =
                        config.squares * squares[place] + (1.0 - config.squares) * slope * slope;
                    (means[place], squares[place]) = (mean, square);
                    let step = pace * mean / ((square * spread).sqrt() + EPSILON);
                    parameters[place] = keep * parameters[place] - step;
                }
            });
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_rate_against_the_slope() {
        let config = AdamConfig { rate: 0.1, warm_up: 0, decay: 0.5, ..AdamConfig::default() };
        let (mut adam, mut at) = (Adam::new(3), vec![1.0, 1.0, 2.0]);
        assert!(adam.step(&mut at, &[0.2, -1e-4, 0.0], &config));
        for (found, wanted) in at.iter().zip([0.95 - 0.1, 0.95 + 0.1, 1.9]) {
            assert!((found - wanted).abs() < 1e-4, "{at:?}");
        }
    }

    #[test]
    fn it_finds_the_lowest_place() {
        let config = AdamConfig { rate: 0.05, ..AdamConfig::default() };
        let (mut adam, mut at) = (Adam::new(2), vec![5.0, -3.0]);
        for _ in 0..2000 {
            let slope = [2.0 * (at[0] - 1.0), 20.0 * (at[1] - 2.0)];
            assert!(adam.step(&mut at, &slope, &config));
        }
        assert!((at[0] - 1.0).abs() < 1e-2 && (at[1] - 2.0).abs() < 1e-2, "{at:?}");
    }

    #[test]
    fn no_number_changes_nothing() {
        let (mut adam, mut at) = (Adam::new(2), vec![5.0, -3.0]);
        let before = adam.clone();
        for broken in [f32::NAN, f32::INFINITY] {
            assert!(!adam.step(&mut at, &[0.0, broken], &AdamConfig::default()));
        }
        assert_eq!((adam, at), (before, vec![5.0, -3.0]));
    }
}
