//! The space of content: what vectors say beside what all of them say.

use crate::{Embedding, Language};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// With fewer vectors than this the mean says more of them than of the embedder.
const FEWEST: usize = 8;

/// A language with fewer videos than this has no direction of its own: its
/// mean would be the subject of those few.
const FEWEST_OF_LANGUAGE: usize = 8;

/// Vectors of a text embedder crowd into a narrow cone (all cosines of e5 lie
/// between 0.7 and 1), and within it by language before they do by subject.
/// Taking away the catalogue's mean, and then what lies in the directions in
/// which the means of its languages differ, leaves the subject: "unlike" is
/// about 0, in one language and across them (Mu and Viswanath, "All-but-the-Top",
/// ICLR 2018; Yang et al., "A Simple and Effective Method To Eliminate the Self
/// Language Bias in Multilingual Representations", EMNLP 2021).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Space {
    /// Mean of the catalogue's vectors; empty: nothing is taken away.
    pub mean: Vec<f32>,
    /// Orthonormal directions in which languages differ.
    #[serde(default)]
    pub languages: Vec<Vec<f32>>,
}

impl Space {
    /// From the catalogue's vectors and their languages. With few vectors
    /// (under 8) nothing is taken away; a language counts from 8 videos on.
    /// Zero vectors don't count, nor those of another width than the first.
    pub fn fit<'a>(items: impl IntoIterator<Item = (&'a Embedding, Option<&'a Language>)>) -> Self {
        let mut all = Mean::default();
        let mut by_language: BTreeMap<&str, Mean> = BTreeMap::new();
        for (vector, language) in items.into_iter().filter(|(vector, _)| !vector.is_zero()) {
            if all.add(vector)
                && let Some(language) = language.filter(|language| !language.is_unknown())
            {
                by_language.entry(language.code()).or_default().add(vector);
            }
        }
        if all.count < FEWEST {
            return Self::default();
        }
        let means: Vec<Vec<f64>> = by_language
            .values()
            .filter(|mean| mean.count >= FEWEST_OF_LANGUAGE)
            .map(Mean::value)
            .collect();
        // The first language is the origin; the others' means, seen from it,
        // span what languages differ in.
        let mut languages: Vec<Vec<f64>> = Vec::new();
        for mean in means.iter().skip(1) {
            let mut rest: Vec<f64> = mean.iter().zip(&means[0]).map(|(a, b)| a - b).collect();
            for direction in &languages {
                let along = dot(&rest, direction);
                for (rest, d) in rest.iter_mut().zip(direction) {
                    *rest -= along * d;
                }
            }
            let length = dot(&rest, &rest).sqrt();
            if length > 1e-4 {
                for value in &mut rest {
                    *value /= length;
                }
                languages.push(rest);
            }
        }
        let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        Self { mean: narrow(all.value()), languages: languages.into_iter().map(narrow).collect() }
    }

    /// The vector without the mean and without its language, of length 1. Zero
    /// stays zero, and a vector of another width stays as it is.
    pub fn centred(&self, vector: &Embedding) -> Embedding {
        if vector.is_zero() || vector.dimensions() != self.mean.len() {
            return vector.clone();
        }
        let values = vector.as_slice().iter().zip(&self.mean);
        let mut values: Vec<f32> = values.map(|(value, mean)| value - mean).collect();
        for direction in &self.languages {
            let along: f32 = values.iter().zip(direction).map(|(a, b)| a * b).sum();
            for (value, d) in values.iter_mut().zip(direction) {
                *value -= along * d;
            }
        }
        Embedding::new(values)
    }

    /// The way back, as near as a direction allows: the mean is added to the
    /// vector at the typical distance of a video from it. Vectors have length
    /// 1, so that distance is `sqrt(1 - |mean|²)`. It speaks no language.
    pub fn uncentred(&self, vector: &Embedding) -> Embedding {
        if vector.is_zero() || vector.dimensions() != self.mean.len() {
            return vector.clone();
        }
        let length: f32 = self.mean.iter().map(|value| value * value).sum();
        let distance = (1.0 - length).max(0.0).sqrt();
        let values = vector.as_slice().iter().zip(&self.mean);
        Embedding::new(values.map(|(value, mean)| mean + distance * value).collect())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A running mean.
#[derive(Default)]
struct Mean {
    sum: Vec<f64>,
    count: usize,
}

impl Mean {
    /// Whether it counted: vectors of another width than the first don't.
    fn add(&mut self, vector: &Embedding) -> bool {
        if self.count == 0 {
            self.sum.resize(vector.dimensions(), 0.0);
        }
        if vector.dimensions() != self.sum.len() {
            return false;
        }
        self.count += 1;
        for (sum, value) in self.sum.iter_mut().zip(vector.as_slice()) {
            *sum += f64::from(*value);
        }
        true
    }

    fn value(&self) -> Vec<f64> {
        self.sum.iter().map(|sum| sum / self.count as f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors in a narrow cone around the first axis, leaning to one of the others.
    fn cone(count: usize) -> Vec<Embedding> {
        (0..count)
            .map(|i| {
                let mut values = vec![0.0; 5];
                values[0] = 3.0;
                values[1 + i % 4] = 1.0;
                Embedding::new(values)
            })
            .collect()
    }

    fn fit(vectors: &[Embedding]) -> Space {
        Space::fit(vectors.iter().map(|vector| (vector, None)))
    }

    #[test]
    fn centring_spreads_a_narrow_cone() {
        let vectors = cone(40);
        let space = fit(&vectors);
        assert!(vectors[0].cosine(&vectors[1]) > 0.85);
        let (a, b) = (space.centred(&vectors[0]), space.centred(&vectors[1]));
        assert!(a.cosine(&b) < 0.0);
        assert!(a.cosine(&space.centred(&vectors[4])) > 0.99);
        assert!(space.uncentred(&a).cosine(&vectors[0]) > 0.99);
    }

    #[test]
    fn a_subject_is_the_same_in_every_language() {
        // Axis 0 is common, 1 to 4 the subjects, 5 and 6 the languages, which
        // say more than subjects do.
        let of = |subject: usize, language: usize| {
            let mut values = vec![0.0; 7];
            values[0] = 4.0;
            values[1 + subject] = 1.0;
            if language > 0 {
                values[4 + language] = 1.5;
            }
            Embedding::new(values)
        };
        let names = [Language::english(), Language::chinese(), Language::new("fr")];
        let mut items = Vec::new();
        for number in 0..48 {
            let (subject, language) = (number % 4, (number / 4) % 3);
            items.push((of(subject, language), names[language].clone()));
        }
        let space = Space::fit(items.iter().map(|(vector, language)| (vector, Some(language))));
        assert_eq!(space.languages.len(), 2);
        for subject in 0..4 {
            for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                let near = space.centred(&of(subject, one));
                let across = near.cosine(&space.centred(&of(subject, other)));
                let unlike = near.cosine(&space.centred(&of((subject + 1) % 4, one)));
                assert!(across > 0.95 && unlike < 0.2, "{across} {unlike}");
            }
        }
    }

    #[test]
    fn few_vectors_stay_as_they_are() {
        let vectors = cone(7);
        let space = fit(&vectors);
        assert!(space.mean.is_empty());
        assert_eq!(space.centred(&vectors[0]), vectors[0]);
        assert_eq!(Space::fit([]), Space::default());
    }

    #[test]
    fn nothing_known_stays_nothing_known() {
        let space = fit(&cone(40));
        let zero = Embedding::new(vec![0.0; 5]);
        assert!(space.centred(&zero).is_zero());
        let other = Embedding::new(vec![1.0, 0.0]);
        assert_eq!(space.centred(&other), other);
    }
}
