//! Loops over numbers, as wide as the processor.
//!
//! They are plain Rust over sixteen lanes; [`pulp`] compiles them for every
//! kind of processor and takes the best one at run time. What runs inside
//! [`wide`] must be inlined into it, hence the attributes.

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use pulp::Arch;

/// Sums that are carried side by side, because the compiler may not reorder
/// the additions of a single one.
const LANES: usize = 16;

/// Runs loops compiled for this very processor.
#[inline(always)]
pub(crate) fn wide<R>(run: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(run)
}

/// `e^x`, to 2 units in the last place from -87 to 88, and clamped outside;
/// no number stays none. Cephes' polynomial, without a branch.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which is then in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LOW: f32 = -87.3;
    const HIGH: f32 = 88.3;
    // Not `clamp` or `max`: comparisons in this direction keep NaN.
    let x = if x < LOW { LOW } else { x };
    let x = if x > HIGH { HIGH } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut value = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        value = value * rest + coefficient;
    }
    let value = value * rest * rest + rest + 1.0;
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    value * f32::from_bits(power)
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, to about 1e-7.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

/// The sum.
#[inline(always)]
pub(crate) fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// Sum of products.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// `y += factor * x`.
#[inline(always)]
pub(crate) fn add_scaled(y: &mut [f32], factor: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// `y += x`.
#[inline(always)]
pub(crate) fn add(y: &mut [f32], x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

/// `y *= factor`.
#[inline(always)]
pub(crate) fn scale(y: &mut [f32], factor: f32) {
    for y in y {
        *y *= factor;
    }
}

/// The largest.
#[inline(always)]
pub(crate) fn largest(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut found = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            found[lane] = if chunk[lane] > found[lane] { chunk[lane] } else { found[lane] };
        }
    }
    found.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Replaces each `x` by `e^(x - shift)`; returns their sum.
#[inline(always)]
pub(crate) fn exponentiate(values: &mut [f32], shift: f32) -> f32 {
    let (chunks, rest) = values.as_chunks_mut::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            chunk[lane] = exp(chunk[lane] - shift);
            sums[lane] += chunk[lane];
        }
    }
    let mut total = sums.iter().sum::<f32>();
    for value in rest {
        *value = exp(*value - shift);
        total += *value;
    }
    total
}

/// A list of `count` numbers to write to, its memory used again. What is in it
/// is left over and means nothing.
pub(crate) fn room(list: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if list.len() < count {
        list.resize(count, 0.0);
    }
    &mut list[..count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_those_of_the_books() {
        let mut worst = (0.0_f64, 0.0_f64, 0.0_f64);
        for step in -8600..=8700 {
            let x = step as f32 / 100.0;
            let precise = f64::from(x);
            let relative = (f64::from(wide(|| exp(x))) / precise.exp() - 1.0).abs();
            let logistic = (f64::from(sigmoid(x)) - 1.0 / (1.0 + (-precise).exp())).abs();
            let tangent = (f64::from(tanh(x)) - precise.tanh()).abs();
            worst = (worst.0.max(relative), worst.1.max(logistic), worst.2.max(tangent));
        }
        assert!(worst.0 < 3e-7 && worst.1 < 2e-7 && worst.2 < 4e-7, "{worst:?}");
        assert!(exp(f32::NAN).is_nan());
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(f32::INFINITY).is_finite());
    }

    #[test]
    fn rows_of_any_length_are_summed() {
        for count in [0, 1, 15, 16, 17, 50] {
            let values: Vec<f32> = (0..count).map(|value| value as f32 - 7.0).collect();
            let precise = || values.iter().map(|value| f64::from(*value));
            assert_eq!(f64::from(sum(&values)), precise().sum::<f64>());
            assert_eq!(f64::from(dot(&values, &values)), precise().map(|v| v * v).sum::<f64>());
            let last = values.last().copied().unwrap_or(f32::NEG_INFINITY);
            assert_eq!(largest(&values), last);
            let wanted: f64 = precise().map(|value| (value - 40.0).exp()).sum();
            let found = f64::from(exponentiate(&mut values.clone(), 40.0));
            assert!((found - wanted).abs() <= 1e-6 * wanted);
        }
    }
}
