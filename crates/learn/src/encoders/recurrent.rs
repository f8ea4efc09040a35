//! A recurrent network: one layer of gated units (over a person's items it is
//! GRU4Rec, Hidasi et al., 2016), of one kind of cell or another.

use crate::Result;
use crate::encoder::{Encoder, Outline, Pass, Places, check, fill_normal};
use crate::kernels::recurrence::{self, Cell, Recurrence};
use crate::kernels::{norm, recurrence::gru::GruCell, recurrence::lstm::LstmCell};
use crate::lanes::{add, room, wide};
use crate::product::{View, ViewMut, add_product, multiply};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::ops::Range;

/// The shape of a [`Recurrent`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RecurrentConfig {
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
#[serde(transparent, bound = "")]
pub struct Recurrent<C> {
    config: RecurrentConfig,
    #[serde(skip)]
    cell: PhantomData<C>,
}

/// A network of gated recurrent units.
pub type Gru = Recurrent<GruCell>;

/// A network of units with a long short-term memory.
pub type Lstm = Recurrent<LstmCell>;

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
    kept: Vec<f32>,
    states: Vec<f32>,
    dropped: Vec<f32>,
    left: Vec<f32>,
    /// Memory of the backward.
    narrow: Vec<f32>,
    wide: Vec<f32>,
}

impl<C: Cell> Recurrent<C> {
    /// Refuses what fits no network.
    pub fn new(config: RecurrentConfig) -> Result<Self> {
        let RecurrentConfig { width, hidden, length, dropout } = config;
        check(&[width, hidden, length], dropout)?;
        Ok(Self { config, cell: PhantomData })
    }

    /// Numbers of a token's gates.
    fn gates(&self) -> usize {
        C::GATES * self.config.hidden
    }

    fn layout(&self) -> Layout {
        let RecurrentConfig { width, hidden, .. } = self.config;
        let gates = self.gates();
        let mut places = Places::default();
        Layout {
            inputs: places.take(width * gates),
            inputs_bias: places.take(gates),
            recurrent: places.take(hidden * gates),
            recurrent_bias: places.take(C::BIASES * hidden),
            narrowed: places.take(hidden * width),
            norm: places.take(2 * width),
            count: places.count(),
        }
    }

    fn recurrence<'a>(&self, layout: &Layout, pass: &Pass<'a>) -> Recurrence<'a> {
        let (weights, bias) = (pass.at(&layout.recurrent), pass.at(&layout.recurrent_bias));
        Recurrence { hidden: self.config.hidden, weights, bias }
    }
}

impl<C: Cell> Encoder for Recurrent<C> {
    type Tape = Tape;

    fn outline(&self) -> Outline {
        let RecurrentConfig { width, length, dropout, .. } = self.config;
        Outline { width, length, dropout }
    }

    fn initial(&self, random: &mut Rng) -> Vec<f32> {
        let RecurrentConfig { width, hidden, .. } = self.config;
        let layout = self.layout();
        let mut values = vec![0.0; layout.count];
        let places =
            [(&layout.inputs, width), (&layout.recurrent, hidden), (&layout.narrowed, hidden)];
        for (place, depth) in places {
            fill_normal(&mut values[place.clone()], 1.0 / (depth as f32).sqrt(), random);
        }
        C::begin(&mut values[layout.inputs_bias]);
        values
    }

    fn forward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape) {
        let Pass { sequences, noise, .. } = *pass;
        let RecurrentConfig { width, hidden, .. } = self.config;
        let (layout, tokens, columns) = (self.layout(), sequences.tokens(), self.gates());
        noise.at(0).drop(0, states);
        let at = |place: &Range<usize>| pass.at(place);
        let entered = room(&mut tape.tokens, states.len());
        entered.copy_from_slice(states);
        let gates = room(&mut tape.gates, tokens * columns);
        let bias = at(&layout.inputs_bias);
        gates.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(bias));
        let inputs = View::new(at(&layout.inputs), columns);
        add_product(View::new(entered, width), inputs, ViewMut::new(gates, columns));
        let inner = room(&mut tape.states, tokens * hidden);
        let kept = room(&mut tape.kept, tokens * hidden);
        let recurrence = self.recurrence(&layout, pass);
        recurrence::forward::<C>(&recurrence, sequences, gates, inner, kept);
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
        let RecurrentConfig { width, hidden, .. } = self.config;
        let (layout, tokens, columns) = (self.layout(), sequences.tokens(), self.gates());
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
        let of_gates = room(&mut tape.wide, tokens * columns);
        // The recurrent weights and their bias lie side by side.
        let (of_recurrent, of_bias) = gradient[layout.recurrent.start..layout.recurrent_bias.end]
            .split_at_mut(layout.recurrent.len());
        recurrence::backward::<C>(
            &self.recurrence(&layout, pass),
            sequences,
            [&tape.gates, &tape.states, &tape.kept],
            of_inner,
            of_gates,
            of_recurrent,
            of_bias,
        );
        let of_inputs_bias = &mut gradient[layout.inputs_bias.clone()];
        wide(|| of_gates.chunks_exact(columns).for_each(|row| add(of_inputs_bias, row)));
        let of_gates = View::new(of_gates, columns);
        let entered = View::new(&tape.tokens[..tokens * width], width);
        let target = ViewMut::new(&mut gradient[layout.inputs.clone()], columns);
        add_product(entered.turned(), of_gates, target);
        let inputs = View::new(at(&layout.inputs), columns);
        multiply(of_gates, inputs.turned(), ViewMut::new(states, width));
        noise.at(0).drop(0, states);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ragged;
    use crate::plain::{self, Random};

    const CONFIG: RecurrentConfig =
        RecurrentConfig { width: 4, hidden: 5, length: 6, dropout: 0.0 };

    /// The states of inputs, by recurrent weights and bias.
    type Plainly = fn(&[f64], &Ragged, &[f64], &[f64]) -> Vec<f64>;

    fn assert_plain<C: Cell>(states: Plainly) {
        let network = Recurrent::<C>::new(CONFIG).expect("valid");
        let (layout, columns) = (network.layout(), network.gates());
        let sequences = Ragged::new([1, 4, 6]);
        let mut random = Random::new(1);
        let parameters = random.numbers(layout.count);
        let size = sequences.tokens() * CONFIG.width;
        let (x, pull) = (random.numbers(size), random.numbers(size));
        plain::assert_encoder(&network, &parameters, &sequences, [&x, &pull], |parameters, x| {
            let at = |place: &Range<usize>| &parameters[place.clone()];
            let mut inputs = plain::product(x, at(&layout.inputs), columns);
            for row in inputs.chunks_mut(columns) {
                row.iter_mut().zip(at(&layout.inputs_bias)).for_each(|(it, bias)| *it += bias);
            }
            let (recurrent, bias) = (at(&layout.recurrent), at(&layout.recurrent_bias));
            let states = states(&inputs, &sequences, recurrent, bias);
            let narrowed = plain::product(&states, at(&layout.narrowed), CONFIG.width);
            plain::norm(&narrowed, at(&layout.norm))
        });
    }

    #[test]
    fn each_is_the_plain_one() {
        assert_plain::<GruCell>(plain::gru);
        assert_plain::<LstmCell>(|inputs, sequences, weights, _| {
            plain::lstm(inputs, sequences, weights, CONFIG.hidden)
        });
    }

    #[test]
    fn a_network_is_kept_as_its_shape() {
        let network = Lstm::new(CONFIG).expect("valid");
        let kept = serde_json::to_string(&network).expect("JSON");
        assert_eq!(kept, serde_json::to_string(&CONFIG).expect("JSON"));
        assert_eq!(serde_json::from_str::<Lstm>(&kept).expect("a network"), network);
    }
}
