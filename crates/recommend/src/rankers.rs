//! The rankers: they give each candidate its value, one after the other.
//!
//! To add one: a file, a `mod` line, a line in [`all`].

pub(crate) mod blend;
mod shuffle;

use crate::context::Context;
use crate::sources::{Candidate, Why};
use std::collections::HashMap;

/// Changes the values of candidates.
pub(crate) trait Ranker {
    /// Sets or changes `value`, and `part` of what was found.
    fn rank(&self, context: &Context<'_>, ranked: &mut [Ranked]);
}

/// All of them, in the order in which they run.
pub(crate) fn all() -> [&'static dyn Ranker; 2] {
    [&blend::Blend, &shuffle::Shuffle]
}

/// A candidate, whoever found it, and its value.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    pub place: usize,
    pub found: Vec<Found>,
    pub value: f64,
}

/// What one source said of a candidate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub source: &'static str,
    pub score: f64,
    pub why: Why,
    /// What it gave to the value.
    pub part: f64,
}

/// Brings together what the sources found.
#[derive(Default)]
pub(crate) struct Pool {
    ranked: Vec<Ranked>,
    index_of: HashMap<usize, usize>,
}

impl Pool {
    pub(crate) fn add(&mut self, source: &'static str, candidates: Vec<Candidate>) {
        for Candidate { place, score, why } in candidates {
            let index = *self.index_of.entry(place).or_insert_with(|| {
                self.ranked.push(Ranked { place, found: Vec::new(), value: 0.0 });
                self.ranked.len() - 1
            });
            self.ranked[index].found.push(Found { source, score, why, part: 0.0 });
        }
    }

    /// The `limit` most valuable, best first, and all that may take a kept place.
    pub(crate) fn rank(mut self, context: &Context<'_>, limit: usize) -> Vec<Ranked> {
        for ranker in all() {
            ranker.rank(context, &mut self.ranked);
        }
        let keys = &context.snapshot.keys;
        self.ranked.sort_by(|a, b| {
            b.value.total_cmp(&a.value).then_with(|| keys[a.place].cmp(&keys[b.place]))
        });
        let mut place = 0;
        self.ranked.retain(|ranked| {
            place += 1;
            let may = |found: &Found| matches!(found.why, Why::Exploration { .. } | Why::Fresh);
            place <= limit || ranked.found.iter().any(may)
        });
        self.ranked
    }
}
