//! What comes out.

use crate::Reason;
use serde::{Deserialize, Serialize};
use vireo_domain::VideoId;

/// How an item came to its place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trace {
    /// Score given by each source that found it.
    pub sources: Vec<(String, f64)>,
    /// Value given by the ranker.
    pub value: f64,
    /// What re-rankers did, for people: `diversity: moved from 3 to 5`, counted from 1.
    pub steps: Vec<String>,
    /// Chance of having been shown in this place (for off-policy evaluation);
    /// below 1 only where chance decided.
    pub propensity: f64,
}

/// A recommended video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommended {
    /// Which.
    pub video: VideoId,
    /// Place in the whole list, from 0.
    pub place: usize,
    /// Why.
    pub reason: Reason,
    /// The reason in the viewer's language.
    pub sentence: String,
    /// How it came to its place.
    pub trace: Trace,
}

/// A candidate that was taken out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    /// Which.
    pub video: VideoId,
    /// The filter (`seen`, `hidden`, `blocked`…).
    pub filter: String,
    /// In words.
    pub why: String,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Page {
    /// In order.
    pub items: Vec<Recommended>,
    /// For the next page; `None` at the end.
    pub next: Option<String>,
    /// What was taken out, when asked for.
    pub removed: Vec<Removed>,
    /// Sources that failed, with the reason; the rest answered.
    pub degraded: Vec<String>,
}
