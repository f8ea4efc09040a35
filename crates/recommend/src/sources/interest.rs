//! What is near the viewer's interests, one search for each.

use super::{Candidate, Proposals, Source, Why, best};
use crate::Result;
use crate::context::Context;

/// Candidates in all; an interest gets its share by weight, but no fewer than
/// [`FEWEST`].
const CANDIDATES: f64 = 300.0;
const FEWEST: usize = 20;

/// Position in the merged list at which a candidate counts half.
const HALF: f64 = 30.0;

/// The value grows with this power of the nearness: what is barely near has
/// clearly less than what is of the interest, and that nearly as much as the best.
const CURVE: f64 = 0.35;

pub(super) struct Interest;

impl Source for Interest {
    fn name(&self) -> &'static str {
        "interest"
    }

    /// The lists of the interests are merged as by weighted fair queueing
    /// (Demers et al., SIGCOMM 1989): the n-th video of an interest of weight
    /// `w` is due at position `n / w`. So an interest with two thirds of the
    /// weight gets two thirds of any stretch of the list (calibration: Steck,
    /// RecSys 2018), and none is crowded out because another has closer videos.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        context.affinity.check()?;
        let interests = &context.viewer.map.interests;
        let mut proposals = Proposals::default();
        for probe in &context.affinity.interests {
            let weight = interests[probe.of].weight.clamp(1e-6, 1.0);
            let limit = ((CANDIDATES * weight).ceil() as usize).max(FEWEST);
            let near = best(context, context.affinity.to(*probe), 0.0, limit);
            for (rank, (place, near)) in near.into_iter().enumerate() {
                let position = (rank as f64 + 0.5) / weight;
                let quality = f64::from(near).powf(CURVE);
                let score = quality * HALF / (HALF + position);
                proposals.add(place, score, Why::Interest);
            }
        }
        Ok(proposals.into_candidates())
    }
}
