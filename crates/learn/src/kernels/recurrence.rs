//! The gated recurrent unit (Cho et al., 2014), over sequences of any lengths.
//!
//! What the inputs say is one product for all tokens, made before; here is what
//! must go step by step. A step is a row times a matrix that stays in the cache.

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use crate::lanes::{sigmoid, tanh, wide};
use crate::product::{View, ViewMut, add_product};
use crate::ragged::Ragged;

/// Columns of a product that are summed at once, in registers.
const COLUMNS: usize = 64;

/// `inputs` are what each token says to update gate `z`, reset gate `r` and
/// candidate `n`, side by side, and hold the gates themselves after; `weights`
/// take a state to the same three; `bias` is the recalled one's:
///
/// `h' = (1 - z) n + z h`, `n = tanh(input + r (h W + bias))`.
pub(crate) fn forward(
    inputs: &mut [f32],
    sequences: &Ragged,
    weights: &[f32],
    bias: &[f32],
    states: &mut [f32],
    recalled: &mut [f32],
) {
    let hidden = bias.len();
    let mut said = vec![0.0; 3 * hidden];
    let nothing = vec![0.0; hidden];
    wide(|| {
        for token in
            sequences.ranges().flat_map(|range| range.clone().map(move |t| (t, range.start)))
        {
            let (token, start) = token;
            let (before, now) = states.split_at_mut(token * hidden);
            let before = if token == start { &nothing } else { &before[(token - 1) * hidden..] };
            row_times_matrix(before, weights, &mut said);
            let gates = &mut inputs[token * 3 * hidden..(token + 1) * 3 * hidden];
            let (updates, rest) = gates.split_at_mut(hidden);
            let (resets, candidates) = rest.split_at_mut(hidden);
            let recalled = &mut recalled[token * hidden..(token + 1) * hidden];
            for unit in 0..hidden {
                let update = sigmoid(updates[unit] + said[unit]);
                let reset = sigmoid(resets[unit] + said[hidden + unit]);
                recalled[unit] = said[2 * hidden + unit] + bias[unit];
                let candidate = tanh(candidates[unit] + reset * recalled[unit]);
                now[unit] = (1.0 - update) * candidate + update * before[unit];
                (updates[unit], resets[unit], candidates[unit]) = (update, reset, candidate);
            }
        }
    });
}

/// Sets `inputs_gradient`; `gates` and `recalled` are what the forward left.
#[expect(clippy::too_many_arguments, reason = "what the forward has, and its gradients")]
pub(crate) fn backward(
    gates: &[f32],
    recalled: &[f32],
    sequences: &Ragged,
    weights: &[f32],
    states: &[f32],
    gradient: &[f32],
    inputs_gradient: &mut [f32],
    weights_gradient: &mut [f32],
    bias_gradient: &mut [f32],
) {
    let hidden = bias_gradient.len();
    let turned = turned(weights, 3 * hidden);
    // Of what the state before said: as of the inputs, but for the candidate.
    let mut of_said = vec![0.0; inputs_gradient.len()];
    let (mut of_state, mut of_before) = (vec![0.0; hidden], vec![0.0; hidden]);
    let nothing = vec![0.0; hidden];
    for range in sequences.ranges() {
        of_before.fill(0.0);
        wide(|| {
            for token in range.clone().rev() {
                let row = token * hidden..(token + 1) * hidden;
                let first = token == range.start;
                let before = if first { &nothing } else { &states[row.start - hidden..row.start] };
                let wide_row = 3 * row.start..3 * row.end;
                let (updates, rest) = gates[wide_row.clone()].split_at(hidden);
                let (resets, candidates) = rest.split_at(hidden);
                let of_inputs = &mut inputs_gradient[wide_row.clone()];
                let of_said = &mut of_said[wide_row];
                let (gradient, recalled) = (&gradient[row.clone()], &recalled[row]);
                for unit in 0..hidden {
                    let whole = gradient[unit] + of_before[unit];
                    let (update, reset, candidate) =
                        (updates[unit], resets[unit], candidates[unit]);
                    let of_candidate = whole * (1.0 - update) * (1.0 - candidate * candidate);
                    let of_update = whole * (before[unit] - candidate) * update * (1.0 - update);
                    let of_reset = of_candidate * recalled[unit] * reset * (1.0 - reset);
                    of_state[unit] = whole * update;
                    of_inputs[unit] = of_update;
                    of_inputs[hidden + unit] = of_reset;
                    of_inputs[2 * hidden + unit] = of_candidate;
                    of_said[unit] = of_update;
                    of_said[hidden + unit] = of_reset;
                    of_said[2 * hidden + unit] = of_candidate * reset;
                    bias_gradient[unit] += of_candidate * reset;
                }
                row_times_matrix(of_said, &turned, &mut of_before);
                for (of_before, of_state) in of_before.iter_mut().zip(&of_state) {
                    *of_before += of_state;
                }
            }
        });
        if range.len() > 1 {
            let before = &states[range.start * hidden..(range.end - 1) * hidden];
            let of_said = &of_said[(range.start + 1) * 3 * hidden..range.end * 3 * hidden];
            add_product(
                View::new(before, hidden).turned(),
                View::new(of_said, 3 * hidden),
                ViewMut::new(weights_gradient, 3 * hidden),
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
    use super::*;
    use crate::plain::{self, Random};

    #[test]
    fn it_is_the_plain_one() {
        let sequences = Ragged::new([1, 5, 0, 3]);
        let tokens = sequences.tokens();
        for hidden in [3, 22] {
            let mut random = Random::new(1);
            let inputs = random.numbers(tokens * 3 * hidden);
            let weights = random.numbers(hidden * 3 * hidden);
            let (bias, pull) = (random.numbers(hidden), random.numbers(tokens * hidden));
            let mut gates = inputs.clone();
            let mut states = vec![f32::NAN; tokens * hidden];
            let mut recalled = vec![f32::NAN; tokens * hidden];
            forward(&mut gates, &sequences, &weights, &bias, &mut states, &mut recalled);
            let plainly = |at: &[Vec<f64>]| plain::recurrence(&at[0], &sequences, &at[1], &at[2]);
            let at = [&inputs, &weights, &bias].map(|values| plain::precise(values));
            plain::assert_close(&states, &plainly(&at));
            let mut of_inputs = vec![f32::NAN; inputs.len()];
            let (mut of_weights, mut of_bias) = (vec![0.0; weights.len()], vec![0.0; hidden]);
            backward(
                &gates,
                &recalled,
                &sequences,
                &weights,
                &states,
                &pull,
                &mut of_inputs,
                &mut of_weights,
                &mut of_bias,
            );
            plain::assert_gradient(
                &[&inputs, &weights, &bias],
                &[&of_inputs, &of_weights, &of_bias],
                |at| plain::weighed(&plainly(at), &pull),
            );
        }
    }
}
