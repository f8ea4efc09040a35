//! `vireo bench sentiment` and `bench topics`: trained heads against what
//! needs no model, on labelled texts.

use crate::labelled::{self, Labelled};
use crate::{Error, Measured, Report, Result, peak_memory_mb};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;
use vireo_domain::{Embedding, Sentiment};
use vireo_pretrained::embedding::{Purpose, TextEmbedder};
use vireo_understand::heads::{Config, Example, TextHead, View, stratified};
use vireo_understand::rules;

/// Texts embedded at once: enough that texts of like length meet.
const BATCH: usize = 512;

/// What is told of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Its tone; the rules of the word lists are measured, too.
    Sentiment,
    /// Its subject.
    Topics,
}

/// On what it is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is told.
    pub task: Task,
    /// Texts to train on; without them every fold of `test` is told by a head
    /// that was trained on the others.
    pub train: Option<PathBuf>,
    /// Texts to tell.
    pub test: PathBuf,
    /// Number of folds.
    pub folds: usize,
    /// Seed of the folds and of what a training holds out.
    pub seed: u64,
}

/// A method, with the name of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Head(&'static [View]),
    Rules,
    Majority,
}

impl Method {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Head(&[View::Both, View::Words]), "vireo"),
        (Self::Head(&[View::Vectors]), "vectors"),
        (Self::Head(&[View::Words]), "tfidf"),
        (Self::Rules, "rules"),
        (Self::Majority, "majority"),
    ];
}

/// Texts with their vectors and the places that are trained on and told in turn.
struct Set {
    texts: Vec<Labelled>,
    vectors: Vec<Embedding>,
    /// Places of the training and of the test texts of each turn.
    turns: Vec<(Vec<usize>, Vec<usize>)>,
    seed: u64,
}

/// Measures every method; `progress(stage, done, of)`.
pub fn run(
    embedder: &dyn TextEmbedder,
    request: &Request,
    mut report: Report,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Report> {
    let columns = match request.task {
        Task::Sentiment => labelled::SENTIMENT,
        Task::Topics => labelled::TOPIC,
    };
    let mut texts = labelled::read(&request.test, columns)?;
    let count = texts.len();
    let turns = if let Some(train) = &request.train {
        texts.extend(labelled::read(train, columns)?);
        vec![((count..texts.len()).collect(), (0..count).collect())]
    } else {
        let labels: Vec<&str> = texts.iter().map(|row| row.label.as_str()).collect();
        let folds = request.folds.clamp(2, count.max(2));
        let of = stratified(&labels, folds, request.seed);
        (0..folds).map(|fold| (0..count).partition(|i| of[*i] != fold)).collect()
    };
    let started = Instant::now();
    let vectors = embed(embedder, &texts, progress)?;
    let embedding = started.elapsed().as_secs_f64();
    let speed = texts.len() as f64 / embedding.max(1e-9);
    let set = Set { texts, vectors, turns, seed: request.seed };

    for (number, (method, name)) in Method::ALL.into_iter().enumerate() {
        progress(name, number, Method::ALL.len());
        let told = match method {
            Method::Rules if request.task == Task::Topics => continue,
            Method::Rules if !set.has_known_tones() => continue,
            _ => set.tell(method)?,
        };
        let mut row = told.row(name);
        row.language = Some(set.language().to_owned());
        row.split = Some(match request.train {
            Some(_) => "given".to_owned(),
            None => format!("{} folds", set.turns.len()),
        });
        row.seed = Some(request.seed);
        if matches!(method, Method::Head([View::Both | View::Vectors, ..])) {
            row.metrics.insert("texts_per_second".to_owned(), speed);
            row.seconds.insert("embedding".to_owned(), embedding);
        }
        report.results.push(row);
    }
    Ok(report)
}

fn embed(
    embedder: &dyn TextEmbedder,
    texts: &[Labelled],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Vec<Embedding>> {
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        progress("embedding", vectors.len(), texts.len());
        let batch: Vec<&str> = batch.iter().map(|row| row.text.as_str()).collect();
        vectors.extend(embedder.embed(&batch, Purpose::Query)?);
    }
    Ok(vectors)
}

/// Labels of test texts: true, told, and how sure.
struct Told {
    pairs: Vec<(String, String)>,
    /// Confidence of each; empty for methods that have none.
    confidences: Vec<f32>,
    /// Seconds of training and of telling.
    seconds: (f64, f64),
}

impl Set {
    /// Chinese, if most texts have a Chinese character in them.
    fn language(&self) -> &'static str {
        let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let chinese = self.texts.iter().filter(|row| row.text.contains(is_han)).count();
        if chinese * 2 > self.texts.len() { "zh" } else { "en" }
    }

    fn has_known_tones(&self) -> bool {
        self.texts.iter().all(|row| tone(&row.label).is_some())
    }

    fn examples(&self, places: &[usize]) -> Vec<Example<'_>> {
        let example = |i: &usize| Example {
            text: &self.texts[*i].text,
            vector: &self.vectors[*i],
            label: &self.texts[*i].label,
        };
        places.iter().map(example).collect()
    }

    /// Tells every test text once. Turns run side by side.
    fn tell(&self, method: Method) -> Result<Told> {
        let outcomes: Vec<Result<Told>> = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .turns
                .iter()
                .map(|(train, test)| scope.spawn(move || self.turn(method, train, test)))
                .collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, Result<Told>>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        });
        let mut all = Told { pairs: Vec::new(), confidences: Vec::new(), seconds: (0.0, 0.0) };
        for told in outcomes {
            let told = told?;
            all.pairs.extend(told.pairs);
            all.confidences.extend(told.confidences);
            all.seconds.0 += told.seconds.0;
            all.seconds.1 += told.seconds.1;
        }
        Ok(all)
    }

    fn turn(&self, method: Method, train: &[usize], test: &[usize]) -> Result<Told> {
        let started = Instant::now();
        let head = match method {
            Method::Head(views) => {
                let views = views.to_vec();
                let config = Config { views, seed: self.seed, ..Config::default() };
                Some(TextHead::train(&self.examples(train), &config)?)
            }
            Method::Rules | Method::Majority => None,
        };
        let commonest = commonest(train.iter().map(|i| self.texts[*i].label.as_str()))
            .ok_or_else(|| Error::Nothing("there is no text to train on".to_owned()))?;
        let training = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let mut confidences = Vec::new();
        let mut tell = |i: usize| -> String {
            let Labelled { text, .. } = &self.texts[i];
            if let Some(head) = &head {
                let told = head.predict(text, &self.vectors[i]);
                confidences.push(told.confidence());
                return head.labels()[told.label].clone();
            }
            let by_rules = || {
                let said = rules::sentiment_of(text)?;
                let label = |i: &usize| tone(&self.texts[*i].label) == Some(said);
                train.iter().copied().find(label).map(|i| self.texts[i].label.clone())
            };
            // The rules are silent where they are unsure.
            let said = (method == Method::Rules).then(by_rules).flatten();
            said.unwrap_or_else(|| commonest.to_owned())
        };
        let pairs = test.iter().map(|i| (self.texts[*i].label.clone(), tell(*i))).collect();
        Ok(Told { pairs, confidences, seconds: (training, started.elapsed().as_secs_f64()) })
    }
}

/// The commonest label, of equals the first in order.
fn commonest<'a>(labels: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in labels {
        *counts.entry(label).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(label, _)| label)
}

/// What a label says of the tone, in the writings of public sets.
fn tone(label: &str) -> Option<Sentiment> {
    match label.to_lowercase().as_str() {
        "1" | "pos" | "positive" => Some(Sentiment::Positive),
        "0" | "-1" | "neg" | "negative" => Some(Sentiment::Negative),
        "neutral" => Some(Sentiment::Neutral),
        _ => None,
    }
}

impl Told {
    fn row(&self, name: &str) -> Measured {
        let count = self.pairs.len();
        let right = self.pairs.iter().filter(|(label, told)| label == told).count();
        let mut row = Measured { name: name.to_owned(), count, ..Measured::default() };
        row.metrics.insert("accuracy".to_owned(), right as f64 / count.max(1) as f64);
        row.interval.insert("accuracy".to_owned(), wilson(right, count));
        row.metrics.insert("macro_f1".to_owned(), macro_f1(&self.pairs));
        if !self.confidences.is_empty() {
            let said = self.confidences.iter().map(|c| f64::from(*c)).sum::<f64>();
            // How far the mean confidence is from the share that is right.
            let off = (said - right as f64) / count as f64;
            row.metrics.insert("overconfidence".to_owned(), off);
            row.seconds.insert("training".to_owned(), self.seconds.0);
            row.seconds.insert("telling".to_owned(), self.seconds.1);
        }
        row.peak_memory_mb = peak_memory_mb();
        row
    }
}

/// Mean F1 over the labels that occur.
fn macro_f1(pairs: &[(String, String)]) -> f64 {
    let labels: BTreeSet<&String> = pairs.iter().map(|(label, _)| label).collect();
    let f1 = |of: &String| {
        let (mut hits, mut all) = (0.0, 0.0);
        for (label, told) in pairs {
            hits += f64::from(u8::from(label == of && told == of)) * 2.0;
            all += f64::from(u8::from(label == of)) + f64::from(u8::from(told == of));
        }
        hits / f64::max(all, 1.0)
    };
    labels.iter().map(|label| f1(label)).sum::<f64>() / labels.len().max(1) as f64
}

/// 95 % interval of a share (Wilson, 1927).
fn wilson(hits: usize, count: usize) -> (f64, f64) {
    let (n, z) = (count.max(1) as f64, 1.96_f64);
    let share = hits as f64 / n;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    (centre - half, centre + half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::fs;
    use vireo_pretrained::embedding::hashing::HashingEmbedder;

    #[test]
    fn figures_are_what_they_are_called() {
        let pairs: Vec<(String, String)> = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b")]
            .map(|(label, told)| (label.to_owned(), told.to_owned()))
            .into();
        // a: 2 hits of 3 true and 2 told; b: 1 of 1 and 2.
        assert!((macro_f1(&pairs) - f64::midpoint(0.8, 2.0 / 3.0)).abs() < 1e-9);
        let (low, high) = wilson(8, 10);
        assert!((low - 0.490).abs() < 1e-3 && (high - 0.943).abs() < 1e-3, "{low} {high}");
        assert_eq!(commonest(["b", "a", "b", "a", "c"].into_iter()), Some("a"));
    }

    #[test]
    fn a_head_beats_the_floors_and_each_text_is_told_once() {
        let file = std::env::temp_dir().join(format!("vireo-text-{}.tsv", std::process::id()));
        let mut lines = String::new();
        for number in 0..60 {
            let (word, label) = if number % 3 == 0 { ("gripping", 1) } else { ("tedious", 0) };
            let _ = writeln!(lines, "number {number} is {word}\t{label}");
        }
        fs::write(&file, lines).expect("written");
        let request = Request { task: Task::Sentiment, train: None, test: file, folds: 5, seed: 1 };
        let empty = Report::new("sentiment", Vec::new());
        let report = run(&HashingEmbedder, &request, empty, &|_, _, _| {}).expect("measured");
        let names: Vec<&str> = report.results.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["vireo", "vectors", "tfidf", "rules", "majority"]);
        assert!(report.results.iter().all(|row| row.count == 60));
        assert!((report.results[4].metrics["accuracy"] - 2.0 / 3.0).abs() < 1e-9);
        assert!(report.results[0].metrics["accuracy"] > 0.95, "{report}");
    }
}
