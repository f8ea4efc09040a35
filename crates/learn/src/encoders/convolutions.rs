//! A convolutional network over time: gated causal convolutions that look ever
//! further back (gates by Dauphin et al., 2017; growing gaps by van den Oord et
//! al., 2016; over a person's items it is NextItNet, Yuan et al., 2019).

use crate::Result;
use crate::encoder::{Encoder, Outline, Pass, Places, check, fill_normal};
use crate::kernels::convolution::Convolution;
use crate::kernels::{gated, norm};
use crate::lanes::{add, room, wide};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The shape of a [`Convolutions`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConvolutionsConfig {
    /// Numbers of a token.
    pub width: usize,
    /// Blocks of one convolution; the gaps of each are twice those before.
    pub blocks: usize,
    /// Tokens that one convolution looks at.
    pub taps: usize,
    /// Tokens of a sequence, at most.
    pub length: usize,
    /// Share that is dropped in training: of tokens and of what a block adds.
    pub dropout: f32,
}

/// The network; its parameters are with its user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convolutions(ConvolutionsConfig);

/// Places of one block's parameters.
struct Block {
    norm: Range<usize>,
    /// To gates and what they let through, tap by tap.
    taps: Range<usize>,
    bias: Range<usize>,
}

struct Layout {
    blocks: Vec<Block>,
    norm: Range<usize>,
    count: usize,
}

#[derive(Debug, Default)]
struct BlockTape {
    entered: Vec<f32>,
    input: Vec<f32>,
    widened: Vec<f32>,
}

/// What the forward leaves.
#[derive(Debug, Default)]
pub struct Tape {
    blocks: Vec<BlockTape>,
    left: Vec<f32>,
    /// Memory of the width of a token, and of twice that.
    narrow: [Vec<f32>; 2],
    wide: Vec<f32>,
}

impl Convolutions {
    /// Refuses what fits no network.
    pub fn new(config: ConvolutionsConfig) -> Result<Self> {
        let ConvolutionsConfig { width, blocks, taps, length, dropout } = config;
        check(&[width, blocks, taps, length], dropout)?;
        Ok(Self(config))
    }

    fn layout(&self) -> Layout {
        let ConvolutionsConfig { width, blocks, taps, .. } = self.0;
        let mut places = Places::default();
        let blocks = (0..blocks).map(|_| Block {
            norm: places.take(2 * width),
            taps: places.take(taps * width * 2 * width),
            bias: places.take(2 * width),
        });
        let blocks = blocks.collect();
        let norm = places.take(2 * width);
        Layout { blocks, norm, count: places.count() }
    }

    fn convolution<'a>(&self, weights: &'a [f32], block: usize) -> Convolution<'a> {
        let width = self.0.width;
        Convolution { width, columns: 2 * width, gap: 1 << block, weights }
    }
}

impl Encoder for Convolutions {
    type Tape = Tape;

    fn outline(&self) -> Outline {
        let ConvolutionsConfig { width, length, dropout, .. } = self.0;
        Outline { width, length, dropout }
    }

    fn initial(&self, random: &mut Rng) -> Vec<f32> {
        let ConvolutionsConfig { width, blocks, taps, .. } = self.0;
        let layout = self.layout();
        let mut values = vec![0.0; layout.count];
        // What blocks add grows with their number.
        let deviation = 1.0 / ((taps * width) as f32).sqrt() / (blocks as f32).powf(0.25);
        for block in &layout.blocks {
            fill_normal(&mut values[block.taps.clone()], deviation, random);
        }
        values
    }

    fn forward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape) {
        let Pass { sequences, noise, .. } = *pass;
        let width = self.0.width;
        let layout = self.layout();
        let at = |place: &Range<usize>| pass.at(place);
        noise.at(0).drop(0, states);
        tape.blocks.resize_with(layout.blocks.len(), BlockTape::default);
        let [added, _] = &mut tape.narrow;
        let added = room(added, states.len());
        for (number, (block, tape_of)) in layout.blocks.iter().zip(&mut tape.blocks).enumerate() {
            room(&mut tape_of.entered, states.len()).copy_from_slice(states);
            let input = room(&mut tape_of.input, states.len());
            norm::forward(states, at(&block.norm), input);
            let widened = room(&mut tape_of.widened, 2 * states.len());
            let bias = at(&block.bias);
            widened.chunks_exact_mut(2 * width).for_each(|row| row.copy_from_slice(bias));
            self.convolution(at(&block.taps), number).forward(input, sequences, widened);
            gated::forward(widened, width, added);
            noise.at(number + 1).drop(0, added);
            wide(|| add(states, added));
        }
        let left = room(&mut tape.left, states.len());
        left.copy_from_slice(states);
        norm::forward(left, at(&layout.norm), states);
    }

    fn backward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape, gradient: &mut [f32]) {
        let Pass { sequences, noise, .. } = *pass;
        let (width, size) = (self.0.width, states.len());
        let layout = self.layout();
        let at = |place: &Range<usize>| pass.at(place);
        let [whole, part] = &mut tape.narrow;
        // Of the stream that blocks add to, and of what one block adds or reads.
        let (whole, part) = (room(whole, size), room(part, size));
        whole.fill(0.0);
        let of_norm = &mut gradient[layout.norm.clone()];
        norm::backward(&tape.left[..size], at(&layout.norm), states, whole, of_norm);
        let blocks = layout.blocks.iter().zip(&tape.blocks).enumerate().rev();
        for (number, (block, tape_of)) in blocks {
            part.copy_from_slice(whole);
            noise.at(number + 1).drop(0, part);
            let of_widened = room(&mut tape.wide, 2 * size);
            gated::backward(&tape_of.widened[..2 * size], width, part, of_widened);
            let of_bias = &mut gradient[block.bias.clone()];
            wide(|| of_widened.chunks_exact(2 * width).for_each(|row| add(of_bias, row)));
            part.fill(0.0);
            let of_taps = &mut gradient[block.taps.clone()];
            let convolution = self.convolution(at(&block.taps), number);
            convolution.backward(&tape_of.input[..size], sequences, of_widened, part, of_taps);
            let of_norm = &mut gradient[block.norm.clone()];
            norm::backward(&tape_of.entered[..size], at(&block.norm), part, whole, of_norm);
        }
        noise.at(0).drop(0, whole);
        states.copy_from_slice(whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ragged;
    use crate::noise::SILENCE;
    use crate::plain::{self, Random};

    const CONFIG: ConvolutionsConfig =
        ConvolutionsConfig { width: 4, blocks: 2, taps: 3, length: 9, dropout: 0.0 };

    fn plainly(
        network: &Convolutions,
        parameters: &[f64],
        sequences: &Ragged,
        x: &[f64],
    ) -> Vec<f64> {
        let width = CONFIG.width;
        let layout = network.layout();
        let at = |place: &Range<usize>| &parameters[place.clone()];
        let mut x = x.to_vec();
        for (number, block) in layout.blocks.iter().enumerate() {
            let shape = [width, 2 * width, 1 << number];
            let input = plain::norm(&x, at(&block.norm));
            let mut widened = plain::convolution(&input, sequences, at(&block.taps), shape);
            for row in widened.chunks_mut(2 * width) {
                row.iter_mut().zip(at(&block.bias)).for_each(|(value, bias)| *value += bias);
            }
            x.iter_mut().zip(plain::gated(&widened, width)).for_each(|(x, added)| *x += added);
        }
        plain::norm(&x, at(&layout.norm))
    }

    #[test]
    fn it_is_the_plain_one() {
        let network = Convolutions::new(CONFIG).expect("valid");
        let sequences = Ragged::new([1, 4, 9]);
        let mut random = Random::new(1);
        let parameters = random.numbers(network.layout().count);
        let size = sequences.tokens() * CONFIG.width;
        let (x, pull) = (random.numbers(size), random.numbers(size));
        plain::assert_encoder(&network, &parameters, &sequences, [&x, &pull], |parameters, x| {
            plainly(&network, parameters, &sequences, x)
        });
    }

    #[test]
    fn what_comes_later_changes_no_earlier_state() {
        let network = Convolutions::new(CONFIG).expect("valid");
        let parameters = Random::new(1).numbers(network.layout().count);
        let x = Random::new(2).numbers(9 * CONFIG.width);
        let run = |x: &[f32]| {
            let (mut states, sequences) = (x.to_vec(), Ragged::new([9]));
            let (parameters, sequences) = (&parameters, &sequences);
            let pass = Pass { parameters, sequences, noise: SILENCE };
            network.forward(&pass, &mut states, &mut Tape::default());
            states
        };
        let mut other = x.clone();
        other[6 * CONFIG.width..].fill(0.5);
        let (one, other) = (run(&x), run(&other));
        assert_eq!(one[..6 * CONFIG.width], other[..6 * CONFIG.width]);
        assert_ne!(one[6 * CONFIG.width..], other[6 * CONFIG.width..]);
    }

    #[test]
    fn settings_that_fit_no_network_are_refused() {
        let error = Convolutions::new(ConvolutionsConfig { taps: 0, ..CONFIG });
        assert!(error.expect_err("refused").to_string().contains("a size is 0"));
    }
}
