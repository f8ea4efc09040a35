//! Lays one fingerprint over another.

use super::picture::{CROPS, Coefficients, KEPT, is_odd};
use super::{Fingerprint, Likeness};

/// A crop is laid over the whole of the other, either way round.
const PAIRS: [(usize, usize); 2 * CROPS - 1] = [(0, 0), (0, 1), (1, 0), (0, 2), (2, 0)];
const SPEEDS: [f64; 3] = [1.0, 1.1, 1.0 / 1.1];
/// The two overlap for so much of the shorter, and for a second at least.
const OVERLAP: f64 = 0.6;
const LEAST_SECONDS: f64 = 1.0;
/// Offsets are tried at so many places of the first before the best are looked at closely.
const PROBES: usize = 24;
const CLOSELY: usize = 3;

type Picture = [f32; KEPT];

/// One way to lay them over each other.
#[derive(Clone, Copy)]
struct Way {
    pair: (usize, usize),
    mirrored: bool,
    speed: f64,
    offset: f64,
}

/// See [`Fingerprint::likeness`].
pub(super) fn align(one: &Fingerprint, other: &Fingerprint) -> Option<Likeness> {
    if one.seconds().min(other.seconds()) < LEAST_SECONDS {
        return None;
    }
    let mut ways: Vec<(f64, Way)> = Vec::new();
    for pair in PAIRS {
        for mirrored in [false, true] {
            for speed in SPEEDS {
                let mut offsets = offsets(one, other, speed)
                    .filter_map(|offset| {
                        let way = Way { pair, mirrored, speed, offset };
                        Some((roughly(one, other, way)?, way))
                    })
                    .collect::<Vec<_>>();
                offsets.sort_by(|a, b| b.0.total_cmp(&a.0));
                ways.extend(offsets.into_iter().take(CLOSELY));
            }
        }
    }
    let close = ways.iter().flat_map(|(_, way)| {
        [-0.5, -0.25, 0.0, 0.25, 0.5]
            .map(|shift| Way { offset: way.offset + shift * other.step, ..*way })
    });
    let likenesses = close.filter_map(|way| likeness(one, other, way));
    likenesses.max_by(|a, b| worth(a).total_cmp(&worth(b)))
}

fn worth(likeness: &Likeness) -> f64 {
    likeness.pictures + likeness.changes
}

/// Offsets at which they overlap enough, a step apart.
fn offsets(one: &Fingerprint, other: &Fingerprint, speed: f64) -> impl Iterator<Item = f64> {
    let (length, whole) = (one.seconds() * speed, other.seconds());
    let overlap = (OVERLAP * length.min(whole)).max(LEAST_SECONDS);
    let (from, to) = (overlap - length, whole - overlap);
    let steps = ((to - from) / other.step).max(-1.0).floor() as i64;
    let step = other.step;
    (0..=steps).map(move |index| from + index as f64 * step)
}

/// Steps of `one` that have a partner in `other`.
fn shared(one: &Fingerprint, other: &Fingerprint, way: Way) -> impl Iterator<Item = (usize, f64)> {
    let (step, other_step, count) = (one.step, other.step, other.crops[0].len());
    (0..one.crops[0].len()).filter_map(move |index| {
        // The middles of steps are what lies over each other.
        let second = (index as f64 + 0.5) * step * way.speed + way.offset;
        let partner = second / other_step - 0.5;
        (partner >= -0.5 && partner <= count as f64 - 0.5).then_some((index, partner))
    })
}

/// How far the pictures agree at a few places.
fn roughly(one: &Fingerprint, other: &Fingerprint, way: Way) -> Option<f64> {
    let places: Vec<(usize, f64)> = shared(one, other, way).collect();
    let stride = places.len().div_ceil(PROBES).max(1);
    let (mut product, mut first, mut second) = (0.0, 0.0, 0.0);
    for (index, partner) in places.into_iter().step_by(stride) {
        let a = plain(&one.crops[way.pair.0][index], false);
        let b = between(&other.crops[way.pair.1], partner, way.mirrored);
        product += dot(&a, &b);
        first += dot(&a, &a);
        second += dot(&b, &b);
    }
    (first > 0.0 && second > 0.0).then(|| product / (first * second).sqrt())
}

fn likeness(one: &Fingerprint, other: &Fingerprint, way: Way) -> Option<Likeness> {
    let pairs: Vec<(Picture, Picture)> = shared(one, other, way)
        .map(|(index, partner)| {
            let a = plain(&one.crops[way.pair.0][index], false);
            (a, between(&other.crops[way.pair.1], partner, way.mirrored))
        })
        .collect();
    let seconds = pairs.len() as f64 * one.step;
    let shorter = (one.seconds() * way.speed).min(other.seconds());
    if seconds * way.speed < (OVERLAP * shorter).max(LEAST_SECONDS) - other.step {
        return None;
    }
    let count = pairs.len() as f32;
    let mean = |picture: fn(&(Picture, Picture)) -> &Picture| {
        let mut sum = [0.0; KEPT];
        for pair in &pairs {
            for (sum, value) in sum.iter_mut().zip(picture(pair)) {
                *sum += value / count;
            }
        }
        sum
    };
    let (mean_a, mean_b) = (mean(|pair| &pair.0), mean(|pair| &pair.1));
    let mut whole = Agreement::default();
    let mut change = Agreement::default();
    for (a, b) in &pairs {
        whole.add(a, b);
        change.add(&minus(a, &mean_a), &minus(b, &mean_b));
    }
    let moving = (change.first / whole.first.max(1.0)).min(change.second / whole.second.max(1.0));
    Some(Likeness {
        pictures: whole.value(),
        changes: change.value(),
        moving,
        mirrored: way.mirrored,
        speed: way.speed,
        offset: way.offset,
        seconds,
    })
}

/// A pooled cosine.
#[derive(Default)]
struct Agreement {
    product: f64,
    first: f64,
    second: f64,
}

impl Agreement {
    fn add(&mut self, a: &Picture, b: &Picture) {
        self.product += dot(a, b);
        self.first += dot(a, a);
        self.second += dot(b, b);
    }

    fn value(&self) -> f64 {
        self.product / (self.first * self.second).sqrt().max(1.0)
    }
}

fn plain(coefficients: &Coefficients, mirrored: bool) -> Picture {
    let mut picture = [0.0; KEPT];
    for (index, (value, coefficient)) in picture.iter_mut().zip(coefficients).enumerate() {
        let value_of = f32::from(*coefficient);
        *value = if mirrored && is_odd(index) { -value_of } else { value_of };
    }
    picture
}

/// The picture at a place between two steps.
fn between(steps: &[Coefficients], at: f64, mirrored: bool) -> Picture {
    let at = at.clamp(0.0, steps.len() as f64 - 1.0);
    let (before, share) = (at as usize, at.fract() as f32);
    let mut picture = plain(&steps[before], mirrored);
    if let Some(next) = steps.get(before + 1) {
        let next = plain(next, mirrored);
        picture.iter_mut().zip(next).for_each(|(value, next)| *value += share * (next - *value));
    }
    picture
}

fn minus(one: &Picture, other: &Picture) -> Picture {
    let mut rest = *one;
    rest.iter_mut().zip(other).for_each(|(value, other)| *value -= other);
    rest
}

fn dot(one: &Picture, other: &Picture) -> f64 {
    f64::from(one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>())
}
