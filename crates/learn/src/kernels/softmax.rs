//! Softmax cross-entropy over a catalogue, whose logits are never all there.
//!
//! Some tokens at a time meet all candidates; their logits become the loss and
//! its gradient while they are at hand.

use crate::lanes::{add_scaled, dot, exp, exponentiate, largest, room, scale, wide};
use crate::product::{View, ViewMut, add_product, multiply};
use serde::{Deserialize, Serialize};

/// Tokens that are taken at once: more share the reading of the catalogue,
/// fewer keep their logits near.
const TOKENS: usize = 256;

/// Items of a tile: its logits are in a processor's own cache.
const ITEMS: usize = 1024;

/// Items that stand for the whole catalogue in one batch, shared by all of its
/// tokens.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Negatives {
    /// The items, in the order in which they were drawn.
    pub items: Vec<u32>,
    /// The logarithm of how often each is expected among them.
    pub logs: Vec<f32>,
}

/// Gradients of some rows of the table of items; a row may occur again.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Numbers of the rows.
    pub(crate) items: Vec<u32>,
    /// Their gradients, one after the other.
    pub(crate) values: Vec<f32>,
}

impl Rows {
    /// Adds `factor` times a row.
    pub(crate) fn push(&mut self, item: u32, factor: f32, row: &[f32]) {
        self.items.push(item);
        self.values.extend(row.iter().map(|value| factor * value));
    }
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    logits: Vec<f32>,
    /// What exponentials are relative to, tile by tile and token by token.
    shifts: Vec<f32>,
    states: Vec<f32>,
}

/// The loss over all items of `table`, the sum over the tokens times `weight`.
/// Sets `states_gradient`, adds to `table_gradient`.
///
/// The catalogue goes by in tiles. A tile's exponentials are relative to the
/// largest logit up to it; sums and gradients of states follow when a larger
/// one comes (Milakov and Gimelshein, 2018), and the gradient of a tile is made
/// when the whole sum is known, from states that are scaled instead of it.
#[expect(clippy::too_many_arguments, reason = "two inputs, two gradients")]
pub(crate) fn full(
    states: &[f32],
    targets: &[u32],
    table: &[f32],
    width: usize,
    weight: f32,
    states_gradient: &mut [f32],
    table_gradient: &mut [f32],
    scratch: &mut Scratch,
) -> f64 {
    let mut loss = 0.0;
    let chunks = states.chunks(TOKENS * width).zip(states_gradient.chunks_mut(TOKENS * width));
    for (targets, (states, states_gradient)) in targets.chunks(TOKENS).zip(chunks) {
        let count = targets.len();
        let items = table.len() / width;
        let logits = room(&mut scratch.logits, count * items);
        let shifts = room(&mut scratch.shifts, count * items.div_ceil(ITEMS));
        let (mut most, mut totals) = ([f32::NEG_INFINITY; TOKENS], [0.0; TOKENS]);
        let state_view = View::new(states, width);
        states_gradient.fill(0.0);
        let tiles = table.chunks(ITEMS * width).zip(logits.chunks_mut(ITEMS * count));
        for ((tile, logits), shifts) in tiles.zip(shifts.chunks_exact_mut(count)) {
            let (tile, items) = (View::new(tile, width), tile.len() / width);
            multiply(state_view, tile.turned(), ViewMut::new(logits, items));
            wide(|| {
                let lines = logits.chunks_exact_mut(items).zip(shifts);
                let rows = states_gradient.chunks_exact_mut(width);
                for (token, ((line, shift), gradient)) in lines.zip(rows).enumerate() {
                    let largest = largest(line);
                    if largest > most[token] {
                        let smaller = exp(most[token] - largest);
                        totals[token] *= smaller;
                        scale(gradient, smaller);
                        most[token] = largest;
                    }
                    *shift = most[token];
                    totals[token] += exponentiate(line, most[token]);
                }
            });
            add_product(View::new(logits, items), tile, ViewMut::new(states_gradient, width));
        }
        let rows = states.chunks_exact(width).zip(states_gradient.chunks_exact_mut(width));
        for (token, (target, (state, gradient))) in targets.iter().zip(rows).enumerate() {
            let row = *target as usize * width..(*target as usize + 1) * width;
            loss += f64::from(most[token] - dot(state, &table[row.clone()]) + totals[token].ln());
            scale(gradient, weight / totals[token]);
            add_scaled(gradient, -weight, &table[row.clone()]);
            add_scaled(&mut table_gradient[row], -weight, state);
        }
        let scaled = room(&mut scratch.states, states.len());
        let tiles = table_gradient.chunks_mut(ITEMS * width).zip(logits.chunks(ITEMS * count));
        for ((of_tile, logits), shifts) in tiles.zip(shifts.chunks_exact(count)) {
            wide(|| {
                let rows = states.chunks_exact(width).zip(scaled.chunks_exact_mut(width));
                for (token, ((state, scaled), shift)) in rows.zip(shifts).enumerate() {
                    let share = weight * exp(shift - most[token]) / totals[token];
                    scaled
                        .iter_mut()
                        .zip(state)
                        .for_each(|(scaled, state)| *scaled = share * state);
                }
            });
            let shares = View::new(logits, of_tile.len() / width);
            add_product(shares.turned(), View::new(scaled, width), ViewMut::new(of_tile, width));
        }
    }
    loss * f64::from(weight)
}

/// The loss over a token's own item and the `negatives` in place of all others,
/// each counted as often as it stands for others: one over its expected count.
/// The own item counts once and is no negative of itself, so that with each
/// item drawn once this is [`full`]. (Importance sampling of the partition
/// function: Bengio and Senécal, 2008; its correction: Yi et al., `RecSys` 2019.)
///
/// `sampled` are the negatives' rows of the table, `sampled_gradient` theirs,
/// to be added to; the gradients of own items go to `rows`.
#[expect(clippy::too_many_arguments, reason = "four inputs, three gradients")]
pub(crate) fn sampled(
    states: &[f32],
    targets: &[u32],
    table: &[f32],
    width: usize,
    negatives: &Negatives,
    sampled: &[f32],
    weight: f32,
    states_gradient: &mut [f32],
    sampled_gradient: &mut [f32],
    rows: &mut Rows,
    scratch: &mut Scratch,
) -> f64 {
    let count = negatives.items.len();
    let mut loss = 0.0;
    let chunks = states.chunks(TOKENS * width).zip(states_gradient.chunks_mut(TOKENS * width));
    for (targets, (states, states_gradient)) in targets.chunks(TOKENS).zip(chunks) {
        let (logits, own_gradients) = room(&mut scratch.logits, targets.len() * (count + 1))
            .split_at_mut(targets.len() * count);
        let state_view = View::new(states, width);
        let sampled = View::part(sampled, count, width, width);
        let target = ViewMut::part(logits, targets.len(), count, count);
        multiply(state_view, sampled.turned(), target);
        own_gradients.fill(0.0);
        loss += wide(|| {
            let mut loss = 0.0;
            let lines = logits.chunks_mut(count.max(1)).zip(states.chunks_exact(width));
            for ((target, own_gradient), (line, state)) in
                targets.iter().zip(&mut *own_gradients).zip(lines)
            {
                let row = *target as usize * width;
                let own = dot(state, &table[row..row + width]);
                let drawn = negatives.items.iter().zip(&negatives.logs);
                for (value, (item, log)) in line.iter_mut().zip(drawn) {
                    *value = if item == target { f32::NEG_INFINITY } else { *value - log };
                }
                let most = largest(line).max(own);
                let own_share = exp(own - most);
                let total = exponentiate(line, most) + own_share;
                loss += f64::from(most - own + total.ln());
                let share = weight / total;
                scale(line, share);
                *own_gradient = share * own_share - weight;
            }
            loss
        });
        let logits = View::part(logits, targets.len(), count, count);
        multiply(logits, sampled, ViewMut::new(states_gradient, width));
        let target = ViewMut::part(sampled_gradient, count, width, width);
        add_product(logits.turned(), state_view, target);
        let lines = states.chunks_exact(width).zip(states_gradient.chunks_exact_mut(width));
        for ((target, factor), (state, state_gradient)) in
            targets.iter().zip(own_gradients).zip(lines)
        {
            let row = *target as usize * width;
            add_scaled(state_gradient, *factor, &table[row..row + width]);
            rows.push(*target, *factor, state);
        }
    }
    loss * f64::from(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};

    const WIDTH: usize = 5;
    const WEIGHT: f32 = 0.25;

    /// The loss, its gradient of states and that of the table.
    type Found = (f64, Vec<f32>, Vec<f32>);

    /// States, targets and a table of so many items; more tokens than are
    /// taken at once.
    fn inputs(items: usize) -> (Vec<f32>, Vec<u32>, Vec<f32>) {
        let mut random = Random::new(1);
        let targets: Vec<u32> = (0..TOKENS as u32 + 2).map(|t| t * 7 % items as u32).collect();
        (random.numbers(targets.len() * WIDTH), targets, random.numbers(items * WIDTH))
    }

    fn in_full(items: usize) -> Found {
        let (states, targets, table) = inputs(items);
        let (mut of_states, mut of_table) = (vec![f32::NAN; states.len()], vec![0.0; table.len()]);
        let scratch = &mut Scratch::default();
        let (of, all) = (&mut of_states, &mut of_table);
        let loss = full(&states, &targets, &table, WIDTH, WEIGHT, of, all, scratch);
        (loss, of_states, of_table)
    }

    fn by_sample(items: usize, negatives: &Negatives) -> Found {
        let (states, targets, table) = inputs(items);
        let row = |item: u32| &table[item as usize * WIDTH..][..WIDTH];
        let drawn: Vec<f32> = negatives.items.iter().flat_map(|item| row(*item).to_vec()).collect();
        let (mut of_states, mut of_drawn) = (vec![f32::NAN; states.len()], vec![0.0; drawn.len()]);
        let mut rows = Rows::default();
        let scratch = &mut Scratch::default();
        let (of, all) = (&mut of_states, &mut of_drawn);
        let loss = sampled(
            &states, &targets, &table, WIDTH, negatives, &drawn, WEIGHT, of, all, &mut rows,
            scratch,
        );
        let mut of_table = vec![0.0; table.len()];
        let all = negatives.items.iter().zip(of_drawn.chunks(WIDTH));
        for (item, values) in all.chain(rows.items.iter().zip(rows.values.chunks(WIDTH))) {
            add_scaled(&mut of_table[*item as usize * WIDTH..][..WIDTH], 1.0, values);
        }
        (loss, of_states, of_table)
    }

    fn assert_same(found: &Found, wanted: &Found) {
        assert!((found.0 - wanted.0).abs() < 1e-6 * wanted.0, "{}, not {}", found.0, wanted.0);
        plain::assert_close(&found.1, &plain::precise(&wanted.1));
        plain::assert_close(&found.2, &plain::precise(&wanted.2));
    }

    #[test]
    fn it_is_the_plain_one() {
        let (states, targets, table) = inputs(23);
        let (loss, of_states, of_table) = in_full(23);
        let plainly = |at: &[Vec<f64>]| {
            f64::from(WEIGHT) * plain::cross_entropy(&at[0], &targets, &at[1], WIDTH)
        };
        let wanted = plainly(&[plain::precise(&states), plain::precise(&table)]);
        assert!((loss - wanted).abs() < 1e-6 * wanted);
        plain::assert_gradient(&[&states, &table], &[&of_states, &of_table], plainly);
    }

    #[test]
    fn with_every_item_drawn_once_the_sample_is_everything() {
        for items in [23, 2 * ITEMS + 23] {
            let drawn: Vec<u32> = (0..items as u32).rev().collect();
            let negatives = Negatives { logs: vec![0.0; items], items: drawn };
            assert_same(&by_sample(items, &negatives), &in_full(items));
        }
    }

    #[test]
    fn what_is_drawn_twice_counts_half_each_time() {
        let items: Vec<u32> = (0..23).chain(0..23).collect();
        let negatives = Negatives { logs: vec![2.0_f32.ln(); items.len()], items };
        assert_same(&by_sample(23, &negatives), &in_full(23));
        let (nothing, of_states, _) = by_sample(23, &Negatives::default());
        assert!(nothing.abs() < 1e-9 && of_states.iter().all(|value| value.abs() < 1e-6));
    }
}
