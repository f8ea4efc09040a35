//! Causal attention of several heads, over sequences of any lengths.
//!
//! Some rows of queries at a time meet all keys before them, so that what is
//! masked is hardly computed, and no attention is kept: the backward makes it
//! again from the logarithm of each row's sum (Dao et al., FlashAttention, 2022).

use crate::lanes::{dot, exponentiate, largest, room, scale, wide};
use crate::noise::Noise;
use crate::product::{View, ViewMut, add_product, multiply, multiply_scaled};
use crate::ragged::Ragged;
use std::ops::Range;

/// Rows of queries that are taken at once: more waste work on what is masked,
/// fewer make small products.
const ROWS: usize = 48;

/// The shape of the attention, and what is dropped of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attention {
    /// Numbers of a token: of its queries, of its keys, of its values.
    pub(crate) width: usize,
    /// Heads; they divide the width.
    pub(crate) heads: usize,
    /// What is dropped of the attention.
    pub(crate) noise: Noise,
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    attention: Vec<f32>,
    gradient: Vec<f32>,
    dropped: Vec<f32>,
}

/// Some queries of one sequence and head.
struct Block {
    /// First token of the sequence.
    start: usize,
    /// First column of the head.
    column: usize,
    /// The rows, counted from the start of the sequence.
    rows: Range<usize>,
    head: usize,
}

impl Attention {
    /// `qkv` are a token's queries, keys and values side by side. `logs` keeps
    /// the logarithm of each row's sum, token by token and head by head.
    pub(crate) fn forward(
        &self,
        qkv: &[f32],
        sequences: &Ragged,
        out: &mut [f32],
        logs: &mut [f32],
        scratch: &mut Scratch,
    ) {
        for block in self.blocks(sequences) {
            let keys = block.rows.end;
            let attention = room(&mut scratch.attention, block.rows.len() * keys);
            self.logits(&block, qkv, attention);
            let noise = self.noise_of(&block, sequences);
            wide(|| {
                for (row, line) in block.rows.clone().zip(attention.chunks_exact_mut(keys)) {
                    let (seen, masked) = line.split_at_mut(row + 1);
                    let most = largest(seen);
                    let total = exponentiate(seen, most);
                    logs[(block.start + row) * self.heads + block.head] = most + total.ln();
                    scale(seen, 1.0 / total);
                    if !noise.is_silent() {
                        noise.drop_inlined(row * sequences.tokens(), seen);
                    }
                    masked.fill(0.0);
                }
            });
            let from = (block.start + block.rows.start) * self.width + block.column;
            let target = ViewMut::part(&mut out[from..], block.rows.len(), self.side(), self.width);
            multiply(View::new(attention, keys), self.view(&block, qkv, 2, 0..keys), target);
        }
    }

    /// Sets `qkv_gradient`; `out` is what the forward gave, `gradient` its gradient.
    #[expect(clippy::too_many_arguments, reason = "what the forward has, and its gradients")]
    pub(crate) fn backward(
        &self,
        qkv: &[f32],
        sequences: &Ragged,
        out: &[f32],
        logs: &[f32],
        gradient: &[f32],
        qkv_gradient: &mut [f32],
        scratch: &mut Scratch,
    ) {
        qkv_gradient.fill(0.0);
        let factor = self.scale();
        for block in self.blocks(sequences) {
            let keys = block.rows.end;
            let count = block.rows.len() * keys;
            let attention = room(&mut scratch.attention, count);
            let of_attention = room(&mut scratch.gradient, count);
            let dropped = room(&mut scratch.dropped, count);
            let (side, from) = (self.side(), (block.start + block.rows.start) * self.width);
            let from = from + block.column;
            let of_out = View::part(&gradient[from..], block.rows.len(), side, self.width);
            self.logits(&block, qkv, attention);
            multiply(
                of_out,
                self.view(&block, qkv, 2, 0..keys).turned(),
                ViewMut::new(of_attention, keys),
            );
            let noise = self.noise_of(&block, sequences);
            wide(|| {
                let lines =
                    attention.chunks_exact_mut(keys).zip(of_attention.chunks_exact_mut(keys));
                let lines = lines.zip(dropped.chunks_exact_mut(keys));
                for (row, ((line, of_line), dropped)) in block.rows.clone().zip(lines) {
                    let token = block.start + row;
                    let place = token * self.width + block.column;
                    let along = dot(&out[place..place + side], &gradient[place..place + side]);
                    let (seen, masked) = line.split_at_mut(row + 1);
                    let (of_seen, of_masked) = of_line.split_at_mut(row + 1);
                    exponentiate(seen, logs[token * self.heads + block.head]);
                    let (seen_dropped, masked_dropped) = dropped.split_at_mut(row + 1);
                    seen_dropped.copy_from_slice(seen);
                    if !noise.is_silent() {
                        noise.drop_inlined(row * sequences.tokens(), seen_dropped);
                        noise.drop_inlined(row * sequences.tokens(), of_seen);
                    }
                    // Of the logits, by way of the softmax.
                    for (of_seen, seen) in of_seen.iter_mut().zip(&*seen) {
                        *of_seen = factor * seen * (*of_seen - along);
                    }
                    masked.fill(0.0);
                    masked_dropped.fill(0.0);
                    of_masked.fill(0.0);
                }
            });
            let (dropped, of_logits) = (View::new(dropped, keys), View::new(of_attention, keys));
            let rows = block.rows.clone();
            let queries = self.view(&block, qkv, 0, rows.clone());
            let target = self.view_mut(&block, qkv_gradient, 2, 0..keys);
            add_product(dropped.turned(), of_out, target);
            let target = self.view_mut(&block, qkv_gradient, 0, rows);
            add_product(of_logits, self.view(&block, qkv, 1, 0..keys), target);
            let target = self.view_mut(&block, qkv_gradient, 1, 0..keys);
            add_product(of_logits.turned(), queries, target);
        }
    }

    /// Numbers of a head.
    fn side(&self) -> usize {
        self.width / self.heads
    }

    fn scale(&self) -> f32 {
        1.0 / (self.side() as f32).sqrt()
    }

    fn blocks(&self, sequences: &Ragged) -> impl Iterator<Item = Block> {
        sequences.ranges().flat_map(move |range| {
            (0..self.heads).flat_map(move |head| {
                let range = range.clone();
                (0..range.len()).step_by(ROWS).map(move |row| Block {
                    start: range.start,
                    column: head * self.side(),
                    rows: row..(row + ROWS).min(range.len()),
                    head,
                })
            })
        })
    }

    /// Rows of one head's queries (0), keys (1) or values (2).
    fn view<'a>(
        &self,
        block: &Block,
        qkv: &'a [f32],
        which: usize,
        rows: Range<usize>,
    ) -> View<'a> {
        let from = self.place(block, which, rows.start);
        View::part(&qkv[from..], rows.len(), self.side(), 3 * self.width)
    }

    fn view_mut<'a>(
        &self,
        block: &Block,
        qkv: &'a mut [f32],
        which: usize,
        rows: Range<usize>,
    ) -> ViewMut<'a> {
        let from = self.place(block, which, rows.start);
        ViewMut::part(&mut qkv[from..], rows.len(), self.side(), 3 * self.width)
    }

    fn place(&self, block: &Block, which: usize, row: usize) -> usize {
        (block.start + row) * 3 * self.width + which * self.width + block.column
    }

    fn logits(&self, block: &Block, qkv: &[f32], out: &mut [f32]) {
        let keys = self.view(block, qkv, 1, 0..block.rows.end).turned();
        let queries = self.view(block, qkv, 0, block.rows.clone());
        multiply_scaled(self.scale(), queries, keys, ViewMut::new(out, block.rows.end));
    }

    fn noise_of(&self, block: &Block, sequences: &Ragged) -> Noise {
        if self.noise.is_silent() {
            return self.noise;
        }
        self.noise.at(block.head * sequences.tokens() + block.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::SILENCE;
    use crate::plain::{self, Random};

    #[test]
    fn it_is_the_plain_one() {
        let (width, heads) = (6, 2);
        let sequences = Ragged::new([1, 4, ROWS + 3, 0]);
        let tokens = sequences.tokens();
        let mut random = Random::new(1);
        let (qkv, weights) = (random.numbers(tokens * 3 * width), random.numbers(tokens * width));
        let attention = Attention { width, heads, noise: SILENCE };
        let mut out = vec![f32::NAN; tokens * width];
        let mut logs = vec![f32::NAN; tokens * heads];
        let scratch = &mut Scratch::default();
        attention.forward(&qkv, &sequences, &mut out, &mut logs, scratch);
        let plainly = |qkv: &[f64]| plain::attention(qkv, &sequences, width, heads);
        plain::assert_close(&out, &plainly(&plain::precise(&qkv)));
        let mut gradient = vec![f32::NAN; qkv.len()];
        attention.backward(&qkv, &sequences, &out, &logs, &weights, &mut gradient, scratch);
        plain::assert_gradient(&[&qkv], &[&gradient], |at| {
            plain::weighed(&plainly(&at[0]), &weights)
        });
    }
}
