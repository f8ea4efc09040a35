//! The unit with a long short-term memory (Hochreiter and Schmidhuber, 1997;
//! with the gate that forgets, Gers et al., 2000).

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use super::{Backward, Cell, Forward};
use crate::lanes::{sigmoid, tanh};

/// With input gate `i`, forget gate `f`, output gate `o` and candidate `n`:
///
/// `c' = f c + i n`, `h' = o tanh(c')`.
///
/// What is kept is the memory `c'`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LstmCell;

impl Cell for LstmCell {
    const GATES: usize = 4;
    const BIASES: usize = 0;

    /// It forgets little at first (Jozefowicz et al., 2015).
    fn begin(bias: &mut [f32]) {
        let hidden = bias.len() / Self::GATES;
        bias[hidden..2 * hidden].fill(1.0);
    }

    #[inline(always)]
    fn forward(step: Forward<'_>) {
        let Forward { said, before: [_, before], gates, state, kept, .. } = step;
        let hidden = state.len();
        let (inputs, rest) = gates.split_at_mut(hidden);
        let (forgets, rest) = rest.split_at_mut(hidden);
        let (outputs, candidates) = rest.split_at_mut(hidden);
        for unit in 0..hidden {
            let input = sigmoid(inputs[unit] + said[unit]);
            let forget = sigmoid(forgets[unit] + said[hidden + unit]);
            let output = sigmoid(outputs[unit] + said[2 * hidden + unit]);
            let candidate = tanh(candidates[unit] + said[3 * hidden + unit]);
            kept[unit] = forget * before[unit] + input * candidate;
            state[unit] = output * tanh(kept[unit]);
            (inputs[unit], forgets[unit]) = (input, forget);
            (outputs[unit], candidates[unit]) = (output, candidate);
        }
    }

    #[inline(always)]
    fn backward(step: Backward<'_>) {
        let Backward { gates, kept, before: [_, before], gradient, .. } = step;
        let Backward { of_kept, of_inputs, of_said, of_before, .. } = step;
        let hidden = gradient.len();
        let (inputs, rest) = gates.split_at(hidden);
        let (forgets, rest) = rest.split_at(hidden);
        let (outputs, candidates) = rest.split_at(hidden);
        for unit in 0..hidden {
            let (input, forget) = (inputs[unit], forgets[unit]);
            let (output, candidate) = (outputs[unit], candidates[unit]);
            let shown = tanh(kept[unit]);
            let of_memory = of_kept[unit] + gradient[unit] * output * (1.0 - shown * shown);
            of_inputs[unit] = of_memory * candidate * input * (1.0 - input);
            of_inputs[hidden + unit] = of_memory * before[unit] * forget * (1.0 - forget);
            of_inputs[2 * hidden + unit] = gradient[unit] * shown * output * (1.0 - output);
            of_inputs[3 * hidden + unit] = of_memory * input * (1.0 - candidate * candidate);
            of_kept[unit] = of_memory * forget;
            // A state is seen only by what it says.
            of_before[unit] = 0.0;
        }
        of_said.copy_from_slice(of_inputs);
    }
}
