//! Word and character error rates.
//!
//! WER on lower-cased NFKC text without punctuation; CER likewise without
//! spaces and with Traditional characters folded to Simplified. Rates of a set
//! are its errors over its reference length, not a mean of rates.

use std::ops::AddAssign;
use unicode_normalization::UnicodeNormalization;

/// Errors against a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Errors {
    /// Substitutions, deletions and insertions.
    pub errors: usize,
    /// Length of the reference.
    pub length: usize,
}

impl Errors {
    /// Errors a unit of reference.
    pub fn rate(&self) -> f64 {
        self.errors as f64 / self.length.max(1) as f64
    }
}

impl AddAssign for Errors {
    fn add_assign(&mut self, other: Self) {
        self.errors += other.errors;
        self.length += other.length;
    }
}

/// Word errors of `heard` against `reference`.
pub fn word_errors(reference: &str, heard: &str) -> Errors {
    let (reference, heard) = (plain(reference), plain(heard));
    let reference: Vec<&str> = reference.split_whitespace().collect();
    let heard: Vec<&str> = heard.split_whitespace().collect();
    Errors { errors: distance(&reference, &heard), length: reference.len() }
}

/// Character errors of `heard` against `reference`.
pub fn character_errors(reference: &str, heard: &str) -> Errors {
    let fold = |text: &str| -> Vec<char> {
        fast2s::convert(&plain(text)).chars().filter(|c| !c.is_whitespace()).collect()
    };
    let (reference, heard) = (fold(reference), fold(heard));
    Errors { errors: distance(&reference, &heard), length: reference.len() }
}

/// Lower case, NFKC, punctuation as spaces; apostrophes inside words vanish.
fn plain(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !matches!(c, '\'' | '’'))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect()
}

/// Levenshtein distance.
fn distance<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_words_and_characters() {
        let errors = word_errors("Hello, World! It's me.", "hello word its me");
        assert_eq!(errors, Errors { errors: 1, length: 4 });
        let errors = character_errors("愛情，電影。", "爱情电音");
        assert_eq!(errors, Errors { errors: 1, length: 4 });
    }

    proptest! {
        #[test]
        fn is_a_distance(a in "[ab ]{0,12}", b in "[ab ]{0,12}") {
            prop_assert_eq!(word_errors(&a, &a).errors, 0);
            prop_assert_eq!(word_errors(&a, &b).errors, word_errors(&b, &a).errors);
            let longest = a.split_whitespace().count().max(b.split_whitespace().count());
            prop_assert!(word_errors(&a, &b).errors <= longest);
        }
    }
}
