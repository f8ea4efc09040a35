//! What numbers of a moment are usual.

use super::Clip;
use crate::moments::{FEATURES, Moments};
use serde::{Deserialize, Serialize};

/// Brings each number to mean 0 and deviation 1 over all moments of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Scaling {
    means: Vec<f32>,
    scales: Vec<f32>,
}

impl Scaling {
    pub(super) fn new(clips: &[Clip<'_>]) -> Self {
        let count: usize = clips.iter().map(|clip| clip.moments.count()).sum();
        let sums = |of: &dyn Fn(usize, f32) -> f64| {
            let mut sums = vec![0.0_f64; FEATURES];
            for row in clips.iter().flat_map(|clip| clip.moments.rows().chunks_exact(FEATURES)) {
                row.iter().enumerate().for_each(|(place, value)| sums[place] += of(place, *value));
            }
            for sum in &mut sums {
                *sum /= count.max(1) as f64;
            }
            sums
        };
        let means = sums(&|_, value| f64::from(value));
        let variances = sums(&|place, value| (f64::from(value) - means[place]).powi(2));
        // What never changes says nothing, also when it changes later.
        let scale = |variance: &f64| if *variance > 1e-8 { 1.0 / variance.sqrt() } else { 0.0 };
        Self {
            means: means.iter().map(|mean| *mean as f32).collect(),
            scales: variances.iter().map(|variance| scale(variance) as f32).collect(),
        }
    }

    /// Rows, scaled; what is far outside of what was seen is cut off.
    fn scale(&self, rows: &[f32]) -> Vec<f32> {
        let scaled = |(place, value): (usize, &f32)| {
            let place = place % FEATURES;
            ((value - self.means[place]) * self.scales[place]).clamp(-5.0, 5.0)
        };
        rows.iter().enumerate().map(scaled).collect()
    }

    /// Scaled rows of stretches of so many moments, `step` apart: with a step of
    /// the whole length one after the other, else each around its step's middle.
    pub(super) fn parts(&self, moments: &Moments, length: usize, step: usize) -> Vec<Vec<f32>> {
        let count = moments.count();
        let begin = |start: usize| {
            let middle =
                if step < length { (start + step / 2).saturating_sub(length / 2) } else { start };
            // The last one is as long as the others.
            middle.min(count.saturating_sub(length))
        };
        let starts = (0..count).step_by(step).map(begin);
        let rows = starts.map(|from| moments.part(from..(from + length).min(count)));
        rows.map(|rows| self.scale(rows)).collect()
    }
}
