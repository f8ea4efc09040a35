//! What many watch (decayed: see `vireo_interest::Crowd`).

use super::{Candidate, Proposals, Source, Why, best, by_turn, taste_of};
use crate::Result;
use crate::context::Context;

const CANDIDATES: usize = 150;

/// What a model's say counts, where there is one, of what is said to somebody
/// who liked nothing yet.
const TASTE: f64 = 0.5;

pub(super) struct Popular;

impl Source for Popular {
    fn name(&self) -> &'static str {
        "popular"
    }

    /// To somebody who liked nothing yet, what a model of what people turn to
    /// next ([`vireo_interest::Taste`]) says counts as much as what many watch.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let snapshot = context.snapshot;
        let scores = if context.evidence.iter().any(|evidence| evidence.strength > 0.0) {
            None
        } else {
            context.taste()
        };
        let share = if scores.is_some() { 1.0 - TASTE } else { 1.0 };
        let popular = |place: usize| share * f64::from(snapshot.popularity[place]);
        let mut found = Proposals::default();
        let open = snapshot.by_popularity.iter().filter(|place| context.is_open(**place));
        for place in open.take(CANDIDATES) {
            found.add(*place, popular(*place), Why::Popular);
        }
        if let Some(scores) = scores {
            let most =
                snapshot.by_popularity.first().map_or(0.0, |most| snapshot.popularity[*most]);
            let worth: Vec<f32> =
                (0..snapshot.items.len()).map(|place| taste_of(snapshot, scores, place)).collect();
            let next = best(context, &worth, f32::MIN, CANDIDATES);
            for (turn, (place, _)) in next.into_iter().enumerate() {
                let score = popular(place) + TASTE * f64::from(most) * by_turn(turn);
                found.add(place, score, Why::Popular);
            }
        }
        Ok(found.into_candidates())
    }
}
