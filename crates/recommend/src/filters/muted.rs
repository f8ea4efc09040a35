//! Topics that the viewer muted.

use super::{Filter, Removals, Request};
use std::collections::HashMap;

pub(super) struct Muted;

impl Filter for Muted {
    fn name(&self) -> &'static str {
        "muted"
    }

    fn mark(&self, request: &Request<'_>, removals: &mut Removals) {
        let interests = request.viewer.iter().flat_map(|viewer| &viewer.map.interests);
        let muted = interests.filter(|interest| interest.boost == 0.0);
        let muted: HashMap<_, &str> =
            muted.filter_map(|interest| Some((interest.topic?, interest.name.as_str()))).collect();
        if muted.is_empty() {
            return;
        }
        for (place, item) in request.snapshot.items.iter().enumerate() {
            if let Some(name) = item.topic.and_then(|topic| muted.get(&topic)) {
                let why = || format!("the viewer muted the interest {name:?}");
                removals.take(request.snapshot, place, why);
            }
        }
    }
}
