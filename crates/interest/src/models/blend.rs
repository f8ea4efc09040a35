//! Models together: a learned combination, and the fusion that needs no learning.

use super::algebra::each;
use super::interactions::distinct;
use super::logit::{self, Choice};
use super::{Base, Event, Fitted, Interactions, Recency, Recipe, Split};
use serde::{Deserialize, Serialize};

/// Numbers held while weights are learned, at most; it bounds the memory
/// (four bytes each), by asking fewer people.
const MOST_NUMBERS: usize = 60_000_000;

/// Fewer cases than this say too little for weights.
const FEWEST_CASES: usize = 50;

/// Ridge of the weights, on scores of variance 1.
const RIDGE: f64 = 1e-4;

/// Rank constant of reciprocal rank fusion (Cormack et al., SIGIR 2009).
const RANK_CONSTANT: f32 = 60.0;

/// How members' scores become one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// A weight for each member's scores, which are brought to mean 0 and
    /// variance 1 over what the person has not seen.
    Weights(Vec<f32>),
    /// The sum of `1 / (60 + rank)`.
    ReciprocalRank,
}

/// Several models as one. Members that differ in recency only are trained once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blend {
    fitted: Vec<Fitted>,
    /// Each member: its model, its recency.
    members: Vec<(usize, Recency)>,
    rule: Rule,
}

impl Blend {
    /// Learns weights on what `split` holds back of `data` (none of it is seen
    /// by the members then), and trains the members again on all of it. With
    /// too few cases for weights it is [`Blend::fused`].
    pub fn learned(recipes: &[Recipe], data: &Interactions, split: Split, seed: u64) -> Self {
        let (early, mut cases) = split.of(data);
        cases.retain(|case| {
            case.history.iter().any(|event| event.weight > 0.0)
                && case.history.iter().all(|event| event.item != case.target)
        });
        if cases.len() < FEWEST_CASES {
            return Self::fused(recipes, data);
        }
        fastrand::Rng::with_seed(seed).shuffle(&mut cases);
        cases.truncate((MOST_NUMBERS / (data.items * recipes.len()).max(1)).max(FEWEST_CASES));
        let validated = Self::fused(recipes, &early);
        let mut choices: Vec<Choice> = cases
            .iter()
            .map(|case| Choice {
                features: Vec::new(),
                taken: case.target as usize,
                excluded: case.history.iter().map(|event| event.item).collect(),
            })
            .collect();
        each(cases.iter().zip(&mut choices), |(case, choice)| {
            choice.features = validated.standard_scores(&case.history, data.items);
        });
        drop(validated);
        let rule = Rule::Weights(logit::fit(&choices, recipes.len(), RIDGE));
        drop(choices);
        Self { rule, ..Self::fused(recipes, data) }
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
        let fitted = bases.iter().map(|base| base.fit(data)).collect();
        Self { fitted, members, rule: Rule::ReciprocalRank }
    }

    /// The rule, with the weights in the order of the recipes.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// A score for every item; see [`super::Model::scores`]. For a person of whom
    /// nothing is known, the first member alone speaks.
    pub fn scores(&self, history: &[Event], out: &mut [f32]) {
        if distinct(history).is_empty() {
            return self.member(0, history, out);
        }
        match &self.rule {
            Rule::Weights(weights) => {
                let scores = self.standard_scores(history, out.len());
                for (out, row) in out.iter_mut().zip(scores.chunks_exact(weights.len())) {
                    *out = row.iter().zip(weights).map(|(score, weight)| score * weight).sum();
                }
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
    /// over the items that are not in the history; 0 for these.
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
                    *out = ((f64::from(*score) - mean) * scale) as f32;
                }
            }
        }
        all
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
        let blend = Blend::learned(&some, &data, Split::LeaveOneOut, 1);
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
