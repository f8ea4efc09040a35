//! What the viewer saw.

use super::{Filter, Removals, Request};

pub(super) struct Seen;

impl Filter for Seen {
    fn name(&self) -> &'static str {
        "seen"
    }

    fn mark(&self, request: &Request<'_>, removals: &mut Removals) {
        for action in request.actions.iter().filter(|action| action.is_seen()) {
            if let Some(place) = request.snapshot.places.get(&action.video) {
                let why = || format!("the viewer saw it ({})", action.kind.name());
                removals.take(request.snapshot, *place, why);
            }
        }
    }
}
