//! Dissolves: what lies between is a mixture of both ends, in a steadily growing share.
//!
//! For frames a and b some way apart, a frame m between them is projected on
//! the line from a to b: m = a + s (b - a) + r. In a dissolve s follows the
//! time that has passed and the remainder r is small; a moving camera leaves a
//! large remainder, and before or behind a cut s is 0 or 1. (Twin comparison,
//! Zhang et al. 1993, looks at sums of differences only, and takes pans for
//! dissolves.) A change of light passes this test, but keeps the structure:
//! its ends are correlated.

use super::frame::{Frame, LIGHT_TILES, Mosaic, TILES};
use super::{Found, Transition};
use std::collections::VecDeque;

/// Lengths in frames that are tried. Within a longer dissolve a shorter
/// stretch is a mixture just as well, so gaps between them lose none.
const LENGTHS: &[usize] = &[6, 9, 13, 18, 25, 34];
const LONGEST: usize = 34;
/// The ends differ at least by so much a tile, and are correlated at most so.
const UNLIKE: f32 = 15.0;
const ALIKE: f32 = 0.6;
/// An end with less contrast is the flat part of a fade.
const FLAT: f32 = 6.0;
/// Remainder (of the ends' distance) and lag (of the whole time) together, at most.
const WORST: f32 = 0.33;

/// Candidates so far, and the mosaics that the next one needs.
#[derive(Default)]
pub(super) struct Dissolves {
    recent: VecDeque<(Mosaic, f32)>,
    seen: usize,
    candidates: Vec<(f32, Found)>,
}

impl Dissolves {
    /// Takes the next frame and its contrast.
    pub(super) fn see(&mut self, frame: &Frame, spread: f32) {
        self.recent.push_back((frame.mosaic(), spread));
        if self.recent.len() > LONGEST + 1 {
            self.recent.pop_front();
        }
        let to = self.seen;
        self.seen += 1;
        for length in LENGTHS {
            let Some(first) = self.recent.len().checked_sub(length + 1) else { break };
            if let Some(flaw) = self.flaw(first, *length).filter(|flaw| *flaw <= WORST) {
                let confidence = (0.95 - flaw).max(0.5);
                let from = to - length;
                let found = Found { transition: Transition::Dissolve, from, to, confidence };
                self.candidates.push((flaw, found));
            }
        }
    }

    /// How far from a dissolve the frames from `first` on are; `None` where
    /// the ends are too alike to tell.
    fn flaw(&self, first: usize, length: usize) -> Option<f32> {
        let (start, start_spread) = &self.recent[first];
        let (end, end_spread) = &self.recent[first + length];
        if start_spread.min(*end_spread) < FLAT {
            return None;
        }
        let mut way = [0.0; TILES];
        way.iter_mut().zip(start.iter().zip(end)).for_each(|(way, (a, b))| *way = b - a);
        let square = dot(&way, &way);
        if square < UNLIKE * UNLIKE * TILES as f32 || correlation(start, end) > ALIKE {
            return None;
        }
        let (mut worst_rest, mut worst_lag) = (0.0_f32, 0.0_f32);
        for quarter in 1..4 {
            let passed = (length * quarter + 2) / 4;
            let mut rest = self.recent[first + passed].0;
            rest.iter_mut().zip(start).for_each(|(m, a)| *m -= a);
            let share = dot(&rest, &way) / square;
            rest.iter_mut().zip(&way).for_each(|(m, way)| *m -= share * way);
            worst_rest = worst_rest.max((dot(&rest, &rest) / square).sqrt());
            worst_lag = worst_lag.max((share - passed as f32 / length as f32).abs());
        }
        Some(worst_rest + worst_lag)
    }

    /// The best of those that overlap, among those that are `free`.
    pub(super) fn best(mut self, free: impl Fn(&Found) -> bool) -> Vec<Found> {
        self.candidates.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut best: Vec<Found> = Vec::new();
        for (_, found) in self.candidates {
            // A dissolve longer than the lengths tried has several best parts.
            let near = |other: &Found| {
                found.from <= other.to + LENGTHS[0] && other.from <= found.to + LENGTHS[0]
            };
            if free(&found) && !best.iter().any(near) {
                best.push(found);
            }
        }
        best
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Pearson's, of the brightness tiles.
fn correlation(one: &Mosaic, other: &Mosaic) -> f32 {
    let (one, other) = (&one[..LIGHT_TILES], &other[..LIGHT_TILES]);
    let count = LIGHT_TILES as f32;
    let (a, b) = (one.iter().sum::<f32>() / count, other.iter().sum::<f32>() / count);
    let squares = (dot(one, one) - count * a * a) * (dot(other, other) - count * b * b);
    (dot(one, other) - count * a * b) / squares.sqrt().max(1.0)
}
