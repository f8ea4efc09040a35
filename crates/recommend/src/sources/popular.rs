//! What many watch (decayed: see `vireo_interest::Crowd`).

use super::{Candidate, Source, Why};
use crate::Result;
use crate::context::Context;

const CANDIDATES: usize = 150;

pub(super) struct Popular;

impl Source for Popular {
    fn name(&self) -> &'static str {
        "popular"
    }

    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>> {
        let snapshot = context.snapshot;
        let open = snapshot.by_popularity.iter().filter(|place| context.is_open(**place));
        let candidate = |place: &usize| Candidate {
            place: *place,
            score: f64::from(snapshot.popularity[*place]),
            why: Why::Popular,
        };
        Ok(open.take(CANDIDATES).map(candidate).collect())
    }
}
