//! A causal Transformer: normalised before each layer, gated feed-forward,
//! learned positions, no biases but the norms'. (SASRec, Kang and McAuley, 2018,
//! with the layers of eSASRec, Tikhonovich et al., `RecSys` 2025.)

use crate::encoder::{Encoder, Outline, Pass, Places, check, fill_normal};
use crate::kernels::attention::{Attention, Scratch};
use crate::kernels::{gated, norm};
use crate::lanes::{add, room, wide};
use crate::noise::Noise;
use crate::product::{View, ViewMut, add_product, multiply};
use crate::{Error, Result};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The shape of a [`Transformer`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Numbers of a token.
    pub width: usize,
    /// Heads of the attention; they divide the width.
    pub heads: usize,
    /// Blocks of attention and feed-forward.
    pub blocks: usize,
    /// Gated units of a feed-forward.
    pub hidden: usize,
    /// Tokens that it looks back on.
    pub length: usize,
    /// Share that is dropped in training: of tokens, of attention and of what
    /// a layer adds.
    pub dropout: f32,
}

/// The network; its parameters are with its user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transformer(TransformerConfig);

/// Places of one block's parameters.
struct Block {
    attention_norm: Range<usize>,
    /// From a token to its query, key and value.
    qkv: Range<usize>,
    joined: Range<usize>,
    feed_norm: Range<usize>,
    widened: Range<usize>,
    narrowed: Range<usize>,
}

struct Layout {
    positions: Range<usize>,
    blocks: Vec<Block>,
    norm: Range<usize>,
    count: usize,
}

/// What one block leaves.
#[derive(Debug, Default)]
struct BlockTape {
    entered: Vec<f32>,
    attention_input: Vec<f32>,
    qkv: Vec<f32>,
    attended: Vec<f32>,
    logs: Vec<f32>,
    middle: Vec<f32>,
    feed_input: Vec<f32>,
    widened: Vec<f32>,
    gated: Vec<f32>,
}

/// What the forward leaves.
#[derive(Debug, Default)]
pub struct Tape {
    blocks: Vec<BlockTape>,
    left: Vec<f32>,
    scratch: Scratch,
    /// Memory of the width of a token, of the gated units, and of the widest.
    narrow: [Vec<f32>; 2],
    medium: Vec<f32>,
    wide: Vec<f32>,
}

impl Transformer {
    /// Refuses what fits no network.
    pub fn new(config: TransformerConfig) -> Result<Self> {
        let TransformerConfig { width, heads, blocks, hidden, length, dropout } = config;
        check(&[width, heads, blocks, hidden, length], dropout)?;
        if width % heads > 0 {
            return Err(Error::Settings(format!("{heads} heads do not divide width {width}")));
        }
        Ok(Self(config))
    }

    fn layout(&self) -> Layout {
        let TransformerConfig { width, blocks, hidden, length, .. } = self.0;
        let mut places = Places::default();
        let positions = places.take(length * width);
        let blocks = (0..blocks).map(|_| Block {
            attention_norm: places.take(2 * width),
            qkv: places.take(width * 3 * width),
            joined: places.take(width * width),
            feed_norm: places.take(2 * width),
            widened: places.take(width * 2 * hidden),
            narrowed: places.take(hidden * width),
        });
        let blocks = blocks.collect();
        let norm = places.take(2 * width);
        Layout { positions, blocks, norm, count: places.count() }
    }

    fn attention(&self, noise: Noise, block: usize) -> Attention {
        let TransformerConfig { width, heads, .. } = self.0;
        Attention { width, heads, noise: noise.at(3 * block + 1) }
    }
}

/// Site of the noise on what a block's attention adds; the next is that of its
/// feed-forward.
fn site(block: usize) -> usize {
    3 * block + 2
}

impl Encoder for Transformer {
    type Tape = Tape;

    fn outline(&self) -> Outline {
        let TransformerConfig { width, length, dropout, .. } = self.0;
        Outline { width, length, dropout }
    }

    fn initial(&self, random: &mut Rng) -> Vec<f32> {
        let TransformerConfig { width, blocks, hidden, .. } = self.0;
        let layout = self.layout();
        let mut values = vec![0.0; layout.count];
        let mut fill = |place: &Range<usize>, depth: usize, scale: f32| {
            fill_normal(&mut values[place.clone()], scale / (depth as f32).sqrt(), random);
        };
        fill(&layout.positions, width, 0.25);
        // What blocks add grows with their number.
        let added = 1.0 / (2.0 * blocks as f32).sqrt();
        for block in &layout.blocks {
            fill(&block.qkv, width, 1.0);
            fill(&block.joined, width, added);
            fill(&block.widened, width, 1.0);
            fill(&block.narrowed, hidden, added);
        }
        values
    }

    fn forward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape) {
        let Pass { sequences, noise, .. } = *pass;
        let TransformerConfig { width, heads, hidden, .. } = self.0;
        let (layout, tokens) = (self.layout(), sequences.tokens());
        for range in sequences.ranges() {
            let positions = &pass.at(&layout.positions)[..range.len() * width];
            add(&mut states[range.start * width..range.end * width], positions);
        }
        noise.at(0).drop(0, states);
        tape.blocks.resize_with(layout.blocks.len(), BlockTape::default);
        let [added, _] = &mut tape.narrow;
        let added = room(added, tokens * width);
        for (number, (block, tape_of)) in layout.blocks.iter().zip(&mut tape.blocks).enumerate() {
            let weights = |place: &Range<usize>| pass.at(place);
            let matrix = |place: &Range<usize>, columns| View::new(weights(place), columns);
            room(&mut tape_of.entered, states.len()).copy_from_slice(states);
            let input = room(&mut tape_of.attention_input, states.len());
            norm::forward(states, weights(&block.attention_norm), input);
            let qkv = room(&mut tape_of.qkv, tokens * 3 * width);
            let target = ViewMut::new(qkv, 3 * width);
            multiply(View::new(input, width), matrix(&block.qkv, 3 * width), target);
            let attended = room(&mut tape_of.attended, states.len());
            let logs = room(&mut tape_of.logs, tokens * heads);
            let scratch = &mut tape.scratch;
            self.attention(noise, number).forward(qkv, sequences, attended, logs, scratch);
            let target = ViewMut::new(added, width);
            multiply(View::new(attended, width), matrix(&block.joined, width), target);
            noise.at(site(number)).drop(0, added);
            wide(|| add(states, added));

            room(&mut tape_of.middle, states.len()).copy_from_slice(states);
            let input = room(&mut tape_of.feed_input, states.len());
            norm::forward(states, weights(&block.feed_norm), input);
            let widened = room(&mut tape_of.widened, tokens * 2 * hidden);
            let target = ViewMut::new(widened, 2 * hidden);
            multiply(View::new(input, width), matrix(&block.widened, 2 * hidden), target);
            let gated = room(&mut tape_of.gated, tokens * hidden);
            gated::forward(widened, hidden, gated);
            let target = ViewMut::new(added, width);
            multiply(View::new(gated, hidden), matrix(&block.narrowed, width), target);
            noise.at(site(number) + 1).drop(0, added);
            wide(|| add(states, added));
        }
        let left = room(&mut tape.left, states.len());
        left.copy_from_slice(states);
        norm::forward(left, pass.at(&layout.norm), states);
    }

    fn backward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape, gradient: &mut [f32]) {
        let Pass { sequences, noise, .. } = *pass;
        let TransformerConfig { width, heads, hidden, .. } = self.0;
        let (layout, tokens) = (self.layout(), sequences.tokens());
        let size = tokens * width;
        let [whole, part] = &mut tape.narrow;
        // Of the stream that blocks add to, and of what one layer adds or reads.
        let (whole, part) = (room(whole, size), room(part, size));
        whole.fill(0.0);
        let norm_gradient = &mut gradient[layout.norm.clone()];
        let left = &tape.left[..size];
        norm::backward(left, pass.at(&layout.norm), states, whole, norm_gradient);
        let blocks = layout.blocks.iter().zip(&mut tape.blocks).enumerate().rev();
        for (number, (block, tape_of)) in blocks {
            let weights = |place: &Range<usize>| pass.at(place);
            let turned =
                |place: &Range<usize>, columns| View::new(weights(place), columns).turned();
            let BlockTape { gated, widened, feed_input, attended, qkv, logs, .. } = &*tape_of;
            let (gated, widened) = (&gated[..tokens * hidden], &widened[..tokens * 2 * hidden]);
            let (attended, qkv) = (&attended[..size], &qkv[..3 * size]);

            part.copy_from_slice(whole);
            noise.at(site(number) + 1).drop(0, part);
            let target = ViewMut::new(&mut gradient[block.narrowed.clone()], width);
            add_product(View::new(gated, hidden).turned(), View::new(part, width), target);
            let of_gated = room(&mut tape.medium, tokens * hidden);
            let target = ViewMut::new(of_gated, hidden);
            multiply(View::new(part, width), turned(&block.narrowed, width), target);
            let of_widened = room(&mut tape.wide, tokens * 2 * hidden);
            gated::backward(widened, hidden, of_gated, of_widened);
            let of_widened = View::new(of_widened, 2 * hidden);
            let input = View::new(&feed_input[..size], width);
            let target = ViewMut::new(&mut gradient[block.widened.clone()], 2 * hidden);
            add_product(input.turned(), of_widened, target);
            multiply(of_widened, turned(&block.widened, 2 * hidden), ViewMut::new(part, width));
            let (middle, place) = (&tape_of.middle[..size], &block.feed_norm);
            let norm_gradient = &mut gradient[place.clone()];
            norm::backward(middle, weights(place), part, whole, norm_gradient);

            part.copy_from_slice(whole);
            noise.at(site(number)).drop(0, part);
            let target = ViewMut::new(&mut gradient[block.joined.clone()], width);
            add_product(View::new(attended, width).turned(), View::new(part, width), target);
            let of_attended = room(&mut tape.medium, size);
            let target = ViewMut::new(of_attended, width);
            multiply(View::new(part, width), turned(&block.joined, width), target);
            let of_qkv = room(&mut tape.wide, 3 * size);
            let (attention, logs) = (self.attention(noise, number), &logs[..tokens * heads]);
            let scratch = &mut tape.scratch;
            attention.backward(qkv, sequences, attended, logs, of_attended, of_qkv, scratch);
            let of_qkv = View::new(of_qkv, 3 * width);
            let input = View::new(&tape_of.attention_input[..size], width);
            let target = ViewMut::new(&mut gradient[block.qkv.clone()], 3 * width);
            add_product(input.turned(), of_qkv, target);
            multiply(of_qkv, turned(&block.qkv, 3 * width), ViewMut::new(part, width));
            let (entered, place) = (&tape_of.entered[..size], &block.attention_norm);
            let norm_gradient = &mut gradient[place.clone()];
            norm::backward(entered, weights(place), part, whole, norm_gradient);
        }
        noise.at(0).drop(0, whole);
        for range in sequences.ranges() {
            let of_positions = &mut gradient[layout.positions.clone()][..range.len() * width];
            add(of_positions, &whole[range.start * width..range.end * width]);
        }
        states.copy_from_slice(whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ragged;
    use crate::plain::{self, Random};

    const CONFIG: TransformerConfig =
        TransformerConfig { width: 6, heads: 2, blocks: 2, hidden: 5, length: 6, dropout: 0.0 };

    fn network() -> (Transformer, Ragged, Vec<f32>, Vec<f32>, Vec<f32>) {
        let network = Transformer::new(CONFIG).expect("valid");
        let sequences = Ragged::new([1, 4, 6]);
        let mut random = Random::new(1);
        let count = network.layout().count;
        let size = sequences.tokens() * CONFIG.width;
        let parameters: Vec<f32> = random.numbers(count).iter().map(|value| value / 2.0).collect();
        (network, sequences, parameters, random.numbers(size), random.numbers(size))
    }

    fn plainly(
        network: &Transformer,
        parameters: &[f64],
        sequences: &Ragged,
        x: &[f64],
    ) -> Vec<f64> {
        let TransformerConfig { width, heads, hidden, .. } = network.0;
        let layout = network.layout();
        let at = |place: &Range<usize>| &parameters[place.clone()];
        let sum =
            |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
        let positions = |range: Range<usize>| at(&layout.positions)[..range.len() * width].to_vec();
        let mut x = sum(x.to_vec(), sequences.ranges().flat_map(positions).collect());
        for block in &layout.blocks {
            let qkv = plain::product(
                &plain::norm(&x, at(&block.attention_norm)),
                at(&block.qkv),
                3 * width,
            );
            let attended = plain::attention(&qkv, sequences, width, heads);
            x = sum(x, plain::product(&attended, at(&block.joined), width));
            let widened = plain::product(
                &plain::norm(&x, at(&block.feed_norm)),
                at(&block.widened),
                2 * hidden,
            );
            x = sum(x, plain::product(&plain::gated(&widened, hidden), at(&block.narrowed), width));
        }
        plain::norm(&x, at(&layout.norm))
    }

    #[test]
    fn it_is_the_plain_one() {
        let (network, sequences, parameters, x, pull) = network();
        plain::assert_encoder(&network, &parameters, &sequences, [&x, &pull], |parameters, x| {
            plainly(&network, parameters, &sequences, x)
        });
    }

    /// What is dropped is dropped in the backward, too: along a random
    /// direction, in single precision.
    #[test]
    fn the_backward_drops_what_the_forward_dropped() {
        let (network, sequences, parameters, x, pull) = network();
        let noise = Noise::new(3, 0.4);
        let tape = &mut Tape::default();
        let loss = |parameters: &[f32], tape: &mut Tape| {
            let mut out = x.clone();
            let pass = Pass { parameters, sequences: &sequences, noise };
            network.forward(&pass, &mut out, tape);
            plain::weighed(&plain::precise(&out), &pull)
        };
        loss(&parameters, tape);
        let (mut of_x, mut gradient) = (pull.clone(), vec![0.0; parameters.len()]);
        let pass = Pass { parameters: &parameters, sequences: &sequences, noise };
        network.backward(&pass, &mut of_x, tape, &mut gradient);
        let direction = Random::new(2).numbers(parameters.len());
        let moved = |step: f32| -> Vec<f32> {
            parameters.iter().zip(&direction).map(|(value, along)| value + step * along).collect()
        };
        let step = 1e-3;
        let rise = loss(&moved(step), tape) - loss(&moved(-step), tape);
        let wanted = plain::weighed(&plain::precise(&gradient), &direction);
        let found = rise / (2.0 * f64::from(step));
        assert!((found - wanted).abs() < 5e-3 * wanted.abs().max(1.0), "{found}, not {wanted}");
    }

    #[test]
    fn settings_that_fit_no_network_are_refused() {
        for (config, said) in [
            (TransformerConfig { heads: 4, ..CONFIG }, "4 heads do not divide width 6"),
            (TransformerConfig { blocks: 0, ..CONFIG }, "a size is 0"),
            (TransformerConfig { dropout: 1.0, ..CONFIG }, "dropout 1 is not"),
        ] {
            let error = Transformer::new(config).expect_err("refused").to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
