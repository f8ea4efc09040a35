//! Popularity with decay.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vireo_domain::{Feedback, Timestamp, VideoId};

/// How popular each video is: decayed positive strength of all actions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Popular {
    /// Score by video, above 0.
    pub scores: HashMap<VideoId, f64>,
}

impl Popular {
    /// From the log. An action counts half after `half_life_days`. The clock
    /// starts at the newest action when the whole log is old (an imported data
    /// set), so that popularity never fades to nothing.
    pub fn train<'a>(
        _log: impl IntoIterator<Item = &'a Feedback>,
        _half_life_days: f64,
        _now: Timestamp,
    ) -> Self {
        todo!()
    }
}
