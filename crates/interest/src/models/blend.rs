//! Models together: a learned combination, and the fusion that needs no learning.

use super::algebra::each;
use super::cases::mean_and_error;
use super::interactions::distinct;
use super::logit::{self, Choice};
use super::{Base, Case, Event, Fitted, Interactions, Recency, Recipe, Split};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Fewer cases than this say too little for weights.
pub const FEWEST_CASES: usize = 50;

/// Cases that are learned from, at most.
const MOST_CASES: usize = 4000;

/// Items that a target is told from, drawn evenly: the weights are those of
/// the whole catalogue but for chance (McFadden, 1978).
const ALTERNATIVES: usize = 2000;

/// Ridge of the weights, on scores of variance 1.
const RIDGE: f64 = 1e-4;

/// Rank constant of reciprocal rank fusion (Cormack et al., SIGIR 2009).
const RANK_CONSTANT: f32 = 60.0;

/// From a quarter of the deviation on, a score counts by its logarithm: some
/// members say nothing of most items and very much of a few.
const STEEPNESS: f32 = 4.0;

/// How members' scores become one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// A weight for each member's scores, which are brought to mean 0 and
    /// variance 1 over what the person has not seen, and bent.
    Weights(Vec<f32>),
    /// The sum of `1 / (60 + rank)`.
    ReciprocalRank,
}

/// Several models as one. Members that differ in recency only are trained once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    fitted: Vec<Fitted>,
    /// Each member: its model, its recency.
    members: Vec<(usize, Recency)>,
    rule: Rule,
    /// The member that speaks for people of whom nothing is known.
    #[serde(default)]
    for_newcomers: usize,
}

/// What members and their blend are worth on what was held back.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Learned on all cases, in the order of the members.
    pub weights: Vec<f32>,
    /// NDCG@10 of each person: of every member, of every other model, and of the
    /// blend, whose weights were learned on the other half of the people.
    pub people: Vec<Vec<f64>>,
    /// Cases.
    pub cases: usize,
}

impl Blend {
    /// Learns weights on what `split` holds back of `data` (none of it is seen
    /// by the members then), and trains the members again on all of it. With
    /// too few cases for weights it is [`Blend::fused`].
    pub fn learned(recipes: &[Recipe], data: &Interactions, split: Split, seed: u64) -> Self {
        let Some(held) = HeldBack::of(recipes, data, split, seed) else {
            return Self::fused(recipes, data);
        };
        let rule = Rule::Weights(held.weights(recipes.len(), |_| true));
        let for_newcomers = held.for_newcomers(data.items);
        drop(held);
        Self { rule, for_newcomers, ..Self::fused(recipes, data) }
    }

    /// Tries members, their blend and `others` on what `split` holds back;
    /// `None` where that is too little.
    pub fn tried(
        members: &[Recipe],
        others: &[Recipe],
        data: &Interactions,
        split: Split,
        seed: u64,
    ) -> Option<Trial> {
        let recipes = [members, others].concat();
        let held = HeldBack::of(&recipes, data, split, seed)?;
        let width = members.len();
        let of_half = |half| held.weights(width, |case| case.person % 2 == half);
        let halves = [of_half(0), of_half(1)];
        let mut rows = vec![Vec::new(); held.cases.len()];
        each(held.cases.iter().zip(&mut rows), |(case, row)| {
            let scores = held.models.standard_scores(&case.history, data.items);
            let column = |place: usize| -> Vec<f32> {
                scores.iter().skip(place).step_by(recipes.len()).copied().collect()
            };
            *row = (0..recipes.len()).map(|place| case.ndcg(&column(place))).collect();
            let weights = &halves[(case.person + 1) % 2];
            row.push(case.ndcg(&weighted(&scores, recipes.len(), weights)));
        });
        let mut people: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
        for (case, row) in held.cases.iter().zip(rows) {
            people.entry(case.person).or_default().push(row);
        }
        let mean = |rows: Vec<Vec<f64>>| -> Vec<f64> {
            let sum = |place: usize| rows.iter().map(|row| row[place]).sum::<f64>();
            (0..=recipes.len()).map(|place| sum(place) / rows.len() as f64).collect()
        };
        Some(Trial {
            weights: held.weights(width, |_| true),
            people: people.into_values().map(mean).collect(),
            cases: held.cases.len(),
        })
    }

    /// With known weights, trained on `data`.
    pub fn weighted(recipes: &[Recipe], data: &Interactions, weights: Vec<f32>) -> Self {
        Self { rule: Rule::Weights(weights), ..Self::fused(recipes, data) }
    }

    /// Reciprocal rank fusion: the floor under learned weights.
    pub fn fused(recipes: &[Recipe], data: &Interactions) -> Self {
        let mut bases: Vec<Base> = Vec::new();
        let members = recipes
            .iter()
            .map(|recipe| {
                let known = bases.iter().position(|base| *base == recipe.base);
                let place = known.unwrap_or_else(|| {
                    bases.push(recipe.base);
                    bases.len() - 1
                });
                (place, recipe.recency)
            })
            .collect();
        let fitted = bases.iter().map(|base| base.fit(data, None)).collect();
        Self { fitted, members, rule: Rule::ReciprocalRank, for_newcomers: 0 }
    }

    /// The rule, with the weights in the order of the recipes.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// A score for every item; see [`super::Model::scores`]. For a person of whom
    /// nothing is known one member alone speaks: the one that foresaw best what
    /// such people began with, else the first.
    pub fn scores(&self, history: &[Event], out: &mut [f32]) {
        if distinct(history).is_empty() {
            return self.member(self.for_newcomers, history, out);
        }
        match &self.rule {
            Rule::Weights(weights) => {
                let scores = self.standard_scores(history, out.len());
                out.copy_from_slice(&weighted(&scores, weights.len(), weights));
            }
            Rule::ReciprocalRank => {
                let mut scores = vec![0.0; out.len()];
                let mut order: Vec<usize> = (0..out.len()).collect();
                let seen = seen(history, out.len());
                out.fill(0.0);
                for member in 0..self.members.len() {
                    self.member(member, history, &mut scores);
                    order.sort_by(|a, b| {
                        seen[*a].cmp(&seen[*b]).then(scores[*b].total_cmp(&scores[*a]))
                    });
                    for (rank, item) in order.iter().enumerate() {
                        out[*item] += 1.0 / (RANK_CONSTANT + 1.0 + rank as f32);
                    }
                }
            }
        }
    }

    fn member(&self, member: usize, history: &[Event], out: &mut [f32]) {
        let (fitted, recency) = self.members[member];
        self.fitted[fitted].model().scores(&recency.of(history), out);
    }

    /// Scores of all members, item after item, each of mean 0 and variance 1
    /// over the items that are not in the history, and bent; 0 for these.
    fn standard_scores(&self, history: &[Event], items: usize) -> Vec<f32> {
        let width = self.members.len();
        let seen = seen(history, items);
        let mut all = vec![0.0; items * width];
        let mut scores = vec![0.0; items];
        for member in 0..width {
            self.member(member, history, &mut scores);
            let unseen = || scores.iter().zip(&seen).filter(|(_, seen)| !**seen).map(|(s, _)| *s);
            let count = unseen().count().max(1) as f64;
            let mean = unseen().map(f64::from).sum::<f64>() / count;
            let variance = unseen().map(|s| (f64::from(s) - mean).powi(2)).sum::<f64>() / count;
            let scale = if variance > 1e-20 { 1.0 / variance.sqrt() } else { 0.0 };
            for ((out, score), seen) in
                all[member..].iter_mut().step_by(width).zip(&scores).zip(&seen)
            {
                if !seen {
                    let standard = ((f64::from(*score) - mean) * scale) as f32;
                    *out = (STEEPNESS * standard).asinh();
                }
            }
        }
        all
    }
}

/// The weighted sum for each item, of scores in rows of `width`; those without
/// a weight don't count.
fn weighted(scores: &[f32], width: usize, weights: &[f32]) -> Vec<f32> {
    let sum = |row: &[f32]| row.iter().zip(weights).map(|(score, weight)| score * weight).sum();
    scores.chunks_exact(width).map(sum).collect()
}

/// Models that have not seen some cases, and what they say of these.
struct HeldBack {
    models: Blend,
    cases: Vec<Case>,
    choices: Vec<Choice>,
    /// What people of whom nothing was known began with.
    beginnings: Vec<Case>,
}

impl HeldBack {
    /// `None` where there are too few cases of people with a history.
    fn of(recipes: &[Recipe], data: &Interactions, split: Split, seed: u64) -> Option<Self> {
        let (early, cases) = split.of(data);
        let (beginnings, mut cases): (Vec<Case>, Vec<Case>) =
            cases.into_iter().partition(|case| distinct(&case.history).is_empty());
        cases.retain(|case| case.history.iter().all(|event| event.item != case.target));
        if cases.len() < FEWEST_CASES {
            return None;
        }
        let mut random = fastrand::Rng::with_seed(seed);
        random.shuffle(&mut cases);
        cases.truncate(MOST_CASES);
        let seeds: Vec<u64> = cases.iter().map(|_| random.u64(..)).collect();
        let models = Blend::fused(recipes, &early);
        let mut choices = vec![Choice { features: Vec::new(), taken: 0 }; cases.len()];
        each(cases.iter().zip(seeds).zip(&mut choices), |((case, seed), choice)| {
            let scores = models.standard_scores(&case.history, data.items);
            let row = |item: usize| &scores[item * recipes.len()..][..recipes.len()];
            let seen = seen(&case.history, data.items);
            let target = case.target as usize;
            let mut offered: Vec<usize> =
                (0..data.items).filter(|item| !seen[*item] && *item != target).collect();
            fastrand::Rng::with_seed(seed).shuffle(&mut offered);
            offered.truncate(ALTERNATIVES);
            let offered = std::iter::once(target).chain(offered);
            choice.features = offered.flat_map(row).copied().collect();
        });
        Some(Self { models, cases, choices, beginnings })
    }

    /// Weights of the first `width` models, learned on some cases.
    fn weights(&self, width: usize, is_used: impl Fn(&Case) -> bool) -> Vec<f32> {
        let all = self.models.members.len();
        let used = self.cases.iter().zip(&self.choices).filter(|(case, _)| is_used(case));
        let narrow = |choice: &Choice| {
            let rows = choice.features.chunks_exact(all).flat_map(|row| &row[..width]);
            Choice { features: rows.copied().collect(), taken: choice.taken }
        };
        let choices: Vec<Choice> = used.map(|(_, choice)| narrow(choice)).collect();
        logit::fit(&choices, width, RIDGE)
    }

    /// The member of the highest NDCG@10 on what people began with, if it is
    /// above the first by more than a standard error; else the first.
    fn for_newcomers(&self, items: usize) -> usize {
        let mut scores = vec![0.0; items];
        let mut told = |member: usize| -> Vec<f64> {
            let ndcg = |case: &Case| {
                self.models.member(member, &case.history, &mut scores);
                case.ndcg(&scores)
            };
            self.beginnings.iter().map(ndcg).collect()
        };
        let first = told(0);
        let mut gain = |member: usize| {
            let gains = told(member).into_iter().zip(&first).map(|(own, first)| own - first);
            mean_and_error(&gains.collect::<Vec<f64>>())
        };
        let others = (1..self.models.members.len()).map(|member| (member, gain(member)));
        let best = others.max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0));
        best.filter(|(_, (gain, error))| gain > error).map_or(0, |(member, _)| member)
    }
}

/// Which items a history has.
fn seen(history: &[Event], items: usize) -> Vec<bool> {
    let mut seen = vec![false; items];
    for event in history {
        seen[event.item as usize] = true;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::liked;
    use super::super::recipes;
    use super::*;

    /// Everybody goes around a ring of ten; popularity knows nothing of it.
    fn ring() -> Interactions {
        let rows: Vec<Vec<u32>> =
            (0..80).map(|start| (0..6).map(|step| (start + step) % 10).collect()).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        liked(&rows, 10)
    }

    #[test]
    fn the_member_that_knows_gets_the_weight() {
        let some: Vec<Recipe> =
            recipes(1).into_iter().filter(|r| ["popular", "markov"].contains(&r.name)).collect();
        let data = ring();
        let trial = Blend::tried(&some, &[], &data, Split::LeaveOneOut, 1).expect("enough");
        assert_eq!((trial.cases, trial.people.len()), (80, 80));
        let of = |place: usize| trial.people.iter().map(|row| row[place]).sum::<f64>() / 80.0;
        assert!(of(1) > 0.99 && of(2) > 0.99 && of(0) < 0.9, "{} {} {}", of(0), of(1), of(2));
        let blend = Blend::learned(&some, &data, Split::LeaveOneOut, 1);
        assert_eq!(blend.rule(), &Rule::Weights(trial.weights));
        let Rule::Weights(weights) = blend.rule() else { panic!("enough cases") };
        assert!(weights[1] > 1.0 && weights[0].abs() < weights[1] / 5.0, "{weights:?}");
        for history in &data.histories {
            let mut out = vec![0.0; 10];
            blend.scores(history, &mut out);
            let next = (history[5].item as usize + 1) % 10;
            assert!((0..10).all(|item| out[item] <= out[next]
                || history.iter().any(|event| event.item as usize == item)));
        }
    }

    /// Four old hits; who is new begins with another.
    #[test]
    fn the_member_that_foresees_beginnings_speaks_for_newcomers() {
        let event = |item: usize, day: usize| Event {
            at: day as i64 * 86_400,
            ..liked(&[&[item as u32]], 9).histories[0][0]
        };
        let old = (0..300).map(|person| {
            (0..6).map(|step| event((person + step) % 4, person + step)).collect::<Vec<Event>>()
        });
        let new = (400..500).map(|day| [4, 5 + day % 2, 7 + day % 2].map(|it| event(it, day)));
        let histories = old.chain(new.map(Vec::from)).collect();
        let data = Interactions { histories, items: 9, ..Interactions::default() };
        for names in [["popular", "popular-recent"], ["popular-recent", "popular"]] {
            let find = |name| recipes(1).into_iter().find(|recipe| recipe.name == name);
            let members: Vec<Recipe> = names.into_iter().filter_map(find).collect();
            let blend = Blend::learned(&members, &data, Split::Time, 1);
            assert_eq!(names[blend.for_newcomers], "popular-recent");
            let mut out = vec![0.0; 9];
            blend.scores(&[], &mut out);
            assert!((0..9).all(|item| out[item] <= out[4]), "{names:?}: {out:?}");
            // Nobody's beginning is held back here.
            assert_eq!(Blend::learned(&members, &data, Split::LeaveOneOut, 1).for_newcomers, 0);
        }
    }

    #[test]
    fn too_little_for_weights_is_fused() {
        let data = liked(&[&[0, 1], &[1, 2]], 3);
        let blend = Blend::learned(&recipes(1), &data, Split::LeaveOneOut, 1);
        assert_eq!(blend.rule(), &Rule::ReciprocalRank);
        let mut out = vec![0.0; 3];
        blend.scores(&data.histories[0], &mut out);
        assert!(out.iter().all(|score| *score > 0.0));
        blend.scores(&[], &mut out);
        assert!(out[1] > out[0], "popularity alone: {out:?}");
    }
}
