//! What is new.

use super::{Candidate, Source, Why};
use crate::context::Context;
use crate::{Result, Snapshot};
use vireo_interest::models::Direction;

/// The newest share of the catalogue that can be called new: of a catalogue
/// that came all at once, not everything is.
const SHARE: usize = 10;
const FEWEST: usize = 10;
const MOST: usize = 100;

/// What came within so many seconds came at once.
const AT_ONCE: i64 = 86_400;

/// Videos that a new one is compared with: how many the viewer would like less.
const SAMPLE: usize = 200;

pub(super) struct Fresh;

impl Source for Fresh {
    fn name(&self) -> &'static str {
        "fresh"
    }

    /// The newer, and the more of the catalogue is clearly older, the better: where
    /// all came at once, as on the first day, nothing is new. For a viewer with
    /// interests the nearer to them, or, as far as the viewer and the crowd are
    /// known, the more they would like it.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let snapshot = context.snapshot;
        let from = |place: usize| snapshot.items[place].video.fresh_from();
        let fresh_days = context.config.fresh_days.max(1e-3);
        let freshness = |place: usize| {
            let days = context.opened_at.duration_since(from(place)).as_secs_f64() / 86_400.0;
            1.0 - days.max(0.0) / fresh_days
        };
        let newest = (snapshot.items.len() / SHARE).clamp(FEWEST, MOST);
        let open = snapshot.by_age.iter().copied().filter(|place| context.is_open(*place));
        let newest: Vec<usize> =
            open.take(newest).take_while(|place| freshness(*place) > 0.0).collect();
        if newest.is_empty() {
            return Ok(Vec::new());
        }
        // Newest first; what came since the list was opened must not change it.
        let is_there = |place: &usize| snapshot.items[*place].video.added_at <= context.opened_at;
        let there: Vec<usize> = snapshot.by_age.iter().copied().filter(is_there).collect();
        let older_share = |place: usize| {
            let second = from(place).as_second().saturating_sub(AT_ONCE);
            let not_older = there.partition_point(|other| from(*other).as_second() >= second);
            (there.len() - not_older) as f64 / there.len().max(1) as f64
        };
        let wish = Wish::of(context, &there);
        let known = snapshot.crowd.reliance() * context.maturity;
        let has_interests = !context.affinity.interests.is_empty();
        let candidate = |place: usize| {
            let near = context.affinity.nearest_interest(place).map_or(0.0, |(_, near)| near);
            let near = match wish.as_ref().and_then(|wish| wish.of_video(context, place)) {
                Some(liked) => (1.0 - known) * f64::from(near) + known * liked,
                None => f64::from(near),
            };
            let fit = if has_interests { 0.3 + 0.7 * near } else { 1.0 };
            let score = freshness(place) * older_share(place) * fit;
            Candidate { place, score, why: Why::Fresh }
        };
        let found = newest.into_iter().map(candidate);
        Ok(found.filter(|candidate| candidate.score > 0.0).collect())
    }
}

/// What the viewer likes videos to be about ([`vireo_interest::Crowd::direction`]).
struct Wish {
    direction: Direction,
    /// How much they would like each of a sample, in order.
    sample: Vec<f32>,
}

impl Wish {
    /// Beside a sample of these places.
    fn of(context: &Context<'_>, places: &[usize]) -> Option<Self> {
        let snapshot = context.snapshot;
        // Without topics the vectors are of another embedder than it was learned from.
        let is_of_topics = !snapshot.topics.space.mean.is_empty();
        let direction = snapshot.crowd.direction(&context.evidence).filter(|_| is_of_topics)?;
        let mut wish = Self { direction, sample: Vec::new() };
        let some = places.iter().step_by(places.len().div_ceil(SAMPLE).max(1));
        wish.sample = some.filter_map(|place| wish.product(context, *place)).collect();
        wish.sample.sort_by(f32::total_cmp);
        Some(wish)
    }

    /// The share of the sample that the viewer would like less than this video;
    /// `None` where nothing is known of it.
    fn of_video(&self, context: &Context<'_>, place: usize) -> Option<f64> {
        let liking = self.product(context, place)?;
        let less = self.sample.partition_point(|other| *other < liking);
        Some(less as f64 / self.sample.len().max(1) as f64)
    }

    fn product(&self, context: &Context<'_>, place: usize) -> Option<f32> {
        let Snapshot { centred, names, .. } = context.snapshot;
        let row = &centred.row(place)[..centred.columns()];
        self.direction.product(row, &names[place])
    }
}
