//! The gated recurrent unit (Cho et al., 2014).

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use super::{Backward, Cell, Forward};
use crate::lanes::{sigmoid, tanh};

/// With update gate `z`, reset gate `r` and candidate `n`:
///
/// `h' = (1 - z) n + z h`, `n = tanh(input + r (h W + bias))`.
///
/// What is kept is `h W + bias`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GruCell;

impl Cell for GruCell {
    const GATES: usize = 3;
    const BIASES: usize = 1;

    #[inline(always)]
    fn forward(step: Forward<'_>) {
        let Forward { said, bias, before: [before, _], gates, state, kept } = step;
        let hidden = state.len();
        let (updates, rest) = gates.split_at_mut(hidden);
        let (resets, candidates) = rest.split_at_mut(hidden);
        for unit in 0..hidden {
            let update = sigmoid(updates[unit] + said[unit]);
            let reset = sigmoid(resets[unit] + said[hidden + unit]);
            kept[unit] = said[2 * hidden + unit] + bias[unit];
            let candidate = tanh(candidates[unit] + reset * kept[unit]);
            state[unit] = (1.0 - update) * candidate + update * before[unit];
            (updates[unit], resets[unit], candidates[unit]) = (update, reset, candidate);
        }
    }

    #[inline(always)]
    fn backward(step: Backward<'_>) {
        let Backward { gates, kept, before: [before, _], gradient, .. } = step;
        let Backward { of_inputs, of_said, of_before, of_bias, .. } = step;
        let hidden = gradient.len();
        let (updates, rest) = gates.split_at(hidden);
        let (resets, candidates) = rest.split_at(hidden);
        for unit in 0..hidden {
            let whole = gradient[unit];
            let (update, reset, candidate) = (updates[unit], resets[unit], candidates[unit]);
            let of_candidate = whole * (1.0 - update) * (1.0 - candidate * candidate);
            let of_update = whole * (before[unit] - candidate) * update * (1.0 - update);
            let of_reset = of_candidate * kept[unit] * reset * (1.0 - reset);
            of_before[unit] = whole * update;
            of_inputs[unit] = of_update;
            of_inputs[hidden + unit] = of_reset;
            of_inputs[2 * hidden + unit] = of_candidate;
            of_said[unit] = of_update;
            of_said[hidden + unit] = of_reset;
            of_said[2 * hidden + unit] = of_candidate * reset;
            of_bias[unit] += of_candidate * reset;
        }
    }
}
