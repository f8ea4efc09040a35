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

pub(super) struct AlsoWatched;

impl Source for AlsoWatched {
    fn name(&self) -> &'static str {
        "also_watched"
    }

    /// Adds up the similarities to the viewer's videos, strength and recency
    /// weighing. The video that adds most is the reason.
    ///
    /// A candidate's sum `s` scores `s / (m + h)`, with `m` the largest sum of
    /// this viewer. So the candidates keep their proportions, and the absolute
    /// size, in which the similarities hold how many people they rest on
    /// ([`ItemToItem`](vireo_interest::models::item_to_item::ItemToItem)), decides
    /// how loud the source is: two people in common are no crowd.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let snapshot = context.snapshot;
        // Place to sum, and the largest part of it with the evidence it is from.
        let mut sums: BTreeMap<usize, (f64, f64, usize)> = BTreeMap::new();
        let liked = context.evidence.iter().enumerate().filter(|(_, e)| e.strength > 0.0);
        for (rank, (of, evidence)) in liked.take(HISTORY).enumerate() {
            let weight = evidence.strength * 0.5_f64.powf(rank as f64 / HALF);
            for (video, similarity) in snapshot.item_to_item.of(evidence.video) {
                let Some(place) = snapshot.places.get(video) else { continue };
                if snapshot.places.contains_key(evidence.video) && context.is_open(*place) {
                    let part = weight * f64::from(*similarity);
                    let sum = sums.entry(*place).or_insert((0.0, 0.0, of));
                    sum.0 += part;
                    if part > sum.1 {
                        (sum.1, sum.2) = (part, of);
                    }
                }
            }
        }
        let mut sums: Vec<(usize, (f64, f64, usize))> = sums.into_iter().collect();
        sums.sort_by(|a, b| {
            let keys = &snapshot.keys;
            b.1.0.total_cmp(&a.1.0).then_with(|| keys[a.0].cmp(&keys[b.0]))
        });
        sums.truncate(CANDIDATES);
        let most = sums.first().map_or(0.0, |(_, (sum, ..))| *sum);
        let candidate = |(place, (sum, _, of)): (usize, (f64, f64, usize))| Candidate {
            place,
            score: sum / (most + HALF_SURE),
            why: Why::AlsoWatched(of),
        };
        Ok(sums.into_iter().map(candidate).collect())
    }
}
