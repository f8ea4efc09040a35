//! One of the videos that show the same, and the others only when nothing else is left.

use super::{BARRED, Pass, Reranker};
use crate::context::Context;
use crate::rankers::Ranked;
use std::collections::HashSet;

pub(super) struct Copies;

impl Reranker for Copies {
    fn name(&self) -> &'static str {
        "copies"
    }

    fn start<'a>(&self, context: &'a Context<'a>, pool: &'a [Ranked]) -> Box<dyn Pass + 'a> {
        let group = |ranked: &Ranked| context.snapshot.copies.get(&ranked.place).copied();
        Box::new(Shown { groups: pool.iter().map(group).collect(), shown: HashSet::new() })
    }
}

struct Shown {
    /// Group of each candidate that has copies.
    groups: Vec<Option<usize>>,
    shown: HashSet<usize>,
}

impl Pass for Shown {
    fn cost(&self, candidate: usize) -> f64 {
        let is_shown = self.groups[candidate].is_some_and(|group| self.shown.contains(&group));
        if is_shown { BARRED } else { 0.0 }
    }

    fn placed(&mut self, candidate: usize) {
        self.shown.extend(self.groups[candidate]);
    }
}
