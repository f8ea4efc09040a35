//! What a head sees of a text: its vector, and which words and letters are in it.

use crate::text::words;
use crate::text::{fold, is_han};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use vireo_domain::{Embedding, Language};

/// Length of a centred vector beside that of a word row, which is 1: says how
/// much the penalty spares the vector.
const VECTOR_LENGTH: f32 = 1.5;

/// Longest text whose words are looked at, in characters: a transcript of an
/// hour says nothing new after that, and its rarest words would be noise.
const LONGEST: usize = 20_000;

/// One text in numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Row {
    /// The centred vector; empty when vectors are not used.
    pub(super) dense: Vec<f32>,
    /// Place and weight of the terms that are in the text, by place.
    pub(super) sparse: Vec<(u32, f32)>,
}

/// How vectors become features: centred (all texts of one embedder lie in one
/// narrow cone) and scaled to a mean length of [`VECTOR_LENGTH`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Centring {
    mean: Vec<f32>,
    scale: f32,
}

impl Centring {
    pub(super) fn new<'a>(vectors: impl Iterator<Item = &'a Embedding> + Clone) -> Self {
        let mut mean: Vec<f32> = Vec::new();
        let mut count = 0.0;
        for vector in vectors.clone() {
            mean.resize(vector.dimensions(), 0.0);
            mean.iter_mut().zip(vector.as_slice()).for_each(|(sum, value)| *sum += value);
            count += 1.0;
        }
        for sum in &mut mean {
            *sum /= f32::max(count, 1.0);
        }
        let mut square = 0.0;
        for vector in vectors {
            let away = vector.as_slice().iter().zip(&mean).map(|(value, mean)| value - mean);
            square += away.map(|away| away * away).sum::<f32>();
        }
        let length = (square / f32::max(count, 1.0)).sqrt();
        Self { mean, scale: if length > 1e-6 { VECTOR_LENGTH / length } else { 0.0 } }
    }

    /// Number of dimensions.
    pub(super) fn dimensions(&self) -> usize {
        self.mean.len()
    }

    pub(super) fn row(&self, vector: &Embedding) -> Vec<f32> {
        let away = vector.as_slice().iter().zip(&self.mean);
        away.map(|(value, mean)| (value - mean) * self.scale).collect()
    }
}

/// The terms that a head knows, with their rarity (TF-IDF, tf sublinear).
///
/// Words and pairs of words, and runs of letters: 3 to 5 of a word in scripts
/// with blanks, 1 to 3 characters in Chinese and Japanese. Both families have
/// length 1, however many terms a text has of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Vocabulary {
    /// Place and rarity; letters begin with [`LETTERS`].
    terms: BTreeMap<String, (u32, f32)>,
}

/// Begins a term that is a run of letters.
const LETTERS: char = '~';

impl Vocabulary {
    /// Of terms in at least two texts, the `most` commonest.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut count = 0;
        for text in texts {
            count += 1;
            for (term, _) in terms(text) {
                *known.entry(term).or_default() += 1;
            }
        }
        let mut common: Vec<(String, usize)> =
            known.into_iter().filter(|(_, texts)| *texts >= 2).collect();
        common.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        common.truncate(most);
        let rarity = |texts: usize| ((1 + count) as f32 / (1 + texts) as f32).ln() + 1.0;
        let place = |(place, (term, texts)): (usize, (String, usize))| {
            (term, (place as u32, rarity(texts)))
        };
        Self { terms: common.into_iter().enumerate().map(place).collect() }
    }

    /// Number of terms.
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    pub(super) fn row(&self, text: &str) -> Vec<(u32, f32)> {
        let mut row = Vec::new();
        for (term, times) in terms(text) {
            let Some((place, rarity)) = self.terms.get(&term) else { continue };
            let weight = (1.0 + (times as f32).ln()) * rarity;
            row.push((*place, weight, usize::from(term.starts_with(LETTERS))));
        }
        // Summed in one order, so that a training is the same every time.
        row.sort_unstable_by_key(|(place, ..)| *place);
        let mut squares = [0.0_f32; 2];
        for (_, weight, family) in &row {
            squares[*family] += weight * weight;
        }
        // Two families of length 1 make a row of length 1.
        let length = squares.map(|square| (2.0 * square).sqrt());
        row.into_iter().map(|(place, weight, family)| (place, weight / length[family])).collect()
    }

    /// The words of a text that are terms, with their places.
    pub(super) fn words(&self, text: &str) -> Vec<(String, u32)> {
        let known = |(term, _): (String, usize)| {
            let (place, _) = *self.terms.get(&term)?;
            (!term.starts_with(LETTERS)).then_some((term, place))
        };
        let mut words: Vec<_> = terms(text).into_iter().filter_map(known).collect();
        words.sort_unstable_by_key(|(_, place)| *place);
        words
    }
}

/// The terms of a text and how often each is in it.
fn terms(text: &str) -> HashMap<String, usize> {
    let cut = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    let text = fold(&text[..cut]).to_lowercase();
    let mut terms: HashMap<String, usize> = HashMap::new();
    let mut add = |term: String| *terms.entry(term).or_default() += 1;
    // The stems of another language are only not looked at.
    let words = words::words(&text, &Language::english());
    for word in &words {
        add(word.text.to_owned());
        if !word.text.chars().any(is_han) {
            let letters: Vec<char> = format!(" {} ", word.text).chars().collect();
            runs(&letters, 3..=5, &mut add);
        }
    }
    for pair in words.windows(2) {
        add(format!("{} {}", pair[0].text, pair[1].text));
    }
    for run in text.split(|c| !is_han(c)).filter(|run| !run.is_empty()) {
        let letters: Vec<char> = run.chars().collect();
        runs(&letters, 1..=3, &mut add);
    }
    terms
}

fn runs(letters: &[char], lengths: std::ops::RangeInclusive<usize>, add: &mut impl FnMut(String)) {
    for length in lengths {
        for run in letters.windows(length) {
            add(std::iter::once(LETTERS).chain(run.iter().copied()).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_words_pairs_and_letters() {
        let english = terms("Not bad, not BAD");
        assert_eq!((english["not bad"], english["bad"]), (2, 2));
        assert!(english.contains_key("~bad ") && english.contains_key("~ not "));
        let chinese = terms("味道很好");
        for term in ["味道", "~味", "~很好", "~味道很"] {
            assert!(chinese.contains_key(term), "{term} in {chinese:?}");
        }
    }

    #[test]
    fn rows_have_length_one_and_know_only_what_was_seen_twice() {
        let texts = ["good film", "good food", "odd"];
        let vocabulary = Vocabulary::new(texts.into_iter(), 100);
        let row = vocabulary.row("good food");
        let length: f32 = row.iter().map(|(_, weight)| weight * weight).sum();
        assert!((length - 1.0).abs() < 1e-5, "{row:?}");
        assert!(row.is_sorted_by_key(|(place, _)| *place));
        assert_eq!(
            vocabulary.words("good food"),
            [("good".to_owned(), vocabulary.terms["good"].0)]
        );
        assert!(vocabulary.row("").is_empty());
        assert_eq!(Vocabulary::new(texts.into_iter(), 3).len(), 3);
    }

    #[test]
    fn centred_vectors_have_the_length_that_they_should() {
        let vectors = [Embedding::new(vec![1.0, 0.1]), Embedding::new(vec![1.0, -0.1])];
        let centring = Centring::new(vectors.iter());
        let row = centring.row(&vectors[0]);
        assert!(row[0].abs() < 1e-3 && (row[1] - VECTOR_LENGTH).abs() < 1e-3, "{row:?}");
        let same = Centring::new([vectors[0].clone()].iter());
        assert_eq!(same.row(&vectors[0]), [0.0, 0.0], "one text has nothing to tell it from");
    }
}
