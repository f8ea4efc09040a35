//! What a person turns to next, by the best model that the log supports.

use crate::Evidence;
use crate::card::{ModelCard, SIMPLEST};
use crate::crowd::LONGEST_HISTORY;
use crate::models::{
    Blend, Event, FEWEST_CASES, Interactions, Recipe, Split, Trained, blended, co_watching,
    mean_and_error, recipes,
};
use crate::numbers::Numbers;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Instant;
use vireo_domain::VideoId;

/// The floors that a model must beat, beside co-watching.
const FLOORS: [&str; 2] = ["popular", "popular-7d"];

/// What a person turns to next.
///
/// Models are told apart by a split by time of the log, on which none of them
/// was trained. The one of the highest NDCG@10 is used if it beats co-watching,
/// the simplest, by more than a standard error (Breiman's rule), and the floors;
/// otherwise there is no model here, and what is watched together ([`crate::Crowd`])
/// is all there is to go by.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Taste {
    numbers: Numbers,
    model: Option<Trained>,
    /// Seconds of the newest action that the model has seen.
    newest: i64,
    card: ModelCard,
}

impl Taste {
    /// Chooses and trains. `previous` stays in use if on what was done since it
    /// was trained the new one is worse by more than a standard error.
    /// `neighbours` is that of the [`crate::Crowd`] beside it.
    pub fn train(
        data: &Interactions,
        ids: &[&VideoId],
        neighbours: usize,
        previous: &Self,
        seed: u64,
    ) -> Self {
        let started = Instant::now();
        let data = data.recent(LONGEST_HISTORY);
        let mut card = ModelCard::of(&data, seed);
        let simplest = Chosen { members: vec![co_watching(neighbours)], weights: None };
        let chosen = choose(&simplest, &data, &mut card, seed);
        let tried = chosen.as_ref().unwrap_or(&simplest);
        let worse = worse(tried, previous, ids, &data);
        let mut taste = if let Some((old, new, cases)) = worse {
            card.kept(&previous.card, old, new, cases);
            Self { card, ..previous.clone() }
        } else {
            if let Some(chosen) = &chosen {
                card.trained(&chosen.members, chosen.weights.as_deref());
            }
            let model = chosen.map(|chosen| chosen.fit(&data));
            Self { numbers: Numbers::new(ids), model, newest: data.newest(), card }
        };
        taste.card.seconds = started.elapsed().as_secs_f64();
        taste
    }

    /// A score for every video that the model knows, for a person's evidence
    /// (newest first); `None` where there is no model. By [`Self::number`].
    pub fn scores(&self, evidence: &[Evidence<'_>]) -> Option<Vec<f32>> {
        let model = self.model.as_ref()?;
        let event = |evidence: &Evidence<'_>| {
            let item = self.numbers.of(evidence.video)?;
            let (kind, weight) = (evidence.kind, evidence.strength as f32);
            Some(Event { item, kind, weight, at: evidence.at.as_second() })
        };
        let newest = evidence.iter().filter_map(event).take(LONGEST_HISTORY);
        let mut history: Vec<Event> = newest.collect();
        history.reverse();
        let mut scores = vec![0.0; self.numbers.len()];
        model.scores(&history, &mut scores);
        Some(scores)
    }

    /// Number of a video in [`Self::scores`].
    pub fn number(&self, video: &VideoId) -> Option<usize> {
        self.numbers.of(video).map(|number| number as usize)
    }

    /// What was chosen, why, and by which figures.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }
}

/// A model before its training.
struct Chosen {
    members: Vec<Recipe>,
    /// Those of a blend; `None`: it is the one member alone.
    weights: Option<Vec<f32>>,
}

impl Chosen {
    fn fit(&self, data: &Interactions) -> Trained {
        if let Some(weights) = &self.weights {
            return Trained::Blend(Blend::weighted(&self.members, data, weights.clone()));
        }
        let Recipe { base, recency, .. } = self.members[0];
        Trained::Single { model: base.fit(data, None), recency }
    }
}

/// The best model on validation; `None`: the simplest will do.
fn choose(
    simplest: &Chosen,
    data: &Interactions,
    card: &mut ModelCard,
    seed: u64,
) -> Option<Chosen> {
    let members = blended(seed);
    let mut all = members.clone();
    let is_new = |recipe: &Recipe| members.iter().all(|member| member.name != recipe.name);
    let floors = recipes(seed).into_iter().filter(|recipe| FLOORS.contains(&recipe.name));
    all.extend(floors.filter(is_new));
    all.extend(&simplest.members);
    let trial = Blend::tried(&members, &all[members.len()..], data, Split::Time, seed)?;
    card.tried(&all, &trial);
    card.choose(&FLOORS);
    if card.chosen == SIMPLEST {
        return None;
    }
    Some(match all.into_iter().find(|recipe| recipe.name == card.chosen) {
        Some(recipe) => Chosen { members: vec![recipe], weights: None },
        None => Chosen { members, weights: Some(trial.weights) },
    })
}

/// Whether a model, trained on the early part of the log, is clearly worse than
/// the one in use on what was done after that one was trained: the NDCG@10 of
/// the old, of the new, and on how many cases.
fn worse(
    new: &Chosen,
    previous: &Taste,
    ids: &[&VideoId],
    data: &Interactions,
) -> Option<(f64, f64, usize)> {
    let old = previous.model.as_ref()?;
    let (early, mut cases) = Split::Time.of(data);
    cases.retain(|case| case.at > previous.newest && !case.history.is_empty());
    if cases.len() < FEWEST_CASES {
        return None;
    }
    let new = new.fit(&early);
    let numbers: Vec<Option<u32>> = ids.iter().map(|id| previous.numbers.of(id)).collect();
    let mut people: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
    let (mut scores, mut of_old) = (vec![0.0; data.items], vec![0.0; previous.numbers.len()]);
    for case in &cases {
        new.scores(&case.history, &mut scores);
        let of_new = case.ndcg(&scores);
        let known = case.history.iter().filter_map(|event| {
            let item = numbers[event.item as usize]?;
            Some(Event { item, ..*event })
        });
        old.scores(&known.collect::<Vec<Event>>(), &mut of_old);
        for (score, number) in scores.iter_mut().zip(&numbers) {
            *score = number.map_or(f32::NEG_INFINITY, |number| of_old[number as usize]);
        }
        people.entry(case.person).or_default().push((case.ndcg(&scores), of_new));
    }
    let people: Vec<(f64, f64)> = people.into_values().map(|pairs| mean(&pairs)).collect();
    let gains: Vec<f64> = people.iter().map(|(old, new)| old - new).collect();
    let (gain, error) = mean_and_error(&gains);
    let (old, new) = mean(&people);
    (gain > error).then_some((old, new, cases.len()))
}

fn mean(pairs: &[(f64, f64)]) -> (f64, f64) {
    let count = pairs.len().max(1) as f64;
    let sum = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    (sum.0 / count, sum.1 / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence;
    use crate::evidence::tests::action;
    use vireo_domain::{Feedback, FeedbackKind::Like, Timestamp};

    /// Sixty people go around a ring of 40 videos, a day between steps.
    fn ring(steps: std::ops::Range<usize>) -> Vec<Feedback> {
        let step = |step: usize| {
            (0..60).map(move |person| {
                let video = format!("v{}", (person * 7 + step) % 40);
                action(&format!("p{person}"), &video, Like, None, (step * 86_400 + person) as i64)
            })
        };
        steps.flat_map(step).collect()
    }

    fn trained(log: &[Feedback], previous: &Taste) -> Taste {
        let (data, ids) = Interactions::from_feedback(log, Timestamp::MAX);
        Taste::train(&data, &ids, 30, previous, 1)
    }

    #[test]
    fn what_is_better_is_chosen_and_says_so() {
        let log = ring(0..12);
        let taste = trained(&log, &Taste::default());
        let card = taste.card();
        assert_ne!(card.chosen, SIMPLEST, "{card}");
        let figure = |name: &str| card.figures.iter().find(|f| f.name == name).expect(name).ndcg;
        assert!(figure(&card.chosen) > figure("popular") + 0.2, "{card}");
        assert!(card.why.starts_with(&format!("{} is used: NDCG@10", card.chosen)), "{card}");
        assert_eq!((card.people, card.videos, card.likings), (60, 40, 720));
        let own: Vec<Feedback> = log.into_iter().filter(|a| a.user.as_str() == "p0").collect();
        let scores = taste.scores(&evidence(&own)).expect("there is a model");
        let number = |video: &str| taste.number(&VideoId::new(video).expect("an id"));
        let of = |video: &str| scores[number(video).expect("known")];
        assert!((13..40).all(|other| of("v12") > of(&format!("v{other}"))), "{scores:?}");
    }

    #[test]
    fn little_is_left_to_the_simplest() {
        for log in [Vec::new(), ring(0..1)] {
            let taste = trained(&log, &Taste::default());
            assert_eq!(taste.card().chosen, SIMPLEST);
            assert!(taste.card().why.contains("fewer than 50 likings"), "{}", taste.card());
            assert!(taste.scores(&evidence(&log)).is_none());
        }
    }

    #[test]
    fn a_worse_training_does_not_replace_a_good_model() {
        let good = trained(&ring(0..12), &Taste::default());
        // Of the old log only noise is left; people go on around the ring.
        let mut random = fastrand::Rng::with_seed(3);
        let mut log = Vec::new();
        for step in 0..20 {
            for person in 0..60 {
                let (person, video) = (format!("p{person}"), format!("v{}", random.usize(..40)));
                log.push(action(&person, &video, Like, None, 11 * 86_400 + step));
            }
        }
        log.extend(ring(12..14));
        let next = trained(&log, &good);
        assert!(next.card().why.contains("stays in use"), "{}", next.card());
        assert_eq!((&next.model, &next.numbers), (&good.model, &good.numbers));
        assert_eq!(next.card().chosen, good.card().chosen);
        // With as good a log the new model is taken.
        let next = trained(&ring(0..14), &good);
        assert!(next.card().why.contains("is used"), "{}", next.card());
        assert!(next.newest > good.newest);
    }
}
