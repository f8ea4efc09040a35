//! The interest map of a person.

use crate::{Corrections, TopicModel};
use serde::{Deserialize, Serialize};
use vireo_domain::{Embedding, Feedback, InterestMap, Timestamp, UserId, VideoId};

/// How a map is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MapConfig {
    /// Days after which an action counts half.
    pub half_life_days: f64,
    /// Most interests.
    pub limit: usize,
    /// Evidence videos kept for each.
    pub evidence: usize,
}

impl Default for MapConfig {
    fn default() -> Self {
        Self { half_life_days: 30.0, limit: 12, evidence: 5 }
    }
}

/// Builds the map of `user` from their actions (newest first), as of `now`.
/// `embedding_of` gives the meaning (not centred) of a video, if known.
/// Future timestamps count as now. Disliked videos push their topic down.
#[allow(clippy::too_many_arguments)]
pub fn build_map(
    _user: &UserId,
    _feedback: &[Feedback],
    _corrections: &Corrections,
    _topics: &TopicModel,
    _embedding_of: &dyn Fn(&VideoId) -> Option<Embedding>,
    _chinese: bool,
    _config: &MapConfig,
    _now: Timestamp,
) -> InterestMap {
    todo!()
}
