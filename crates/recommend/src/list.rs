//! A list, made place by place.

use crate::context::Context;
use crate::rankers::Ranked;
use crate::rerankers::{self, BARRED, Claim, Pass};

/// A candidate in its place.
pub(crate) struct Placed {
    /// Index in the pool.
    pub candidate: usize,
    /// Chance of standing here: below 1 if it was drawn by lot.
    pub chance: f64,
    /// Whether it was drawn by lot.
    pub drawn: bool,
    /// What rerankers did.
    pub steps: Vec<String>,
}

/// Makes a list greedily: each place goes to the candidate whose value less
/// the rerankers' costs is highest, or to the one a reranker claims it for.
pub(crate) struct List<'a> {
    passes: Vec<(&'static str, Box<dyn Pass + 'a>)>,
    /// Values scaled so that the highest is 1; the pool is sorted by them.
    values: Vec<f64>,
    free: Vec<bool>,
    /// The reranker that held a candidate back most lately.
    held_by: Vec<Option<&'static str>>,
    place: usize,
}

impl<'a> List<'a> {
    /// Of a pool, the most valuable first.
    pub(crate) fn new(context: &'a Context<'a>, pool: &'a [Ranked]) -> Self {
        let highest = pool.first().map_or(1.0, |ranked| ranked.value.max(1e-9));
        let passes = rerankers::all();
        Self {
            passes: passes.into_iter().map(|r| (r.name(), r.start(context, pool))).collect(),
            values: pool.iter().map(|ranked| ranked.value / highest).collect(),
            free: vec![true; pool.len()],
            held_by: vec![None; pool.len()],
            place: 0,
        }
    }

    /// Candidates that have no place yet.
    pub(crate) fn rest(&self) -> impl Iterator<Item = usize> {
        self.free.iter().enumerate().filter(|(_, free)| **free).map(|(candidate, _)| candidate)
    }

    fn choose(&mut self) -> Option<Placed> {
        let cost =
            |candidate| self.passes.iter().map(|(_, pass)| pass.cost(candidate)).sum::<f64>();
        let may_take = |candidate: usize| self.free[candidate] && cost(candidate) < BARRED;
        let mut passes = self.passes.iter();
        let claim =
            passes.find_map(|(name, pass)| Some((*name, pass.claim(self.place, &may_take)?)));
        if let Some((name, Claim { candidate, chance })) = claim {
            let how = if chance.is_some() { "drawn by lot for" } else { "has the kept" };
            let steps = vec![format!("{name}: {how} place {}", self.place + 1)];
            let drawn = chance.is_some();
            return Some(Placed { candidate, chance: chance.unwrap_or(1.0), drawn, steps });
        }
        let net =
            self.rest().map(|candidate| (candidate, self.values[candidate] - cost(candidate)));
        let best = net.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let (candidate, _) = best?;
        let passed: Vec<usize> = self.rest().take_while(|other| *other < candidate).collect();
        let first_passed = passed.first().copied();
        for other in passed {
            let costs = self.passes.iter().map(|(name, pass)| (*name, pass.cost(other)));
            self.held_by[other] = costs.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(name, _)| name);
        }
        let mover = if candidate > self.place {
            first_passed.and_then(|other| self.held_by[other])
        } else {
            self.held_by[candidate]
        };
        let steps = if candidate == self.place {
            Vec::new()
        } else {
            let mover = mover.unwrap_or("kept places");
            // For people, who count from 1.
            vec![format!("{mover}: moved from {} to {}", candidate + 1, self.place + 1)]
        };
        Some(Placed { candidate, chance: 1.0, drawn: false, steps })
    }
}

impl Iterator for List<'_> {
    type Item = Placed;

    fn next(&mut self) -> Option<Placed> {
        let placed = self.choose()?;
        self.free[placed.candidate] = false;
        for (_, pass) in &mut self.passes {
            pass.placed(placed.candidate);
        }
        self.place += 1;
        Some(placed)
    }
}
