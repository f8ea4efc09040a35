//! The definitions, in double precision and without a thought for speed: what
//! kernels are tested against, and finite differences of them.

use crate::encoder::{Encoder, Pass};
use crate::noise::SILENCE;
use crate::ragged::Ragged;

/// Seeded numbers between -1 and 1.
pub(crate) struct Random(fastrand::Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| 2.0 * self.0.f32() - 1.0).collect()
    }
}

pub(crate) fn precise(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

pub(crate) fn assert_close(found: &[f32], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    let most = wanted.iter().fold(1.0_f64, |most, value| most.max(value.abs()));
    for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let off = (f64::from(*found) - wanted).abs();
        assert!(off < 5e-6 * most, "number {place} is {found}, not {wanted}");
    }
}

/// The gradients of `loss`, which takes several lists of numbers, are those of
/// central differences in double precision.
pub(crate) fn assert_gradient(
    at: &[&[f32]],
    gradients: &[&[f32]],
    loss: impl Fn(&[Vec<f64>]) -> f64,
) {
    const STEP: f64 = 1e-5;
    let mut place: Vec<Vec<f64>> = at.iter().map(|values| precise(values)).collect();
    for (list, gradient) in gradients.iter().enumerate() {
        let differences: Vec<f64> = (0..gradient.len())
            .map(|number| {
                let middle = place[list][number];
                place[list][number] = middle + STEP;
                let above = loss(&place);
                place[list][number] = middle - STEP;
                let below = loss(&place);
                place[list][number] = middle;
                (above - below) / (2.0 * STEP)
            })
            .collect();
        assert_close(gradient, &differences);
        assert!(differences.iter().any(|value| value.abs() > 1e-3), "list {list} moves nothing");
    }
}

/// An encoder's forward is `plainly`, of its parameters and tokens, and its
/// backward gives the gradients of it, pulled at by some weights.
pub(crate) fn assert_encoder<E: Encoder>(
    encoder: &E,
    parameters: &[f32],
    sequences: &Ragged,
    [x, pull]: [&[f32]; 2],
    plainly: impl Fn(&[f64], &[f64]) -> Vec<f64>,
) {
    let tape = &mut E::Tape::default();
    let mut out = x.to_vec();
    let pass = Pass { parameters, sequences, noise: SILENCE };
    encoder.forward(&pass, &mut out, tape);
    assert_close(&out, &plainly(&precise(parameters), &precise(x)));
    let (mut of_x, mut gradient) = (pull.to_vec(), vec![0.0; parameters.len()]);
    encoder.backward(&pass, &mut of_x, tape, &mut gradient);
    assert_gradient(&[x, parameters], &[&of_x, &gradient], |at| {
        weighed(&plainly(&at[1], &at[0]), pull)
    });
}

/// A loss that pulls each number by its weight.
pub(crate) fn weighed(values: &[f64], weights: &[f32]) -> f64 {
    assert_eq!(values.len(), weights.len());
    values.iter().zip(weights).map(|(value, weight)| value * f64::from(*weight)).sum()
}

/// Rows times a matrix of so many columns.
pub(crate) fn product(rows: &[f64], matrix: &[f64], columns: usize) -> Vec<f64> {
    let depth = matrix.len() / columns;
    let of_row = |row: &[f64]| -> Vec<f64> {
        (0..columns).map(|c| (0..depth).map(|d| row[d] * matrix[d * columns + c]).sum()).collect()
    };
    rows.chunks(depth).flat_map(of_row).collect()
}

pub(crate) fn norm(x: &[f64], parameters: &[f64]) -> Vec<f64> {
    let width = parameters.len() / 2;
    let of_row = |row: &[f64]| -> Vec<f64> {
        let mean = row.iter().sum::<f64>() / width as f64;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
        let standard = |x: f64| (x - mean) / (variance + 1e-6).sqrt();
        (0..width)
            .map(|place| {
                standard(row[place]) * (1.0 + parameters[place]) + parameters[width + place]
            })
            .collect()
    };
    x.chunks(width).flat_map(of_row).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

pub(crate) fn gated(x: &[f64], hidden: usize) -> Vec<f64> {
    let of_row =
        |row: &[f64]| (0..hidden).map(|h| row[h] * sigmoid(row[h]) * row[hidden + h]).collect();
    x.chunks(2 * hidden).flat_map::<Vec<f64>, _>(of_row).collect()
}

pub(crate) fn attention(qkv: &[f64], sequences: &Ragged, width: usize, heads: usize) -> Vec<f64> {
    let side = width / heads;
    let mut out = vec![0.0; sequences.tokens() * width];
    for range in sequences.ranges() {
        for query in range.clone() {
            for head in 0..heads {
                let at = |token: usize, which: usize, place: usize| {
                    qkv[token * 3 * width + which * width + head * side + place]
                };
                let alike = |key: usize| -> f64 {
                    (0..side).map(|p| at(query, 0, p) * at(key, 1, p)).sum()
                };
                let shares: Vec<f64> = (range.start..=query)
                    .map(|key| (alike(key) / (side as f64).sqrt()).exp())
                    .collect();
                let total: f64 = shares.iter().sum();
                for (key, share) in (range.start..=query).zip(&shares) {
                    for place in 0..side {
                        out[query * width + head * side + place] +=
                            share / total * at(key, 2, place);
                    }
                }
            }
        }
    }
    out
}

pub(crate) fn cross_entropy(states: &[f64], targets: &[u32], table: &[f64], width: usize) -> f64 {
    let of_row = |(state, target): (&[f64], &u32)| {
        let logit = |row: &[f64]| row.iter().zip(state).map(|(a, b)| a * b).sum::<f64>();
        let logits: Vec<f64> = table.chunks(width).map(logit).collect();
        logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[*target as usize]
    };
    states.chunks(width).zip(targets).map(of_row).sum()
}

pub(crate) fn gru(inputs: &[f64], sequences: &Ragged, weights: &[f64], bias: &[f64]) -> Vec<f64> {
    let hidden = bias.len();
    let mut out = Vec::new();
    for range in sequences.ranges() {
        let mut state = vec![0.0; hidden];
        for token in range {
            let said = product(&state, weights, 3 * hidden);
            let input = |place: usize| inputs[token * 3 * hidden + place];
            state = (0..hidden)
                .map(|unit| {
                    let update = sigmoid(input(unit) + said[unit]);
                    let reset = sigmoid(input(hidden + unit) + said[hidden + unit]);
                    let recalled = said[2 * hidden + unit] + bias[unit];
                    let candidate = (input(2 * hidden + unit) + reset * recalled).tanh();
                    (1.0 - update) * candidate + update * state[unit]
                })
                .collect();
            out.extend_from_slice(&state);
        }
    }
    out
}

/// Gates are those that let in, forget, let out, and the candidate.
pub(crate) fn lstm(inputs: &[f64], sequences: &Ragged, weights: &[f64], hidden: usize) -> Vec<f64> {
    let mut out = Vec::new();
    for range in sequences.ranges() {
        let (mut state, mut memory) = (vec![0.0; hidden], vec![0.0; hidden]);
        for token in range {
            let said = product(&state, weights, 4 * hidden);
            let gate = |gate: usize, unit: usize| {
                inputs[token * 4 * hidden + gate * hidden + unit] + said[gate * hidden + unit]
            };
            for unit in 0..hidden {
                let kept = sigmoid(gate(1, unit)) * memory[unit];
                memory[unit] = kept + sigmoid(gate(0, unit)) * gate(3, unit).tanh();
                state[unit] = sigmoid(gate(2, unit)) * memory[unit].tanh();
            }
            out.extend_from_slice(&state);
        }
    }
    out
}

/// Causal, with `gap` tokens between taps; the token's own tap comes first.
pub(crate) fn convolution(
    x: &[f64],
    sequences: &Ragged,
    weights: &[f64],
    [width, columns, gap]: [usize; 3],
) -> Vec<f64> {
    let mut out = vec![0.0; sequences.tokens() * columns];
    for range in sequences.ranges() {
        for token in range.clone() {
            for (tap, matrix) in weights.chunks(width * columns).enumerate() {
                if token < range.start + tap * gap {
                    continue;
                }
                let before = &x[(token - tap * gap) * width..][..width];
                let said = product(before, matrix, columns);
                let heard = &mut out[token * columns..][..columns];
                heard.iter_mut().zip(said).for_each(|(sum, said)| *sum += said);
            }
        }
    }
    out
}
