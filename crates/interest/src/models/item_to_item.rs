//! Who watched this also watched: item-to-item collaborative filtering.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vireo_domain::{Feedback, VideoId};

/// The nearest videos of each video by co-watching.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemToItem {
    /// For each video its neighbours, strongest first, similarity 0 to 1.
    pub neighbours: HashMap<VideoId, Vec<(VideoId, f32)>>,
}

impl ItemToItem {
    /// Cosine over people who liked both (positive strength), damped for small
    /// counts (Sarwar et al., WWW 2001), the `limit` nearest kept. A person's
    /// last 500 actions count, so that one person cannot cost everybody time.
    pub fn train<'a>(_log: impl IntoIterator<Item = &'a Feedback>, _limit: usize) -> Self {
        todo!()
    }
}
