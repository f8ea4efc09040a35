//! Tags, categories, channels and ids that the settings block.

use super::{Filter, Removals, Request};

pub(super) struct Blocked;

impl Filter for Blocked {
    fn name(&self) -> &'static str {
        "blocked"
    }

    fn mark(&self, request: &Request<'_>, removals: &mut Removals) {
        for label in &request.config.blocked {
            for place in request.snapshot.labelled(label) {
                let why = || format!("the settings block {label:?}");
                removals.take(request.snapshot, *place, why);
            }
        }
    }
}
