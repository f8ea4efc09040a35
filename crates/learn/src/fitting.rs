//! The training of a [`Classifier`]: epochs over examples, early stop by others,
//! and a mean over the last steps, which is what is judged and kept.

use crate::adam::{Adam, AdamConfig};
use crate::classifier::{Classifier, Example};
use crate::noise::mix;
use crate::questions::{Asked, Target};
use crate::training::approach;
use crate::{Encoder, Error, Result};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// A rare answer counts so much more than a common one, at most.
const MOST_WEIGHT: f32 = 10.0;

/// Settings of [`Classifier::fit`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FitConfig {
    /// Sequences of a batch.
    pub batch: usize,
    /// Epochs, at most.
    pub epochs: usize,
    /// Epochs without a better validation, after which it stops.
    pub patience: usize,
    /// Whether rare answers count more, so that all answers count the same.
    pub is_balanced: bool,
    /// The optimiser's.
    pub adam: AdamConfig,
    /// How slowly the mean of the parameters, which is what is kept, forgets
    /// (Polyak and Juditsky, 1992); 0 keeps the last ones.
    pub average: f32,
    /// Beginnings, of which the one is kept that what is held back speaks for;
    /// with nothing held back there is one.
    pub starts: usize,
    /// Of everything that is drawn.
    pub seed: u64,
}

impl Default for FitConfig {
    fn default() -> Self {
        let adam = AdamConfig { rate: 5e-3, warm_up: 20, decay: 0.05, ..AdamConfig::default() };
        Self {
            batch: 16,
            epochs: 200,
            patience: 40,
            is_balanced: true,
            adam,
            average: 0.97,
            starts: 2,
            seed: 1,
        }
    }
}

/// What a fit leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The mean at the best epoch; with nothing held back that at the last.
    pub parameters: Vec<f32>,
    /// The epoch, from 1.
    pub epoch: usize,
    /// Its mean loss on what was held back; on the examples, if nothing was.
    pub loss: f64,
}

impl<E: Encoder> Classifier<E> {
    /// Learns from `examples`; `held_back`, which it does not learn from,
    /// decides when to stop.
    ///
    /// # Errors
    /// If there is no example, one of them is none, or the training breaks down.
    pub fn fit(
        &self,
        examples: &[Example<'_>],
        held_back: &[Example<'_>],
        config: &FitConfig,
    ) -> Result<Fitted> {
        let judged = |losses: Vec<f64>| vec![losses.iter().sum()];
        let starts = if held_back.is_empty() { 1 } else { config.starts.max(1) };
        let run = |number: usize| {
            let seed = if number == 0 { config.seed } else { mix(config.seed ^ !(number as u64)) };
            let config = FitConfig { seed, ..*config };
            self.learn(self.initial(seed), examples, held_back, &config, &judged)
        };
        let mut best = run(0)?.swap_remove(0);
        for number in 1..starts {
            let other = run(number)?.swap_remove(0);
            if other.loss < best.loss {
                best = other;
            }
        }
        Ok(best)
    }

    /// A run from `parameters`. `judged` makes what is told apart of the losses
    /// of the questions; for each of it there is an own best epoch, and the run
    /// ends when none of them gets better.
    pub(crate) fn learn(
        &self,
        mut parameters: Vec<f32>,
        examples: &[Example<'_>],
        held_back: &[Example<'_>],
        config: &FitConfig,
        judged: &dyn Fn(Vec<f64>) -> Vec<f64>,
    ) -> Result<Vec<Fitted>> {
        if examples.is_empty() {
            return Err(Error::Example("there is none".to_owned()));
        }
        examples.iter().chain(held_back).try_for_each(|example| self.check(example))?;
        let weights = self.weights(examples, config.is_balanced);
        let mut adam = Adam::new(parameters.len());
        let mut gradient = vec![0.0; parameters.len()];
        let mut average = parameters.clone();
        let first = Fitted { parameters: parameters.clone(), epoch: 0, loss: f64::INFINITY };
        let mut best = vec![first; judged(vec![0.0; self.questions().len()]).len()];
        let mut order = examples.to_vec();
        let mut random = Rng::with_seed(mix(config.seed ^ mix(1)));
        for epoch in 1..=config.epochs.max(1) {
            random.shuffle(&mut order);
            let mut loss = 0.0;
            for batch in order.chunks(config.batch.max(1)) {
                let seed = mix(config.seed ^ mix(adam.steps + 2));
                let mean = self.gradient(&parameters, batch, &weights, seed, &mut gradient);
                loss += mean * batch.len() as f64 / order.len() as f64;
                if !adam.step(&mut parameters, &gradient, &config.adam) {
                    return Err(Error::NotFinite { step: adam.steps });
                }
                // At first it is the mean of all.
                let share = (1.0 - config.average).max(1.0 / adam.steps as f32);
                approach(&mut average, &parameters, share);
            }
            if held_back.is_empty() {
                best.fill(Fitted { parameters: Vec::new(), epoch, loss });
                continue;
            }
            let losses = judged(self.losses(&average, held_back, &weights));
            for (best, loss) in best.iter_mut().zip(losses) {
                if loss < best.loss {
                    *best = Fitted { parameters: average.clone(), epoch, loss };
                }
            }
            if best.iter().all(|best| epoch - best.epoch >= config.patience) {
                break;
            }
        }
        if held_back.is_empty() {
            for best in &mut best {
                best.parameters.clone_from(&average);
            }
        }
        Ok(best)
    }

    /// What each answer counts. Of a softmax every answer counts the same in
    /// all; of a sigmoid what holds counts as much as what doesn't.
    pub(crate) fn weights(&self, examples: &[Example<'_>], is_balanced: bool) -> Vec<Vec<f32>> {
        let of_question = |(number, asked): (usize, &Asked)| {
            let mut weights = vec![1.0; asked.count()];
            if !is_balanced {
                return weights;
            }
            let mut known = 0.0;
            let mut counts = vec![0.0_f32; asked.count()];
            for example in examples {
                match &example.targets[number] {
                    Target::Unknown => continue,
                    Target::One(one) => counts[*one] += 1.0,
                    Target::Any(any) => {
                        counts
                            .iter_mut()
                            .zip(any)
                            .filter(|(_, holds)| **holds)
                            .for_each(|(count, _)| *count += 1.0);
                    }
                }
                known += 1.0;
            }
            let seen = counts.iter().filter(|count| **count > 0.0).count() as f32;
            for (weight, count) in weights.iter_mut().zip(counts).filter(|(_, count)| *count > 0.0)
            {
                *weight = match asked {
                    Asked::OneOf(_) => (known / (seen * count)).min(MOST_WEIGHT),
                    Asked::AnyOf(_) => ((known - count) / count).clamp(1.0, MOST_WEIGHT),
                };
            }
            weights
        };
        self.questions().iter().enumerate().map(of_question).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoders::any::AnyEncoder;
    use crate::{
        Convolutions, ConvolutionsConfig, Gru, Lstm, RecurrentConfig, Transformer,
        TransformerConfig,
    };

    const LENGTH: usize = 10;

    /// Up then down, or down then up: the mean of both is the same. A tag says
    /// whether a third number is high.
    fn waves(count: usize, seed: u64) -> (Vec<Vec<f32>>, Vec<Vec<Target>>) {
        let mut random = Rng::with_seed(seed);
        let mut wave = |number: usize| {
            let up = number.is_multiple_of(2);
            let high = random.bool();
            let half = random.usize(2..=LENGTH / 2);
            let mut tokens = Vec::new();
            for step in 0..2 * half {
                let way = if (step < half) == up { 1.0 } else { -1.0 };
                let noise = |random: &mut Rng| 0.3 * (random.f32() - 0.5);
                let level = if high { 0.5 } else { -0.5 };
                tokens.extend([way + noise(&mut random), noise(&mut random), level]);
            }
            (tokens, vec![Target::One(usize::from(up)), Target::Any(vec![high])])
        };
        (0..count).map(&mut wave).unzip()
    }

    fn examples(set: &(Vec<Vec<f32>>, Vec<Vec<Target>>)) -> Vec<Example<'_>> {
        set.0.iter().zip(&set.1).map(|(tokens, targets)| Example { tokens, targets }).collect()
    }

    fn encoders() -> [AnyEncoder; 4] {
        let (width, length, dropout) = (12, LENGTH, 0.1);
        let convolutions = ConvolutionsConfig { width, blocks: 2, taps: 3, length, dropout };
        let recurrent = RecurrentConfig { width, hidden: 12, length, dropout };
        let transformer =
            TransformerConfig { width, heads: 2, blocks: 1, hidden: 12, length, dropout };
        [
            AnyEncoder::Convolutions(Convolutions::new(convolutions).expect("valid")),
            AnyEncoder::Gru(Gru::new(recurrent).expect("valid")),
            AnyEncoder::Lstm(Lstm::new(recurrent).expect("valid")),
            AnyEncoder::Transformer(Transformer::new(transformer).expect("valid")),
        ]
    }

    #[test]
    fn every_network_learns_the_order_and_what_holds_beside_it() {
        let (seen, held_back, unseen) = (waves(80, 1), waves(20, 2), waves(60, 3));
        for encoder in encoders() {
            let questions = vec![Asked::OneOf(2), Asked::AnyOf(1)];
            let model = Classifier::new(encoder, 3, questions).expect("valid");
            let config = FitConfig { epochs: 40, ..FitConfig::default() };
            let fit = || model.fit(&examples(&seen), &examples(&held_back), &config);
            let fitted = fit().expect("fitted");
            assert!(fitted == fit().expect("fitted"), "a seed repeats");
            let tokens: Vec<&[f32]> = unseen.0.iter().map(Vec::as_slice).collect();
            let answers = model.answers(&fitted.parameters, &tokens);
            let told = answers.chunks_exact(3).zip(&unseen.1);
            let right = told.filter(|(answer, targets)| {
                let class = Target::One(usize::from(answer[1] > answer[0]));
                targets[0] == class && targets[1] == Target::Any(vec![answer[2] > 0.0])
            });
            let right = right.count();
            assert!(right >= 57, "{right} of 60: {:?}", model.encoder());
        }
    }

    #[test]
    fn the_mean_of_the_last_steps_is_kept_and_the_better_beginning() {
        let [encoder, ..] = encoders();
        let model = Classifier::new(encoder, 3, vec![Asked::OneOf(2), Asked::AnyOf(1)]);
        let model = model.expect("valid");
        let (seen, held_back) = (waves(12, 1), waves(8, 2));
        let (seen, held_back) = (examples(&seen), examples(&held_back));
        // A step an epoch.
        let after = |epochs, average| {
            let config = FitConfig { batch: 12, epochs, average, ..FitConfig::default() };
            model.fit(&seen, &[], &config).expect("fitted").parameters
        };
        let (first, second, mean) = (after(1, 0.0), after(2, 0.0), after(2, 0.97));
        let steps = first.iter().zip(&second);
        assert!(steps.zip(mean).all(|((a, b), mean)| (f32::midpoint(*a, *b) - mean).abs() < 1e-6));
        let of = |starts| {
            let config = FitConfig { epochs: 4, starts, ..FitConfig::default() };
            model.fit(&seen, &held_back, &config).expect("fitted").loss
        };
        let losses = [1, 2, 3, 4].map(of);
        assert!(losses.is_sorted_by(|a, b| a >= b) && losses[3] < losses[0], "{losses:?}");
    }

    #[test]
    fn rare_answers_count_more() {
        let [encoder, ..] = encoders();
        let questions = vec![Asked::OneOf(3), Asked::AnyOf(2)];
        let model = Classifier::new(encoder, 1, questions).expect("valid");
        let target = |class, tags: [bool; 2]| vec![Target::One(class), Target::Any(tags.into())];
        let mut targets = vec![target(0, [false, true]); 6];
        targets.extend([target(1, [true, true]), vec![Target::One(1), Target::Unknown]]);
        let examples: Vec<_> =
            targets.iter().map(|targets| Example { tokens: &[0.0], targets }).collect();
        let weights = model.weights(&examples, true);
        assert_eq!(weights, [vec![8.0 / 12.0, 2.0, 1.0], vec![6.0, 1.0]]);
        assert_eq!(model.weights(&examples, false), [vec![1.0; 3], vec![1.0; 2]]);
    }

    #[test]
    fn nothing_to_learn_from_and_a_breakdown_are_told() {
        let [encoder, ..] = encoders();
        let model = Classifier::new(encoder, 3, vec![Asked::OneOf(2), Asked::AnyOf(1)]);
        let model = model.expect("valid");
        let config = FitConfig::default();
        assert!(matches!(model.fit(&[], &[], &config), Err(Error::Example(_))));
        let mut set = waves(4, 1);
        set.0[2][1] = f32::NAN;
        let broken = model.fit(&examples(&set), &[], &config);
        assert!(matches!(broken, Err(Error::NotFinite { .. })));
    }
}
