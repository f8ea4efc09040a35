//! The space that meaning is compared in, and how near is near.
//!
//! A text embedder puts everything it reads into a narrow cone, and within it
//! first by language and by purpose (something asked, something told), and by
//! subject only then. What it does so is its own way, not the catalogue's: it
//! shows on any texts that say the same in several languages. So the space is
//! fitted once to such texts, and holds for a catalogue of one language or of
//! one subject, and for an empty one.
//!
//! Single words have a space of their own: the cone of words is another than
//! that of sentences.

use serde::{Deserialize, Serialize};
use vireo_domain::{Embedding, Space};

/// Standard deviations above the cosine of unrelated texts that the nearest
/// must reach for anything to be found without a word in common; see
/// `docs/decisions/022-search-fusion.md`.
const NEARER: f32 = 3.6;

/// A space without language and purpose, in which "unlike" is about 0.
///
/// The default takes nothing away and knows no floor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeaningSpace {
    passages: Space,
    queries: Space,
    floor: f32,
    words: Space,
    word_floor: f32,
}

impl Default for MeaningSpace {
    fn default() -> Self {
        Self {
            passages: Space::default(),
            queries: Space::default(),
            floor: f32::MIN,
            words: Space::default(),
            word_floor: f32::MIN,
        }
    }
}

impl MeaningSpace {
    /// From vectors of the same everyday texts in several languages: a list a
    /// language, embedded as passages and once more as queries. The texts have
    /// nothing to do with one another.
    ///
    /// What is taken away: the mean of either purpose, and the directions in
    /// which the means of languages differ, of either purpose.
    pub fn fit(passages: &[Vec<Embedding>], queries: &[Vec<Embedding>]) -> Self {
        let (passage_means, query_means) = (means(passages), means(queries));
        let languages = directions(&[&passage_means, &query_means]);
        let space = |means: &[Vec<f32>]| Space { mean: mean(means), languages: languages.clone() };
        let (asked, told) = (space(&query_means), space(&passage_means));
        let placed = |lists: &[Vec<Embedding>], space: &Space| -> Vec<(usize, Embedding)> {
            let texts = lists.iter().flat_map(|texts| texts.iter().enumerate());
            texts.map(|(place, text)| (place, space.centred(text))).collect()
        };
        let texts = placed(passages, &told);
        let mut unrelated = Vec::new();
        for (place, query) in placed(queries, &asked) {
            let others = texts.iter().filter(|(other, _)| *other != place);
            unrelated.extend(others.map(|(_, text)| text.cosine(&query)));
        }
        Self { floor: floor(&unrelated), passages: told, queries: asked, ..Self::default() }
    }

    /// With a space of single words, from the vectors of unrelated ones: a list
    /// a language, in one order, embedded as queries.
    #[must_use]
    pub fn with_words(self, words: &[Vec<Embedding>]) -> Self {
        let means = means(words);
        let space = Space { mean: mean(&means), languages: directions(&[&means]) };
        let words: Vec<(usize, Embedding)> = words
            .iter()
            .flat_map(|words| words.iter().enumerate())
            .map(|(place, word)| (place, space.centred(word)))
            .collect();
        let mut unrelated = Vec::new();
        for (at, (place, word)) in words.iter().enumerate() {
            let others = words[at + 1..].iter().filter(|(other, _)| other != place);
            unrelated.extend(others.map(|(_, other)| other.cosine(word)));
        }
        Self { word_floor: floor(&unrelated), words: space, ..self }
    }

    /// The cosine of something asked and something told, in this space.
    pub fn likeness(&self, asked: &Embedding, told: &Embedding) -> f32 {
        self.query(asked).cosine(&self.passage(told))
    }

    /// A vector of something to be found, in this space.
    pub(crate) fn passage(&self, vector: &Embedding) -> Embedding {
        self.passages.centred(vector)
    }

    /// A vector of something asked, in this space.
    pub(crate) fn query(&self, vector: &Embedding) -> Embedding {
        self.queries.centred(vector)
    }

    /// A vector of a single word, whether asked or found, in the space of words.
    pub(crate) fn word(&self, vector: &Embedding) -> Embedding {
        self.words.centred(vector)
    }

    /// The cosine of words from which on they mean much the same.
    pub(crate) fn word_floor(&self) -> f32 {
        self.word_floor
    }

    /// The cosine from which on the nearest is a neighbour, and not just the
    /// least unlike.
    pub fn floor(&self) -> f32 {
        self.floor
    }
}

fn floor(unrelated: &[f32]) -> f32 {
    if unrelated.is_empty() {
        return f32::MIN;
    }
    let count = unrelated.len() as f32;
    let mean = unrelated.iter().sum::<f32>() / count;
    let variance = unrelated.iter().map(|cosine| (cosine - mean).powi(2)).sum::<f32>() / count;
    mean + NEARER * variance.sqrt()
}

/// The mean of each language.
fn means(languages: &[Vec<Embedding>]) -> Vec<Vec<f32>> {
    let slices = |texts: &Vec<Embedding>| {
        mean(&texts.iter().map(|text| text.as_slice().to_vec()).collect::<Vec<_>>())
    };
    languages.iter().map(slices).collect()
}

fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        for (sum, value) in sum.iter_mut().zip(vector) {
            *sum += value;
        }
    }
    let count = vectors.len().max(1) as f32;
    sum.into_iter().map(|sum| sum / count).collect()
}

/// Orthonormal directions from the first mean of each list to its others.
fn directions(lists: &[&[Vec<f32>]]) -> Vec<Vec<f32>> {
    let mut directions: Vec<Vec<f32>> = Vec::new();
    for means in lists {
        for other in means.iter().skip(1) {
            let mut rest: Vec<f32> = other.iter().zip(&means[0]).map(|(a, b)| a - b).collect();
            for direction in &directions {
                let along = dot(&rest, direction);
                for (rest, d) in rest.iter_mut().zip(direction) {
                    *rest -= along * d;
                }
            }
            let length = dot(&rest, &rest).sqrt();
            if length > 1e-3 {
                directions.push(rest.into_iter().map(|value| value / length).collect());
            }
        }
    }
    directions
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Axis 0 is common to all, 1 says "asked", 2 is the second language, from
    /// 3 on are subjects, which say less than the others do.
    fn vector(subject: usize, asked: bool, language: usize) -> Embedding {
        let mut values = vec![0.0; 3 + 12];
        values[0] = 5.0;
        values[1] = if asked { 2.0 } else { 0.0 };
        values[2] = 2.0 * language as f32;
        values[3 + subject] = 1.0;
        Embedding::new(values)
    }

    fn space() -> MeaningSpace {
        let texts = |asked: bool| -> Vec<Vec<Embedding>> {
            let of = |language| (0..8).map(|subject| vector(subject, asked, language)).collect();
            (0..2).map(of).collect()
        };
        MeaningSpace::fit(&texts(false), &texts(true))
    }

    #[test]
    fn a_question_finds_its_subject_in_any_language() {
        let space = space();
        let asked = space.query(&vector(9, true, 1));
        let floor = space.floor();
        for language in 0..2 {
            let near = asked.cosine(&space.passage(&vector(9, false, language)));
            let unlike = asked.cosine(&space.passage(&vector(10, false, language)));
            assert!(near > 0.9 && near > floor, "{near} {floor}");
            assert!(unlike < near - 0.3, "{unlike}");
        }
        // Before, the language said more than the subject.
        let raw = |subject, language| vector(9, true, 1).cosine(&vector(subject, false, language));
        assert!(raw(10, 1) > raw(9, 0));
    }

    #[test]
    fn a_word_is_the_same_in_every_language() {
        let words = |language| (0..8).map(|subject| vector(subject, true, language)).collect();
        let space = MeaningSpace::default().with_words(&[words(0), words(1)]);
        let near = |one: usize, other: usize| {
            space.word(&vector(one, true, 0)).cosine(&space.word(&vector(other, true, 1)))
        };
        let (same, unlike) = (near(9, 9), near(9, 10));
        assert!(same > 0.9 && same > space.word_floor(), "{same} {}", space.word_floor());
        assert!(unlike < same - 0.3, "{unlike}");
    }

    #[test]
    fn without_texts_nothing_is_taken_away() {
        let space = MeaningSpace::fit(&[], &[]);
        assert_eq!(space, MeaningSpace::default());
        assert_eq!(space.clone().with_words(&[]), space);
        let asked = vector(1, true, 0);
        assert_eq!((space.query(&asked), space.floor()), (asked.clone(), f32::MIN));
    }
}
