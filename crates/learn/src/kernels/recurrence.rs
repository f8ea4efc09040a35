//! What goes from one state to the next, over sequences of any lengths.
//!
//! What the tokens say is one product for all of them, made before; here is
//! what must go step by step: a row times a matrix that stays in the cache, and
//! the [`Cell`].

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

pub(crate) mod gru;
pub(crate) mod lstm;

use crate::lanes::wide;
use crate::product::{View, ViewMut, add_product};
use crate::ragged::Ragged;
use std::fmt::Debug;

/// Columns of a product that are summed at once, in registers.
const COLUMNS: usize = 64;

/// A kind of unit: one step of a whole layer of them. Each has a state, which
/// others see, and one number that it keeps beside it.
pub trait Cell: Debug + Clone + PartialEq + Send + Sync {
    /// Gates of a unit, with the candidate for its new state.
    const GATES: usize;
    /// Biases of a unit on the way from the state before, beside those of the
    /// tokens: 0 or 1.
    const BIASES: usize;

    /// The tokens' biases before any training, which are zeros as they come.
    fn begin(_bias: &mut [f32]) {}

    /// Sets gates (which come as what the token says to them), state and kept.
    fn forward(step: Forward<'_>);

    /// Sets the gradients of what was said, adds to that of the bias.
    fn backward(step: Backward<'_>);
}

/// A step of a layer. A row of gates is those of all units, gate after gate.
#[derive(Debug)]
pub struct Forward<'a> {
    /// What the state before says to the gates.
    pub said: &'a [f32],
    /// The layer's own.
    pub bias: &'a [f32],
    /// The state before, and what was kept; zeros at the beginning.
    pub before: [&'a [f32]; 2],
    /// What the token says to the gates, then the gates.
    pub gates: &'a mut [f32],
    /// The new state.
    pub state: &'a mut [f32],
    /// What is kept.
    pub kept: &'a mut [f32],
}

/// The way back through a step.
#[derive(Debug)]
pub struct Backward<'a> {
    /// As the forward left them.
    pub gates: &'a [f32],
    /// As the forward left it.
    pub kept: &'a [f32],
    /// As in the forward.
    pub before: [&'a [f32]; 2],
    /// Of the new state.
    pub gradient: &'a [f32],
    /// Of what was kept, as far as later steps see it; then of that before.
    pub of_kept: &'a mut [f32],
    /// Of what the token says.
    pub of_inputs: &'a mut [f32],
    /// Of what the state before says.
    pub of_said: &'a mut [f32],
    /// Of the state before, but for what it says.
    pub of_before: &'a mut [f32],
    /// Of the layer's own bias.
    pub of_bias: &'a mut [f32],
}

/// A layer of so many units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recurrence<'a> {
    pub(crate) hidden: usize,
    /// From a state to the gates.
    pub(crate) weights: &'a [f32],
    pub(crate) bias: &'a [f32],
}

/// `gates` come as what the tokens say to them.
pub(crate) fn forward<C: Cell>(
    layer: &Recurrence<'_>,
    sequences: &Ragged,
    gates: &mut [f32],
    states: &mut [f32],
    kept: &mut [f32],
) {
    let Recurrence { hidden, weights, bias } = *layer;
    let columns = C::GATES * hidden;
    let mut said = vec![0.0; columns];
    let nothing = vec![0.0; hidden];
    wide(|| {
        for range in sequences.ranges() {
            for token in range.clone() {
                let row = token * hidden..(token + 1) * hidden;
                let (states_before, states) = states.split_at_mut(row.start);
                let (kept_before, kept) = kept.split_at_mut(row.start);
                let before = if token == range.start {
                    [&*nothing; 2]
                } else {
                    let last = row.start - hidden;
                    [&states_before[last..], &kept_before[last..]]
                };
                row_times_matrix(before[0], weights, &mut said);
                C::forward(Forward {
                    said: &said,
                    bias,
                    before,
                    gates: &mut gates[token * columns..(token + 1) * columns],
                    state: &mut states[..hidden],
                    kept: &mut kept[..hidden],
                });
            }
        }
    });
}

/// Sets `inputs_gradient`, of what the tokens say, and adds to the others;
/// `tape` is the gates, states and kept that the forward left.
pub(crate) fn backward<C: Cell>(
    layer: &Recurrence<'_>,
    sequences: &Ragged,
    tape: [&[f32]; 3],
    gradient: &[f32],
    inputs_gradient: &mut [f32],
    weights_gradient: &mut [f32],
    bias_gradient: &mut [f32],
) {
    let ([gates, states, kept], hidden) = (tape, layer.hidden);
    let columns = C::GATES * hidden;
    let turned = turned(layer.weights, columns);
    let mut of_said = vec![0.0; inputs_gradient.len()];
    // Of a state by what it says, of a state otherwise, of both; of what is kept.
    let [mut by_said, mut of_before, mut whole, mut of_kept] =
        std::array::from_fn(|_| vec![0.0; hidden]);
    let nothing = vec![0.0; hidden];
    for range in sequences.ranges() {
        by_said.fill(0.0);
        of_before.fill(0.0);
        of_kept.fill(0.0);
        wide(|| {
            for token in range.clone().rev() {
                let row = token * hidden..(token + 1) * hidden;
                let before = if token == range.start {
                    [&*nothing; 2]
                } else {
                    let last = row.start - hidden..row.start;
                    [&states[last.clone()], &kept[last]]
                };
                let wide_row = C::GATES * row.start..C::GATES * row.end;
                for (unit, whole) in whole.iter_mut().enumerate() {
                    *whole = gradient[row.start + unit] + (by_said[unit] + of_before[unit]);
                }
                let of_said = &mut of_said[wide_row.clone()];
                C::backward(Backward {
                    gates: &gates[wide_row.clone()],
                    kept: &kept[row],
                    before,
                    gradient: &whole,
                    of_kept: &mut of_kept,
                    of_inputs: &mut inputs_gradient[wide_row],
                    of_said,
                    of_before: &mut of_before,
                    of_bias: bias_gradient,
                });
                row_times_matrix(of_said, &turned, &mut by_said);
            }
        });
        if range.len() > 1 {
            let before = &states[range.start * hidden..(range.end - 1) * hidden];
            let of_said = &of_said[(range.start + 1) * columns..range.end * columns];
            add_product(
                View::new(before, hidden).turned(),
                View::new(of_said, columns),
                ViewMut::new(weights_gradient, columns),
            );
        }
    }
}

/// A row times a matrix that is row after row.
#[inline(always)]
fn row_times_matrix(row: &[f32], matrix: &[f32], out: &mut [f32]) {
    let width = out.len();
    let (chunks, rest) = out.as_chunks_mut::<COLUMNS>();
    let tail = chunks.len() * COLUMNS;
    for (number, out) in chunks.iter_mut().enumerate() {
        let mut sums = [0.0; COLUMNS];
        for (value, line) in row.iter().zip(matrix.chunks_exact(width)) {
            let line = &line[number * COLUMNS..(number + 1) * COLUMNS];
            for (sum, weight) in sums.iter_mut().zip(line) {
                *sum += value * weight;
            }
        }
        *out = sums;
    }
    rest.fill(0.0);
    for (value, line) in row.iter().zip(matrix.chunks_exact(width)) {
        for (sum, weight) in rest.iter_mut().zip(&line[tail..]) {
            *sum += value * weight;
        }
    }
}

fn turned(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len() / columns;
    (0..matrix.len()).map(|place| matrix[place % rows * columns + place / rows]).collect()
}

#[cfg(test)]
mod tests {
    use super::gru::GruCell;
    use super::lstm::LstmCell;
    use super::*;
    use crate::plain::{self, Random};

    /// The states of inputs, by weights and bias, of so many units.
    type Plainly = fn(&[f64], &Ragged, &[f64], &[f64], usize) -> Vec<f64>;

    fn assert_plain<C: Cell>(plainly: Plainly) {
        let sequences = Ragged::new([1, 5, 0, 3]);
        let tokens = sequences.tokens();
        for hidden in [3, 22] {
            let mut random = Random::new(1);
            let inputs = random.numbers(tokens * C::GATES * hidden);
            let weights = random.numbers(hidden * C::GATES * hidden);
            let bias = random.numbers(C::BIASES * hidden);
            let pull = random.numbers(tokens * hidden);
            let layer = Recurrence { hidden, weights: &weights, bias: &bias };
            let mut gates = inputs.clone();
            let [mut states, mut kept] = [(); 2].map(|()| vec![f32::NAN; tokens * hidden]);
            forward::<C>(&layer, &sequences, &mut gates, &mut states, &mut kept);
            let plainly = |at: &[Vec<f64>]| {
                let bias = at.get(2).map_or(&[][..], Vec::as_slice);
                plainly(&at[0], &sequences, &at[1], bias, hidden)
            };
            let at = [&inputs, &weights, &bias].map(|values| plain::precise(values));
            plain::assert_close(&states, &plainly(&at));
            let mut of_inputs = vec![f32::NAN; inputs.len()];
            let (mut of_weights, mut of_bias) = (vec![0.0; weights.len()], vec![0.0; bias.len()]);
            backward::<C>(
                &layer,
                &sequences,
                [&gates, &states, &kept],
                &pull,
                &mut of_inputs,
                &mut of_weights,
                &mut of_bias,
            );
            // The bias is one of them, where there is one.
            let lists = 2 + C::BIASES;
            plain::assert_gradient(
                &[&inputs[..], &weights, &bias][..lists],
                &[&of_inputs[..], &of_weights, &of_bias][..lists],
                |at| plain::weighed(&plainly(at), &pull),
            );
        }
    }

    #[test]
    fn each_cell_is_the_plain_one() {
        assert_plain::<GruCell>(|inputs, sequences, weights, bias, _| {
            plain::gru(inputs, sequences, weights, bias)
        });
        assert_plain::<LstmCell>(|inputs, sequences, weights, _, hidden| {
            plain::lstm(inputs, sequences, weights, hidden)
        });
    }
}
