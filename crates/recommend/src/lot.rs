//! Chance that can be drawn again.

/// A number in `[0, 1)` that depends on nothing but `seed` and `key`
/// (SplitMix64's finaliser; Steele, Lea and Flood, OOPSLA 2014).
pub(crate) fn lot(seed: u64, key: u64) -> f64 {
    let mut mixed = seed ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2 {
        mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
    }
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// A key for a text, the same on every machine.
pub(crate) fn key(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    let (first, _) = hash.as_bytes().split_first_chunk::<8>().expect("a hash has 32 bytes");
    u64::from_le_bytes(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_even_and_differ_by_seed() {
        let mean: f64 = (0..10_000).map(|key| lot(1, key)).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02);
        assert!((0..10_000).all(|key| (0.0..1.0).contains(&lot(3, key))));
        assert_ne!(lot(1, 5), lot(2, 5));
        assert_eq!(lot(1, key("视频")), lot(1, key("视频")));
    }
}
