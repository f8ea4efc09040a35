//! Topics that the viewer doesn't know yet; for a new viewer, a bit of everything.

use super::{Candidate, Source, Why};
use crate::Result;
use crate::context::Context;
use std::collections::BTreeMap;
use vireo_domain::TopicId;

/// Candidates in all, spread evenly over the topics.
const CANDIDATES: usize = 120;

pub(super) struct Exploration;

impl Source for Exploration {
    fn name(&self) -> &'static str {
        "exploration"
    }

    /// Draws from each unknown topic as many as from any other. Within a topic
    /// the draw is even, so the chance of a video to be the one shown, when a
    /// topic is drawn evenly first, is `1 / (topics * videos of its topic)`.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let snapshot = context.snapshot;
        let mut topics: BTreeMap<Option<TopicId>, Vec<(f64, usize)>> = BTreeMap::new();
        for (place, item) in snapshot.items.iter().enumerate() {
            let known = item.topic.is_some_and(|topic| context.knows(topic));
            if !known && context.is_open(place) {
                let lot = context.lot("exploration", snapshot.keys[place]);
                topics.entry(item.topic).or_default().push((lot, place));
            }
        }
        // Videos about which nothing is known are a topic of their own only
        // where there is no other.
        if topics.len() > 1 {
            topics.remove(&None);
        }
        let each = (CANDIDATES / topics.len().max(1)).max(1);
        let count = topics.len();
        let mut found = Vec::new();
        for videos in topics.values_mut() {
            videos.sort_by(|a, b| a.0.total_cmp(&b.0));
            let chance = 1.0 / (count * videos.len()) as f64;
            let drawn = videos.iter().take(each).enumerate();
            found.extend(drawn.map(|(turn, (_, place))| Candidate {
                place: *place,
                score: 1.0 / (turn + 1) as f64,
                why: Why::Exploration { chance },
            }));
        }
        Ok(found)
    }
}
