//! Heads over time: classifiers of what happens in a video, trained on clips.
//!
//! A clip is its [`Moments`]. Three networks mind their order (convolutions, a
//! recurrent network, attention); the mean of all moments with a logistic
//! regression does not, and is what they have to beat.

use super::features::Row;
use super::regression::{self, Weights, softmax};
use super::sources::{by_source, held_back};
use super::{PARTS, Prediction, choose, stratified, temperature};
use crate::moments::{FEATURES, Moments, PER_SECOND};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use vireo_domain::Span;
use vireo_learn::{
    AnyEncoder, Asked, Classifier, Convolutions, ConvolutionsConfig, Example, FitConfig, Gru,
    GruConfig, Target, Transformer, TransformerConfig,
};

/// Longest stretch that a network sees at once: half a minute. Longer clips are
/// cut into several.
const LONGEST: usize = 30 * PER_SECOND;
/// Epochs where no clip can be held back to stop by.
const EPOCHS: usize = 60;
/// Share of the sources that a training is stopped by: one of so many.
const HELD: usize = 5;
/// What a label's probability must reach, where nothing better is known.
const THRESHOLD: f32 = 0.5;
/// Numbers of a token in the networks, and the share that is dropped of them.
const WIDTH: usize = 32;
const DROPOUT: f32 = 0.2;

/// What looks at the moments of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Their mean, by logistic regression.
    Mean,
    /// Convolutions over time.
    Cnn,
    /// A recurrent network of gated units.
    Gru,
    /// Attention with positions.
    Transformer,
}

impl Kind {
    /// All of them, the simplest first.
    pub const ALL: [Self; 4] = [Self::Mean, Self::Cnn, Self::Gru, Self::Transformer];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Cnn => "cnn",
            Self::Gru => "gru",
            Self::Transformer => "transformer",
        })
    }
}

/// A clip whose labels are known.
#[derive(Debug, Clone)]
pub struct Clip<'a> {
    /// What is seen and heard in it; not empty.
    pub moments: &'a Moments,
    /// One label; any number where clips may have several.
    pub labels: Vec<&'a str>,
    /// What it was filmed in one go with: a head is never measured on clips of
    /// a source that it was trained on.
    pub source: &'a str,
}

/// A stretch that a label was found in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Place of the label in [`TemporalHead::labels`].
    pub label: usize,
    /// When, in whole seconds.
    pub span: Span,
    /// The mean probability over it.
    pub confidence: f32,
}

/// A trained head over time. Saved and loaded by way of serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemporalHead {
    labels: Vec<String>,
    kind: Kind,
    /// Whether a clip may have several labels, or none.
    is_multi: bool,
    scaling: Scaling,
    network: Network,
    temperature: f32,
    /// For each label what its probability must reach to be said.
    thresholds: Vec<f32>,
    /// Most moments that are seen at once, and how many a clip usually has.
    longest: usize,
    usual: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Network {
    /// One regression over all labels, or one for each.
    Mean(Vec<Weights>),
    Trained {
        model: Classifier<AnyEncoder>,
        parameters: Vec<f32>,
    },
}

impl TemporalHead {
    /// Trains on clips of at least two labels (with `is_multi`: of at least one).
    ///
    /// # Errors
    /// [`Error::OneLabel`] if there is nothing to tell apart.
    pub fn train(clips: &[Clip<'_>], kind: Kind, is_multi: bool, seed: u64) -> Result<Self> {
        let labels: BTreeSet<&str> =
            clips.iter().flat_map(|clip| clip.labels.iter().copied()).collect();
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        if labels.len() < if is_multi { 1 } else { 2 } {
            return Err(Error::OneLabel { examples: clips.len(), labels: labels.len() });
        }
        let mut lengths: Vec<usize> = clips.iter().map(|clip| clip.moments.count()).collect();
        lengths.sort_unstable();
        let longest = lengths.last().copied().unwrap_or(1).clamp(1, LONGEST);
        let usual = lengths[lengths.len() / 2].clamp(1, LONGEST);
        let held = held_back(clips, HELD, seed);
        let mut folds = by_source(clips, PARTS, seed);
        if folds.iter().all(|fold| *fold == folds[0]) {
            // Of one source only: better than nothing.
            let of: Vec<&[&str]> = clips.iter().map(|clip| &*clip.labels).collect();
            folds = stratified(&of, PARTS, seed);
        }
        let scaling = Scaling::new(clips);
        let mut head = Self {
            thresholds: vec![THRESHOLD; labels.len()],
            network: Network::Mean(Vec::new()),
            temperature: 1.0,
            labels,
            kind,
            is_multi,
            scaling,
            longest,
            usual,
        };
        // What it learns from, and what it stops by.
        let (mut own, mut other): (Vec<Part>, Vec<Part>) = Default::default();
        for ((clip, is_held), fold) in clips.iter().zip(held).zip(folds) {
            let target = head.target(&clip.labels);
            let parts = head.parts(clip.moments, longest, longest).into_iter();
            let parts = parts.map(|tokens| Part { tokens, target: target.clone(), fold });
            if is_held { other.extend(parts) } else { own.extend(parts) }
        }
        if kind == Kind::Mean {
            own.append(&mut other);
            head.fit_mean(&own);
        } else {
            head.fit_network(&own, &other, seed)?;
        }
        Ok(head)
    }

    /// The labels, in order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What looks at the moments.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether a clip may have several labels, or none.
    pub fn is_multi(&self) -> bool {
        self.is_multi
    }

    /// For each label what its probability must reach to be said.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// What the head says of a clip as a whole: the likeliest label first of all,
    /// and the probability of each (with several labels a clip they do not sum
    /// to 1). All alike for a clip without moments.
    pub fn predict(&self, moments: &Moments) -> Prediction {
        let parts = self.parts(moments, self.longest, self.longest);
        let all: Vec<Vec<f32>> = self.logits(&parts).iter().map(|it| self.probable(it)).collect();
        let count = all.len().max(1) as f32;
        let mean = |label: usize| all.iter().map(|one| one[label]).sum::<f32>() / count;
        Prediction::new((0..self.labels.len()).map(mean).collect())
    }

    /// The labels that are said of a clip: the likeliest, or all that reach
    /// their thresholds.
    pub fn said(&self, prediction: &Prediction) -> Vec<usize> {
        if !self.is_multi {
            return vec![prediction.label];
        }
        let pairs = prediction.probabilities.iter().zip(&self.thresholds).enumerate();
        pairs.filter(|(_, (it, least))| it >= least).map(|(label, _)| label).collect()
    }

    /// The probability of each label in each second: what is said of a stretch
    /// as long as clips usually are with that second in its middle.
    pub fn seconds(&self, moments: &Moments) -> Vec<Vec<f32>> {
        let parts = self.parts(moments, self.usual, PER_SECOND);
        self.logits(&parts).iter().map(|logits| self.probable(logits)).collect()
    }

    /// The stretches in which a label holds, in order of time: runs of seconds
    /// in which it is likely enough (and, where a clip has one label, likelier
    /// than all others).
    pub fn stretches(&self, moments: &Moments) -> Vec<Stretch> {
        let seconds = self.seconds(moments);
        let end = moments.count() as f64 / PER_SECOND as f64;
        let mut found = Vec::new();
        for label in 0..self.labels.len() {
            let holds = |second: &Vec<f32>| {
                let is_best = self.is_multi || Prediction::new(second.clone()).label == label;
                is_best && second[label] >= self.thresholds[label]
            };
            let mut from = 0;
            for run in seconds.chunk_by(|a, b| holds(a) == holds(b)) {
                if holds(&run[0]) {
                    let sum: f32 = run.iter().map(|second| second[label]).sum();
                    let to = ((from + run.len()) as f64).min(end);
                    let (span, confidence) = (Span::new(from as f64, to), sum / run.len() as f32);
                    found.push(Stretch { label, span, confidence });
                }
                from += run.len();
            }
        }
        found.sort_by(|a, b| a.span.start.total_cmp(&b.span.start).then(a.label.cmp(&b.label)));
        found
    }

    fn target(&self, labels: &[&str]) -> Vec<Target> {
        if self.is_multi {
            return vec![Target::Any(
                self.labels.iter().map(|it| labels.contains(&it.as_str())).collect(),
            )];
        }
        let one = self.labels.iter().position(|it| labels.first() == Some(&it.as_str()));
        vec![one.map_or(Target::Unknown, Target::One)]
    }

    /// Scaled rows of stretches of so many moments, `step` apart: with a step of
    /// the whole length one after the other, else each around its step's middle.
    fn parts(&self, moments: &Moments, length: usize, step: usize) -> Vec<Vec<f32>> {
        let count = moments.count();
        let begin = |start: usize| {
            let middle =
                if step < length { (start + step / 2).saturating_sub(length / 2) } else { start };
            // The last one is as long as the others.
            middle.min(count.saturating_sub(length))
        };
        let starts = (0..count).step_by(step).map(begin);
        let rows = starts.map(|from| moments.part(from..(from + length).min(count)));
        rows.map(|rows| self.scaling.scale(rows)).collect()
    }

    /// What the network says of each part, before it is made a probability.
    fn logits(&self, parts: &[Vec<f32>]) -> Vec<Vec<f32>> {
        match &self.network {
            Network::Mean(weights) => {
                let of_row = |row: &Row| -> Vec<f32> {
                    let logits: Vec<Vec<f32>> = weights.iter().map(|it| it.logits(row)).collect();
                    match &logits[..] {
                        [one] if !self.is_multi => one.clone(),
                        each => each.iter().map(|pair| pair[1] - pair[0]).collect(),
                    }
                };
                parts.iter().map(|rows| of_row(&mean(rows))).collect()
            }
            Network::Trained { model, parameters } => {
                let parts: Vec<&[f32]> = parts.iter().map(Vec::as_slice).collect();
                let answers = model.answers(parameters, &parts);
                answers.chunks_exact(self.labels.len()).map(<[f32]>::to_vec).collect()
            }
        }
    }

    fn probable(&self, logits: &[f32]) -> Vec<f32> {
        if self.is_multi {
            return logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
        }
        softmax(logits, self.temperature)
    }

    /// The strength and the temperature come from cross-validation, as they do
    /// for texts.
    fn fit_mean(&mut self, parts: &[Part]) {
        let rows: Vec<Row> = parts.iter().map(|part| mean(&part.tokens)).collect();
        let all: Vec<&Row> = rows.iter().collect();
        let folds: Vec<usize> = parts.iter().map(|part| part.fold).collect();
        let fit = |classes: &[usize], count: usize| {
            let blank = Weights::zeros(count, FEATURES, 0);
            let choice = choose(&blank, &rows, classes, &folds);
            (regression::fit(blank, &all, classes, choice.strength), choice.temperature)
        };
        if !self.is_multi {
            let class = |part: &Part| if let Target::One(one) = part.target[0] { one } else { 0 };
            let classes: Vec<usize> = parts.iter().map(class).collect();
            let (weights, temperature) = fit(&classes, self.labels.len());
            (self.network, self.temperature) = (Network::Mean(vec![weights]), temperature);
            return;
        }
        let of_label = |label: usize| {
            let classes: Vec<usize> =
                parts.iter().map(|part| usize::from(part.has(label))).collect();
            fit(&classes, 2).0
        };
        self.network = Network::Mean((0..self.labels.len()).map(of_label).collect());
    }

    fn fit_network(&mut self, own: &[Part], other: &[Part], seed: u64) -> Result<()> {
        let asked = if self.is_multi { Asked::AnyOf } else { Asked::OneOf };
        let model = Classifier::new(
            encoder(self.kind, self.longest)?,
            FEATURES,
            vec![asked(self.labels.len())],
        )?;
        let mut config = FitConfig { seed, ..FitConfig::default() };
        if other.is_empty() {
            config.epochs = EPOCHS;
        }
        let fitted = model.fit(&examples(own), &examples(other), &config)?;
        self.network = Network::Trained { model, parameters: fitted.parameters };
        let tokens: Vec<Vec<f32>> = other.iter().map(|part| part.tokens.clone()).collect();
        let told = self.logits(&tokens);
        if self.is_multi {
            for label in 0..self.labels.len() {
                let told = told.iter().zip(other);
                let told =
                    told.map(|(logits, part)| (self.probable(logits)[label], part.has(label)));
                self.thresholds[label] = best_threshold(told.collect());
            }
        } else if !other.is_empty() {
            let told =
                told.into_iter().zip(other).filter_map(|(logits, part)| match part.target[0] {
                    Target::One(one) => Some((logits, one)),
                    _ => None,
                });
            self.temperature = temperature::fit(&told.collect::<Vec<_>>()).0;
        }
        Ok(())
    }
}

/// A stretch of a clip, scaled, with what is known of it.
struct Part {
    tokens: Vec<f32>,
    target: Vec<Target>,
    /// In which part its source is, when a choice is made by parts held out.
    fold: usize,
}

impl Part {
    fn has(&self, label: usize) -> bool {
        matches!(&self.target[0], Target::Any(any) if any[label])
    }
}

fn examples(parts: &[Part]) -> Vec<Example<'_>> {
    parts.iter().map(|part| Example { tokens: &part.tokens, targets: &part.target }).collect()
}

fn encoder(kind: Kind, length: usize) -> Result<AnyEncoder> {
    let (width, dropout) = (WIDTH, DROPOUT);
    Ok(match kind {
        Kind::Gru => AnyEncoder::Gru(Gru::new(GruConfig { width, hidden: 48, length, dropout })?),
        Kind::Transformer => {
            let config =
                TransformerConfig { width, heads: 4, blocks: 2, hidden: 48, length, dropout };
            AnyEncoder::Transformer(Transformer::new(config)?)
        }
        Kind::Mean | Kind::Cnn => {
            let config = ConvolutionsConfig { width, blocks: 3, taps: 3, length, dropout };
            AnyEncoder::Convolutions(Convolutions::new(config)?)
        }
    })
}

/// The mean of rows.
fn mean(rows: &[f32]) -> Row {
    let count = (rows.len() / FEATURES).max(1) as f32;
    let mut dense = vec![0.0; FEATURES];
    for row in rows.chunks_exact(FEATURES) {
        dense.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / count);
    }
    Row { dense, sparse: Vec::new() }
}

/// The threshold at which F1 is best; where that is nowhere above 0, the usual.
fn best_threshold(mut told: Vec<(f32, bool)>) -> f32 {
    told.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all = told.iter().filter(|(_, holds)| *holds).count();
    let (mut right, mut best) = (0, (0.0, THRESHOLD));
    for (place, (probability, holds)) in told.iter().enumerate() {
        right += usize::from(*holds);
        let f1 = 2.0 * right as f32 / (all + place + 1) as f32;
        if f1 > best.0 {
            // In the middle to the next, so that rounding tips nothing.
            let next = told.get(place + 1).map_or(0.0, |next| next.0);
            best = (f1, f32::midpoint(*probability, next));
        }
    }
    best.1
}

/// Brings each number to mean 0 and deviation 1 over all moments of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Scaling {
    means: Vec<f32>,
    scales: Vec<f32>,
}

impl Scaling {
    fn new(clips: &[Clip<'_>]) -> Self {
        let count: usize = clips.iter().map(|clip| clip.moments.count()).sum();
        let sums = |of: &dyn Fn(usize, f32) -> f64| {
            let mut sums = vec![0.0_f64; FEATURES];
            for row in clips.iter().flat_map(|clip| clip.moments.rows().chunks_exact(FEATURES)) {
                row.iter().enumerate().for_each(|(place, value)| sums[place] += of(place, *value));
            }
            for sum in &mut sums {
                *sum /= count.max(1) as f64;
            }
            sums
        };
        let means = sums(&|_, value| f64::from(value));
        let variances = sums(&|place, value| (f64::from(value) - means[place]).powi(2));
        // What never changes says nothing, also when it changes later.
        let scale = |variance: &f64| if *variance > 1e-8 { 1.0 / variance.sqrt() } else { 0.0 };
        Self {
            means: means.iter().map(|mean| *mean as f32).collect(),
            scales: variances.iter().map(|variance| scale(variance) as f32).collect(),
        }
    }

    /// Rows, scaled; what is far outside of what was seen is cut off.
    fn scale(&self, rows: &[f32]) -> Vec<f32> {
        let scaled = |(place, value): (usize, &f32)| {
            let place = place % FEATURES;
            ((value - self.means[place]) * self.scales[place]).clamp(-5.0, 5.0)
        };
        rows.iter().enumerate().map(scaled).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clips of one second up and one second down, or the other way around; the
    /// first numbers say which way. Each source has one of each.
    fn waves(count: usize) -> Vec<(Moments, &'static str, String)> {
        let mut lot = fastrand::Rng::with_seed(4);
        (0..count)
            .map(|number| {
                let up = number.is_multiple_of(2);
                let mut rows = Vec::new();
                for step in 0..8 {
                    let way = if (step < 4) == up { 1.0 } else { -1.0 };
                    rows.extend((0..FEATURES).map(|place| {
                        let noise = 0.2 * (lot.f32() - 0.5);
                        if place < 20 { way + noise } else { noise }
                    }));
                }
                let label = if up { "up, down" } else { "down, up" };
                (Moments::new(rows), label, format!("film {}", number / 2))
            })
            .collect()
    }

    fn clips<'a>(all: &'a [(Moments, &'static str, String)]) -> Vec<Clip<'a>> {
        all.iter()
            .map(|(moments, label, source)| Clip { moments, labels: vec![*label], source })
            .collect()
    }

    fn right(head: &TemporalHead, clips: &[Clip<'_>]) -> usize {
        let told =
            |clip: &&Clip<'_>| head.labels()[head.predict(clip.moments).label] == clip.labels[0];
        clips.iter().filter(told).count()
    }

    #[test]
    fn networks_mind_the_order_and_the_mean_does_not() {
        let all = waves(60);
        let clips = clips(&all);
        let (own, unseen) = clips.split_at(40);
        for kind in Kind::ALL {
            let head = TemporalHead::train(own, kind, false, 1).expect("trained");
            let right = right(&head, unseen);
            if kind == Kind::Mean {
                assert!(right <= 15, "chance is 10: {right}");
                continue;
            }
            assert!(right >= 19, "{kind}: {right} of 20");
            let json = serde_json::to_string(&head).expect("JSON");
            let loaded: TemporalHead = serde_json::from_str(&json).expect("a head");
            assert_eq!(head.predict(unseen[0].moments), loaded.predict(unseen[0].moments));
        }
    }

    #[test]
    fn labels_are_found_in_the_seconds_where_they_hold() {
        let all = waves(40);
        let head = TemporalHead::train(&clips(&all), Kind::Cnn, false, 1).expect("trained");
        // Twice up and down, then once down and up.
        let rows = [0, 0, 2, 1].map(|place: usize| all[place].0.rows().to_vec()).concat();
        let moments = Moments::new(rows);
        assert_eq!(head.seconds(&moments).len(), 8);
        let stretches = head.stretches(&moments);
        let at = |second: f64| {
            let found = stretches.iter().find(|it| it.span.start <= second && second < it.span.end);
            found.map(|it| head.labels()[it.label].as_str())
        };
        assert_eq!((at(0.5), at(7.5)), (Some("up, down"), Some("down, up")), "{stretches:?}");
        assert!(head.stretches(&Moments::new(Vec::new())).is_empty());
    }

    #[test]
    fn several_labels_each_have_their_threshold() {
        let mut all = waves(40);
        for (number, (moments, ..)) in all.iter_mut().enumerate() {
            let mut rows = moments.rows().to_vec();
            let light = if number % 4 < 2 { 1.0 } else { -1.0 };
            for row in rows.chunks_exact_mut(FEATURES) {
                for value in &mut row[60..80] {
                    *value += light;
                }
            }
            *moments = Moments::new(rows);
        }
        let mut clips = clips(&all);
        for (number, clip) in clips.iter_mut().enumerate() {
            clip.labels.retain(|label| *label == "up, down");
            clip.labels.extend((number % 4 < 2).then_some("bright"));
        }
        for kind in [Kind::Mean, Kind::Gru] {
            let head = TemporalHead::train(&clips, kind, true, 1).expect("trained");
            let right = clips.iter().filter(|clip| {
                let said = head.said(&head.predict(clip.moments));
                let said: BTreeSet<&str> =
                    said.iter().map(|it| head.labels()[*it].as_str()).collect();
                said.contains("bright") == clip.labels.contains(&"bright")
                    && (kind == Kind::Mean || said == clip.labels.iter().copied().collect())
            });
            assert!(right.count() >= 38, "{kind}");
        }
        assert_eq!(best_threshold(vec![(0.9, true), (0.3, true), (0.1, false)]), 0.2);
        assert_eq!(best_threshold(vec![(0.9, false)]), THRESHOLD);
    }

    #[test]
    fn long_clips_are_seen_in_parts() {
        let mut all = waves(8);
        all[0].0 = Moments::new(all[0].0.rows().repeat(40));
        let head = TemporalHead::train(&clips(&all), Kind::Gru, false, 1).expect("trained");
        let told = head.predict(&all[0].0);
        assert!((told.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert_eq!(head.seconds(&all[0].0).len(), 80);
    }

    #[test]
    fn one_label_is_nothing_to_tell_apart() {
        let all = waves(6);
        let mut clips = clips(&all);
        clips.retain(|clip| clip.labels == ["up, down"]);
        let error = TemporalHead::train(&clips, Kind::Mean, false, 1).expect_err("refused");
        assert!(matches!(error, Error::OneLabel { examples: 3, labels: 1 }));
    }
}
