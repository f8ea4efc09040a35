//! The admin's veto on one video.

use super::{Filter, Removals, Request};

pub(super) struct Vetoed;

impl Filter for Vetoed {
    fn name(&self) -> &'static str {
        "vetoed"
    }

    fn mark(&self, request: &Request<'_>, removals: &mut Removals) {
        for (place, item) in request.snapshot.items.iter().enumerate() {
            if item.video.hidden {
                removals.take(request.snapshot, place, || "the admin hid it".to_owned());
            }
        }
    }
}
