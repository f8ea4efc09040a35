//! Layer normalisation (Ba et al., 2016).

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use crate::lanes::{add, dot, sum, wide};

const EPSILON: f32 = 1e-6;

/// Each row of `x` brought to mean 0 and variance 1, then `(1 + gain) x + bias`.
/// `parameters` are the gain, then the bias; both begin, and decay, to 0.
pub(crate) fn forward(x: &[f32], parameters: &[f32], out: &mut [f32]) {
    let width = parameters.len() / 2;
    let (gain, bias) = parameters.split_at(width);
    wide(|| {
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            let (mean, scale) = moments(x);
            for (((out, x), gain), bias) in out.iter_mut().zip(x).zip(gain).zip(bias) {
                *out = (x - mean) * scale * (1.0 + gain) + bias;
            }
        }
    });
}

/// Adds to `x_gradient`; `gradient` is of the output and is used up.
pub(crate) fn backward(
    x: &[f32],
    parameters: &[f32],
    gradient: &mut [f32],
    x_gradient: &mut [f32],
    parameters_gradient: &mut [f32],
) {
    let width = parameters.len() / 2;
    let gain = &parameters[..width];
    let (gain_gradient, bias_gradient) = parameters_gradient.split_at_mut(width);
    let mut standard = vec![0.0; width];
    let rows = x.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
    wide(|| {
        for ((x, gradient), out) in rows.zip(x_gradient.chunks_exact_mut(width)) {
            let (mean, scale) = moments(x);
            for (standard, x) in standard.iter_mut().zip(x) {
                *standard = (x - mean) * scale;
            }
            add(bias_gradient, gradient);
            for ((sum, gradient), standard) in
                gain_gradient.iter_mut().zip(&*gradient).zip(&standard)
            {
                *sum += gradient * standard;
            }
            for (gradient, gain) in gradient.iter_mut().zip(gain) {
                *gradient *= 1.0 + gain;
            }
            let along = dot(gradient, &standard) / width as f32;
            let mean = sum(gradient) / width as f32;
            for ((out, gradient), standard) in out.iter_mut().zip(&*gradient).zip(&standard) {
                *out += scale * (gradient - mean - standard * along);
            }
        }
    });
}

/// The mean and one over the standard deviation.
#[inline(always)]
fn moments(x: &[f32]) -> (f32, f32) {
    let count = x.len() as f32;
    let mean = sum(x) / count;
    // Twice over the row rather than the mean of squares, which cancels.
    let mut squares = [0.0; 16];
    let (chunks, rest) = x.as_chunks::<16>();
    for chunk in chunks {
        for lane in 0..16 {
            squares[lane] += (chunk[lane] - mean) * (chunk[lane] - mean);
        }
    }
    let rest: f32 = rest.iter().map(|x| (x - mean) * (x - mean)).sum();
    let variance = (squares.iter().sum::<f32>() + rest) / count;
    (mean, 1.0 / (variance + EPSILON).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};

    #[test]
    fn it_is_the_plain_one() {
        let mut random = Random::new(1);
        for width in [3, 16, 21] {
            let (x, parameters) = (random.numbers(4 * width), random.numbers(2 * width));
            let weights = random.numbers(4 * width);
            let mut out = vec![f32::NAN; 4 * width];
            forward(&x, &parameters, &mut out);
            plain::assert_close(
                &out,
                &plain::norm(&plain::precise(&x), &plain::precise(&parameters)),
            );
            let (mut x_gradient, mut parameters_gradient) =
                (vec![0.0; x.len()], vec![0.0; 2 * width]);
            backward(
                &x,
                &parameters,
                &mut weights.clone(),
                &mut x_gradient,
                &mut parameters_gradient,
            );
            plain::assert_gradient(
                &[&x, &parameters],
                &[&x_gradient, &parameters_gradient],
                |at| plain::weighed(&plain::norm(&at[0], &at[1]), &weights),
            );
        }
    }
}
