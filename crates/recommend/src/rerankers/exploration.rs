//! Places kept for something else.

use super::{Claim, Pass, Reranker, kept};
use crate::context::Context;
use crate::rankers::Ranked;
use crate::sources::Why;
use std::collections::BTreeMap;
use vireo_domain::TopicId;

pub(super) struct Exploration;

impl Reranker for Exploration {
    fn name(&self) -> &'static str {
        "exploration"
    }

    fn start<'a>(&self, context: &'a Context<'a>, pool: &'a [Ranked]) -> Box<dyn Pass + 'a> {
        let mut by_topic: BTreeMap<Option<TopicId>, Vec<(usize, f64)>> = BTreeMap::new();
        for (index, ranked) in pool.iter().enumerate() {
            let chance = ranked.found.iter().find_map(|found| match found.why {
                Why::Exploration { chance } => Some(chance),
                _ => None,
            });
            if let Some(chance) = chance {
                let topic = context.snapshot.items[ranked.place].topic;
                by_topic.entry(topic).or_default().push((index, chance));
            }
        }
        let share = context.config.exploration;
        Box::new(Slots { share, by_topic: by_topic.into_values().collect(), context })
    }
}

struct Slots<'a> {
    share: f64,
    /// Candidates of each unknown topic.
    by_topic: Vec<Vec<(usize, f64)>>,
    context: &'a Context<'a>,
}

impl Pass for Slots<'_> {
    /// Draws a topic evenly, then a video of it evenly.
    fn claim(&self, place: usize, may_take: &dyn Fn(usize) -> bool) -> Option<Claim> {
        kept(self.share, place)?;
        let free = |topic: &Vec<(usize, f64)>| {
            topic.iter().copied().filter(|(index, _)| may_take(*index)).collect::<Vec<_>>()
        };
        let topics: Vec<Vec<(usize, f64)>> =
            self.by_topic.iter().map(free).filter(|topic| !topic.is_empty()).collect();
        let draw = |purpose: &str, count: usize| {
            (self.context.lot(purpose, place as u64) * count as f64) as usize
        };
        let topic = topics.get(draw("exploration topic", topics.len()))?;
        let (candidate, chance) = *topic.get(draw("exploration video", topic.len()))?;
        Some(Claim { candidate, chance: Some(chance) })
    }
}
