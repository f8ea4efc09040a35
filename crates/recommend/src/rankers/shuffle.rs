//! A little chance among near-equals, so that a list opened again is another one.

use super::{Ranked, Ranker};
use crate::context::Context;

/// The largest change, as a share of the highest value: for somebody known
/// well, and what is added for somebody unknown, whose values mean less.
const KNOWN: f64 = 0.05;
const UNKNOWN: f64 = 0.1;

pub(super) struct Shuffle;

impl Ranker for Shuffle {
    fn rank(&self, context: &Context<'_>, ranked: &mut [Ranked]) {
        let highest = ranked.iter().map(|ranked| ranked.value).fold(0.0, f64::max);
        let most = highest * (KNOWN + UNKNOWN * (1.0 - context.maturity));
        for ranked in ranked {
            ranked.value += most * context.lot("shuffle", context.snapshot.keys[ranked.place]);
        }
    }
}
