//! Runs the stages.

use crate::{Config, CursorKey, Page, Result, Snapshot, Viewer};
use vireo_domain::{Timestamp, VideoId};

/// A feed that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRequest {
    /// Items a page.
    pub limit: usize,
    /// Where to go on; `None`: open a new list.
    pub cursor: Option<String>,
    /// Seed of a new list (the caller's clock or a test's constant).
    pub seed: u64,
    /// Videos not wanted now.
    pub exclude: Vec<VideoId>,
    /// Whether to tell what was removed.
    pub explain: bool,
    /// Now.
    pub now: Timestamp,
}

/// Makes lists.
pub struct Recommender {
    _private: (),
}

impl Recommender {
    /// With this tuning and this key for cursors.
    pub fn new(_config: Config, _key: CursorKey) -> Self {
        todo!()
    }

    /// The viewer's feed. For page two and later, actions after the opening of
    /// the list are left out of the ranking (so paging is stable) but what was
    /// hidden or disliked meanwhile is taken out.
    pub fn feed(
        &self,
        _snapshot: &Snapshot,
        _viewer: &Viewer,
        _request: &FeedRequest,
    ) -> Result<Page> {
        todo!()
    }

    /// Videos like `video` (content and co-watching), for `viewer` if given
    /// (hidden ones are then left out and seen ones go last).
    pub fn related(
        &self,
        _snapshot: &Snapshot,
        _video: &VideoId,
        _viewer: Option<&Viewer>,
        _limit: usize,
        _now: Timestamp,
    ) -> Result<Page> {
        todo!()
    }
}
