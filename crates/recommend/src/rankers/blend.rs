//! A weighted sum of what the sources say and of a few facts.
//!
//! The weights of sources and of facts are in this file; what a source scores, and
//! by what, is in its own.

use super::{Ranked, Ranker};
use crate::context::Context;
use std::collections::HashMap;

/// A source's weight for a viewer about whom nothing is known and for one who
/// is known well; in between it changes with [`Context::maturity`] `m` as
/// `(1 - m) * cold + m * warm`. That is the whole hand-over from popular, fresh
/// and varied to one's own: after 1 liked video `m` is .4, after 5 it is .77,
/// after 14 it is .9. Of a crowd that can be relied on somebody new gets what is
/// popular; a bit of everything is for where there is none ([`UNKNOWN`]).
/// (`cargo xtask bench` tells in "Newcomers" what it does, `vireo evaluate` by how
/// much of a person was known.) The settings multiply (`sources.popular = 0.5`).
const SOURCES: [(&str, f64, f64); 6] = [
    // Where enough people speak; its scores are small where few do.
    ("also_watched", 0.6, 4.0),
    ("exploration", 0.6, 0.05),
    ("fresh", 0.5, 0.15),
    ("interest", 0.9, 0.9),
    ("popular", 0.8, 0.15),
    ("related", 0.7, 0.6),
];

/// Sources for where there is nothing else to go by: their weights change, too,
/// with how far the crowd can be relied on.
const UNKNOWN: [&str; 2] = ["exploration", "fresh"];

/// Nearness to the interests, weighed by the square roots of their weights: for
/// videos that other sources found.
const AFFINITY: f64 = 0.3;

/// Being popular, for anybody.
const POPULARITY: f64 = 0.1;

/// Being near to a disliked or hidden video.
const DISLIKED: f64 = 0.4;

/// A language that the viewer has never watched.
const LANGUAGE: f64 = 0.4;

/// Each time it was shown and left, after the first two times; at most five times.
const FATIGUE: f64 = 0.08;
pub(crate) const PATIENCE: u32 = 2;
const WEARIEST: u32 = 5;

pub(super) struct Blend;

impl Ranker for Blend {
    fn rank(&self, context: &Context<'_>, ranked: &mut [Ranked]) {
        let weights: HashMap<&str, f64> =
            SOURCES.iter().map(|(name, ..)| (*name, source_weight(context, name))).collect();
        let boosts = boosts(context);
        for ranked in ranked {
            let mut value = 0.0;
            for found in &mut ranked.found {
                found.part = weights.get(found.source).copied().unwrap_or(0.0) * found.score;
                value += found.part;
            }
            value += AFFINITY * context.maturity * affinity(context, ranked.place);
            value += POPULARITY * f64::from(context.snapshot.popularity[ranked.place]);
            value *= boosts.get(&ranked.place).copied().unwrap_or(1.0);
            ranked.value = value - against(context, ranked.place) - fatigue(context, ranked.place);
        }
    }
}

/// The weight of a source for this viewer; 0: it need not be asked.
pub(crate) fn source_weight(context: &Context<'_>, name: &str) -> f64 {
    let tuned = context.config.sources.get(name).copied().unwrap_or(1.0);
    let tuned = if tuned.is_finite() { tuned.clamp(0.0, 100.0) } else { 1.0 };
    let known = SOURCES.iter().find(|(known, ..)| *known == name);
    let (cold, warm) = known.map_or((0.0, 0.0), |(_, cold, warm)| (*cold, *warm));
    let (viewer, crowd) = (context.maturity, context.snapshot.crowd.reliance());
    let known = if UNKNOWN.contains(&name) { 1.0 - (1.0 - viewer) * (1.0 - crowd) } else { viewer };
    tuned * (cold + known * (warm - cold))
}

fn affinity(context: &Context<'_>, place: usize) -> f64 {
    let interests = &context.viewer.map.interests;
    let strongest = interests.iter().map(|interest| interest.weight).fold(1e-9, f64::max);
    let near = context.affinity.interests.iter().map(|probe| {
        let share = (interests[probe.of].weight / strongest).sqrt();
        share * f64::from(context.affinity.to(*probe)[place])
    });
    near.fold(0.0, f64::max)
}

/// What speaks against a video. Not boosted: a promotion is no licence to bore.
pub(crate) fn against(context: &Context<'_>, place: usize) -> f64 {
    let probes = context.affinity.disliked.iter();
    let disliked = probes.map(|probe| context.affinity.to(*probe)[place]).fold(0.0, f32::max);
    let language = context.snapshot.items[place].video.language.as_ref();
    let foreign = match language.filter(|language| !language.is_unknown()) {
        Some(language) if !context.languages.is_empty() => {
            // A tenth of one's videos in a language is enough to be at home in it.
            1.0 - (context.languages.get(language).copied().unwrap_or(0.0) * 10.0).min(1.0)
        }
        _ => 0.0,
    };
    DISLIKED * f64::from(disliked) + LANGUAGE * foreign
}

fn fatigue(context: &Context<'_>, place: usize) -> f64 {
    let shown = context.ignored.get(&place).copied().unwrap_or(0);
    FATIGUE * f64::from(shown.saturating_sub(PATIENCE).min(WEARIEST))
}

/// The admin's promotions and demotions: what the values of videos are multiplied
/// by, by place; several labels of a video multiply.
pub(crate) fn boosts(context: &Context<'_>) -> HashMap<usize, f64> {
    let mut boosts: HashMap<usize, f64> = HashMap::new();
    for (label, factor) in &context.config.boosts {
        let factor = if factor.is_finite() { factor.clamp(0.0, 100.0) } else { 1.0 };
        for place in context.snapshot.labelled(label) {
            *boosts.entry(*place).or_insert(1.0) *= factor;
        }
    }
    boosts
}
