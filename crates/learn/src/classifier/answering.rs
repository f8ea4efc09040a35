//! From the states of sequences to the answers of several questions: for each
//! question attention makes one vector of a sequence, and a matrix the answer
//! of that. Each attends for itself, since each needs other moments.

use crate::Ragged;
use crate::encoder::Places;
use crate::kernels::pooling;
use crate::lanes::add;
use crate::product::{View, ViewMut, add_product, multiply};
use crate::questions::Asked;
use std::ops::Range;

/// What it goes by.
pub(super) struct Answering<'a> {
    pub(super) width: usize,
    pub(super) questions: &'a [Asked],
    /// Question after question.
    pub(super) queries: &'a [f32],
    /// From a vector to its answer, those of all questions side by side.
    pub(super) outputs: &'a [f32],
}

/// What the forward leaves, question after question.
#[derive(Default)]
pub(super) struct Tape {
    shares: Vec<f32>,
    pooled: Vec<f32>,
}

/// Gradients of the parameters, which are added to.
pub(super) struct Gradients<'a> {
    pub(super) queries: &'a mut [f32],
    pub(super) outputs: &'a mut [f32],
    pub(super) bias: &'a mut [f32],
}

/// The columns of the answers to each question.
pub(super) fn columns(questions: &[Asked]) -> impl Iterator<Item = Range<usize>> {
    let mut places = Places::default();
    questions.iter().map(move |asked| places.take(asked.count()))
}

impl Answering<'_> {
    /// Adds to `answers`, a row for each sequence, which come as their biases.
    pub(super) fn forward(&self, states: &[f32], sequences: &Ragged, answers: &mut [f32]) -> Tape {
        let (width, columns_of_all) = (self.width, self.columns_of_all());
        let rows = answers.len() / columns_of_all;
        let mut tape = Tape::default();
        for (query, columns) in self.queries.chunks_exact(width).zip(columns(self.questions)) {
            let (mut shares, mut pooled) = (vec![0.0; sequences.tokens()], vec![0.0; rows * width]);
            pooling::forward(states, sequences, query, &mut pooled, &mut shares);
            let answers = &mut answers[columns.start..];
            let answers = ViewMut::part(answers, rows, columns.len(), columns_of_all);
            add_product(View::new(&pooled, width), self.outputs(&columns), answers);
            tape.shares.extend(shares);
            tape.pooled.extend(pooled);
        }
        tape
    }

    /// The gradient of the states; `of_answers` is that of the answers.
    pub(super) fn backward(
        &self,
        states: &[f32],
        sequences: &Ragged,
        tape: &Tape,
        of_answers: &[f32],
        gradients: Gradients<'_>,
    ) -> Vec<f32> {
        let (width, columns_of_all) = (self.width, self.columns_of_all());
        let Gradients { queries: of_queries, outputs: of_outputs, bias: of_bias } = gradients;
        let (rows, tokens) = (of_answers.len() / columns_of_all, sequences.tokens());
        of_answers.chunks_exact(columns_of_all).for_each(|row| add(of_bias, row));
        let (mut of_pooled, mut of_states) = (vec![0.0; rows * width], vec![0.0; states.len()]);
        for (number, columns) in columns(self.questions).enumerate() {
            let query = number * width..(number + 1) * width;
            let pooled = &tape.pooled[number * rows * width..(number + 1) * rows * width];
            let shares = &tape.shares[number * tokens..(number + 1) * tokens];
            let from = columns.start;
            let of_answers = View::part(&of_answers[from..], rows, columns.len(), columns_of_all);
            let of_outputs = &mut of_outputs[from..];
            let of_outputs = ViewMut::part(of_outputs, width, columns.len(), columns_of_all);
            add_product(View::new(pooled, width).turned(), of_answers, of_outputs);
            let outputs = self.outputs(&columns).turned();
            multiply(of_answers, outputs, ViewMut::new(&mut of_pooled, width));
            pooling::backward(
                states,
                sequences,
                &self.queries[query.clone()],
                shares,
                pooled,
                &of_pooled,
                &mut of_states,
                &mut of_queries[query],
            );
        }
        of_states
    }

    fn columns_of_all(&self) -> usize {
        self.questions.iter().map(|asked| asked.count()).sum()
    }

    /// From a vector to the answer of the question with these columns.
    fn outputs(&self, columns: &Range<usize>) -> View<'_> {
        let outputs = &self.outputs[columns.start..];
        View::part(outputs, self.width, columns.len(), self.columns_of_all())
    }
}
