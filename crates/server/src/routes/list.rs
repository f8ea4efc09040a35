//! Recommended videos in JSON: the answer of feed and related.

use super::shapes;
use crate::serve::Site;
use serde::Serialize;
use utoipa::ToSchema;
use vireo_domain::VideoId;
use vireo_recommend::{Page, Reason, Recommended, Removed, Trace};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List {
    /// In order.
    pub(crate) items: Vec<Item>,
    /// Cursor of the next page; null at the end.
    pub(crate) next: Option<String>,
    /// What was taken out and why, when asked to explain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<RemovedItem>,
    /// Sources that failed while the rest answered.
    pub(crate) degraded: Vec<String>,
}

/// A recommended video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// The video.
    pub(crate) video: shapes::Video,
    /// Place in the whole list, from 0.
    place: usize,
    /// Why, in words.
    sentence: String,
    /// Why, for programs: `{"reason": "related", …}`.
    #[schema(value_type = Object)]
    why: Reason,
    /// How it came to its place, when asked to explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Trail>,
}

/// How an item came to its place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trace)]
pub(crate) struct Trail {
    /// Score given by each source that found it.
    #[schema(value_type = Vec<(String, f64)>)]
    sources: Vec<(String, f64)>,
    /// Value given by the ranker.
    value: f64,
    /// What re-rankers did.
    steps: Vec<String>,
    /// Chance of having been shown in this place.
    propensity: f64,
}

impl From<Trace> for Trail {
    fn from(trace: Trace) -> Self {
        let Trace { sources, value, steps, propensity } = trace;
        Self { sources, value, steps, propensity }
    }
}

/// A candidate that was taken out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Removed)]
pub(crate) struct RemovedItem {
    /// Which.
    #[schema(value_type = String)]
    video: VideoId,
    /// By which filter.
    filter: String,
    /// In words.
    why: String,
}

impl From<Removed> for RemovedItem {
    fn from(removed: Removed) -> Self {
        let Removed { video, filter, why } = removed;
        Self { video, filter, why }
    }
}

impl Item {
    /// With its video; `None` if the catalogue lost it a moment ago.
    pub(crate) fn new(site: &Site, item: Recommended, explain: bool) -> Option<Self> {
        let Recommended { video, place, reason, sentence, trace } = item;
        let video = shapes::Video::from(&site.app.snapshot().item(&video)?.video);
        let trace = explain.then(|| Trail::from(trace));
        Some(Self { video, place, sentence, why: reason, trace })
    }
}

impl List {
    /// Of a page; counts the sources that failed.
    pub(crate) fn new(site: &Site, page: Page, explain: bool) -> Self {
        site.metrics.count_degraded(&page.degraded);
        let item = |item| Item::new(site, item, explain);
        Self {
            items: page.items.into_iter().filter_map(item).collect(),
            next: page.next,
            removed: page.removed.into_iter().map(RemovedItem::from).collect(),
            degraded: page.degraded,
        }
    }
}
