//! Models together: a learned combination, and the fusion that needs no learning.

use super::algebra::each;
use super::cases::{by_person, mean_and_error};
use super::interactions::distinct;
use super::logit::{self, Choice};
use super::{Base, Before, Case, Event, Fitted, Interactions, Recency, Recipe, Run, Split};
use serde::{Deserialize, Serialize};

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

/// What models and their blends are worth on what was held back of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What was held back.
    pub cases: Vec<Case>,
    /// NDCG@10 of each case: of every model, then of every blend, whose weights
    /// were learned on the other half of the people.
    pub ndcg: Vec<Vec<f64>>,
    /// The means of that of each person who was asked.
    pub people: Vec<Vec<f64>>,
    /// The weights of each blend, learned on all cases.
    pub weights: Vec<Vec<f32>>,
    /// The member that speaks for people of whom nothing is known.
    pub for_newcomers: usize,
    /// The models as they were tried.
    fitted: Vec<Fitted>,
    /// The second up to which they know what was done; `None`: they know all
    /// but everybody's last.
    since: Option<i64>,
}

impl Trial {
    /// The mean gain of one column over another, person by person, and its
    /// standard error.
    pub fn gain(&self, one: usize, other: usize) -> (f64, f64) {
        let gain = |row: &Vec<f64>| row[one] - row[other];
        mean_and_error(&self.people.iter().map(gain).collect::<Vec<f64>>())
    }

    /// What networks go on from in a training on everything.
    pub fn before(&self) -> Before<'_> {
        Before { models: &self.fitted, since: self.since }
    }
}

impl Blend {
    /// Learns weights on what `split` holds back of `data` (none of it is seen
    /// by the members then), and trains the members again on all of it, networks
    /// going on from there. The last members, from `few` on, are in it only where
    /// they make it better by more than a standard error. With too few cases for
    /// weights it is [`Blend::fused`] of the first.
    pub fn learned(
        recipes: &[Recipe],
        few: usize,
        data: &Interactions,
        split: Split,
        run: &Run<'_>,
    ) -> Self {
        let blends = [few, recipes.len()];
        let Some(trial) = Self::tried(recipes, &blends, data, split, run) else {
            return Self::fused(&recipes[..few], data, run);
        };
        let (gain, error) = trial.gain(recipes.len() + 1, recipes.len());
        let taken = usize::from(gain > error);
        let run = run.after(trial.before());
        let (members, weights) = (&recipes[..blends[taken]], trial.weights[taken].clone());
        Self::weighted(members, weights, trial.for_newcomers, data, &run)
    }

    /// Tries models, and blends of the first so many of them, on what `split`
    /// holds back; `None` where that is too little.
    pub fn tried(
        recipes: &[Recipe],
        blends: &[usize],
        data: &Interactions,
        split: Split,
        run: &Run<'_>,
    ) -> Option<Trial> {
        let held = HeldBack::of(recipes, data, split, run)?;
        let of_half = |width, half| held.weights(width, |case| case.person % 2 == half);
        let halves: Vec<[Vec<f32>; 2]> =
            blends.iter().map(|width| [of_half(*width, 0), of_half(*width, 1)]).collect();
        let mut rows = vec![Vec::new(); held.cases.len()];
        each(held.cases.iter().zip(&mut rows), |(case, row)| {
            let scores = held.models.standard_scores(&case.history, case.at, data.items);
            let column = |place: usize| -> Vec<f32> {
                scores.iter().skip(place).step_by(recipes.len()).copied().collect()
            };
            *row = (0..recipes.len()).map(|place| case.ndcg(&column(place))).collect();
            for weights in &halves {
                let weights = &weights[(case.person + 1) % 2];
                row.push(case.ndcg(&weighted(&scores, recipes.len(), weights)));
            }
        });
        let width = blends.first().copied().unwrap_or(recipes.len());
        Some(Trial {
            people: by_person(held.cases.iter().zip(rows.iter().cloned())),
            ndcg: rows,
            weights: blends.iter().map(|width| held.weights(*width, |_| true)).collect(),
            for_newcomers: held.for_newcomers(width, data.items),
            fitted: held.models.fitted,
            since: held.since,
            cases: held.cases,
        })
    }

    /// With known weights and the member that speaks for newcomers, trained on `data`.
    pub fn weighted(
        recipes: &[Recipe],
        weights: Vec<f32>,
        for_newcomers: usize,
        data: &Interactions,
        run: &Run<'_>,
    ) -> Self {
        Self { rule: Rule::Weights(weights), for_newcomers, ..Self::fused(recipes, data, run) }
    }

    /// Reciprocal rank fusion: the floor under learned weights.
    pub fn fused(recipes: &[Recipe], data: &Interactions, run: &Run<'_>) -> Self {
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
        let fitted = bases.iter().map(|base| base.fit(data, run)).collect();
        Self { fitted, members, rule: Rule::ReciprocalRank, for_newcomers: 0 }
    }

    /// What was trained, each once.
    pub fn models(&self) -> &[Fitted] {
        &self.fitted
    }

    /// The rule, with the weights in the order of the recipes.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// A score for every item; see [`super::Model::scores`]. For a person of whom
    /// nothing is known one member alone speaks: the one that foresaw best what
    /// such people began with, else the first.
    pub fn scores(&self, history: &[Event], at: i64, out: &mut [f32]) {
        if distinct(history).is_empty() {
            return self.member(self.for_newcomers, history, at, out);
        }
        match &self.rule {
            Rule::Weights(weights) => {
                let scores = self.standard_scores(history, at, out.len());
                out.copy_from_slice(&weighted(&scores, weights.len(), weights));
            }
            Rule::ReciprocalRank => {
                let mut scores = vec![0.0; out.len()];
                let mut order: Vec<usize> = (0..out.len()).collect();
                let seen = seen(history, out.len());
                out.fill(0.0);
                for member in 0..self.members.len() {
                    self.member(member, history, at, &mut scores);
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

    fn member(&self, member: usize, history: &[Event], at: i64, out: &mut [f32]) {
        let (fitted, recency) = self.members[member];
        self.fitted[fitted].model().scores(&recency.of(history), at, out);
    }

    /// Scores of all members, item after item, each of mean 0 and variance 1
    /// over the items that are not in the history, and bent; 0 for these.
    fn standard_scores(&self, history: &[Event], at: i64, items: usize) -> Vec<f32> {
        let width = self.members.len();
        let seen = seen(history, items);
        let mut all = vec![0.0; items * width];
        let mut scores = vec![0.0; items];
        for member in 0..width {
            self.member(member, history, at, &mut scores);
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
    /// See [`Trial::since`].
    since: Option<i64>,
}

impl HeldBack {
    /// `None` where there are too few cases of people with a history.
    fn of(recipes: &[Recipe], data: &Interactions, split: Split, run: &Run<'_>) -> Option<Self> {
        let (early, cases) = split.of(data);
        let (beginnings, mut cases): (Vec<Case>, Vec<Case>) =
            cases.into_iter().partition(|case| distinct(&case.history).is_empty());
        cases.retain(|case| case.history.iter().all(|event| event.item != case.target));
        if cases.len() < FEWEST_CASES {
            return None;
        }
        let mut random = fastrand::Rng::with_seed(run.seed);
        random.shuffle(&mut cases);
        cases.truncate(MOST_CASES);
        let seeds: Vec<u64> = cases.iter().map(|_| random.u64(..)).collect();
        let models = Blend::fused(recipes, &early, run);
        let mut choices = vec![Choice { features: Vec::new(), taken: 0 }; cases.len()];
        each(cases.iter().zip(seeds).zip(&mut choices), |((case, seed), choice)| {
            let scores = models.standard_scores(&case.history, case.at, data.items);
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
        let since = (split != Split::LeaveOneOut).then(|| early.newest());
        Some(Self { models, cases, choices, beginnings, since })
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

    /// Of the first `width` models the one of the highest NDCG@10 on what people
    /// began with, if it is above the first by more than a standard error; else
    /// the first.
    fn for_newcomers(&self, width: usize, items: usize) -> usize {
        let mut scores = vec![0.0; items];
        let mut told = |member: usize| -> Vec<f64> {
            let ndcg = |case: &Case| {
                self.models.member(member, &case.history, case.at, &mut scores);
                case.ndcg(&scores)
            };
            self.beginnings.iter().map(ndcg).collect()
        };
        let first = told(0);
        let mut gain = |member: usize| {
            let gains = told(member).into_iter().zip(&first).map(|(own, first)| own - first);
            mean_and_error(&gains.collect::<Vec<f64>>())
        };
        let others = (1..width).map(|member| (member, gain(member)));
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
        let run = Run::seeded(1);
        let trial = Blend::tried(&some, &[2], &data, Split::LeaveOneOut, &run).expect("enough");
        assert_eq!((trial.cases.len(), trial.people.len()), (80, 80));
        let of = |place: usize| trial.people.iter().map(|row| row[place]).sum::<f64>() / 80.0;
        assert!(of(1) > 0.99 && of(2) > 0.99 && of(0) < 0.9, "{} {} {}", of(0), of(1), of(2));
        let blend = Blend::learned(&some, 2, &data, Split::LeaveOneOut, &run);
        assert_eq!(blend.rule(), &Rule::Weights(trial.weights[0].clone()));
        let Rule::Weights(weights) = blend.rule() else { panic!("enough cases") };
        assert!(weights[1] > 1.0 && weights[0].abs() < weights[1] / 5.0, "{weights:?}");
        for history in &data.histories {
            let mut out = vec![0.0; 10];
            blend.scores(history, 99, &mut out);
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
            first: day as i64 * 86_400,
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
            let run = Run::seeded(1);
            let blend = Blend::learned(&members, 2, &data, Split::Time, &run);
            assert_eq!(names[blend.for_newcomers], "popular-recent");
            let mut out = vec![0.0; 9];
            blend.scores(&[], 99, &mut out);
            assert!((0..9).all(|item| out[item] <= out[4]), "{names:?}: {out:?}");
            // Nobody's beginning is held back here.
            let blend = Blend::learned(&members, 2, &data, Split::LeaveOneOut, &run);
            assert_eq!(blend.for_newcomers, 0);
        }
    }

    #[test]
    fn too_little_for_weights_is_fused() {
        let data = liked(&[&[0, 1], &[1, 2]], 3);
        let blend = Blend::learned(&recipes(1), 20, &data, Split::LeaveOneOut, &Run::seeded(1));
        assert_eq!(blend.rule(), &Rule::ReciprocalRank);
        let mut out = vec![0.0; 3];
        blend.scores(&data.histories[0], 99, &mut out);
        assert!(out.iter().all(|score| *score > 0.0));
        blend.scores(&[], 99, &mut out);
        assert!(out[1] > out[0], "popularity alone: {out:?}");
    }
}
