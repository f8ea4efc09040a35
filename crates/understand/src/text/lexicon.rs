//! Counts the words of a list in a text.

use super::lists::Entry;
use super::{is_han, words};
use std::collections::{HashMap, HashSet};
use vireo_domain::Language;

/// A list, ready for counting.
#[derive(Debug)]
pub(crate) struct Lexicon {
    names: Vec<&'static str>,
    /// Stems of single words, and Chinese words of one character.
    single: HashMap<String, Vec<usize>>,
    /// Phrases, and Chinese words of several characters: found anywhere.
    phrases: Vec<(&'static str, usize)>,
}

/// How often an entry's words occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hits {
    /// All occurrences.
    pub(crate) total: usize,
    /// Different words among them.
    pub(crate) distinct: usize,
}

impl Lexicon {
    /// Of a list's entries.
    pub(crate) fn new(entries: &'static [Entry]) -> Self {
        let mut single: HashMap<String, Vec<usize>> = HashMap::new();
        let mut phrases = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            for word in entry.all() {
                let han = word.chars().any(is_han);
                if word.contains(' ') || (han && word.chars().nth(1).is_some()) {
                    phrases.push((word, index));
                } else {
                    let stems = words::words(word, &Language::english());
                    // Hyphenated words come apart and are looked for as phrases.
                    match stems.as_slice() {
                        [one] => single.entry(one.stem.clone()).or_default().push(index),
                        _ => phrases.push((word, index)),
                    }
                }
            }
        }
        Self { names: entries.iter().map(|e| e.name).collect(), single, phrases }
    }

    /// Names of the entries, in the order of [`Self::hits`].
    pub(crate) fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Occurrences of each entry's words in a folded text.
    pub(crate) fn hits(&self, text: &str, language: &Language) -> Vec<Hits> {
        let mut hits = vec![Hits::default(); self.names.len()];
        let mut seen: HashSet<(usize, &str)> = HashSet::new();
        let found = words::words(text, language);
        for word in &found {
            for &entry in self.single.get(&word.stem).into_iter().flatten() {
                hits[entry].total += 1;
                if seen.insert((entry, &word.stem)) {
                    hits[entry].distinct += 1;
                }
            }
        }
        let lower = text.to_lowercase();
        for &(phrase, entry) in &self.phrases {
            let count = occurrences(&lower, phrase);
            hits[entry].total += count;
            hits[entry].distinct += usize::from(count > 0);
        }
        hits
    }
}

/// How often `phrase` stands in `text` (both lower case), as whole words where
/// the script has words.
pub(crate) fn occurrences(text: &str, phrase: &str) -> usize {
    text.match_indices(phrase).filter(|(at, found)| is_whole(text, *at, at + found.len())).count()
}

/// Whether `text[start..end]` neither begins nor ends inside a word of a
/// script with blanks.
pub(crate) fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let joins = |a: Option<char>, b: Option<char>| match (a, b) {
        (Some(a), Some(b)) => {
            a.is_alphanumeric() && b.is_alphanumeric() && !super::is_han(a) && !super::is_han(b)
        }
        _ => false,
    };
    let (before, inside, after) = (&text[..start], &text[start..end], &text[end..]);
    !joins(before.chars().next_back(), inside.chars().next())
        && !joins(inside.chars().next_back(), after.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::lists;

    #[test]
    fn counts_words_stems_and_phrases() {
        let lexicon = Lexicon::new(&lists::CATEGORIES);
        let of = |name: &str, text: &str, language: &Language| {
            let at = lexicon.names().iter().position(|n| *n == name).expect("a category");
            lexicon.hits(text, language)[at]
        };
        let en = Language::english();
        assert_eq!(of("cooking", "Baking breads in an oven, bread again", &en).distinct, 3);
        assert_eq!(of("travel", "a stripe", &en).total, 0, "not inside a word");
        assert_eq!(of("cooking", "用面粉做面包", &Language::chinese()).distinct, 2);
    }
}
