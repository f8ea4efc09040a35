//! What is near the last videos that the viewer clearly liked.

use super::{Candidate, Proposals, Source, Why, best};
use crate::Result;
use crate::context::Context;

/// Candidates for each liked video.
const CANDIDATES: usize = 40;

/// Cosine (centred) from which a video is called related.
const FLOOR: f32 = 0.2;

/// What the next older video counts.
const FADE: f64 = 0.8;

pub(super) struct Related;

impl Source for Related {
    fn name(&self) -> &'static str {
        "related"
    }

    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let mut proposals = Proposals::default();
        let mut weight = 1.0;
        for probe in &context.affinity.liked {
            let strength = context.evidence[probe.of].strength;
            for (place, cosine) in best(context, context.affinity.to(*probe), FLOOR, CANDIDATES) {
                let score = weight * strength * f64::from(cosine);
                proposals.add(place, score, Why::Related(probe.of));
            }
            weight *= FADE;
        }
        Ok(proposals.into_candidates())
    }
}
