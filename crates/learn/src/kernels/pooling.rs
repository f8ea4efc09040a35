//! One vector of a whole sequence: its states, weighed by attention.
//!
//! A query of nothing but zeros makes it their mean.

use crate::lanes::{add_scaled, dot, exponentiate, largest, scale, wide};
use crate::ragged::Ragged;

/// `out` is the sum of a sequence's states, each with its share of the softmax
/// of `state query`; `shares` keeps these, token by token. A sequence without
/// tokens has zeros.
pub(crate) fn forward(
    states: &[f32],
    sequences: &Ragged,
    query: &[f32],
    out: &mut [f32],
    shares: &mut [f32],
) {
    let width = query.len();
    wide(|| {
        for (range, out) in sequences.ranges().zip(out.chunks_exact_mut(width)) {
            out.fill(0.0);
            let shares = &mut shares[range.clone()];
            let states = &states[range.start * width..range.end * width];
            for (share, state) in shares.iter_mut().zip(states.chunks_exact(width)) {
                *share = dot(state, query);
            }
            let most = largest(shares);
            let total = exponentiate(shares, most);
            scale(shares, 1.0 / total);
            for (share, state) in shares.iter().zip(states.chunks_exact(width)) {
                add_scaled(out, *share, state);
            }
        }
    });
}

/// Adds to `states_gradient` and to that of the query; `shares` and `out` are
/// what the forward left, `gradient` is of `out`.
#[expect(clippy::too_many_arguments, reason = "what the forward has, and its gradients")]
pub(crate) fn backward(
    states: &[f32],
    sequences: &Ragged,
    query: &[f32],
    shares: &[f32],
    out: &[f32],
    gradient: &[f32],
    states_gradient: &mut [f32],
    query_gradient: &mut [f32],
) {
    let width = query.len();
    wide(|| {
        let rows = out.chunks_exact(width).zip(gradient.chunks_exact(width));
        for (range, (out, gradient)) in sequences.ranges().zip(rows) {
            let along = dot(out, gradient);
            for token in range {
                let place = token * width..(token + 1) * width;
                let (state, of_state) = (&states[place.clone()], &mut states_gradient[place]);
                let of_score = shares[token] * (dot(state, gradient) - along);
                add_scaled(of_state, shares[token], gradient);
                add_scaled(of_state, of_score, query);
                add_scaled(query_gradient, of_score, state);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};

    fn plainly(states: &[f64], sequences: &Ragged, query: &[f64]) -> Vec<f64> {
        let width = query.len();
        let mut out = Vec::new();
        for range in sequences.ranges() {
            let states: Vec<&[f64]> =
                states[range.start * width..range.end * width].chunks(width).collect();
            let weights: Vec<f64> = states
                .iter()
                .map(|state| state.iter().zip(query).map(|(a, b)| a * b).sum::<f64>().exp())
                .collect();
            let total: f64 = weights.iter().sum();
            out.extend((0..width).map(|place| {
                states
                    .iter()
                    .zip(&weights)
                    .map(|(state, weight)| state[place] * weight / total)
                    .sum::<f64>()
            }));
        }
        out
    }

    #[test]
    fn it_is_the_plain_one() {
        let (width, sequences) = (5, Ragged::new([1, 4, 17]));
        let mut random = Random::new(1);
        let (states, query) = (random.numbers(sequences.tokens() * width), random.numbers(width));
        let pull = random.numbers(3 * width);
        let (mut out, mut shares) = (vec![f32::NAN; 3 * width], vec![f32::NAN; sequences.tokens()]);
        forward(&states, &sequences, &query, &mut out, &mut shares);
        plain::assert_close(
            &out,
            &plainly(&plain::precise(&states), &sequences, &plain::precise(&query)),
        );
        let (mut of_states, mut of_query) = (vec![0.0; states.len()], vec![0.0; width]);
        backward(&states, &sequences, &query, &shares, &out, &pull, &mut of_states, &mut of_query);
        plain::assert_gradient(&[&states, &query], &[&of_states, &of_query], |at| {
            plain::weighed(&plainly(&at[0], &sequences, &at[1]), &pull)
        });
    }

    #[test]
    fn without_a_query_it_is_the_mean_and_nothing_is_zeros() {
        let sequences = Ragged::new([2, 0]);
        let (mut out, mut shares) = (vec![f32::NAN; 4], vec![f32::NAN; 2]);
        forward(&[1.0, 2.0, 3.0, 6.0], &sequences, &[0.0, 0.0], &mut out, &mut shares);
        assert_eq!(out, [2.0, 4.0, 0.0, 0.0]);
    }
}
