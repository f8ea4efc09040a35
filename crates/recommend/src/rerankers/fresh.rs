//! Every other place that is kept for something else goes to what is new.

use super::{Claim, Pass, Reranker, kept};
use crate::context::Context;
use crate::rankers::Ranked;
use crate::rankers::blend::{PATIENCE, against, boosts};
use crate::sources::Why;

/// Of so many places that are kept, the last.
const EACH: usize = 2;

/// With less than one liking, models of what people do know nothing of a video.
const HARDLY_LIKED: f64 = 1.0;

pub(super) struct Fresh;

impl Reranker for Fresh {
    fn name(&self) -> &'static str {
        "fresh"
    }

    /// The new videos that hardly anybody likes yet, best first: no model of what people
    /// do would ever bring them up. What was shown in vain makes room for others, and
    /// no place is kept for what more is against than for. Without any, chance has
    /// the place.
    fn start<'a>(&self, context: &'a Context<'a>, pool: &'a [Ranked]) -> Box<dyn Pass + 'a> {
        let (snapshot, boosts) = (context.snapshot, boosts(context));
        let score = |ranked: &Ranked| {
            let likings = snapshot.crowd.popularity(&snapshot.items[ranked.place].video.id);
            let fresh = ranked.found.iter().find(|found| found.why == Why::Fresh)?;
            let shown = context.ignored.get(&ranked.place).copied().unwrap_or(0);
            let score = fresh.score * boosts.get(&ranked.place).copied().unwrap_or(1.0);
            let score = score - against(context, ranked.place);
            (likings < HARDLY_LIKED && shown <= PATIENCE && score > 0.0).then_some(score)
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
    fn claim(&self, place: usize, may_take: &dyn Fn(usize) -> bool) -> Option<Claim> {
        kept(self.share, place).filter(|turn| turn % EACH == EACH - 1)?;
        let candidate = self.best.iter().copied().find(|index| may_take(*index))?;
        Some(Claim { candidate, chance: None })
    }
}
