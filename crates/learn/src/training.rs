//! The loop: epochs over histories, and early stop.

mod kept;

use crate::adam::{Adam, AdamConfig, PIECE};
use crate::kernels::softmax::Negatives;
use crate::noise::mix;
use crate::sequence_model::split;
use crate::validation::{Question, ndcg};
use crate::windows::windows;
use crate::{Encoder, Error, Features, Result, SequenceModel, Token, Without};
use fastrand::Rng;
use kept::Checkpoint;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Settings of a [`Training`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrainingConfig {
    /// Tokens of a batch, about.
    pub batch: usize,
    /// Items drawn for a batch in place of the whole catalogue.
    pub negatives: Option<usize>,
    /// Epochs, at most.
    pub epochs: usize,
    /// Epochs without a better validation, after which it stops.
    pub patience: usize,
    /// What a step does without of what is known of items.
    pub without: Without,
    /// The optimiser's.
    pub adam: AdamConfig,
    /// How slowly the mean of the parameters forgets, from step to step; it is
    /// this mean that is validated and left (Polyak and Juditsky, 1992). At 0
    /// it is the last parameters.
    pub average: f32,
    /// Of everything that is drawn.
    pub seed: u64,
}

/// What an epoch came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Its number, from 1.
    pub number: usize,
    /// Mean loss.
    pub loss: f64,
    /// NDCG@10 of the validation; 0 without questions.
    pub ndcg: f64,
    /// Is it the best so far?
    pub is_best: bool,
}

/// What a training leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Those of the best epoch; without questions those of the last.
    pub parameters: Vec<f32>,
    /// The epoch, from 1; 0 before the first.
    pub epoch: usize,
    /// Its NDCG@10.
    pub ndcg: f64,
}

/// All that a training needs to go on; everything drawn follows from the seed
/// and these numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// Epochs done.
    pub(crate) epochs: usize,
    /// Batches done of the epoch under way.
    pub(crate) batches: usize,
    /// Sum of their losses, by tokens.
    pub(crate) loss: f64,
    pub(crate) parameters: Vec<f32>,
    pub(crate) adam: Adam,
    /// Mean of the last parameters.
    pub(crate) average: Vec<f32>,
    pub(crate) best: Outcome,
}

/// A training under way. Its parameters are the model's and the map of the items'
/// [`Features`], which begins at 0; what the model is to answer by is
/// [`SequenceModel::folded`], the same where there are none.
#[derive(Debug)]
pub struct Training<'a, E: Encoder> {
    model: &'a SequenceModel<E>,
    histories: &'a [Vec<Token>],
    questions: &'a [Question],
    features: &'a Features,
    config: TrainingConfig,
    state: State,
    gradient: Vec<f32>,
    /// Items' shares in what is drawn, added up.
    odds: Vec<f64>,
    checkpoint: Option<Checkpoint>,
}

/// What is drawn as negative: popular items more often, to this power of how
/// often they occur (Mikolov et al., 2013).
const POPULARITY: f64 = 0.75;

impl<'a, E: Encoder> Training<'a, E> {
    /// Before the first step. Histories are oldest first; `questions` decide
    /// when to stop, and are not learned from. `features` are of all the model's
    /// items, or [`Features::none`].
    pub fn new(
        model: &'a SequenceModel<E>,
        histories: &'a [Vec<Token>],
        questions: &'a [Question],
        features: &'a Features,
        config: TrainingConfig,
    ) -> Result<Self> {
        let asked = questions.iter().flat_map(|question| &question.history);
        model.check(histories.iter().flatten().chain(asked).copied())?;
        model.check(questions.iter().map(|question| question.target.into()))?;
        if histories.iter().all(Vec::is_empty) {
            return Err(Error::Nothing);
        }
        if config.batch == 0 || config.negatives == Some(0) {
            return Err(Error::Settings("a batch or its negatives are 0".to_owned()));
        }
        if !config.without.is_sound() {
            return Err(Error::Settings(format!("{:?} are no shares", config.without)));
        }
        features.check(model.items())?;
        let mut parameters = model.initial(config.seed);
        parameters.resize(parameters.len() + model.map_size(features), 0.0);
        let mut counts = vec![1.0; model.items()];
        histories.iter().flatten().for_each(|token| counts[token.item as usize] += 1.0);
        let odds = counts.iter().scan(0.0, |sum, count: &f64| {
            *sum += count.powf(POPULARITY);
            Some(*sum)
        });
        let odds = odds.collect();
        let best = Outcome { parameters: parameters.clone(), epoch: 0, ndcg: 0.0 };
        let adam = Adam::new(parameters.len());
        let gradient = vec![0.0; parameters.len()];
        let average = parameters.clone();
        let state = State { epochs: 0, batches: 0, loss: 0.0, parameters, adam, average, best };
        let checkpoint = None;
        Ok(Self {
            model,
            histories,
            questions,
            features,
            config,
            state,
            gradient,
            odds,
            checkpoint,
        })
    }

    /// Begins with these parameters in place of random ones. They are the best
    /// until an epoch answers the questions better.
    #[must_use]
    pub fn starting_from(mut self, parameters: Vec<f32>) -> Self {
        let ndcg = self.validated(&parameters);
        self.state.average.clone_from(&parameters);
        self.state.best = Outcome { parameters: parameters.clone(), epoch: 0, ndcg };
        self.state.parameters = parameters;
        self
    }

    /// Trains to the end. After an error, [`Training::best`] is what was good
    /// before it.
    pub fn run(&mut self, progress: &mut dyn FnMut(&Epoch)) -> Result<Outcome> {
        while let Some(epoch) = self.epoch()? {
            progress(&epoch);
        }
        Ok(self.state.best.clone())
    }

    /// The settings.
    pub fn config(&self) -> &TrainingConfig {
        &self.config
    }

    /// The best so far.
    pub fn best(&self) -> &Outcome {
        &self.state.best
    }

    /// Finishes the epoch under way, and validates; `None` when it is time to stop.
    pub fn epoch(&mut self) -> Result<Option<Epoch>> {
        let Self { model, config, .. } = *self;
        let waited = self.state.epochs - self.state.best.epoch;
        let is_tired = !self.questions.is_empty() && waited >= config.patience;
        if self.state.epochs >= config.epochs || is_tired {
            return Ok(None);
        }
        let mut random = self.random(b'e', self.state.epochs as u64);
        let length = model.encoder().outline().length;
        let mut windows = windows(self.histories, model.opening(), length, &mut random);
        random.shuffle(&mut windows);
        let tokens: usize = windows.iter().map(|window| window.inputs.len()).sum();
        let batches = split(&windows, config.batch);
        for batch in batches.into_iter().skip(self.state.batches) {
            self.step(batch)?;
            if let Some(Checkpoint { steps, .. }) = self.checkpoint
                && self.state.adam.steps.is_multiple_of(steps.max(1))
            {
                self.save()?;
            }
        }
        let ndcg = self.validated(&self.state.average);
        let state = &mut self.state;
        state.epochs += 1;
        let is_best = self.questions.is_empty() || ndcg > state.best.ndcg;
        if is_best {
            let parameters = state.average.clone();
            state.best = Outcome { parameters, epoch: state.epochs, ndcg };
        }
        let loss = state.loss / tokens as f64;
        let epoch = Epoch { number: state.epochs, loss, ndcg, is_best };
        (state.batches, state.loss) = (0, 0.0);
        self.save()?;
        Ok(Some(epoch))
    }

    fn validated(&self, parameters: &[f32]) -> f64 {
        ndcg(self.model, &self.model.folded(parameters, self.features), self.questions)
    }

    fn step(&mut self, batch: &[crate::Window]) -> Result<()> {
        let step = self.state.adam.steps;
        let negatives = self.config.negatives.map(|count| self.draw(count, step));
        let seed = self.random(b'n', step).u64(..);
        let Self { model, features, config, gradient, .. } = self;
        let State { parameters, adam, average, .. } = &mut self.state;
        let read = features.drawn(model.items(), config.without, Some(seed));
        let (own, map) = model.split(parameters, features);
        let folded = model.with_rows(own, map, features, &read);
        let (of_own, of_map) = gradient.split_at_mut(own.len());
        let loss = model.gradient(&folded, batch, negatives.as_ref(), seed, of_own);
        features.gradient(model.rows_of_items(of_own), of_map, model.encoder().width(), &read);
        if !loss.is_finite() || !adam.step(parameters, gradient, &config.adam) {
            return Err(Error::NotFinite { step });
        }
        // At first it is the mean of all.
        let share = (1.0 - config.average).max(1.0 / adam.steps as f32);
        approach(average, parameters, share);
        let tokens: usize = batch.iter().map(|window| window.inputs.len()).sum();
        self.state.loss += loss * tokens as f64;
        self.state.batches += 1;
        Ok(())
    }

    fn draw(&self, count: usize, step: u64) -> Negatives {
        let mut random = self.random(b'd', step);
        let total = self.odds.last().copied().unwrap_or_default();
        let mut negatives = Negatives::default();
        for _ in 0..count {
            let lot = random.f64() * total;
            let item = self.odds.partition_point(|sum| *sum <= lot).min(self.odds.len() - 1);
            let below = if item == 0 { 0.0 } else { self.odds[item - 1] };
            let expected = count as f64 * (self.odds[item] - below) / total;
            negatives.items.push(item as u32);
            negatives.logs.push(expected.ln() as f32);
        }
        negatives
    }

    /// For one purpose at one time.
    fn random(&self, purpose: u8, time: u64) -> Rng {
        Rng::with_seed(mix(self.config.seed ^ mix(time << 8 | u64::from(purpose))))
    }
}

/// Moves a mean by a share of the way to `values`.
pub(crate) fn approach(mean: &mut [f32], values: &[f32], share: f32) {
    mean.par_chunks_mut(PIECE).zip(values.par_chunks(PIECE)).for_each(|(mean, values)| {
        let pairs = mean.iter_mut().zip(values);
        pairs.for_each(|(mean, value)| *mean = (1.0 - share) * *mean + share * value);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain;
    use crate::{Gru, RecurrentConfig, Transformer, TransformerConfig};

    /// Everybody goes around a ring of ten.
    pub(super) fn ring() -> (Vec<Vec<Token>>, Vec<Question>) {
        let walk = |start: u32| (0..6).map(|step| Token::from((start + step) % 10)).collect();
        let question = |history: &Vec<Token>| Question {
            history: history.clone(),
            target: (history[5].item + 1) % 10,
        };
        let histories: Vec<Vec<Token>> = (0..60).map(walk).collect();
        let questions = histories[..10].iter().map(question).collect();
        (histories, questions)
    }

    pub(super) fn config() -> TrainingConfig {
        let adam = AdamConfig { rate: 1e-2, warm_up: 5, ..AdamConfig::default() };
        let average = 0.5;
        TrainingConfig {
            without: Without { ids: 0.3, modalities: 0.2 },
            batch: 60,
            negatives: None,
            epochs: 12,
            patience: 12,
            adam,
            average,
            seed: 1,
        }
    }

    pub(super) fn transformer() -> SequenceModel<Transformer> {
        let config = TransformerConfig {
            width: 16,
            heads: 2,
            blocks: 1,
            hidden: 16,
            length: 8,
            dropout: 0.1,
        };
        SequenceModel::new(Transformer::new(config).expect("valid"), 10, 0)
    }

    #[test]
    fn both_networks_learn_what_comes_next() {
        let (histories, questions) = ring();
        let gru = RecurrentConfig { width: 16, hidden: 16, length: 8, dropout: 0.1 };
        let gru = SequenceModel::new(Gru::new(gru).expect("valid"), 10, 0);
        let run = |outcome: Result<Outcome>| outcome.expect("trained").ndcg;
        for config in [config(), TrainingConfig { negatives: Some(6), ..config() }] {
            let transformer = transformer();
            let training =
                Training::new(&transformer, &histories, &questions, Features::none(), config);
            assert!(run(training.and_then(|mut t| t.run(&mut |_| {}))) > 0.99);
            let training = Training::new(&gru, &histories, &questions, Features::none(), config);
            assert!(run(training.and_then(|mut t| t.run(&mut |_| {}))) > 0.99);
        }
    }

    #[test]
    fn the_mean_is_of_all_at_first_and_then_of_the_last() {
        let mut mean = vec![5.0, 5.0];
        approach(&mut mean, &[1.0, 2.0], 1.0);
        approach(&mut mean, &[3.0, 2.0], 0.5);
        assert_eq!(mean, [2.0, 2.0], "of both");
        approach(&mut mean, &[6.0, 4.0], 0.25);
        assert_eq!(mean, [3.0, 2.5]);
    }

    #[test]
    fn a_breakdown_leaves_what_was_good() {
        let (histories, questions) = ring();
        let model = transformer();
        let adam = AdamConfig { rate: 1e30, warm_up: 0, ..AdamConfig::default() };
        let mut training =
            Training::new(&model, &histories, &questions, Features::none(), config())
                .expect("valid");
        training.epoch().expect("an epoch");
        let best = training.best().clone();
        training.config.adam = adam;
        let error = training.run(&mut |_| {}).expect_err("broken");
        assert!(matches!(error, Error::NotFinite { .. }), "{error}");
        assert!(best.parameters.iter().all(|value| value.is_finite()));
        assert!(*training.best() == best);
    }

    #[test]
    fn going_on_is_measured_against_its_beginning() {
        let (histories, questions) = ring();
        let model = transformer();
        let mut good = Training::new(&model, &histories, &questions, Features::none(), config())
            .expect("valid");
        let good = good.run(&mut |_| {}).expect("trained");
        // What is learned now is another ring, and the questions are of the first.
        let turned: Vec<Vec<Token>> =
            histories.iter().map(|history| history.iter().rev().copied().collect()).collect();
        let config = TrainingConfig { patience: 2, ..config() };
        let training =
            Training::new(&model, &turned, &questions, Features::none(), config).expect("valid");
        let mut training = training.starting_from(good.parameters.clone());
        assert_eq!(training.best().ndcg, good.ndcg);
        let mut epochs = 0;
        let left = training.run(&mut |_| epochs += 1).expect("trained");
        assert_eq!((left.epoch, epochs), (0, 2), "no epoch was better");
        assert!(left.parameters == good.parameters);
    }

    /// The last item is never met, and described as the first.
    #[test]
    fn what_is_known_of_items_is_learned_from() {
        let (histories, questions) = ring();
        let model = SequenceModel::new(transformer().encoder().clone(), 11, 0);
        let names = (0..11).map(|item| vec![(item % 10, 1.0)]).collect();
        let known = (0..11).map(|item| item < 10).collect();
        let features = Features { name_count: 10, names, known, ..Features::default() };
        let train = |questions: &[Question], features: &Features| {
            let config = TrainingConfig { epochs: 40, patience: 40, ..config() };
            let training = Training::new(&model, &histories, questions, features, config);
            training.expect("valid").run(&mut |_| {}).expect("trains")
        };
        assert!(train(&questions, &features).ndcg > 0.9);
        // Not stopped as soon as all is answered.
        let outcome = train(&[], &features);
        let folded = model.folded(&outcome.parameters, &features);
        assert_eq!(folded.len(), model.initial(1).len());
        let scores = |history: &[u32]| {
            let history: Vec<Token> = history.iter().map(|item| Token::from(*item)).collect();
            let mut out = vec![0.0; 11];
            model.scores(&folded, &history, &mut out);
            out
        };
        let out = scores(&[8, 9]);
        assert!((2..9).all(|other| out[10] > out[other]), "found: {out:?}");
        let out = scores(&[10]);
        assert!((2..9).all(|other| out[1] > out[other]), "read: {out:?}");

        let map = &outcome.parameters[folded.len()..];
        let again = model.unfolded(&folded, 11, map, &features);
        plain::assert_close(&model.folded(&again, &features), &plain::precise(&folded));
        // What is new begins with its own row and what is known of it.
        let new = model.unfolded(&folded, 10, map, &features);
        let again = model.folded(&new, &Features { known: Vec::new(), ..features.clone() });
        let (row, own) = (|of: &[f32]| of[160..176].to_vec(), &folded[160..176]);
        let wanted: Vec<f32> = own.iter().zip(map).map(|(own, map)| own + map).collect();
        plain::assert_close(&row(&again), &plain::precise(&wanted));

        let other = Features { name_count: 9, ..features };
        let refused = Training::new(&model, &histories, &questions, &other, config()).is_err();
        assert!(refused, "one has the tenth name");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let model = transformer();
        let refused = |histories: &[Vec<u32>], config: TrainingConfig| {
            let tokens = |items: &Vec<u32>| items.iter().map(|item| Token::from(*item)).collect();
            let histories: Vec<Vec<Token>> = histories.iter().map(tokens).collect();
            Training::new(&model, &histories, &[], Features::none(), config)
                .err()
                .map(|error| error.to_string())
        };
        let said = refused(&[vec![3, 10]], config()).expect("refused");
        assert_eq!(said, "item 10 does not exist; there are 10, numbered from 0");
        assert!(refused(&[vec![]], config()).expect("refused").contains("nothing to learn"));
        let marked = [vec![Token { item: 1, mark: 1 }]];
        let error =
            Training::new(&model, &marked, &[], Features::none(), config()).expect_err("refused");
        assert_eq!(error.to_string(), "mark 1 does not exist; there are 0, numbered from 1");
        assert!(refused(&[vec![1]], TrainingConfig { batch: 0, ..config() }).is_some());
    }

    #[test]
    fn negatives_are_drawn_as_often_as_they_say() {
        let (mut histories, questions) = ring();
        histories.extend((0..40).map(|_| vec![3.into(); 6]));
        let model = transformer();
        let training = Training::new(&model, &histories, &questions, Features::none(), config())
            .expect("valid");
        let mut counts = [0.0_f64; 10];
        let mut expected = [0.0_f64; 10];
        for step in 0..400 {
            let Negatives { items, logs } = training.draw(50, step);
            for (item, log) in items.iter().zip(logs) {
                counts[*item as usize] += 1.0;
                expected[*item as usize] = f64::from(log).exp() * 400.0;
            }
        }
        for (count, expected) in counts.iter().zip(expected) {
            assert!((count / expected - 1.0).abs() < 0.1, "{count} drawn, {expected} expected");
        }
        assert!(counts[3] > 2.0 * counts[4]);
    }
}
