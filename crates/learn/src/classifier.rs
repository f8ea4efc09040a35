//! Answers about whole sequences of vectors, as the moments of a video are.

mod answering;
mod several;

use crate::encoder::{Pass, Places, fill_normal};
use crate::lanes::{add, wide};
use crate::noise::{Noise, SILENCE, mix};
use crate::product::{View, ViewMut, add_product};
use crate::questions::{Asked, Target, judge};
use crate::{Encoder, Error, Ragged, Result};
use answering::{Answering, Gradients, columns};
use fastrand::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Sequences that go through the network together, on one thread. What a batch
/// gives is added up in their order, so it does not depend on the threads.
const TOGETHER: usize = 8;

/// A sequence with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    /// Its vectors, one after the other.
    pub tokens: &'a [f32],
    /// For each question.
    pub targets: &'a [Target],
}

/// The network: vectors become tokens by one matrix, an encoder makes states of
/// them, for each question attention makes one of these (at first their mean),
/// and a matrix makes its answer of that. With several questions it learns
/// several tasks with one trunk (Caruana, *Multitask Learning*, 1997); each
/// attends for itself, since each needs other moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Classifier<E: Encoder> {
    encoder: E,
    features: usize,
    questions: Vec<Asked>,
}

struct Layout {
    inputs: Range<usize>,
    inputs_bias: Range<usize>,
    /// Question after question.
    queries: Range<usize>,
    outputs: Range<usize>,
    outputs_bias: Range<usize>,
    /// Where the encoder's begin.
    encoder: usize,
}

/// What a pass over some sequences leaves for the way back.
struct Activations<T> {
    sequences: Ragged,
    vectors: Vec<f32>,
    states: Vec<f32>,
    answers: Vec<f32>,
    answering: answering::Tape,
    tape: T,
}

impl<E: Encoder> Classifier<E> {
    /// Over vectors of so many features.
    ///
    /// # Errors
    /// [`Error::Settings`] if there is nothing to see, or nothing is asked.
    pub fn new(encoder: E, features: usize, questions: Vec<Asked>) -> Result<Self> {
        if features == 0 {
            return Err(Error::Settings("vectors have no features".to_owned()));
        }
        if questions.is_empty() || questions.iter().any(|asked| asked.count() == 0) {
            return Err(Error::Settings("nothing is asked".to_owned()));
        }
        Ok(Self { encoder, features, questions })
    }

    /// The questions.
    pub fn questions(&self) -> &[Asked] {
        &self.questions
    }

    /// The encoder.
    pub fn encoder(&self) -> &E {
        &self.encoder
    }

    /// Parameters before any training.
    pub fn initial(&self, seed: u64) -> Vec<f32> {
        let random = &mut Rng::with_seed(seed);
        let layout = self.layout();
        let mut values = vec![0.0; layout.encoder];
        let deviation = 1.0 / (self.features as f32).sqrt();
        fill_normal(&mut values[layout.inputs], deviation, random);
        let deviation = 0.5 / (self.encoder.width() as f32).sqrt();
        fill_normal(&mut values[layout.outputs], deviation, random);
        values.extend(self.encoder.initial(random));
        values
    }

    /// What is said of each sequence: the answers to all questions side by
    /// side, before softmax and sigmoid.
    pub fn answers(&self, parameters: &[f32], sequences: &[&[f32]]) -> Vec<f32> {
        let together: Vec<Vec<f32>> = sequences
            .par_chunks(TOGETHER)
            .map(|sequences| self.pass(parameters, sequences, SILENCE).answers)
            .collect();
        together.concat()
    }

    /// Refuses an example that is none.
    pub(crate) fn check(&self, example: &Example<'_>) -> Result<()> {
        let refuse = |reason: String| Err(Error::Example(reason));
        let (tokens, length) =
            (example.tokens.len() / self.features, self.encoder.outline().length);
        if tokens == 0 || !example.tokens.len().is_multiple_of(self.features) {
            let (numbers, features) = (example.tokens.len(), self.features);
            return refuse(format!("{numbers} numbers are no vectors of {features}"));
        }
        if tokens > length {
            return refuse(format!("it has {tokens} vectors; the network takes {length}"));
        }
        if example.targets.len() != self.questions.len() {
            return refuse("it does not answer each question".to_owned());
        }
        for pair in self.questions.iter().zip(example.targets) {
            let fits = match pair {
                (Asked::OneOf(count), Target::One(one)) => one < count,
                (Asked::AnyOf(count), Target::Any(any)) => any.len() == *count,
                (_, Target::Unknown) => true,
                _ => false,
            };
            if !fits {
                return refuse(format!("{:?} is no answer to {:?}", pair.1, pair.0));
            }
        }
        Ok(())
    }

    /// The mean loss over a batch. Sets `gradient`. `weights` are what a known
    /// answer counts, by question and answer. What is dropped follows from `seed`.
    pub(crate) fn gradient(
        &self,
        parameters: &[f32],
        batch: &[Example<'_>],
        weights: &[Vec<f32>],
        seed: u64,
        gradient: &mut [f32],
    ) -> f64 {
        let share = 1.0 / batch.len().max(1) as f32;
        let parts: Vec<(f64, Vec<f32>)> = batch
            .par_chunks(TOGETHER)
            .enumerate()
            .map(|(number, examples)| {
                let noise =
                    Noise::new(mix(seed ^ mix(number as u64)), self.encoder.outline().dropout);
                let tokens: Vec<&[f32]> = examples.iter().map(|example| example.tokens).collect();
                let mut pass = self.pass(parameters, &tokens, noise);
                let mut of_answers = vec![0.0; pass.answers.len()];
                let rows = pass.answers.chunks_exact(self.width_of_answers());
                let of_rows = of_answers.chunks_exact_mut(self.width_of_answers());
                let loss = rows.zip(of_rows).zip(examples).map(|((row, of_row), example)| {
                    judge(&self.questions, row, example.targets, weights, share, of_row)
                });
                let loss: f64 = loss.sum();
                let mut gradient = vec![0.0; parameters.len()];
                self.back(parameters, &mut pass, &of_answers, noise, &mut gradient);
                (loss, gradient)
            })
            .collect();
        gradient.fill(0.0);
        for (_, part) in &parts {
            wide(|| add(gradient, part));
        }
        parts.iter().map(|(loss, _)| loss).sum()
    }

    /// The mean loss of each question without dropout and with nothing to learn.
    pub(crate) fn losses(
        &self,
        parameters: &[f32],
        examples: &[Example<'_>],
        weights: &[Vec<f32>],
    ) -> Vec<f64> {
        let tokens: Vec<&[f32]> = examples.iter().map(|example| example.tokens).collect();
        let answers = self.answers(parameters, &tokens);
        let share = 1.0 / examples.len().max(1) as f32;
        let of_question = |(number, columns): (usize, Range<usize>)| {
            let only = number..=number;
            let (asked, weights) = (&self.questions[only.clone()], &weights[only.clone()]);
            let mut unused = vec![0.0; columns.len()];
            let rows = answers.chunks_exact(self.width_of_answers()).zip(examples);
            rows.map(|(row, example)| {
                let (row, targets) = (&row[columns.clone()], &example.targets[only.clone()]);
                judge(asked, row, targets, weights, share, &mut unused)
            })
            .sum()
        };
        columns(&self.questions).enumerate().map(of_question).collect()
    }

    fn width_of_answers(&self) -> usize {
        self.questions.iter().map(|asked| asked.count()).sum()
    }

    fn layout(&self) -> Layout {
        let (width, answers) = (self.encoder.width(), self.width_of_answers());
        let mut places = Places::default();
        Layout {
            inputs: places.take(self.features * width),
            inputs_bias: places.take(width),
            queries: places.take(self.questions.len() * width),
            outputs: places.take(width * answers),
            outputs_bias: places.take(answers),
            encoder: places.count(),
        }
    }

    fn pass(&self, parameters: &[f32], sequences: &[&[f32]], noise: Noise) -> Activations<E::Tape> {
        let (width, layout) = (self.encoder.width(), self.layout());
        let at = |place: &Range<usize>| &parameters[place.clone()];
        let ragged = Ragged::new(sequences.iter().map(|tokens| tokens.len() / self.features));
        let mut pass = Activations {
            vectors: sequences.concat(),
            states: vec![0.0; ragged.tokens() * width],
            answering: answering::Tape::default(),
            answers: at(&layout.outputs_bias).repeat(sequences.len()),
            sequences: ragged,
            tape: E::Tape::default(),
        };
        let bias = at(&layout.inputs_bias);
        pass.states.chunks_exact_mut(width).for_each(|row| row.copy_from_slice(bias));
        let inputs = View::new(at(&layout.inputs), width);
        let vectors = View::new(&pass.vectors, self.features);
        add_product(vectors, inputs, ViewMut::new(&mut pass.states, width));
        let (encoder, states) = (&parameters[layout.encoder..], &mut pass.states);
        let through = Pass { parameters: encoder, sequences: &pass.sequences, noise };
        self.encoder.forward(&through, states, &mut pass.tape);
        let answering = self.answering(parameters, &layout);
        pass.answering = answering.forward(states, &pass.sequences, &mut pass.answers);
        pass
    }

    fn answering<'a>(&'a self, parameters: &'a [f32], layout: &Layout) -> Answering<'a> {
        Answering {
            width: self.encoder.width(),
            questions: &self.questions,
            queries: &parameters[layout.queries.clone()],
            outputs: &parameters[layout.outputs.clone()],
        }
    }

    /// Adds to `gradient`.
    fn back(
        &self,
        parameters: &[f32],
        pass: &mut Activations<E::Tape>,
        of_answers: &[f32],
        noise: Noise,
        gradient: &mut [f32],
    ) {
        let (width, layout) = (self.encoder.width(), self.layout());
        // The three lie side by side.
        let of_all = &mut gradient[layout.queries.start..layout.outputs_bias.end];
        let (queries, of_all) = of_all.split_at_mut(layout.queries.len());
        let (outputs, bias) = of_all.split_at_mut(layout.outputs.len());
        let mut of_states = self.answering(parameters, &layout).backward(
            &pass.states,
            &pass.sequences,
            &pass.answering,
            of_answers,
            Gradients { queries, outputs, bias },
        );
        let (encoder, of_encoder) =
            (&parameters[layout.encoder..], &mut gradient[layout.encoder..]);
        let tape = &mut pass.tape;
        let through = Pass { parameters: encoder, sequences: &pass.sequences, noise };
        self.encoder.backward(&through, &mut of_states, tape, of_encoder);
        let of_bias = &mut gradient[layout.inputs_bias.clone()];
        of_states.chunks_exact(width).for_each(|row| add(of_bias, row));
        let target = ViewMut::new(&mut gradient[layout.inputs.clone()], width);
        let vectors = View::new(&pass.vectors, self.features);
        add_product(vectors.turned(), View::new(&of_states, width), target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoders::any::AnyEncoder;
    use crate::plain::{self, Random};
    use crate::{
        Convolutions, ConvolutionsConfig, Gru, Lstm, RecurrentConfig, Transformer,
        TransformerConfig,
    };

    const FEATURES: usize = 5;

    /// Each encoder, as a classifier of three classes and two tags.
    fn classifiers(dropout: f32) -> Vec<Classifier<AnyEncoder>> {
        let (width, length) = (16, 12);
        let convolutions = ConvolutionsConfig { width, blocks: 2, taps: 3, length, dropout };
        let recurrent = RecurrentConfig { width, hidden: 7, length, dropout };
        let transformer =
            TransformerConfig { width, heads: 2, blocks: 1, hidden: 5, length, dropout };
        let encoders = [
            AnyEncoder::Convolutions(Convolutions::new(convolutions).expect("valid")),
            AnyEncoder::Gru(Gru::new(recurrent).expect("valid")),
            AnyEncoder::Lstm(Lstm::new(recurrent).expect("valid")),
            AnyEncoder::Transformer(Transformer::new(transformer).expect("valid")),
        ];
        let questions = vec![Asked::OneOf(3), Asked::AnyOf(2)];
        let new = |encoder| Classifier::new(encoder, FEATURES, questions.clone()).expect("valid");
        encoders.map(new).into()
    }

    fn sequences() -> (Vec<Vec<f32>>, Vec<Vec<Target>>) {
        let mut random = Random::new(5);
        let tokens = (0..20).map(|n| random.numbers((1 + n % 12) * FEATURES)).collect();
        let target = |n: usize| {
            let class = if n == 4 { Target::Unknown } else { Target::One(n % 3) };
            vec![class, Target::Any(vec![n.is_multiple_of(2), n.is_multiple_of(5)])]
        };
        (tokens, (0..20).map(target).collect())
    }

    fn examples<'a>(tokens: &'a [Vec<f32>], targets: &'a [Vec<Target>]) -> Vec<Example<'a>> {
        let pairs = tokens.iter().zip(targets);
        pairs.map(|(tokens, targets)| Example { tokens, targets }).collect()
    }

    /// Along every number one way, so that nothing cancels; single precision.
    #[test]
    fn the_gradient_is_where_the_loss_goes() {
        let (tokens, targets) = sequences();
        let examples = examples(&tokens, &targets);
        let weights = vec![vec![1.0, 0.5, 2.0], vec![3.0, 1.0]];
        for dropout in [0.0, 0.3] {
            for model in classifiers(dropout) {
                let mut parameters = model.initial(1);
                // Not the mean only: the queries are learned, too.
                let layout = model.layout();
                fill_normal(&mut parameters[layout.queries], 0.5, &mut Rng::with_seed(3));
                let mut gradient = vec![f32::NAN; parameters.len()];
                let loss = model.gradient(&parameters, &examples, &weights, 9, &mut gradient);
                if dropout == 0.0 {
                    let again: f64 = model.losses(&parameters, &examples, &weights).iter().sum();
                    assert!((loss - again).abs() < 1e-6, "{loss} and {again}");
                }
                let direction: Vec<f32> = gradient.iter().map(|slope| slope.signum()).collect();
                // The loss bends within larger ones.
                let step = 2e-4;
                let moved = |step: f32| {
                    let at = parameters.iter().zip(&direction).map(|(at, to)| at + step * to);
                    let mut unused = vec![0.0; parameters.len()];
                    model.gradient(&at.collect::<Vec<_>>(), &examples, &weights, 9, &mut unused)
                };
                let found = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
                let wanted = plain::weighed(&plain::precise(&gradient), &direction);
                let off = (found - wanted).abs();
                assert!(off < 5e-3 * wanted, "{found}, not {wanted}: {:?}", model.encoder());
            }
        }
    }

    #[test]
    fn an_example_that_is_none_is_refused() {
        let model = &classifiers(0.0)[0];
        let known = [Target::One(0), Target::Unknown];
        let said = |tokens: &[f32], targets: &[Target]| {
            model
                .check(&Example { tokens, targets })
                .err()
                .map(|it| it.to_string())
                .unwrap_or_default()
        };
        assert_eq!(said(&[0.0; FEATURES], &known), "");
        assert!(said(&[0.0; 3], &known).contains("3 numbers are no vectors of 5"));
        assert!(said(&[], &known).contains("no vectors"));
        assert!(said(&[0.0; 13 * FEATURES], &known).contains("13 vectors; the network takes 12"));
        assert!(said(&[0.0; FEATURES], &known[..1]).contains("each question"));
        assert!(said(&[0.0; FEATURES], &[Target::One(3), Target::Unknown]).contains("One(3)"));
    }
}
