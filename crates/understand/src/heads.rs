//! Small classifiers that are trained here: sentiment, topics, the owner's own
//! categories. A head over time ([`TemporalHead`]) looks at what happens in a
//! video; a text head at what is said and written of it.
//!
//! A [`TextHead`] is a multinomial logistic regression over two views of a
//! text: its vector (what it means) and its words and letters (how it says
//! it). The two together beat either alone, see
//! `docs/decisions/031-text-heads.md`. It trains in seconds on thousands of
//! examples, is the same for the same seed, and its confidences are
//! calibrated on examples that the fit did not see.

mod features;
mod folds;
mod regression;
mod sources;
mod temperature;
mod temporal;

pub use folds::stratified;
pub use sources::{Told, Trial, by_source, source_of, tell, trial};
pub use temporal::{Clip, Kind, Labels, Stretch, Task, TemporalHead};

use crate::text::without_noise;
use crate::{Error, Result};
use features::{Centring, Row, Vocabulary};
use regression::{Weights, softmax};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use vireo_domain::{Analysis, Embedding, Video};

/// Strengths that are tried, from the most careful to the boldest. See
/// [`regression::fit`].
const STRENGTHS: [f32; 5] = [0.25, 1.0, 4.0, 16.0, 64.0];

/// Parts that the examples are divided into to choose the strength and the
/// temperature.
const PARTS: usize = 5;

/// With more examples one part is enough to choose by; with fewer every part
/// is held out in turn.
const PLENTY: usize = 1_500;

/// What a head looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Vectors and words.
    Both,
    /// Vectors only.
    Vectors,
    /// Words and letters only (TF-IDF).
    Words,
}

/// How a head is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What it may look at: of these the view is kept at which examples that
    /// were held back surprise least. A vector that says little beyond the
    /// words, as of a weak embedder, takes weight from them.
    pub views: Vec<View>,
    /// Most words and runs of letters that are looked at.
    pub terms: usize,
    /// Seed of the parts that are held out.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { views: vec![View::Both, View::Words], terms: 40_000, seed: 1 }
    }
}

/// A text whose label is known.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    /// The text.
    pub text: &'a str,
    /// Its vector; all vectors of a head are of one embedder.
    pub vector: &'a Embedding,
    /// Its label.
    pub label: &'a str,
}

/// What a head says of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Place of the label in [`TextHead::labels`].
    pub label: usize,
    /// The probability of each label, calibrated; they sum to 1.
    pub probabilities: Vec<f32>,
}

impl Prediction {
    /// Of these probabilities; of two as likely labels it is the first.
    fn new(probabilities: Vec<f32>) -> Self {
        let best = (0..probabilities.len())
            .max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]).then(b.cmp(a)));
        Self { label: best.unwrap_or(0), probabilities }
    }

    /// The probability of the label.
    pub fn confidence(&self) -> f32 {
        self.probabilities[self.label]
    }
}

/// A trained classifier. Saved and loaded as JSON by way of serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextHead {
    labels: Vec<String>,
    features: Features,
    weights: Weights,
    temperature: f32,
    strength: f32,
}

impl TextHead {
    /// Trains on examples of at least two labels.
    ///
    /// # Errors
    /// [`Error::OneLabel`] if there is nothing to tell apart, [`Error::NoView`]
    /// if nothing may be looked at.
    pub fn train(examples: &[Example<'_>], config: &Config) -> Result<Self> {
        let labels: Vec<&str> =
            examples.iter().map(|e| e.label).collect::<BTreeSet<_>>().into_iter().collect();
        if labels.len() < 2 {
            let task = String::new();
            return Err(Error::OneLabel { task, examples: examples.len(), labels: labels.len() });
        }
        let classes: Vec<usize> =
            examples.iter().map(|e| labels.partition_point(|label| *label < e.label)).collect();
        let mut best: Option<(Features, Vec<Row>, Choice)> = None;
        for view in &config.views {
            let features = Features::new(examples, *view, config.terms);
            let rows: Vec<Row> = examples.iter().map(|e| features.row(e.text, e.vector)).collect();
            let parts = stratified(&classes, PARTS, config.seed);
            let choice = choose(&features.blank(labels.len()), &rows, &classes, &parts);
            if best.as_ref().is_none_or(|(.., other)| choice.surprise < other.surprise) {
                best = Some((features, rows, choice));
            }
        }
        let Some((features, rows, Choice { strength, temperature, .. })) = best else {
            return Err(Error::NoView);
        };
        let rows: Vec<&Row> = rows.iter().collect();
        let weights = regression::fit(features.blank(labels.len()), &rows, &classes, strength);
        let labels = labels.into_iter().map(str::to_owned).collect();
        Ok(Self { labels, features, weights, temperature, strength })
    }

    /// The labels, in order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How bold the fit was (the usual C of logistic regression).
    pub fn strength(&self) -> f32 {
        self.strength
    }

    /// What the head says of a text.
    pub fn predict(&self, text: &str, vector: &Embedding) -> Prediction {
        let logits = self.weights.logits(&self.features.row(text, vector));
        Prediction::new(softmax(&logits, self.temperature))
    }

    /// The words of a text that speak most for a label, most telling first.
    pub fn telling_words(&self, text: &str, label: usize, limit: usize) -> Vec<String> {
        let Some(vocabulary) = &self.features.words else { return Vec::new() };
        let mut words: Vec<(String, f32)> = vocabulary
            .words(text)
            .into_iter()
            .map(|(word, place)| (word, self.weights.favour(place, label)))
            .filter(|(_, favour)| *favour > 0.0)
            .collect();
        words.sort_by(|a, b| b.1.total_cmp(&a.1));
        words.into_iter().take(limit).map(|(word, _)| word).collect()
    }
}

/// The words of a video that a head looks at: title, tags, description, and
/// what is said in it. The vector beside it is [`Analysis::embedding`].
pub fn words_of(video: &Video, analysis: &Analysis) -> String {
    let description = without_noise(&video.description);
    let said = analysis.transcripts.first().map(vireo_domain::Transcript::text);
    [video.title.clone(), video.tags.join(", "), description, said.unwrap_or_default()].join("\n")
}

/// How texts become rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Features {
    vectors: Option<Centring>,
    words: Option<Vocabulary>,
}

impl Features {
    fn new(examples: &[Example<'_>], view: View, terms: usize) -> Self {
        let vectors = || Centring::new(examples.iter().map(|e| e.vector));
        let words = || Vocabulary::new(examples.iter().map(|e| e.text), terms);
        Self {
            vectors: (view != View::Words).then(vectors),
            words: (view != View::Vectors).then(words),
        }
    }

    fn row(&self, text: &str, vector: &Embedding) -> Row {
        Row {
            dense: self.vectors.as_ref().map(|v| v.row(vector)).unwrap_or_default(),
            sparse: self.words.as_ref().map(|w| w.row(text)).unwrap_or_default(),
        }
    }

    fn blank(&self, classes: usize) -> Weights {
        let dense = self.vectors.as_ref().map_or(0, Centring::dimensions);
        Weights::zeros(classes, dense, self.words.as_ref().map_or(0, Vocabulary::len))
    }
}

/// What was chosen by examples that were held back.
struct Choice {
    strength: f32,
    temperature: f32,
    /// Mean negative log-likelihood of their labels.
    surprise: f64,
}

/// The strength at which held-out labels surprise least, and the temperature
/// that belongs to it; `parts` says in which of [`PARTS`] each row is held out.
fn choose(blank: &Weights, rows: &[Row], classes: &[usize], parts: &[usize]) -> Choice {
    let turns = if rows.len() > PLENTY { 1 } else { PARTS };
    let mut held_out: Vec<Vec<(Vec<f32>, usize)>> = vec![Vec::new(); STRENGTHS.len()];
    for turn in 0..turns {
        let part = |held: bool| (0..rows.len()).filter(move |i| (parts[*i] == turn) == held);
        let (own, own_classes): (Vec<&Row>, Vec<usize>) =
            part(false).map(|i| (&rows[i], classes[i])).unzip();
        if own.is_empty() {
            continue;
        }
        let mut weights = blank.clone();
        for (strength, held_out) in STRENGTHS.iter().zip(&mut held_out) {
            // Each fit begins where the more careful one ended: it is near.
            weights = regression::fit(weights, &own, &own_classes, *strength);
            held_out.extend(part(true).map(|i| (weights.logits(&rows[i]), classes[i])));
        }
    }
    let choices = STRENGTHS.iter().zip(&held_out).map(|(strength, held_out)| {
        let (temperature, surprise) = temperature::fit(held_out);
        Choice { strength: *strength, temperature, surprise }
    });
    choices
        .min_by(|a, b| a.surprise.total_cmp(&b.surprise))
        .expect("at least one strength is tried")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors tell bread from the moon; only words tell good from bad.
    fn examples() -> Vec<(String, Embedding, &'static str)> {
        let mut lot = fastrand::Rng::with_seed(5);
        let mut all = Vec::new();
        for number in 0..120 {
            let (bread, good) = (number % 2 == 0, lot.bool());
            let (tone, label) = match (bread, good) {
                (true, true) => ("wonderful", "bread, good"),
                (true, false) => ("很差", "bread, bad"),
                (false, true) => ("wonderful", "moon, good"),
                (false, false) => ("很差", "moon, bad"),
            };
            let side = if bread { 0.2 } else { -0.2 };
            let vector = Embedding::new(vec![1.0, side + (lot.f32() - 0.5) * 0.1]);
            all.push((format!("{tone} 视频 {}", lot.u8(..)), vector, label));
        }
        all
    }

    fn borrowed<'a>(all: &'a [(String, Embedding, &'a str)]) -> Vec<Example<'a>> {
        all.iter().map(|(text, vector, label)| Example { text, vector, label }).collect()
    }

    #[test]
    fn vectors_and_words_together_tell_what_neither_tells_alone() {
        let all = examples();
        let examples = borrowed(&all);
        let (training, test) = examples.split_at(80);
        let right = |view| {
            let head =
                TextHead::train(training, &Config { views: vec![view], ..Config::default() });
            let head = head.expect("four labels");
            let hit =
                |e: &&Example<'_>| head.labels()[head.predict(e.text, e.vector).label] == e.label;
            test.iter().filter(hit).count()
        };
        assert_eq!(right(View::Both), test.len());
        assert!(right(View::Vectors) < test.len() * 3 / 4);
        assert!(right(View::Words) < test.len() * 3 / 4);
    }

    #[test]
    fn the_same_again_and_after_json() {
        let all = examples();
        let examples = borrowed(&all);
        let head = TextHead::train(&examples, &Config::default()).expect("trained");
        let again = TextHead::train(&examples, &Config::default()).expect("trained");
        assert!(head == again, "the same examples make the same head");
        let json = serde_json::to_string(&head).expect("JSON");
        let loaded: TextHead = serde_json::from_str(&json).expect("a head");
        let (text, vector) = ("wonderful", &all[0].1);
        let prediction = head.predict(text, vector);
        assert_eq!(prediction, loaded.predict(text, vector));
        assert!((prediction.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(prediction.confidence() > 0.25);
        let good = head.labels().iter().position(|l| l == "bread, good").expect("a label");
        assert!(head.telling_words(text, good, 1).iter().all(|word| word.contains("wonderful")));
    }

    #[test]
    fn one_label_is_nothing_to_tell_apart() {
        let all = examples();
        let examples: Vec<_> =
            borrowed(&all).into_iter().filter(|e| e.label == "moon, bad").collect();
        let error = TextHead::train(&examples, &Config::default()).expect_err("one label");
        assert!(matches!(error, Error::OneLabel { labels: 1, .. }));
        assert!(TextHead::train(&[], &Config::default()).is_err());
    }

    #[test]
    fn a_few_examples_and_empty_texts_do_no_harm() {
        let nothing = Embedding::new(vec![0.0, 0.0]);
        let examples = [("", "a"), ("", "b"), ("x", "c")].map(|(text, label)| Example {
            text,
            vector: &nothing,
            label,
        });
        let head = TextHead::train(&examples, &Config::default()).expect("trained");
        let prediction = head.predict("", &nothing);
        assert!(prediction.probabilities.iter().all(|p| p.is_finite()));
    }
}
