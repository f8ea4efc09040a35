//! A recurrent network: one layer of gated units (GRU4Rec, Hidasi et al., 2016).

use crate::Result;
use crate::encoder::{Encoder, Outline, Pass, Places, check, fill_normal};
use crate::kernels::{norm, recurrence};
use crate::lanes::{add, room, wide};
use crate::product::{View, ViewMut, add_product, multiply};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The shape of a [`Gru`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GruConfig {
    /// Numbers of a token.
    pub width: usize,
    /// Units of the layer.
    pub hidden: usize,
    /// Tokens that it looks back on.
    pub length: usize,
    /// Share that is dropped in training: of tokens, and of the units' states.
    pub dropout: f32,
}

/// The network; its parameters are with its user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gru(GruConfig);

struct Layout {
    /// From a token to its gates.
    inputs: Range<usize>,
    inputs_bias: Range<usize>,
    /// From the state before to its gates.
    recurrent: Range<usize>,
    recurrent_bias: Range<usize>,
    narrowed: Range<usize>,
    norm: Range<usize>,
    count: usize,
}

/// What the forward leaves.
#[derive(Debug, Default)]
pub struct Tape {
    tokens: Vec<f32>,
    gates: Vec<f32>,
    recalled: Vec<f32>,
    states: Vec<f32>,
    dropped: Vec<f32>,
    left: Vec<f32>,
    /// Memory of the backward.
    narrow: Vec<f32>,
    wide: Vec<f32>,
}

impl Gru {
    /// Refuses what fits no network.
    pub fn new(config: GruConfig) -> Result<Self> {
        let GruConfig { width, hidden, length, dropout } = config;
        check(&[width, hidden, length], dropout)?;
        Ok(Self(config))
    }

    fn layout(&self) -> Layout {
        let GruConfig { width, hidden, .. } = self.0;
        let mut places = Places::default();
        Layout {
            inputs: places.take(width * 3 * hidden),
            inputs_bias: places.take(3 * hidden),
            recurrent: places.take(hidden * 3 * hidden),
            recurrent_bias: places.take(hidden),
            narrowed: places.take(hidden * width),
            norm: places.take(2 * width),
            count: places.count(),
        }
    }
}

impl Encoder for Gru {
    type Tape = Tape;

    fn outline(&self) -> Outline {
        let GruConfig { width, length, dropout, .. } = self.0;
        Outline { width, length, dropout }
    }

    fn initial(&self, random: &mut Rng) -> Vec<f32> {
        let GruConfig { width, hidden, .. } = self.0;
        let layout = self.layout();
        let mut values = vec![0.0; layout.count];
        let places =
            [(&layout.inputs, width), (&layout.recurrent, hidden), (&layout.narrowed, hidden)];
        for (place, depth) in places {
            fill_normal(&mut values[place.clone()], 1.0 / (depth as f32).sqrt(), random);
        }
        values
    }

    fn forward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape) {
        let Pass { sequences, noise, .. } = *pass;
        let GruConfig { width, hidden, .. } = self.0;
        let (layout, tokens) = (self.layout(), sequences.tokens());
        noise.at(0).drop(0, states);
        let at = |place: &Range<usize>| pass.at(place);
        let entered = room(&mut tape.tokens, states.len());
        entered.copy_from_slice(states);
        let gates = room(&mut tape.gates, tokens * 3 * hidden);
        let bias = at(&layout.inputs_bias);
        gates.chunks_exact_mut(3 * hidden).for_each(|row| row.copy_from_slice(bias));
        let inputs = View::new(at(&layout.inputs), 3 * hidden);
        add_product(View::new(entered, width), inputs, ViewMut::new(gates, 3 * hidden));
        let inner = room(&mut tape.states, tokens * hidden);
        let recalled = room(&mut tape.recalled, tokens * hidden);
        let (recurrent, bias) = (at(&layout.recurrent), at(&layout.recurrent_bias));
        recurrence::forward(gates, sequences, recurrent, bias, inner, recalled);
        let dropped = room(&mut tape.dropped, tokens * hidden);
        dropped.copy_from_slice(inner);
        noise.at(1).drop(0, dropped);
        let left = room(&mut tape.left, states.len());
        let narrowed = View::new(at(&layout.narrowed), width);
        multiply(View::new(dropped, hidden), narrowed, ViewMut::new(left, width));
        norm::forward(left, at(&layout.norm), states);
    }

    fn backward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape, gradient: &mut [f32]) {
        let Pass { sequences, noise, .. } = *pass;
        let GruConfig { width, hidden, .. } = self.0;
        let (layout, tokens) = (self.layout(), sequences.tokens());
        let at = |place: &Range<usize>| pass.at(place);
        let left = &tape.left[..tokens * width];
        let mut of_left = vec![0.0; left.len()];
        let of_norm = &mut gradient[layout.norm.clone()];
        norm::backward(left, at(&layout.norm), states, &mut of_left, of_norm);
        let of_left = View::new(&of_left, width);
        let dropped = View::new(&tape.dropped[..tokens * hidden], hidden);
        let target = ViewMut::new(&mut gradient[layout.narrowed.clone()], width);
        add_product(dropped.turned(), of_left, target);
        let of_inner = room(&mut tape.narrow, tokens * hidden);
        let narrowed = View::new(at(&layout.narrowed), width);
        multiply(of_left, narrowed.turned(), ViewMut::new(of_inner, hidden));
        noise.at(1).drop(0, of_inner);
        let of_gates = room(&mut tape.wide, tokens * 3 * hidden);
        // The recurrent weights and their bias lie side by side.
        let (of_recurrent, of_bias) = gradient[layout.recurrent.start..layout.recurrent_bias.end]
            .split_at_mut(layout.recurrent.len());
        recurrence::backward(
            &tape.gates[..tokens * 3 * hidden],
            &tape.recalled[..tokens * hidden],
            sequences,
            at(&layout.recurrent),
            &tape.states[..tokens * hidden],
            of_inner,
            of_gates,
            of_recurrent,
            of_bias,
        );
        let of_inputs_bias = &mut gradient[layout.inputs_bias.clone()];
        wide(|| of_gates.chunks_exact(3 * hidden).for_each(|row| add(of_inputs_bias, row)));
        let of_gates = View::new(of_gates, 3 * hidden);
        let entered = View::new(&tape.tokens[..tokens * width], width);
        let target = ViewMut::new(&mut gradient[layout.inputs.clone()], 3 * hidden);
        add_product(entered.turned(), of_gates, target);
        let inputs = View::new(at(&layout.inputs), 3 * hidden);
        multiply(of_gates, inputs.turned(), ViewMut::new(states, width));
        noise.at(0).drop(0, states);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ragged;
    use crate::plain::{self, Random};

    const CONFIG: GruConfig = GruConfig { width: 4, hidden: 5, length: 6, dropout: 0.0 };

    fn plainly(network: &Gru, parameters: &[f64], sequences: &Ragged, x: &[f64]) -> Vec<f64> {
        let (layout, hidden) = (network.layout(), CONFIG.hidden);
        let at = |place: &Range<usize>| &parameters[place.clone()];
        let mut inputs = plain::product(x, at(&layout.inputs), 3 * hidden);
        for row in inputs.chunks_mut(3 * hidden) {
            row.iter_mut().zip(at(&layout.inputs_bias)).for_each(|(input, bias)| *input += bias);
        }
        let (recurrent, bias) = (at(&layout.recurrent), at(&layout.recurrent_bias));
        let states = plain::recurrence(&inputs, sequences, recurrent, bias);
        plain::norm(&plain::product(&states, at(&layout.narrowed), CONFIG.width), at(&layout.norm))
    }

    #[test]
    fn it_is_the_plain_one() {
        let network = Gru::new(CONFIG).expect("valid");
        let sequences = Ragged::new([1, 4, 6]);
        let mut random = Random::new(1);
        let parameters = random.numbers(network.layout().count);
        let size = sequences.tokens() * CONFIG.width;
        let (x, pull) = (random.numbers(size), random.numbers(size));
        plain::assert_encoder(&network, &parameters, &sequences, [&x, &pull], |parameters, x| {
            plainly(&network, parameters, &sequences, x)
        });
    }
}
