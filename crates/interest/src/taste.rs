//! What a person turns to next, by the best model that the log supports.

use crate::Evidence;
use crate::card::{ModelCard, SIMPLEST};
use crate::crowd::LONGEST_HISTORY;
use crate::models::{
    Before, Blend, Event, FEWEST_CASES, Interactions, LINEAR, Recipe, Run, Split, Trained, Trial,
    blended, by_person, co_watching, mean_and_error, recipes,
};
use crate::numbers::Numbers;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use vireo_domain::{Timestamp, VideoId};

/// The floors that a model must beat, beside co-watching.
const FLOORS: [&str; 2] = ["popular", "popular-7d"];

/// The share of likings that is new where networks go on: with less there is
/// nothing to learn, with more they begin anew.
const NEW: std::ops::Range<f64> = 0.03..0.4;

/// By so much may what was known by then be more or less now.
const CHANGED: f64 = 0.1;

/// What a person turns to next.
///
/// Models are told apart by what is held back of the log, on which none of them
/// was trained: its newest tenth, or, where networks go on from the training
/// before, what people turned to since. The one of the highest NDCG@10 is used if
/// it beats co-watching, the simplest, by more than a standard error (Breiman's
/// rule), and the floors; one with a network also must beat the best without by
/// as much. Otherwise there is no model here, and what is watched together
/// ([`crate::Crowd`]) is all there is to go by.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Taste {
    numbers: Numbers,
    model: Option<Trained>,
    /// Seconds of the newest action that the model has seen.
    newest: i64,
    /// Likings that it was trained on.
    likings: usize,
    card: ModelCard,
}

impl Taste {
    /// Chooses and trains. `previous` stays in use if on what was done since it
    /// was trained the new one is worse by more than a standard error, and, where
    /// it has a network, if hardly anything was done since.
    /// `neighbours` is that of the [`crate::Crowd`] beside it.
    pub fn train(
        data: &Interactions,
        ids: &[&VideoId],
        neighbours: usize,
        previous: &Self,
        run: &Run<'_>,
    ) -> Self {
        let started = Instant::now();
        let data = data.recent(LONGEST_HISTORY);
        let mut card = ModelCard::of(&data, run.seed);
        let candidates = Candidates::new(neighbours, run.seed, &data);
        let new = previous.share_new(&data);
        if new.is_some_and(|new| new < NEW.start) {
            return previous.clone();
        }
        let models = previous.model.as_ref().filter(|_| new.is_some_and(|new| new < NEW.end));
        let going_on = models.and_then(|models| {
            let (data, numbers) = previous.numbered(&data, ids);
            let before = Before { models: models.models(), since: Some(previous.newest) };
            let trial =
                candidates.tried(&data, Split::Since(previous.newest), &run.after(before))?;
            Some((data, numbers, Some(trial)))
        });
        card.tried_since = going_on.as_ref().and_then(|_| moment(previous.newest));
        let (data, numbers, trial) = going_on.unwrap_or_else(|| {
            let trial = candidates.tried(&data, Split::Time, run);
            (data, Numbers::new(ids), trial)
        });
        let mut model = None;
        if let Some(trial) = &trial {
            let place = |name: &str| candidates.place(name);
            card.tried(&candidates.names(), trial);
            card.choose(&FLOORS, &candidates.with_a_network(), |one, other| {
                trial.gain(place(one), place(other))
            });
            let better = previous.better(&numbers, trial, place(&card.chosen));
            if let Some((old, new, cases)) = better {
                card.kept(&previous.card, old, new, cases);
                card.seconds = started.elapsed().as_secs_f64();
                return Self { card, ..previous.clone() };
            }
            let (members, weights) = candidates.members(&card.chosen, trial);
            if card.chosen != SIMPLEST {
                card.trained(members, weights);
                card.went_on = card.has_network() && card.tried_since.is_some();
                let run = run.after(trial.before());
                model = Some(match weights {
                    Some(weights) => Trained::Blend(Blend::weighted(
                        members,
                        weights.to_vec(),
                        trial.for_newcomers,
                        &data,
                        &run,
                    )),
                    None => Trained::Single {
                        model: members[0].base.fit(&data, &run),
                        recency: members[0].recency,
                    },
                });
            }
        }
        card.seconds = started.elapsed().as_secs_f64();
        Self { numbers, model, newest: data.newest(), likings: card.likings, card }
    }

    /// The share of likings that is new since this training, of those that are
    /// not. `None` where there is no network to go on from, or where what was
    /// known by then is not what is known of that time now: imported, or erased.
    fn share_new(&self, data: &Interactions) -> Option<f64> {
        if !self.card.has_network() {
            return None;
        }
        let likings = data.events().filter(|event| event.weight > 0.0);
        let (new, known): (Vec<&Event>, _) = likings.partition(|event| event.first > self.newest);
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let changed = share(known.len().abs_diff(self.likings), self.likings);
        (changed <= CHANGED).then(|| share(new.len(), known.len()))
    }

    /// The data with the videos that this knows first, as it numbers them.
    fn numbered(&self, data: &Interactions, ids: &[&VideoId]) -> (Interactions, Numbers) {
        let (numbers, of_id) = self.numbers.with(ids);
        let number = |event: &Event| Event { item: of_id[event.item as usize], ..*event };
        let histories = data.histories.iter();
        let histories = histories.map(|history| history.iter().map(number).collect()).collect();
        let content = data.content.renumbered(&of_id, numbers.len());
        (Interactions { histories, items: numbers.len(), content }, numbers)
    }

    /// Whether this is clearly better, on what was done after its training, than
    /// what was tried (a column of the trial): the NDCG@10 of this, of that, and
    /// on how many cases. `numbers` are the trial's.
    fn better(&self, numbers: &Numbers, trial: &Trial, place: usize) -> Option<(f64, f64, usize)> {
        let model = self.model.as_ref()?;
        let newer = || trial.cases.iter().zip(&trial.ndcg).filter(|(it, _)| it.at > self.newest);
        let cases = newer().count();
        if cases < FEWEST_CASES {
            return None;
        }
        let own: Vec<Option<u32>> = numbers.ids().map(|id| self.numbers.of(id)).collect();
        let (mut scores, mut of_own) = (vec![0.0; own.len()], vec![0.0; self.numbers.len()]);
        let both = newer().map(|(case, ndcg)| {
            let known = case.history.iter().filter_map(|event| {
                let item = own[event.item as usize]?;
                Some(Event { item, ..*event })
            });
            model.scores(&known.collect::<Vec<Event>>(), case.at, &mut of_own);
            for (score, number) in scores.iter_mut().zip(&own) {
                *score = number.map_or(f32::NEG_INFINITY, |number| of_own[number as usize]);
            }
            (case, vec![case.ndcg(&scores), ndcg[place]])
        });
        let people = by_person(both);
        let mean = |value: &dyn Fn(&Vec<f64>) -> f64| {
            mean_and_error(&people.iter().map(value).collect::<Vec<f64>>())
        };
        let (gain, error) = mean(&|row| row[0] - row[1]);
        (gain > error).then(|| (mean(&|row| row[0]).0, mean(&|row| row[1]).0, cases))
    }

    /// A score for every video that the model knows, for a person's evidence
    /// (newest first) at a moment; `None` where there is no model. By [`Self::number`].
    pub fn scores(&self, evidence: &[Evidence<'_>], now: Timestamp) -> Option<Vec<f32>> {
        let model = self.model.as_ref()?;
        let event =
            |evidence: &Evidence<'_>| Some(evidence.event(self.numbers.of(evidence.video)?));
        let newest = evidence.iter().filter_map(event).take(LONGEST_HISTORY);
        let mut history: Vec<Event> = newest.collect();
        history.reverse();
        let mut scores = vec![0.0; self.numbers.len()];
        model.scores(&history, now.as_second(), &mut scores);
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

/// What is tried: models, the simplest last, and blends of the first of them.
struct Candidates {
    recipes: Vec<Recipe>,
    /// The name of each blend, and of how many models it is.
    blends: [(&'static str, usize); 2],
}

impl Candidates {
    fn new(neighbours: usize, seed: u64, data: &Interactions) -> Self {
        let mut all = blended(seed);
        let blends = [("linear-blend", LINEAR), ("blend", all.len())];
        let floors = recipes(seed).into_iter().filter(|recipe| FLOORS.contains(&recipe.name));
        let is_new = |recipe: &Recipe| all.iter().all(|known| known.name != recipe.name);
        let floors: Vec<Recipe> = floors.filter(is_new).collect();
        all.extend(floors);
        all.push(co_watching(neighbours));
        for recipe in &mut all {
            recipe.base = recipe.base.settled(data);
        }
        Self { recipes: all, blends }
    }

    fn tried(&self, data: &Interactions, split: Split, run: &Run<'_>) -> Option<Trial> {
        Blend::tried(&self.recipes, &self.blends.map(|(_, width)| width), data, split, run)
    }

    /// In the order of a trial's columns.
    fn names(&self) -> Vec<&'static str> {
        let models = self.recipes.iter().map(|recipe| recipe.name);
        models.chain(self.blends.map(|(name, _)| name)).collect()
    }

    fn with_a_network(&self) -> Vec<&'static str> {
        let is_network = |recipe: &&Recipe| recipe.base.is_network();
        let models = self.recipes.iter().filter(is_network).map(|recipe| recipe.name);
        let blends = self.blends.into_iter();
        let blends =
            blends.filter(|(_, width)| self.recipes[..*width].iter().any(|it| is_network(&it)));
        models.chain(blends.map(|(name, _)| name)).collect()
    }

    /// A trial's column.
    fn place(&self, name: &str) -> usize {
        let place = self.names().iter().position(|known| *known == name);
        place.expect("what is chosen was tried")
    }

    /// What a candidate is made of, with the weights of a blend.
    fn members<'a>(&'a self, name: &str, trial: &'a Trial) -> (&'a [Recipe], Option<&'a [f32]>) {
        match self.blends.iter().position(|(blend, _)| *blend == name) {
            Some(blend) => (&self.recipes[..self.blends[blend].1], Some(&trial.weights[blend])),
            None => (std::slice::from_ref(&self.recipes[self.place(name)]), None),
        }
    }
}

fn moment(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence;
    use crate::evidence::tests::action;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use vireo_domain::{Feedback, FeedbackKind::Like};

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
        Taste::train(&data, &ids, 30, previous, &Run::seeded(1))
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
        let scores = taste.scores(&evidence(&own), Timestamp::MAX).expect("there is a model");
        let number = |video: &str| taste.number(&VideoId::new(video).expect("an id"));
        let of = |video: &str| scores[number(video).expect("known")];
        assert!((13..40).all(|other| of("v12") > of(&format!("v{other}"))), "{scores:?}");
    }

    /// Everybody goes on by strides of their own: only the last two tell the next.
    fn strides(steps: std::ops::Range<usize>) -> Vec<Feedback> {
        let step = |step: usize| {
            (0..160).map(move |person| {
                let stride = [1, 3, 5, 7, 9, 11, 13][person % 7];
                let video = format!("v{}", (person * 5 + step * stride) % 37);
                action(&format!("p{person}"), &video, Like, None, (step * 86_400 + person) as i64)
            })
        };
        steps.flat_map(step).collect()
    }

    #[test]
    fn a_network_is_used_where_it_is_better_and_goes_on_when_the_log_has_grown() {
        let epochs = AtomicUsize::new(0);
        let told = |_| {
            epochs.fetch_add(1, Relaxed);
        };
        let trained = |log: &[Feedback], previous: &Taste| {
            let (data, ids) = Interactions::from_feedback(log, Timestamp::MAX);
            epochs.store(0, Relaxed);
            let run = Run { told: Some(&told), ..Run::seeded(1) };
            (Taste::train(&data, &ids, 30, previous, &run), epochs.load(Relaxed))
        };
        let (first, anew) = trained(&strides(0..14), &Taste::default());
        assert_eq!(
            (&*first.card.chosen, first.card.tried_since),
            ("blend", None),
            "{}",
            first.card
        );
        let ndcg = |taste: &Taste, name: &str| {
            let figure = taste.card.figures.iter().find(|figure| figure.name == name);
            figure.expect("a figure").ndcg
        };
        assert!(ndcg(&first, "blend") > ndcg(&first, "linear-blend") + 0.03, "{}", first.card);

        // A video that is new comes first in the log, so that all numbers are others.
        let mut log = strides(0..16);
        log.insert(0, action("a", "new", Like, None, 15 * 86_400));
        let (second, going_on) = trained(&log, &first);
        assert_eq!(second.card.chosen, "blend", "{}", second.card);
        assert_eq!(second.card.tried_since, moment(first.newest));
        assert!(2 * going_on < anew, "{going_on} epochs, {anew} from nothing");
        assert!(ndcg(&second, "blend") > 0.9, "{}", second.card);
        assert!(second.card.to_string().contains("went on"), "{}", second.card);
        assert!(second.card.to_string().contains(&second.card.checksum), "{}", second.card);
        assert_ne!(second.card.checksum, first.card.checksum);
        let again = trained(&strides(0..14), &Taste::default()).0;
        assert_eq!(again.card.checksum, first.card.checksum);
        assert!(again.model == first.model, "the same data and seed give the same model");
        assert_eq!(second.number(&VideoId::new("new").expect("an id")), Some(37));

        // Scores are of the right videos, old and new.
        let own: Vec<Feedback> =
            strides(3..16).into_iter().filter(|a| a.user.as_str() == "p8").collect();
        let now = own.last().expect("actions").at;
        let scores = second.scores(&evidence(&own), now).expect("there is a model");
        let score = |video: usize| {
            scores
                [second.number(&VideoId::new(format!("v{video}")).expect("an id")).expect("known")]
        };
        let next = (8 * 5 + 16 * 3) % 37;
        let seen = |video: &usize| (3..16).any(|step| (8 * 5 + step * 3) % 37 == *video);
        assert!(
            (0..37).filter(|it| !seen(it)).all(|other| score(other) <= score(next)),
            "{scores:?}"
        );

        // Hardly anything is new: it stays. So it does where what is known is done again.
        let mut again = strides(0..14);
        again.extend(strides(5..8).into_iter().map(|old| Feedback {
            at: Timestamp::from_second(old.at.as_second() + 20 * 86_400).expect("a time"),
            ..old
        }));
        for log in [strides(0..14), again] {
            assert!(trained(&log, &first).0 == first);
        }
        // Too much is new, and too much of the old is gone.
        for log in [strides(0..24), strides(9..16)] {
            let (next, _) = trained(&log, &first);
            assert_eq!(next.card.tried_since, None, "{}", next.card);
        }
    }

    #[test]
    fn little_is_left_to_the_simplest() {
        for log in [Vec::new(), ring(0..1)] {
            let taste = trained(&log, &Taste::default());
            assert_eq!(taste.card().chosen, SIMPLEST);
            assert!(taste.card().why.contains("fewer than 50 likings"), "{}", taste.card());
            assert!(taste.scores(&evidence(&log), Timestamp::MAX).is_none());
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
        assert_eq!((next.newest, next.likings), (good.newest, good.likings));
        // With as good a log the new model is taken.
        let next = trained(&ring(0..14), &good);
        assert!(next.card().why.contains("is used"), "{}", next.card());
        assert!(next.newest > good.newest);
    }
}
