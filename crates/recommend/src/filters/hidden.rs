//! What the viewer hid or disliked.

use super::{Filter, Removals, Request};
use vireo_domain::FeedbackKind;

pub(super) struct Hidden;

impl Filter for Hidden {
    fn name(&self) -> &'static str {
        "hidden"
    }

    fn mark(&self, request: &Request<'_>, removals: &mut Removals) {
        for evidence in request.evidence {
            let why = match evidence.kind {
                FeedbackKind::Hide => "the viewer asked not to see it",
                FeedbackKind::Dislike => "the viewer disliked it",
                _ => continue,
            };
            if let Some(place) = request.snapshot.places.get(evidence.video) {
                removals.take(request.snapshot, *place, || why.to_owned());
            }
        }
    }
}
