//! Every other place that is kept for something else goes to what is new.

use super::{Claim, Pass, Reranker, kept};
use crate::context::Context;
use crate::rankers::Ranked;
use crate::rankers::blend::against;
use crate::sources::Why;

/// Of two places that are kept, the first.
const EACH: usize = 2;

pub(super) struct Fresh;

impl Reranker for Fresh {
    fn name(&self) -> &'static str {
        "fresh"
    }

    /// The new videos that nobody likes yet, best first: no model of what people
    /// do would ever bring them up. What was shown and left makes room for others,
    /// and nothing is kept a place that more is against than for. Without any,
    /// chance has the place.
    fn start<'a>(&self, context: &'a Context<'a>, pool: &'a [Ranked]) -> Box<dyn Pass + 'a> {
        let is_liked = |ranked: &Ranked| context.snapshot.popularity[ranked.place] > 0.0;
        let score = |ranked: &Ranked| {
            let fresh = ranked.found.iter().find(|found| found.why == Why::Fresh)?;
            let shown = context.ignored.get(&ranked.place).copied().unwrap_or(0);
            let score = fresh.score / f64::from(1 + shown) - against(context, ranked.place);
            (!is_liked(ranked) && score > 0.0).then_some(score)
        };
        let scored = pool.iter().enumerate();
        let mut scored: Vec<(usize, f64)> =
            scored.filter_map(|(index, ranked)| Some((index, score(ranked)?))).collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        let best = scored.into_iter().map(|(index, _)| index).collect();
        Box::new(Kept { share: context.config.exploration, best })
    }
}

struct Kept {
    share: f64,
    /// Indices in the pool, best first.
    best: Vec<usize>,
}

impl Pass for Kept {
    fn claim(&self, place: usize, is_free: &dyn Fn(usize) -> bool) -> Option<Claim> {
        kept(self.share, place).filter(|turn| turn % EACH == 0)?;
        let candidate = self.best.iter().copied().find(|index| is_free(*index))?;
        Some(Claim { candidate, chance: None })
    }
}
