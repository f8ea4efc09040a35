//! Temperature scaling (Guo et al., "On Calibration of Modern Neural
//! Networks", 2017): one number that makes confidences honest.

use super::regression::softmax;

/// Mean negative log-likelihood of held-out scores at a temperature.
fn surprise(held_out: &[(Vec<f32>, usize)], temperature: f32) -> f64 {
    let sum: f64 = held_out
        .iter()
        .map(|(logits, label)| -f64::from(softmax(logits, temperature)[*label].max(1e-12)).ln())
        .sum();
    sum / held_out.len().max(1) as f64
}

/// The temperature, between 1/8 and 8, at which held-out labels surprise
/// least, and how much they then do. Golden-section search on its logarithm.
pub(super) fn fit(held_out: &[(Vec<f32>, usize)]) -> (f32, f64) {
    let golden = (5.0_f32.sqrt() - 1.0) / 2.0;
    let at = |log: f32| surprise(held_out, log.exp());
    let (mut low, mut high) = (-(8.0_f32.ln()), 8.0_f32.ln());
    for _ in 0..24 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if at(left) <= at(right) { high = right } else { low = left }
    }
    let temperature = f32::midpoint(low, high).exp();
    (temperature, surprise(held_out, temperature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfidence_is_cooled() {
        // Scores that claim 98 % and are right in 75 %.
        let scores: Vec<(Vec<f32>, usize)> =
            (0..100).map(|i| (vec![4.0, 0.0], usize::from(i % 4 == 0))).collect();
        let (temperature, surprise) = fit(&scores);
        let confidence = softmax(&[4.0, 0.0], temperature)[0];
        assert!((confidence - 0.75).abs() < 0.01, "{confidence}");
        assert!(surprise < super::surprise(&scores, 1.0));
    }
}
