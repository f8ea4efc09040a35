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

use crate::context::Context;
use crate::rankers::Ranked;

/// A cost that nothing outweighs: only when all candidates bear it is one placed.
const BARRED: f64 = 1000.0;

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
    /// Takes this place for a candidate drawn by lot, with the chance it had.
    fn claim(&self, _place: usize, _is_free: &dyn Fn(usize) -> bool) -> Option<(usize, f64)> {
        None
    }
    /// This candidate was placed.
    fn placed(&mut self, _candidate: usize) {}
}

/// All of them.
pub(crate) fn all() -> [&'static dyn Reranker; 4] {
    [&copies::Copies, &channels::Channels, &diversity::Diversity, &exploration::Exploration]
}
