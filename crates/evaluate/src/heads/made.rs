//! The clips that are made to measure heads on.

use std::path::PathBuf;
use vireo_media::moves::{self, Move, Subject};
use vireo_understand::heads::source_of;

/// Colours of squares, and grounds that they all stand out from.
const COLOURS: [[u8; 3]; 4] = [[220, 60, 50], [240, 200, 60], [90, 200, 90], [230, 230, 230]];
const NAMES: [&str; 4] = ["red", "yellow", "green", "white"];
const GROUNDS: [[u8; 3]; 4] = [[20, 20, 20], [40, 40, 90], [70, 40, 60], [30, 70, 80]];

/// A clip to be made.
pub(super) struct Plan<'a> {
    pub(super) clip: moves::Clip<'a>,
    /// For each task.
    pub(super) labels: Vec<String>,
    pub(super) source: String,
}

/// The six orders of the three moves.
fn orders() -> Vec<[Move; 3]> {
    let [a, b, c] = Move::ALL;
    vec![[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
}

/// What chance decides of a clip is decided without regard to its order.
fn plan<'a>(subject: Subject<'a>, order: [Move; 3], lot: &mut fastrand::Rng) -> moves::Clip<'a> {
    let between = |lot: &mut fastrand::Rng, low: f64, high: f64| low + (high - low) * lot.f64();
    moves::Clip {
        subject,
        moves: order.map(|it| (it, between(lot, 0.9, 1.5))).into(),
        pause: between(lot, 0.1, 0.3),
        strength: between(lot, 0.7, 1.2),
        is_mirrored: false,
        seed: lot.u32(1..1 << 30),
    }
}

fn label(order: [Move; 3]) -> String {
    order.map(Move::name).join("-")
}

/// Squares of which each has a source of its own, and what their order is.
pub(super) fn squares(each: usize) -> Vec<Plan<'static>> {
    let plan = |_: &mut fastrand::Rng, order, number: usize, clip: moves::Clip<'static>| {
        let label = label(order);
        let source = format!("{label} {number}");
        Plan { clip, labels: vec![label], source }
    };
    squares_of(each, 1, plan)
}

/// What is asked of [`labelled_thrice`].
pub(super) const TASKS: [&str; 3] = ["order", "side", "colour"];

/// Squares with three labels each, which have nothing to do with each other: the
/// order of their moves, the side that they go to, and their colour.
pub(super) fn labelled_thrice(each: usize) -> Vec<Plan<'static>> {
    let plan = |lot: &mut fastrand::Rng, order, number: usize, mut clip: moves::Clip<'static>| {
        clip.is_mirrored = lot.bool();
        let side = if clip.is_mirrored { "left" } else { "right" };
        let Subject::Square { colour, .. } = clip.subject else { unreachable!("a square") };
        let place = COLOURS.iter().position(|it| *it == colour).unwrap_or(0);
        let labels = vec![label(order), side.to_owned(), NAMES[place].to_owned()];
        let source = format!("{} {number}", labels[0]);
        Plan { clip, labels, source }
    };
    squares_of(each, 2, plan)
}

fn squares_of(
    each: usize,
    seed: u64,
    plan_of: impl Fn(&mut fastrand::Rng, [Move; 3], usize, moves::Clip<'static>) -> Plan<'static>,
) -> Vec<Plan<'static>> {
    let mut lot = fastrand::Rng::with_seed(seed);
    let numbers = (0..each).flat_map(|number| orders().into_iter().map(move |it| (number, it)));
    numbers
        .map(|(number, order)| {
            let side = 2 * lot.u32(10..18);
            let (colour, ground) = (COLOURS[lot.usize(..4)], GROUNDS[lot.usize(..4)]);
            let clip = plan(Subject::Square { side, colour, ground }, order, &mut lot);
            plan_of(&mut lot, order, number, clip)
        })
        .collect()
}

/// A window over one film in every order.
pub(super) fn windows((number, film): (usize, &PathBuf)) -> Vec<Plan<'_>> {
    let mut lot = fastrand::Rng::with_seed(1000 + number as u64);
    let stem = film.file_stem().unwrap_or_default().to_string_lossy();
    let source = source_of(&stem).to_owned();
    let plan = |order| Plan {
        clip: plan(Subject::Film(film), order, &mut lot),
        labels: vec![label(order)],
        source: source.clone(),
    };
    orders().into_iter().map(plan).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn chance_decides_nothing_of_the_order() {
        let squares = squares(3);
        assert_eq!(squares.len(), 18);
        let labels: BTreeSet<&String> = squares.iter().map(|it| &it.labels[0]).collect();
        assert_eq!(labels.len(), 6);
        for plan in &squares {
            let names: Vec<&str> = plan.clip.moves.iter().map(|it| it.0.name()).collect();
            assert_eq!(plan.labels, [names.join("-")]);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 3);
        }
        let film = PathBuf::from("v_Diving_g01_c02.avi");
        assert!(windows((0, &film)).iter().all(|it| it.source == "v_Diving_g01"));
    }

    #[test]
    fn three_labels_of_a_clip_have_nothing_to_do_with_each_other() {
        let plans = labelled_thrice(40);
        for first in 0..TASKS.len() {
            for second in 0..first {
                let mut pairs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
                for Plan { labels, .. } in &plans {
                    *pairs.entry((&labels[first], &labels[second])).or_default() += 1;
                }
                let count = |task: usize| {
                    plans.iter().map(|it| &it.labels[task]).collect::<BTreeSet<_>>().len()
                };
                let usual = plans.len() / (count(first) * count(second));
                assert_eq!(pairs.len(), count(first) * count(second), "each with each");
                assert!(pairs.values().all(|it| *it >= usual / 3), "{pairs:?}");
            }
        }
    }
}
