//! What is new.

use super::{Candidate, Source, Why};
use crate::Result;
use crate::context::Context;

/// The newest share of the catalogue that can be called new: of a catalogue
/// that came all at once, not everything is.
const SHARE: usize = 10;
const FEWEST: usize = 10;
const MOST: usize = 100;

pub(super) struct Fresh;

impl Source for Fresh {
    fn name(&self) -> &'static str {
        "fresh"
    }

    /// The newer, the better, and for a viewer with interests the nearer to them.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let snapshot = context.snapshot;
        let days = |place: usize| {
            let from = snapshot.items[place].video.fresh_from();
            context.opened_at.duration_since(from).as_secs_f64() / 86_400.0
        };
        let fresh_days = context.config.fresh_days.max(1e-3);
        // Where all came at once, as on the first day, nothing is newer than the rest.
        let fresh = snapshot.by_age.partition_point(|place| days(*place) < fresh_days);
        let rare = 1.0 - fresh as f64 / snapshot.items.len().max(1) as f64;
        let newest = (snapshot.items.len() / SHARE).clamp(FEWEST, MOST);
        let mut found = Vec::new();
        for place in snapshot.by_age.iter().filter(|place| context.is_open(**place)).take(newest) {
            let freshness = rare * (1.0 - days(*place).max(0.0) / fresh_days);
            if freshness <= 0.0 {
                break;
            }
            let near = context.affinity.nearest_interest(*place).map_or(0.0, |(_, near)| near);
            let has_interests = !context.affinity.interests.is_empty();
            let fit = if has_interests { 0.3 + 0.7 * f64::from(near) } else { 1.0 };
            found.push(Candidate { place: *place, score: freshness * fit, why: Why::Fresh });
        }
        Ok(found)
    }
}
