//! Videos that came after the list was opened: they wait for the next one.

use super::{Filter, Removals, Request};

pub(super) struct Late;

impl Filter for Late {
    fn name(&self) -> &'static str {
        "late"
    }

    fn mark(&self, request: &Request<'_>, removals: &mut Removals) {
        // Up to now only: replaying the past, everything "came" later.
        for (place, item) in request.snapshot.items.iter().enumerate() {
            let added = item.video.added_at;
            if added > request.opened_at && added <= request.now {
                let why = || "it came after this list was opened".to_owned();
                removals.take(request.snapshot, place, why);
            }
        }
    }
}
