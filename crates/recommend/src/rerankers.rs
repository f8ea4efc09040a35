//! The rerankers: they make a list of values worth looking at.
//!
//! A list is made place by place ([`crate::list::List`]); at each place every
//! reranker may make a candidate cost something, or claim the place. So the
//! beginning of a list never depends on how far it is read.
//!
//! To add one: a file, a `mod` line, a line in [`all`].

mod channels;
mod copies;
mod diversity;
mod exploration;
mod fresh;

use crate::context::Context;
use crate::rankers::Ranked;

/// A cost that nothing outweighs: only when all candidates bear it is one placed.
pub(crate) const BARRED: f64 = 1000.0;

/// Starts one pass over a list.
pub(crate) trait Reranker {
    /// In explanations.
    fn name(&self) -> &'static str;
    /// Over these candidates.
    fn start<'a>(&self, context: &'a Context<'a>, pool: &'a [Ranked]) -> Box<dyn Pass + 'a>;
}

/// What a reranker remembers while a list is made. Candidates are indices of the pool.
pub(crate) trait Pass {
    /// What placing this candidate next costs; values go from 0 to 1.
    fn cost(&self, _candidate: usize) -> f64 {
        0.0
    }
    /// Takes this place for a candidate that may take it: one that has none yet
    /// and that no reranker bars.
    fn claim(&self, _place: usize, _may_take: &dyn Fn(usize) -> bool) -> Option<Claim> {
        None
    }
    /// This candidate was placed.
    fn placed(&mut self, _candidate: usize) {}
}

/// A candidate that takes a place whatever its value is.
pub(crate) struct Claim {
    /// Index in the pool.
    pub candidate: usize,
    /// The chance it had, if it was drawn by lot.
    pub chance: Option<f64>,
}

/// All of them; of several that claim a place the first one gets it.
pub(crate) fn all() -> [&'static dyn Reranker; 5] {
    [
        &copies::Copies,
        &channels::Channels,
        &diversity::Diversity,
        &fresh::Fresh,
        &exploration::Exploration,
    ]
}

/// Which of the places that are kept for something else this is, from 0, of a
/// share of all places ([`crate::Config::exploration`]); `None`: it is not kept.
fn kept(share: f64, place: usize) -> Option<usize> {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let due = |place: usize| (place as f64 * share + 1e-9).floor();
    (due(place + 1) > due(place)).then(|| due(place) as usize)
}
