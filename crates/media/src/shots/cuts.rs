//! Cuts: both sides of them are unlike, and each side is calm in itself.
//!
//! The idea is PySceneDetect's AdaptiveDetector (a difference counts by how far
//! it stands out of those around it), with two changes. Not one pair of frames
//! is compared but three frames before with three after, and the closest pair
//! counts: after a flash of two frames the third is like the one before it. And
//! the surroundings are a trimmed mean, so that a cut nearby hides no other.

use super::frame::Frame;
use super::{Found, Moment, Transition};
use std::collections::VecDeque;

/// Frames of each side that are compared.
pub(super) const SIDE: usize = 3;
/// Frames around, of each side, that tell what is usual here.
const AROUND: usize = 12;
/// Cuts and flashes among those around that don't count as usual.
const TRIMMED: usize = 2;
/// A cut stands out by so much of what is usual, and is at least so far apart.
const STANDS_OUT: f32 = 3.2;
const APART: f32 = 12.0;
/// Change that is usual even where nothing moves: noise and coding.
const NOISE: f32 = 4.0;

/// The least distance between the first [`SIDE`] frames and the last.
pub(super) fn apart(recent: &VecDeque<Frame>) -> f32 {
    let after = || recent.iter().skip(SIDE);
    let distances = recent.iter().take(SIDE).flat_map(|a| after().map(|b| a.distance(b)));
    distances.fold(f32::MAX, f32::min)
}

/// The frames that begin a shot after a cut.
pub(super) fn cuts(moments: &[Moment]) -> Vec<Found> {
    let mut usual = Vec::with_capacity(2 * AROUND);
    let mut cuts = Vec::new();
    for (frame, moment) in moments.iter().enumerate().filter(|(_, m)| m.apart >= APART) {
        usual.clear();
        let around = frame.saturating_sub(AROUND).max(1)..(frame + AROUND + 1).min(moments.len());
        usual.extend(around.filter(|near| *near != frame).map(|near| moments[near].step));
        usual.sort_by(f32::total_cmp);
        usual.truncate(usual.len().saturating_sub(TRIMMED));
        let mean = usual.iter().sum::<f32>() / usual.len().max(1) as f32;
        let ratio = moment.apart / (mean + NOISE);
        if ratio >= STANDS_OUT {
            let confidence = (0.5 + 0.1 * (ratio - STANDS_OUT)).min(0.99);
            cuts.push(Found { transition: Transition::Cut, from: frame, to: frame, confidence });
        }
    }
    cuts
}
