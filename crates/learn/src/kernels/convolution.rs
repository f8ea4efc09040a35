//! Causal convolution over time, with gaps between what it looks at
//! (WaveNet, van den Oord et al., 2016).
//!
//! A filter of so many taps is as many products of matrices: what a token says
//! to the one that comes so much later.

use crate::product::{View, ViewMut, add_product};
use crate::ragged::Ragged;
use std::ops::Range;

/// A convolution of `weights.len() / (width * columns)` taps, `gap` tokens apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Convolution<'a> {
    /// Numbers of a token.
    pub(crate) width: usize,
    /// Numbers of what comes out.
    pub(crate) columns: usize,
    /// Tokens from one tap to the next.
    pub(crate) gap: usize,
    /// A matrix for each tap, that of the token itself first.
    pub(crate) weights: &'a [f32],
}

impl Convolution<'_> {
    /// Adds to `out`; before a sequence's beginning there are zeros.
    pub(crate) fn forward(&self, x: &[f32], sequences: &Ragged, out: &mut [f32]) {
        let Self { width, columns, .. } = *self;
        for (from, to, tap) in self.pairs(sequences) {
            add_product(
                View::new(&x[from.start * width..from.end * width], width),
                View::new(&self.weights[tap], columns),
                ViewMut::new(&mut out[to.start * columns..to.end * columns], columns),
            );
        }
    }

    /// Adds to both gradients; `gradient` is of `out`.
    pub(crate) fn backward(
        &self,
        x: &[f32],
        sequences: &Ragged,
        gradient: &[f32],
        x_gradient: &mut [f32],
        weights_gradient: &mut [f32],
    ) {
        let Self { width, columns, .. } = *self;
        for (from, to, tap) in self.pairs(sequences) {
            let from = from.start * width..from.end * width;
            let of_out = View::new(&gradient[to.start * columns..to.end * columns], columns);
            add_product(
                View::new(&x[from.clone()], width).turned(),
                of_out,
                ViewMut::new(&mut weights_gradient[tap.clone()], columns),
            );
            add_product(
                of_out,
                View::new(&self.weights[tap], columns).turned(),
                ViewMut::new(&mut x_gradient[from], width),
            );
        }
    }

    /// The tokens that speak, those that hear, and the place of the tap's weights.
    fn pairs(
        &self,
        sequences: &Ragged,
    ) -> impl Iterator<Item = (Range<usize>, Range<usize>, Range<usize>)> {
        let size = self.width * self.columns;
        let (taps, gap) = (self.weights.len() / size, self.gap);
        sequences.ranges().flat_map(move |range| {
            (0..taps).map_while(move |tap| {
                let late = tap * gap;
                (late < range.len()).then(|| {
                    let (from, to) = (range.start..range.end - late, range.start + late..range.end);
                    (from, to, tap * size..(tap + 1) * size)
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};

    #[test]
    fn it_is_the_plain_one() {
        let (width, columns, taps, gap) = (3, 4, 3, 2);
        let sequences = Ragged::new([1, 7, 0, 3]);
        let tokens = sequences.tokens();
        let mut random = Random::new(1);
        let x = random.numbers(tokens * width);
        let weights = random.numbers(taps * width * columns);
        let pull = random.numbers(tokens * columns);
        let convolution = Convolution { width, columns, gap, weights: &weights };
        let mut out = vec![0.0; tokens * columns];
        convolution.forward(&x, &sequences, &mut out);
        let plainly =
            |at: &[Vec<f64>]| plain::convolution(&at[0], &sequences, &at[1], [width, columns, gap]);
        let at = [&x, &weights].map(|values| plain::precise(values));
        plain::assert_close(&out, &plainly(&at));
        let (mut of_x, mut of_weights) = (vec![0.0; x.len()], vec![0.0; weights.len()]);
        convolution.backward(&x, &sequences, &pull, &mut of_x, &mut of_weights);
        plain::assert_gradient(&[&x, &weights], &[&of_x, &of_weights], |at| {
            plain::weighed(&plainly(at), &pull)
        });
    }
}
