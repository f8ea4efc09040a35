//! The conditional logit: which weights of some features make the chosen one
//! of many alternatives likeliest (McFadden, 1974).

use super::algebra::{each, solve};

/// One choice: features of every alternative, and which one was taken.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// Alternative after alternative.
    pub(super) features: Vec<f32>,
    /// The one taken.
    pub(super) taken: usize,
}

/// Loss of one choice with its first and second derivatives.
#[derive(Clone)]
struct Moments {
    loss: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
}

/// Weights that maximise the mean log-likelihood of the choices, less `ridge`
/// times their square, by Newton's method. The problem is convex: there is one
/// answer, the same every time.
pub(super) fn fit(choices: &[Choice], width: usize, ridge: f64) -> Vec<f32> {
    let mut weights = vec![0.0_f64; width];
    let mut here = moments(choices, &weights, ridge);
    for _ in 0..30 {
        let mut step = here.gradient.clone();
        solve(&mut here.hessian.clone(), &mut step);
        let promised: f64 = step.iter().zip(&here.gradient).map(|(s, g)| s * g).sum();
        if promised < 1e-7 {
            break;
        }
        let mut length = 1.0;
        loop {
            let tried: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w - length * s).collect();
            let there = moments(choices, &tried, ridge);
            if there.loss <= here.loss - 1e-4 * length * promised {
                (weights, here) = (tried, there);
                break;
            }
            length /= 2.0;
            if length < 1e-4 {
                return weights.into_iter().map(|weight| weight as f32).collect();
            }
        }
    }
    weights.into_iter().map(|weight| weight as f32).collect()
}

/// Means over the choices, with the ridge.
fn moments(choices: &[Choice], weights: &[f64], ridge: f64) -> Moments {
    let width = weights.len();
    let empty =
        Moments { loss: 0.0, gradient: vec![0.0; width], hessian: vec![0.0; width * width] };
    let mut each_choice = vec![empty.clone(); choices.len()];
    each(choices.iter().zip(&mut each_choice), |(choice, out)| of_choice(choice, weights, out));
    // Summed in order, so that the answer doesn't depend on the threads.
    let mut sum = empty;
    let share = 1.0 / choices.len().max(1) as f64;
    for one in each_choice {
        sum.loss += one.loss * share;
        sum.gradient.iter_mut().zip(&one.gradient).for_each(|(s, v)| *s += v * share);
        sum.hessian.iter_mut().zip(&one.hessian).for_each(|(s, v)| *s += v * share);
    }
    for (place, weight) in weights.iter().enumerate() {
        sum.loss += ridge * weight * weight;
        sum.gradient[place] += 2.0 * ridge * weight;
        sum.hessian[place * width + place] += 2.0 * ridge;
    }
    sum
}

fn of_choice(choice: &Choice, weights: &[f64], out: &mut Moments) {
    let width = weights.len();
    let small: Vec<f32> = weights.iter().map(|weight| *weight as f32).collect();
    let rows = || choice.features.chunks_exact(width);
    let value = |row: &[f32]| -> f32 { row.iter().zip(&small).map(|(f, w)| f * w).sum() };
    let mut shares: Vec<f32> = rows().map(value).collect();
    let taken = shares[choice.taken];
    let most = shares.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0_f64;
    for share in &mut shares {
        *share = (*share - most).exp();
        total += f64::from(*share);
    }
    out.loss = total.ln() - f64::from(taken - most);
    let mut mean = vec![0.0_f32; width];
    let mut second = vec![0.0_f32; width * width];
    for (row, share) in rows().zip(&shares) {
        let share = *share / total as f32;
        if share == 0.0 {
            continue;
        }
        for (i, value) in row.iter().enumerate() {
            let scaled = share * value;
            mean[i] += scaled;
            second[i * width..][..width].iter_mut().zip(row).for_each(|(s, v)| *s += scaled * v);
        }
    }
    let chosen = &choice.features[choice.taken * width..][..width];
    for i in 0..width {
        out.gradient[i] = f64::from(mean[i] - chosen[i]);
        for j in 0..width {
            out.hessian[i * width + j] = f64::from(second[i * width + j] - mean[i] * mean[j]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Choices drawn from known weights are explained by about these weights.
    #[test]
    fn known_weights_are_found_again() {
        let truth = [1.5_f32, -0.7, 0.0];
        let mut random = fastrand::Rng::with_seed(11);
        let choices: Vec<Choice> = (0..4000)
            .map(|_| {
                let features: Vec<f32> = (0..20 * 3).map(|_| random.f32() * 2.0 - 1.0).collect();
                let odds = features
                    .chunks_exact(3)
                    .map(|row| row.iter().zip(&truth).map(|(f, w)| f * w).sum::<f32>().exp());
                let odds: Vec<f32> = odds.collect();
                let mut left = random.f32() * odds.iter().sum::<f32>();
                let taken = (0..20).find(|place| {
                    left -= odds[*place];
                    left <= 0.0
                });
                Choice { features, taken: taken.unwrap_or(19) }
            })
            .collect();
        let found = fit(&choices, 3, 1e-6);
        for (found, truth) in found.iter().zip(truth) {
            assert!((found - truth).abs() < 0.1, "{found} for {truth}");
        }
        let held = fit(&choices, 3, 1e3);
        assert!(held.iter().all(|weight| weight.abs() < 1e-3), "a ridge holds back: {held:?}");
    }
}
