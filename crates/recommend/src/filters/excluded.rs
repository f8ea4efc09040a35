//! Videos that the request doesn't want.

use super::{Filter, Removals, Request};

pub(super) struct Excluded;

impl Filter for Excluded {
    fn name(&self) -> &'static str {
        "excluded"
    }

    fn mark(&self, request: &Request<'_>, removals: &mut Removals) {
        for video in request.exclude {
            if let Some(place) = request.snapshot.places.get(video) {
                removals.take(request.snapshot, *place, || "the request excludes it".to_owned());
            }
        }
    }
}
