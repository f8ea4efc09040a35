//! What is new.

use super::{Candidate, Source, Why, by_turn};
use crate::Result;
use crate::context::Context;
use std::collections::HashMap;

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

    /// The newer, the better, and for a viewer with interests the nearer to them,
    /// or, as far as the crowd can be relied on, the more they would like it.
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
        let freshness = |place: usize| rare * (1.0 - days(place).max(0.0) / fresh_days);
        let open = snapshot.by_age.iter().copied().filter(|place| context.is_open(*place));
        let newest: Vec<usize> =
            open.take(newest).take_while(|place| freshness(*place) > 0.0).collect();
        let turns = turns(context, &newest);
        let (has_interests, reliance) =
            (!context.affinity.interests.is_empty(), snapshot.crowd.reliance());
        let candidate = |place: usize| {
            let near = context.affinity.nearest_interest(place).map_or(0.0, |(_, near)| near);
            let near = f64::from(near);
            let near = match turns.get(&place) {
                Some(turn) => (1.0 - reliance) * near + reliance * by_turn(*turn),
                None => near,
            };
            let fit = if has_interests { 0.3 + 0.7 * near } else { 1.0 };
            Candidate { place, score: freshness(place) * fit, why: Why::Fresh }
        };
        Ok(newest.into_iter().map(candidate).collect())
    }
}

/// The order in which the viewer would like videos of which no action tells
/// anything, from 0, by the map that was learned from what videos are about to
/// what people like ([`vireo_interest::Crowd::factor`]).
fn turns(context: &Context<'_>, places: &[usize]) -> HashMap<usize, usize> {
    let snapshot = context.snapshot;
    if places.is_empty() {
        return HashMap::new();
    }
    let Some(person) = snapshot.crowd.person(&context.evidence) else { return HashMap::new() };
    let liking = |place: &usize| Some((*place, snapshot.liking(&person, *place)?));
    let mut likings: Vec<(usize, f32)> = places.iter().filter_map(liking).collect();
    likings.sort_by(|a, b| b.1.total_cmp(&a.1));
    likings.into_iter().enumerate().map(|(turn, (place, _))| (place, turn)).collect()
}
