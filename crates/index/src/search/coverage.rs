//! How much of what was asked a match by words has.
//!
//! A long question shares a word with nearly every video of its language, and
//! that says little; one that shares its rare words is likely meant.

use std::collections::HashMap;
use std::hash::Hash;

/// Which words of a query something has: a bit a word.
pub(super) type WordSet = u64;

/// The words of a query, weighed by how few videos have them.
#[derive(Default)]
pub(super) struct Coverage {
    weights: Vec<f64>,
}

impl Coverage {
    /// Of `words` words, with those that each matching video has, among `videos`.
    /// The weight is the inverse document frequency of BM25 (Robertson and
    /// Zaragoza, 2009), of whole videos.
    pub(super) fn new<T: Eq + Hash>(
        words: usize,
        having: &HashMap<T, WordSet>,
        videos: usize,
    ) -> Self {
        let weight = |word: usize| {
            let count = having.values().filter(|set| *set & (1 << word) != 0).count() as f64;
            (((videos as f64 - count).max(0.0) + 0.5) / (count + 0.5)).ln_1p()
        };
        Self { weights: (0..words).map(weight).collect() }
    }

    /// The share of the query's weight that these words have, 0 to 1.
    pub(super) fn share(&self, set: WordSet) -> f64 {
        let has = |(word, _): &(usize, &f64)| set & (1 << word) != 0;
        let covered: f64 = self.weights.iter().enumerate().filter(has).map(|(_, it)| it).sum();
        let whole: f64 = self.weights.iter().sum();
        if whole > 0.0 { covered / whole } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_cover_more() {
        // Word 0 is in all videos, 1 in one, 2 in none.
        let having: HashMap<u8, WordSet> =
            (0..9).map(|video| (video, 1)).chain([(9, 0b11)]).collect();
        let coverage = Coverage::new(3, &having, 10);
        let (common, rare) = (coverage.share(0b1), coverage.share(0b10));
        assert!(common < 0.05 && rare > 0.3, "{common} {rare}");
        assert!((coverage.share(0b11) - common - rare).abs() < 1e-12);
        assert!((coverage.share(0b111) - 1.0).abs() < 1e-12);
        assert_eq!(Coverage::new(0, &having, 10).share(0), 0.0);
    }
}
