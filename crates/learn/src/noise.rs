//! Dropout that needs no memory: whether a number is dropped follows from its
//! place and a seed, so the backward asks again what the forward did.

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use crate::lanes::wide;

/// What is dropped in one pass over one group of sequences.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    seed: u32,
    rate: f32,
}

/// No dropout: for answers.
pub(crate) const SILENCE: Noise = Noise { seed: 0, rate: 0.0 };

impl Noise {
    /// Drops a share of `rate`, below 1, by a seed.
    pub fn new(seed: u64, rate: f32) -> Self {
        Self { seed: (mix(seed) >> 32) as u32, rate }
    }

    /// The noise at one site of the network, unlike that of all others.
    pub(crate) fn at(self, site: usize) -> Self {
        Self { seed: scatter(self.seed ^ scatter(site as u32 + 1)), ..self }
    }

    /// Is nothing dropped?
    pub(crate) fn is_silent(self) -> bool {
        self.rate <= 0.0
    }

    /// Drops among `values`, whose first has the place `from`, and scales up
    /// the rest, so that the mean stays.
    pub(crate) fn drop(self, from: usize, values: &mut [f32]) {
        if !self.is_silent() {
            wide(|| self.drop_inlined(from, values));
        }
    }

    /// [`Noise::drop`], for use inside of [`wide`].
    #[inline(always)]
    pub(crate) fn drop_inlined(self, from: usize, values: &mut [f32]) {
        let bound = (f64::from(self.rate) * f64::from(u32::MAX)) as u32;
        let scale = 1.0 / (1.0 - self.rate);
        for (value, place) in values.iter_mut().zip(from as u32..) {
            let kept = if scatter(place ^ self.seed) < bound { 0.0 } else { scale };
            *value *= kept;
        }
    }
}

/// Spreads a number over 32 bits ("lowbias32" of Chris Wellons' search).
#[inline(always)]
const fn scatter(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Spreads a number over 64 bits (the finaliser of `SplitMix64`): seeds of one
/// thing from the seed of another.
pub const fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_share_is_dropped_again() {
        let noise = Noise::new(5, 0.3).at(2);
        let (mut once, mut again, mut other) =
            (vec![1.0; 10_000], vec![1.0; 10_000], vec![1.0; 10_000]);
        noise.drop(7, &mut once);
        noise.drop(7, &mut again[..600]);
        noise.drop(607, &mut again[600..]);
        Noise::new(5, 0.3).at(3).drop(7, &mut other);
        assert_eq!(once, again);
        let dropped = |values: &[f32]| values.iter().filter(|value| **value == 0.0).count();
        assert!((2850..3150).contains(&dropped(&once)), "{}", dropped(&once));
        let both = once.iter().zip(&other).filter(|(a, b)| **a == 0.0 && **b == 0.0).count();
        assert!((750..1050).contains(&both), "sites are independent: {both}");
        assert!((once.iter().sum::<f32>() / 10_000.0 - 1.0).abs() < 0.03);
        SILENCE.at(1).drop(0, &mut other);
    }
}
