//! Ids of topics: the same topic has the same one, training after training.

use super::TopicModel;
use std::collections::{BTreeMap, HashMap, HashSet};
use vireo_domain::{TopicId, VideoId};

/// A topic keeps its id when it shares at least this much with one of the
/// training before.
const SAME_TOPIC: f64 = 0.25;

/// Gives ids, none twice.
pub(super) struct Ids {
    pub(super) next: u32,
}

impl Ids {
    /// That were not given before.
    pub(super) fn after(previous: Option<&TopicModel>) -> Self {
        let known = previous.into_iter().flat_map(TopicModel::all).map(|topic| topic.id.0 + 1);
        let highest = known.max().unwrap_or(0);
        Self { next: previous.map_or(0, |model| model.next_id).max(highest) }
    }

    /// An id for each group of videos. Of the pairs of a group and a topic of
    /// `before` the most alike (Jaccard, over the videos that were there before)
    /// is matched first.
    pub(super) fn follow(
        &mut self,
        groups: &[Vec<&VideoId>],
        before: Option<&HashMap<&VideoId, TopicId>>,
    ) -> Vec<TopicId> {
        let mut sizes: BTreeMap<TopicId, usize> = BTreeMap::new();
        for topic in before.into_iter().flat_map(HashMap::values) {
            *sizes.entry(*topic).or_default() += 1;
        }
        let mut pairs: Vec<(f64, usize, TopicId)> = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            let mut shared: BTreeMap<TopicId, usize> = BTreeMap::new();
            for topic in group.iter().filter_map(|video| before?.get(video)) {
                *shared.entry(*topic).or_default() += 1;
            }
            let old: usize = shared.values().sum();
            for (topic, both) in shared {
                pairs.push((both as f64 / (old + sizes[&topic] - both) as f64, number, topic));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
        let mut ids: Vec<Option<TopicId>> = vec![None; groups.len()];
        let mut taken: HashSet<TopicId> = HashSet::new();
        for (overlap, number, topic) in pairs {
            if overlap >= SAME_TOPIC && ids[number].is_none() && taken.insert(topic) {
                ids[number] = Some(topic);
            }
        }
        let fresh = |id: Option<TopicId>| {
            id.unwrap_or_else(|| {
                self.next += 1;
                TopicId(self.next - 1)
            })
        };
        ids.into_iter().map(fresh).collect()
    }
}
