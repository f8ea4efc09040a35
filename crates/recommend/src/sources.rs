//! The sources: where candidates come from.
//!
//! To add one: a file, a `mod` line, a line in [`all`], and its weight in
//! `rankers/blend.rs`.

mod also_watched;
mod exploration;
mod fresh;
mod interest;
mod popular;
mod related;

use crate::context::Context;
use crate::{Error, Result, Snapshot};
use std::collections::BTreeMap;

/// Finds candidates.
pub(crate) trait Source {
    /// In the settings, explanations and metrics.
    fn name(&self) -> &'static str;
    /// Some of the videos that are open ([`Context::is_open`]), each at most
    /// once, in no order, with scores from 0 to 1.
    fn candidates(&self, context: &Context<'_>) -> Result<Vec<Candidate>>;
}

/// All of them.
pub(crate) fn all() -> [&'static dyn Source; 6] {
    [
        &also_watched::AlsoWatched,
        &exploration::Exploration,
        &fresh::Fresh,
        &interest::Interest,
        &popular::Popular,
        &related::Related,
    ]
}

/// A video that a source proposes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// Its place in the snapshot.
    pub place: usize,
    /// How much the source is for it, 0 to 1.
    pub score: f64,
    /// What the source went by.
    pub why: Why,
}

/// What a source went by; turned into a [`crate::Reason`] if the video is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Why {
    /// Index of the liked video in the evidence.
    Related(usize),
    /// Interests; the one that is named is the nearest.
    Interest,
    /// Index of the watched video in the evidence.
    AlsoWatched(usize),
    Popular,
    Fresh,
    /// With the chance of being drawn.
    Exploration {
        chance: f64,
    },
}

/// Refuses settings for sources that aren't there.
pub(crate) fn check(weights: &BTreeMap<String, f64>) -> Result<()> {
    let known = all().map(Source::name);
    match weights.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Error::UnknownSource { name: name.clone(), known: known.join(", ") }),
        None => Ok(()),
    }
}

/// The `limit` open videos with the highest values above `floor`, best first.
fn best(context: &Context<'_>, values: &[f32], floor: f32, limit: usize) -> Vec<(usize, f32)> {
    let above = values.iter().enumerate().filter(|(_, value)| **value > floor);
    let open = above.filter(|(place, _)| context.is_open(*place));
    let mut found: Vec<(usize, f32)> = open.map(|(place, value)| (place, *value)).collect();
    let keys = &context.snapshot.keys;
    let order = |a: &(usize, f32), b: &(usize, f32)| {
        b.1.total_cmp(&a.1).then_with(|| keys[a.0].cmp(&keys[b.0]))
    };
    if found.len() > limit && limit > 0 {
        found.select_nth_unstable_by(limit - 1, order);
    }
    found.truncate(limit);
    found.sort_unstable_by(order);
    found
}

/// Place in an order of taste, from 0, at which a candidate counts half as much
/// as the first.
const HALF_WAY: f64 = 15.0;

/// What the `turn`th in an order of taste scores: the scores of models mean
/// nothing but an order.
fn by_turn(turn: usize) -> f64 {
    HALF_WAY / (HALF_WAY + turn as f64)
}

/// The score of a video among [`vireo_interest::Taste::scores`]; of what the
/// model doesn't know, the lowest.
fn taste_of(snapshot: &Snapshot, scores: &[f32], place: usize) -> f32 {
    snapshot.taste_numbers[place].map_or(f32::MIN, |number| scores[number])
}

/// Keeps the best proposal for each video.
#[derive(Default)]
struct Proposals {
    best: BTreeMap<usize, Candidate>,
}

impl Proposals {
    fn add(&mut self, place: usize, score: f64, why: Why) {
        let candidate = Candidate { place, score: score.clamp(0.0, 1.0), why };
        let known = self.best.entry(place).or_insert(candidate);
        if candidate.score > known.score {
            *known = candidate;
        }
    }

    fn into_candidates(self) -> Vec<Candidate> {
        self.best.into_values().collect()
    }
}
