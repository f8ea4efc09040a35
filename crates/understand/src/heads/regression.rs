//! Multinomial logistic regression with an L2 penalty, fitted by L-BFGS
//! (Nocedal and Wright, *Numerical Optimization*, algorithm 7.4) with
//! backtracking. The loss is convex: there is one answer, and no chance in it.

use super::features::Row;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Pairs of steps that L-BFGS remembers.
const MEMORY: usize = 8;
/// Most steps.
const STEPS: usize = 80;
/// A step that lowers the loss by less than this share is the last one.
const TOLERANCE: f64 = 1e-5;

/// Weights of a fitted model, flat: for each class the dense ones, then for
/// each sparse feature one a class, then a bias a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Weights {
    classes: usize,
    dense: usize,
    sparse: usize,
    values: Vec<f32>,
}

impl Weights {
    /// All zeros: every class as likely as another.
    pub(super) fn zeros(classes: usize, dense: usize, sparse: usize) -> Self {
        Self { classes, dense, sparse, values: vec![0.0; classes * (dense + sparse + 1)] }
    }

    /// The score of each class.
    pub(super) fn logits(&self, row: &Row) -> Vec<f32> {
        let (head, bias) = self.values.split_at(self.classes * (self.dense + self.sparse));
        let (dense, sparse) = head.split_at(self.classes * self.dense);
        let mut logits = bias.to_vec();
        if !row.dense.is_empty() {
            for (logit, weights) in logits.iter_mut().zip(dense.chunks_exact(self.dense)) {
                *logit += dot(weights, &row.dense);
            }
        }
        for (place, value) in &row.sparse {
            let start = *place as usize * self.classes;
            let weights = &sparse[start..start + self.classes];
            logits.iter_mut().zip(weights).for_each(|(logit, weight)| *logit += weight * value);
        }
        logits
    }

    /// How much a sparse feature speaks for `class`, beyond what it does for the mean class.
    pub(super) fn favour(&self, place: u32, class: usize) -> f32 {
        let start = self.classes * self.dense + place as usize * self.classes;
        let weights = &self.values[start..start + self.classes];
        weights[class] - weights.iter().sum::<f32>() / self.classes as f32
    }

    /// Adds `errors[class] * row` to every class's weights.
    fn add(&mut self, row: &Row, errors: &[f32]) {
        let (head, bias) = self.values.split_at_mut(self.classes * (self.dense + self.sparse));
        let (dense, sparse) = head.split_at_mut(self.classes * self.dense);
        bias.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error);
        if !row.dense.is_empty() {
            for (sums, error) in dense.chunks_exact_mut(self.dense).zip(errors) {
                sums.iter_mut().zip(&row.dense).for_each(|(sum, value)| *sum += error * value);
            }
        }
        for (place, value) in &row.sparse {
            let start = *place as usize * self.classes;
            let sums = &mut sparse[start..start + self.classes];
            sums.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error * value);
        }
    }

    /// Mean negative log-likelihood plus `penalty / 2` times the square of the
    /// weights (not of the bias), and its gradient.
    fn loss(&self, rows: &[&Row], labels: &[usize], penalty: f32) -> (f64, Self) {
        let mut gradient = Self::zeros(self.classes, self.dense, self.sparse);
        let (mut loss, share) = (0.0_f64, 1.0 / rows.len() as f32);
        for (row, label) in rows.iter().zip(labels) {
            let mut errors = softmax(&self.logits(row), 1.0);
            loss -= f64::from(errors[*label].max(f32::MIN_POSITIVE)).ln();
            errors[*label] -= 1.0;
            for error in &mut errors {
                *error *= share;
            }
            gradient.add(row, &errors);
        }
        let penalised = self.classes * (self.dense + self.sparse);
        let mut squares = 0.0_f64;
        for (sum, weight) in gradient.values.iter_mut().zip(&self.values).take(penalised) {
            *sum += penalty * weight;
            squares += f64::from(weight * weight);
        }
        (loss / rows.len() as f64 + f64::from(penalty) / 2.0 * squares, gradient)
    }

    fn moved(&self, direction: &[f32], step: f32) -> Self {
        let values = self.values.iter().zip(direction).map(|(value, way)| value + step * way);
        Self { values: values.collect(), ..*self }
    }
}

/// Fits from `start`. `strength` is the usual C: the penalty on the sum of the
/// losses is the square of the weights over 2 C.
pub(super) fn fit(start: Weights, rows: &[&Row], labels: &[usize], strength: f32) -> Weights {
    let penalty = 1.0 / (strength * rows.len() as f32);
    let mut at = start;
    let (mut loss, mut gradient) = at.loss(rows, labels, penalty);
    let mut memory: VecDeque<(Vec<f32>, Vec<f32>, f64)> = VecDeque::new();
    for _ in 0..STEPS {
        let direction = direction(&gradient.values, &memory);
        let slope = inner(&direction, &gradient.values);
        if slope >= 0.0 {
            break;
        }
        // The first direction is the bare gradient, whose length means nothing.
        let first = 1.0 / inner(&gradient.values, &gradient.values).sqrt().max(1e-12);
        let mut step = if memory.is_empty() { first as f32 } else { 1.0 };
        let found = (0..30).find_map(|_| {
            let next = at.moved(&direction, step);
            let (value, slopes) = next.loss(rows, labels, penalty);
            let enough = value <= loss + 1e-4 * f64::from(step) * slope;
            step *= 0.5;
            enough.then_some((next, value, slopes))
        });
        let Some((next, value, slopes)) = found else { break };
        let way = difference(&next.values, &at.values);
        let bend = difference(&slopes.values, &gradient.values);
        let curvature = inner(&way, &bend);
        if curvature > 1e-12 {
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back((way, bend, 1.0 / curvature));
        }
        let gained = loss - value;
        (at, loss, gradient) = (next, value, slopes);
        if gained <= TOLERANCE * loss.abs() {
            break;
        }
    }
    at
}

/// Minus the gradient, times the curvature that was seen on the way.
fn direction(gradient: &[f32], memory: &VecDeque<(Vec<f32>, Vec<f32>, f64)>) -> Vec<f32> {
    let mut way: Vec<f32> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for (step, bend, inverse) in memory.iter().rev() {
        let share = inverse * inner(step, &way);
        add(&mut way, bend, -share as f32);
        shares.push(share);
    }
    if let Some((_, bend, inverse)) = memory.back() {
        let scale = (1.0 / (inverse * inner(bend, bend))) as f32;
        for value in &mut way {
            *value *= scale;
        }
    }
    for ((step, bend, inverse), share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = inverse * inner(bend, &way);
        add(&mut way, step, (share - back) as f32);
    }
    way
}

/// Probabilities of scores at a temperature.
pub(super) fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut shares: Vec<f32> =
        logits.iter().map(|logit| ((logit - most) / temperature).exp()).collect();
    let sum: f32 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    shares
}

fn add(to: &mut [f32], values: &[f32], times: f32) {
    to.iter_mut().zip(values).for_each(|(sum, value)| *sum += times * value);
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn inner(a: &[f32], b: &[f32]) -> f64 {
    // Blocks in f32 are fast, their sum in f64 keeps what small gradients say.
    let blocks = a.chunks(4096).zip(b.chunks(4096));
    blocks.map(|(a, b)| f64::from(dot(a, b))).sum()
}

/// Eight sums side by side, which the compiler makes one vector of.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (Vec<Row>, Vec<usize>) {
        let mut lot = fastrand::Rng::with_seed(7);
        let mut rows = Vec::new();
        let mut labels = Vec::new();
        for number in 0..90 {
            let label = number % 3;
            let noise = |lot: &mut fastrand::Rng| lot.f32() * 2.0 - 1.0;
            let dense: Vec<f32> =
                (0..9).map(|d| noise(&mut lot) + f32::from(u8::from(d == label))).collect();
            let sparse = vec![(label as u32, 0.5), (3 + lot.u32(0..3), noise(&mut lot))];
            rows.push(Row { dense, sparse });
            labels.push(label);
        }
        (rows, labels)
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let (rows, labels) = rows();
        let rows: Vec<&Row> = rows.iter().collect();
        let mut at = Weights::zeros(3, 9, 6);
        let mut lot = fastrand::Rng::with_seed(3);
        for value in &mut at.values {
            *value = lot.f32() - 0.5;
        }
        let (_, gradient) = at.loss(&rows, &labels, 0.1);
        for place in 0..at.values.len() {
            let moved = |by: f32| {
                let mut at = at.clone();
                at.values[place] += by;
                at.loss(&rows, &labels, 0.1).0
            };
            let slope = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((slope - f64::from(gradient.values[place])).abs() < 1e-3, "{place}");
        }
    }

    #[test]
    fn a_fit_is_the_lowest_point_and_tells_classes_apart() {
        let (rows, labels) = rows();
        let rows: Vec<&Row> = rows.iter().collect();
        let fitted = fit(Weights::zeros(3, 9, 6), &rows, &labels, 1.0);
        let (_, gradient) = fitted.loss(&rows, &labels, 1.0 / 90.0);
        assert!(inner(&gradient.values, &gradient.values).sqrt() < 0.02);
        let right = rows.iter().zip(&labels).filter(|(row, label)| {
            let logits = fitted.logits(row);
            (0..3).all(|class| logits[class] <= logits[**label])
        });
        assert!(right.count() > 80);
        assert!(fitted.favour(0, 0) > 0.0 && fitted.favour(0, 1) < 0.0);
    }

    #[test]
    fn probabilities_sum_to_one_and_heat_levels_them() {
        let cold = softmax(&[2.0, 0.0, 900.0], 1.0);
        assert!((cold.iter().sum::<f32>() - 1.0).abs() < 1e-6 && cold[2] > 0.999);
        let (cold, hot) = (softmax(&[1.0, 0.0], 1.0), softmax(&[1.0, 0.0], 4.0));
        assert!(hot[0] < cold[0] && hot[0] > 0.5);
    }
}
