//! The filters. They run first, over the whole catalogue, so that sources
//! spend no candidate on what cannot be shown.
//!
//! To add one: a file, a `mod` line, a line in [`opening`], [`paging`] or [`beside`].

mod blocked;
mod excluded;
mod hidden;
mod late;
mod muted;
mod seen;
mod vetoed;

use crate::{Config, Removed, Snapshot, Viewer};
use std::collections::HashSet;
use vireo_domain::{Feedback, Timestamp, VideoId};
use vireo_interest::Evidence;

/// Takes videos out of a list.
pub(crate) trait Filter {
    /// In explanations.
    fn name(&self) -> &'static str;
    /// Marks what must not be shown, with the reason.
    fn mark(&self, request: &Request<'_>, removals: &mut Removals);
}

/// The filters that shape a list when it is opened.
pub(crate) fn opening() -> [&'static dyn Filter; 6] {
    [&vetoed::Vetoed, &blocked::Blocked, &hidden::Hidden, &seen::Seen, &muted::Muted, &late::Late]
}

/// The filters that only leave places of a list empty, for they may change
/// between two pages and must not shuffle the rest.
pub(crate) fn paging() -> [&'static dyn Filter; 3] {
    [&hidden::Hidden, &seen::Seen, &excluded::Excluded]
}

/// The filters of what is shown beside a video.
pub(crate) fn beside() -> [&'static dyn Filter; 4] {
    [&vetoed::Vetoed, &blocked::Blocked, &hidden::Hidden, &excluded::Excluded]
}

/// What goes last beside a video rather than out: a series is watched again.
pub(crate) fn last() -> [&'static dyn Filter; 1] {
    [&seen::Seen]
}

/// What filters go by.
pub(crate) struct Request<'a> {
    pub snapshot: &'a Snapshot,
    pub config: &'a Config,
    /// Nobody, for what is shown beside a video to anybody.
    pub viewer: Option<&'a Viewer>,
    pub actions: &'a [&'a Feedback],
    pub evidence: &'a [Evidence<'a>],
    pub exclude: &'a [VideoId],
    pub opened_at: Timestamp,
    pub now: Timestamp,
}

/// What was taken out.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    taken: HashSet<usize>,
    filter: &'static str,
    explain: bool,
    list: Vec<Removed>,
}

impl Removals {
    /// Runs `filters`; keeps the reasons if `explain`.
    pub(crate) fn of(filters: &[&dyn Filter], request: &Request<'_>, explain: bool) -> Self {
        let mut removals = Self { explain, ..Self::default() };
        for filter in filters {
            removals.filter = filter.name();
            filter.mark(request, &mut removals);
        }
        removals
    }

    /// Takes a video out; the first filter that does so is named.
    fn take(&mut self, snapshot: &Snapshot, place: usize, why: impl FnOnce() -> String) {
        if self.taken.insert(place) && self.explain {
            let video = snapshot.items[place].video.id.clone();
            self.list.push(Removed { video, filter: self.filter.to_owned(), why: why() });
        }
    }

    pub(crate) fn has(&self, place: usize) -> bool {
        self.taken.contains(&place)
    }

    /// What was taken out, with the reasons.
    pub(crate) fn into_list(self) -> Vec<Removed> {
        self.list
    }
}
