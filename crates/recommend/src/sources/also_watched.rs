//! What people watched who watched the viewer's videos.

use super::{Candidate, Source, Why, by_turn, taste_of};
use crate::Result;
use crate::context::Context;
use std::collections::BTreeMap;

/// The viewer's last liked videos that are asked about.
const HISTORY: usize = 200;

/// An older video counts half after so many newer ones.
const HALF: f64 = 50.0;

const CANDIDATES: usize = 300;

/// The sum of similarities at which the strongest candidate counts half, where
/// the crowd cannot be relied on.
const HALF_SURE: f64 = 2.0;

/// So much of it is left however many people there are: two of them in common
/// are few among thousands, too.
const NEVER_SURER: f64 = 0.05;

pub(super) struct AlsoWatched;

impl Source for AlsoWatched {
    fn name(&self) -> &'static str {
        "also_watched"
    }

    /// Candidates are what is watched together with the viewer's videos, so that
    /// the reason is true of each. Their similarities are added up, strength and
    /// recency weighing; the video that adds most is the reason. Where there is
    /// a model of what people turn to next ([`vireo_interest::Taste`]), it orders
    /// them; without one, the sums do.
    ///
    /// The strongest candidate scores `m / (m + h (1 - r))`, with `m` the largest sum
    /// of this viewer and `r` how far the crowd can be relied on: in the absolute
    /// size of similarities is how many people they rest on
    /// ([`vireo_interest::Crowd`]), and where few speak two in common are no crowd.
    /// The others score in proportion to their sums, or, ordered by taste, by
    /// their places.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let snapshot = context.snapshot;
        // Place to sum, and the largest part of it with the evidence it is from.
        let mut sums: BTreeMap<usize, (f64, f64, usize)> = BTreeMap::new();
        let liked = context.evidence.iter().enumerate().filter(|(_, e)| e.strength > 0.0);
        for (rank, (of, evidence)) in liked.take(HISTORY).enumerate() {
            let weight = evidence.strength * 0.5_f64.powf(rank as f64 / HALF);
            for (video, similarity) in snapshot.crowd.co_watched(evidence.video) {
                let Some(place) = snapshot.places.get(video) else { continue };
                if snapshot.places.contains_key(evidence.video) && context.is_open(*place) {
                    let part = weight * f64::from(similarity);
                    let sum = sums.entry(*place).or_insert((0.0, 0.0, of));
                    sum.0 += part;
                    if part > sum.1 {
                        (sum.1, sum.2) = (part, of);
                    }
                }
            }
        }
        let most = sums.values().map(|(sum, ..)| *sum).fold(0.0, f64::max);
        if sums.is_empty() {
            return Ok(Vec::new());
        }
        let taste = context.taste();
        let worth = |place: usize, sum: f64| match taste {
            Some(scores) => f64::from(taste_of(snapshot, scores, place)),
            None => sum,
        };
        let found = sums.into_iter();
        let mut found: Vec<(usize, f64, f64, usize)> =
            found.map(|(place, (sum, _, of))| (place, worth(place, sum), sum, of)).collect();
        found.sort_by(|a, b| {
            let keys = &snapshot.keys;
            b.1.total_cmp(&a.1).then_with(|| keys[a.0].cmp(&keys[b.0]))
        });
        found.truncate(CANDIDATES);
        let unsure = (1.0 - snapshot.crowd.reliance()).max(NEVER_SURER);
        let loudness = most / (most + HALF_SURE * unsure);
        let candidate = |(turn, (place, _, sum, of)): (usize, (usize, f64, f64, usize))| {
            let share = match taste {
                Some(_) => by_turn(turn),
                None => sum / most,
            };
            Candidate { place, score: share * loudness, why: Why::AlsoWatched(of) }
        };
        Ok(found.into_iter().enumerate().map(candidate).collect())
    }
}
