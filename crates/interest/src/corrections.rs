//! What a person says of their own interest map.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vireo_domain::{Embedding, Timestamp, VideoId};

/// An interest that a person described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// `said-1`, `said-2`…
    pub key: String,
    /// Their words; for picked videos, the titles.
    pub text: String,
    /// The meaning of the words (not centred).
    pub embedding: Embedding,
    /// When.
    pub at: Timestamp,
}

/// A person's corrections.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Corrections {
    /// Boost by interest key; 0 mutes, 1 is as learned, at most 4.
    pub boosts: BTreeMap<String, f64>,
    /// Sentences.
    pub said: Vec<Said>,
    /// Videos picked at the start ("three picks").
    pub picks: Vec<VideoId>,
}
