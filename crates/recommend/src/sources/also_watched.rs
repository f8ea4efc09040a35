//! What people watched who watched the viewer's videos.

use super::{Candidate, Source, Why};
use crate::Result;
use crate::context::Context;
use std::collections::BTreeMap;

/// The viewer's last liked videos that are asked about.
const HISTORY: usize = 200;

/// An older video counts half after so many newer ones.
const HALF: f64 = 50.0;

const CANDIDATES: usize = 300;

/// The sum of similarities at which the strongest candidate counts half.
const HALF_SURE: f64 = 2.0;

/// Place in the order of taste, from 0, at which a candidate counts half as
/// much as the first.
const HALF_WAY: f64 = 15.0;

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
    /// The strongest candidate scores `m / (m + h)`, with `m` the largest sum of
    /// this viewer: in the absolute size of similarities is how many people they
    /// rest on ([`vireo_interest::Crowd`]), and two people in common are no crowd.
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
        let taste = snapshot.taste.scores(&context.evidence, context.opened_at);
        let liking = |place: usize, sum: f64| match &taste {
            Some(scores) => {
                let number = snapshot.taste.number(&snapshot.items[place].video.id);
                number.map_or(f64::MIN, |number| f64::from(scores[number]))
            }
            None => sum,
        };
        let found = sums.into_iter();
        let mut found: Vec<(usize, f64, f64, usize)> =
            found.map(|(place, (sum, _, of))| (place, liking(place, sum), sum, of)).collect();
        found.sort_by(|a, b| {
            let keys = &snapshot.keys;
            b.1.total_cmp(&a.1).then_with(|| keys[a.0].cmp(&keys[b.0]))
        });
        found.truncate(CANDIDATES);
        let candidate = |(turn, (place, _, sum, of)): (usize, (usize, f64, f64, usize))| {
            let share = match taste {
                Some(_) => HALF_WAY / (HALF_WAY + turn as f64),
                None => sum / most,
            };
            Candidate { place, score: share * most / (most + HALF_SURE), why: Why::AlsoWatched(of) }
        };
        Ok(found.into_iter().enumerate().map(candidate).collect())
    }
}
