//! The gated unit of a feed-forward layer: SwiGLU (Shazeer, 2020).

use crate::lanes::{sigmoid, wide};

/// `out = silu(gate) up`, where a row of `x` is the gates, then the ups, and
/// `silu(g) = g / (1 + e^-g)`. Rows of `out` have `hidden` numbers.
pub(crate) fn forward(x: &[f32], hidden: usize, out: &mut [f32]) {
    wide(|| {
        for (x, out) in x.chunks_exact(2 * hidden).zip(out.chunks_exact_mut(hidden)) {
            let (gates, ups) = x.split_at(hidden);
            for ((out, gate), up) in out.iter_mut().zip(gates).zip(ups) {
                *out = gate * sigmoid(*gate) * up;
            }
        }
    });
}

/// Sets `x_gradient`.
pub(crate) fn backward(x: &[f32], hidden: usize, gradient: &[f32], x_gradient: &mut [f32]) {
    let rows = x.chunks_exact(2 * hidden).zip(gradient.chunks_exact(hidden));
    wide(|| {
        for ((x, gradient), out) in rows.zip(x_gradient.chunks_exact_mut(2 * hidden)) {
            let (gates, ups) = x.split_at(hidden);
            let (of_gates, of_ups) = out.split_at_mut(hidden);
            let inputs = gates.iter().zip(ups).zip(gradient);
            for (((gate, up), gradient), (of_gate, of_up)) in
                inputs.zip(of_gates.iter_mut().zip(of_ups))
            {
                let open = sigmoid(*gate);
                *of_up = gradient * gate * open;
                *of_gate = gradient * up * open * (1.0 + gate * (1.0 - open));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};

    #[test]
    fn it_is_the_plain_one() {
        let (mut random, hidden) = (Random::new(1), 19);
        let (x, weights) = (random.numbers(3 * 2 * hidden), random.numbers(3 * hidden));
        let mut out = vec![f32::NAN; 3 * hidden];
        forward(&x, hidden, &mut out);
        plain::assert_close(&out, &plain::gated(&plain::precise(&x), hidden));
        let mut x_gradient = vec![f32::NAN; x.len()];
        backward(&x, hidden, &weights, &mut x_gradient);
        plain::assert_gradient(&[&x], &[&x_gradient], |at| {
            plain::weighed(&plain::gated(&at[0], hidden), &weights)
        });
    }
}
