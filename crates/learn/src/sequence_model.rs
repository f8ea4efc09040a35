//! A table of items with an encoder: what comes next in a sequence.

use crate::encoder::{Outline, Pass, fill_normal};
use crate::features::{Features, Read, Without};
use crate::kernels::softmax::{self, Negatives, Rows};
use crate::lanes::{add, add_scaled, room, wide};
use crate::noise::{Noise, SILENCE, mix};
use crate::product::{View, ViewMut, multiply};
use crate::windows::newest;
use crate::{Encoder, Error, Ragged, Result, Token, Window};
use fastrand::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Parts of a batch that are added up in order, whatever the number of threads:
/// as many as threads can help.
const PARTS: usize = 16;

/// Tokens of a group, about: enough for a product to be fast, few enough for
/// what they leave to stay in a processor's own cache.
const GROUP: usize = 512;

/// Standard deviation of the table before training, by the width. With states
/// of length `√width` the first logits are about this large.
const DEVIATION: f32 = 0.25;

/// What comes next: items have a row each in one table, by which they are read
/// as tokens and found as answers; between the two is the encoder. A row more
/// stands for the opening of a history, so that an empty one has an answer, too,
/// and some more for the marks that tokens may carry, which are added to theirs:
/// a mark's own and those of all below, so that what is seldom is nearly as what
/// is less so.
///
/// Parameters are the table, then the encoder's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct SequenceModel<E: Encoder> {
    encoder: E,
    items: usize,
    marks: usize,
}

/// What one part of a batch gives.
struct Part {
    loss: f64,
    /// Of the encoder's parameters.
    encoder: Vec<f32>,
    rows: Rows,
}

/// A batch with what all of it shares.
struct Batch<'a> {
    parameters: &'a [f32],
    negatives: Option<(&'a Negatives, Vec<f32>)>,
    /// What each token's loss is multiplied by.
    weight: f32,
    seed: u64,
}

impl<E: Encoder> SequenceModel<E> {
    /// Over items that are numbered from 0, and so many marks of tokens, from 1.
    pub fn new(encoder: E, items: usize, marks: usize) -> Self {
        Self { encoder, items, marks }
    }

    /// Items.
    pub fn items(&self) -> usize {
        self.items
    }

    /// The encoder.
    pub fn encoder(&self) -> &E {
        &self.encoder
    }

    /// The token before the first item of a history.
    pub fn opening(&self) -> u32 {
        self.items as u32
    }

    /// Parameters before any training.
    pub fn initial(&self, seed: u64) -> Vec<f32> {
        let random = &mut Rng::with_seed(seed);
        let mut values = vec![0.0; self.table_size()];
        let deviation = DEVIATION / (self.encoder.width() as f32).sqrt();
        // What no token carries says nothing.
        let unmarked = (self.items + 1) * self.encoder.width();
        fill_normal(&mut values[..unmarked], deviation, random);
        values.extend(self.encoder.initial(random));
        values
    }

    /// Parameters to go on from, made of those of a model of the same network
    /// over the first of these items: what is new begins as in [`Self::initial`].
    /// `None` if they are of another network, or of more items.
    pub fn grown(&self, from: &Self, parameters: &[f32], seed: u64) -> Option<Vec<f32>> {
        if from.encoder != self.encoder || from.marks != self.marks || from.items > self.items {
            return None;
        }
        let width = self.encoder.width();
        let (known, rest) = (from.items * width, self.items * width);
        let mut grown = self.initial(seed);
        grown[..known].copy_from_slice(&parameters[..known]);
        // The opening, the marks, and the encoder.
        grown[rest..].copy_from_slice(&parameters[known..]);
        Some(grown)
    }

    /// Parameters to answer by, of those of a training, whose map of [`Features`]
    /// comes last: what is known of items is worked into their rows.
    pub fn folded<'a>(&self, parameters: &'a [f32], features: &Features) -> Cow<'a, [f32]> {
        let read = features.drawn(self.items, Without::NOTHING, None);
        let (own, map) = self.split(parameters, features);
        self.with_rows(own, map, features, &read)
    }

    /// From parameters to answer by to those of a training with such a map, where
    /// there were the `first` items only: their rows have what is known of them
    /// already, those of others are own ones.
    pub fn unfolded(
        &self,
        folded: &[f32],
        first: usize,
        map: &[f32],
        features: &Features,
    ) -> Vec<f32> {
        let negative: Vec<f32> = map.iter().map(|value| -value).collect();
        let mut read = features.drawn(self.items, Without::NOTHING, None);
        read[first..].fill(Read::OWN);
        let mut parameters = self.with_rows(folded, &negative, features, &read).into_owned();
        parameters.extend_from_slice(map);
        parameters
    }

    /// Of a training's parameters the model's, and the map.
    pub fn split<'a>(&self, parameters: &'a [f32], features: &Features) -> (&'a [f32], &'a [f32]) {
        parameters.split_at(parameters.len() - self.map_size(features))
    }

    /// Numbers of a training's parameters.
    pub fn parameter_count(&self, features: &Features) -> usize {
        self.initial(0).len() + self.map_size(features)
    }

    /// Numbers of a map.
    pub(crate) fn map_size(&self, features: &Features) -> usize {
        features.width() * self.encoder.width()
    }

    /// Parameters with what is read of items added to their rows.
    pub(crate) fn with_rows<'a>(
        &self,
        own: &'a [f32],
        map: &[f32],
        features: &Features,
        read: &[Read],
    ) -> Cow<'a, [f32]> {
        let (rows, rest) = own.split_at(self.items * self.encoder.width());
        match features.rows(rows, map, self.encoder.width(), read) {
            Cow::Borrowed(_) => Cow::Borrowed(own),
            Cow::Owned(mut folded) => {
                folded.extend_from_slice(rest);
                Cow::Owned(folded)
            }
        }
    }

    /// The rows of items in parameters, or in their gradient.
    pub(crate) fn rows_of_items<'a>(&self, parameters: &'a mut [f32]) -> &'a mut [f32] {
        &mut parameters[..self.items * self.encoder.width()]
    }

    /// Refuses items, and marks, that there are not.
    pub(crate) fn check(&self, tokens: impl Iterator<Item = Token>) -> Result<()> {
        for Token { item, mark } in tokens {
            if item as usize >= self.items {
                return Err(Error::Item { item, items: self.items });
            }
            if mark as usize > self.marks {
                return Err(Error::Mark { mark, marks: self.marks });
            }
        }
        Ok(())
    }

    /// The mean loss over the targets of a batch: softmax cross-entropy over
    /// all items, or over `negatives`. Sets `gradient`, to the same numbers for
    /// any number of threads. What is dropped follows from `seed`.
    pub fn gradient(
        &self,
        parameters: &[f32],
        windows: &[Window],
        negatives: Option<&Negatives>,
        seed: u64,
        gradient: &mut [f32],
    ) -> f64 {
        let width = self.encoder.width();
        let tokens: usize = windows.iter().map(|window| window.inputs.len()).sum();
        let drawn = |negatives: &Negatives| {
            let rows = negatives.items.iter();
            rows.flat_map(|item| self.row(parameters, *item)).copied().collect()
        };
        let batch = Batch {
            parameters,
            negatives: negatives.map(|negatives| (negatives, drawn(negatives))),
            weight: 1.0 / tokens.max(1) as f32,
            seed,
        };
        let parts = split(windows, tokens.div_ceil(PARTS));
        let parts: Vec<Part> =
            parts.par_iter().enumerate().map(|(n, part)| self.part(&batch, n, part)).collect();
        let (table, encoder) = gradient.split_at_mut(self.table_size());
        add_parts(encoder, &parts);
        let share = self.rows().div_ceil(PARTS);
        table.par_chunks_mut(share * width).enumerate().for_each(|(number, table)| {
            table.fill(0.0);
            let rows = number * share..number * share + table.len() / width;
            for Rows { items, values } in parts.iter().map(|part| &part.rows) {
                for (item, values) in items.iter().zip(values.chunks_exact(width)) {
                    if rows.contains(&(*item as usize)) {
                        let row = (*item as usize - rows.start) * width;
                        add(&mut table[row..row + width], values);
                    }
                }
            }
        });
        parts.iter().map(|part| part.loss).sum()
    }

    /// A score for every item, as what comes after `history` (oldest first).
    pub fn scores(&self, parameters: &[f32], history: &[Token], out: &mut [f32]) {
        let states = self.last_states(parameters, &[history]);
        self.logits(parameters, &states, out);
    }

    /// The state after each history.
    pub(crate) fn last_states(&self, parameters: &[f32], histories: &[&[Token]]) -> Vec<f32> {
        let Outline { width, length, .. } = self.encoder.outline();
        let inputs: Vec<Vec<Token>> =
            histories.iter().map(|history| newest(history, self.opening(), length)).collect();
        let sequences = Ragged::new(inputs.iter().map(Vec::len));
        let mut states = vec![0.0; sequences.tokens() * width];
        self.embed(parameters, inputs.iter().flatten(), &mut states);
        let parameters = &parameters[self.table_size()..];
        let pass = Pass { parameters, sequences: &sequences, noise: SILENCE };
        self.encoder.forward(&pass, &mut states, &mut E::Tape::default());
        let last = sequences.ranges().map(|range| (range.end - 1) * width);
        last.flat_map(|from| states[from..from + width].to_vec()).collect()
    }

    /// What each state says of every item, state by state.
    pub(crate) fn logits(&self, parameters: &[f32], states: &[f32], out: &mut [f32]) {
        let width = self.encoder.width();
        let table = View::new(&parameters[..self.items * width], width);
        multiply(View::new(states, width), table.turned(), ViewMut::new(out, self.items));
    }

    /// Rows of the table: items, the opening, marks.
    fn rows(&self) -> usize {
        self.items + 1 + self.marks
    }

    fn table_size(&self) -> usize {
        self.rows() * self.encoder.width()
    }

    fn row<'a>(&self, parameters: &'a [f32], item: u32) -> &'a [f32] {
        let width = self.encoder.width();
        &parameters[item as usize * width..][..width]
    }

    /// Rows of the table are small as what is multiplied by states, and scaled
    /// up as tokens.
    fn scale(&self) -> f32 {
        (self.encoder.width() as f32).sqrt()
    }

    fn embed<'a>(
        &self,
        parameters: &[f32],
        tokens: impl Iterator<Item = &'a Token>,
        states: &mut [f32],
    ) {
        states.fill(0.0);
        for (token, state) in tokens.zip(states.chunks_exact_mut(self.encoder.width())) {
            for row in self.rows_of(*token) {
                add_scaled(state, self.scale(), self.row(parameters, row));
            }
        }
    }

    /// The rows of the table that a token is read by.
    fn rows_of(&self, token: Token) -> impl Iterator<Item = u32> {
        let marks = 1..=token.mark;
        std::iter::once(token.item).chain(marks.map(|mark| self.items as u32 + mark))
    }

    /// Takes one part through the network and back, group by group.
    fn part(&self, batch: &Batch<'_>, number: usize, windows: &[Window]) -> Part {
        let width = self.encoder.width();
        let (table, parameters) = batch.parameters.split_at(self.table_size());
        let table = &table[..self.items * width];
        let mut part =
            Part { loss: 0.0, encoder: vec![0.0; parameters.len()], rows: Rows::default() };
        // Rows that the loss adds to come first: all items, or those drawn.
        let shared = match &batch.negatives {
            None => (0..self.items as u32).collect(),
            Some((negatives, _)) => negatives.items.clone(),
        };
        part.rows.values = vec![0.0; shared.len() * width];
        let shared_size = part.rows.values.len();
        part.rows.items = shared;
        let (mut tape, mut scratch) = (E::Tape::default(), softmax::Scratch::default());
        let (mut states, mut states_gradient) = (Vec::new(), Vec::new());
        let tokens: usize = windows.iter().map(|window| window.inputs.len()).sum();
        let groups = split(windows, tokens.div_ceil(tokens.div_ceil(GROUP).max(1)));
        for (group, windows) in groups.into_iter().enumerate() {
            let sequences = Ragged::new(windows.iter().map(|window| window.inputs.len()));
            let size = sequences.tokens() * width;
            let inputs = || windows.iter().flat_map(|window| &window.inputs);
            let targets: Vec<u32> =
                windows.iter().flat_map(|window| &window.targets).copied().collect();
            let seed = mix(batch.seed ^ mix((number << 32 | group) as u64));
            let noise = Noise::new(seed, self.encoder.outline().dropout);
            let states = room(&mut states, size);
            let gradient = room(&mut states_gradient, size);
            self.embed(batch.parameters, inputs(), states);
            let pass = Pass { parameters, sequences: &sequences, noise };
            self.encoder.forward(&pass, states, &mut tape);
            let weight = batch.weight;
            part.loss += match &batch.negatives {
                None => {
                    let of_table = &mut part.rows.values[..shared_size];
                    softmax::full(
                        states,
                        &targets,
                        table,
                        width,
                        weight,
                        gradient,
                        of_table,
                        &mut scratch,
                    )
                }
                Some((negatives, drawn)) => {
                    // Taken out, so that rows can be added meanwhile.
                    let mut of_drawn = part.rows.values[..shared_size].to_vec();
                    let loss = softmax::sampled(
                        states,
                        &targets,
                        table,
                        width,
                        negatives,
                        drawn,
                        weight,
                        gradient,
                        &mut of_drawn,
                        &mut part.rows,
                        &mut scratch,
                    );
                    part.rows.values[..shared_size].copy_from_slice(&of_drawn);
                    loss
                }
            };
            self.encoder.backward(&pass, gradient, &mut tape, &mut part.encoder);
            for (token, gradient) in inputs().zip(gradient.chunks_exact(width)) {
                for row in self.rows_of(*token) {
                    part.rows.push(row, self.scale(), gradient);
                }
            }
        }
        part
    }
}

/// Cuts into runs of whole windows, each as soon as it has so many tokens.
pub(crate) fn split(windows: &[Window], tokens: usize) -> Vec<&[Window]> {
    let mut count = 0;
    windows
        .chunk_by(|window, _| {
            count += window.inputs.len();
            let full = count >= tokens;
            if full {
                count = 0;
            }
            !full
        })
        .collect()
}

/// Sets the gradient of an encoder to the sum of the parts', in their order.
fn add_parts(out: &mut [f32], parts: &[Part]) {
    const PIECE: usize = 1 << 14;
    out.par_chunks_mut(PIECE).enumerate().for_each(|(number, out)| {
        out.fill(0.0);
        for part in parts {
            wide(|| add(out, &part.encoder[number * PIECE..][..out.len()]));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};
    use crate::{Transformer, TransformerConfig};

    const ITEMS: usize = 30;
    const MARKS: usize = 3;

    fn model(dropout: f32) -> SequenceModel<Transformer> {
        let config =
            TransformerConfig { width: 8, heads: 2, blocks: 1, hidden: 8, length: 60, dropout };
        SequenceModel::new(Transformer::new(config).expect("valid"), ITEMS, MARKS)
    }

    fn batch() -> Vec<Window> {
        let mut random = Rng::with_seed(3);
        let mut token =
            || Token { item: random.u32(..ITEMS as u32), mark: random.u32(..=MARKS as u32) };
        let histories: Vec<Vec<Token>> =
            (0..90).map(|number| (0..number % 50).map(|_| token()).collect()).collect();
        crate::windows(&histories, ITEMS as u32, 40, &mut Rng::with_seed(4))
    }

    fn marked<const N: usize>(items: [u32; N]) -> [Token; N] {
        items.map(|item| Token { item, mark: item % (MARKS as u32 + 1) })
    }

    fn run(model: &SequenceModel<Transformer>, parameters: &[f32]) -> (f64, Vec<f32>) {
        let mut gradient = vec![f32::NAN; parameters.len()];
        let loss = model.gradient(parameters, &batch(), None, 5, &mut gradient);
        (loss, gradient)
    }

    #[test]
    fn the_gradient_is_where_the_loss_goes() {
        for dropout in [0.0, 0.3] {
            let model = model(dropout);
            let parameters = model.initial(1);
            let (loss, gradient) = run(&model, &parameters);
            assert!((loss - (ITEMS as f64).ln()).abs() < 0.3, "{loss}");
            // Upwards in every number, so that nothing cancels.
            let direction: Vec<f32> = Random::new(2)
                .numbers(parameters.len())
                .iter()
                .zip(&gradient)
                .map(
                    |(along, slope)| {
                        if *slope == 0.0 { *along } else { along.abs() * slope.signum() }
                    },
                )
                .collect();
            // The loss bends within larger ones.
            let step = 1e-4;
            let moved = |step: f32| -> f64 {
                let at = parameters.iter().zip(&direction).map(|(value, to)| value + step * to);
                run(&model, &at.collect::<Vec<f32>>()).0
            };
            let found = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
            let wanted = plain::weighed(&plain::precise(&gradient), &direction);
            assert!((found - wanted).abs() < 3e-3 * wanted, "{found}, not {wanted}");
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (model, pool) = (model(0.3), rayon::ThreadPoolBuilder::new().num_threads(3));
        let parameters = model.initial(1);
        let pool = pool.build().expect("threads");
        assert!(pool.install(|| run(&model, &parameters)) == run(&model, &parameters));
    }

    #[test]
    fn all_items_drawn_once_give_the_full_gradient() {
        let model = model(0.3);
        let parameters = model.initial(1);
        let items: Vec<u32> = (0..ITEMS as u32).rev().collect();
        let negatives = Negatives { logs: vec![0.0; ITEMS], items };
        let mut gradient = vec![f32::NAN; parameters.len()];
        let loss = model.gradient(&parameters, &batch(), Some(&negatives), 5, &mut gradient);
        let (wanted, wanted_gradient) = run(&model, &parameters);
        assert!((loss - wanted).abs() < 1e-5);
        plain::assert_close(&gradient, &plain::precise(&wanted_gradient));
    }

    #[test]
    fn one_with_more_items_says_the_same_of_those_it_knew() {
        let (small, large) = (model(0.0), SequenceModel { items: ITEMS + 3, ..model(0.0) });
        // Of marks, too, which begin as zeros.
        let parameters = Random::new(1).numbers(small.initial(1).len());
        let grown = large.grown(&small, &parameters, 2).expect("the same network");
        for history in [&[][..], &marked([1, 2, 3])] {
            let (mut before, mut after) = (vec![0.0; ITEMS], vec![0.0; ITEMS + 3]);
            small.scores(&parameters, history, &mut before);
            large.scores(&grown, history, &mut after);
            plain::assert_close(&after[..ITEMS], &plain::precise(&before));
            assert!(after[ITEMS..].iter().all(|score| *score != 0.0), "{after:?}");
        }
        assert!(small.grown(&large, &grown, 2).is_none(), "fewer items");
        let unmarked = SequenceModel { marks: 0, ..model(0.0) };
        assert!(unmarked.grown(&small, &parameters, 2).is_none(), "other marks");
        assert!(large.grown(&model(0.1), &parameters, 2).is_none(), "another network");
    }

    #[test]
    fn a_token_is_read_by_its_item_and_all_marks_up_to_its_own() {
        let model = model(0.0);
        let rows = |item, mark| model.rows_of(Token { item, mark }).collect::<Vec<u32>>();
        let opening = model.opening();
        assert_eq!(rows(7, 0), [7]);
        assert_eq!(rows(7, 3), [7, opening + 1, opening + 2, opening + 3]);
        assert_eq!(rows(opening, 0), [opening]);
        assert_eq!(model.rows(), ITEMS + 1 + MARKS);
    }

    #[test]
    fn what_comes_later_changes_no_earlier_state() {
        let model = model(0.0);
        let parameters = model.initial(1);
        let histories = [&marked([1, 2, 3])[..], &[], &marked([4])];
        let together = model.last_states(&parameters, &histories);
        for (number, history) in histories.into_iter().enumerate() {
            let alone = model.last_states(&parameters, &[history]);
            plain::assert_close(&together[number * 8..][..8], &plain::precise(&alone));
        }
    }
}
