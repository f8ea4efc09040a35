//! The owner's own categories: heads trained on labels that the owner gave.
//!
//! A head is one document (`head`/NAME) with the examples that it was trained
//! on beside it, so that it can be evaluated, and trained again when the
//! embedding model changes. What heads say of videos is in `applying`, what is
//! learned from verdicts on statements in `approved`.

mod applying;
mod approved;

pub use applying::Applied;

use super::{App, blocking, temporal_heads};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vireo_domain::{Embedding, Timestamp, VideoId};
use vireo_pretrained::embedding::Purpose;
use vireo_understand::heads::{self, Config, Example, TextHead, stratified};

pub(super) const KIND: &str = "head";

/// The label of what is none of the others: it is learned, and said of no video.
pub const NONE: &str = "none";

/// Examples that a label needs: of fewer nothing can be learned.
pub(super) const LEAST: usize = 2;

/// Texts embedded at once.
const BATCH: usize = 64;

/// What a label was given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A video of the catalogue.
    Video(VideoId),
    /// A text.
    Text(String),
}

/// A label and what it was given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// What it was given to.
    pub of: Subject,
    /// The label.
    pub label: String,
}

/// A head in the store.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    trained_at: Timestamp,
    embedding_model: String,
    examples: Vec<Labelled>,
    head: TextHead,
}

/// A head as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadSummary {
    /// Its name.
    pub name: String,
    /// What it looks with: `text`, or a kind of head over time.
    pub kind: String,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// Examples of each label; of several tasks as `task: label`.
    pub labels: BTreeMap<String, usize>,
    /// Labels of the last training of which there were too few examples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Whether it is applied to new videos by itself.
    pub is_active: bool,
    /// Whether its vectors are those of the embedding model in use; a head of
    /// another model has to be trained again.
    pub is_current: bool,
}

/// How good a head is: every example told by a head trained without it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluated {
    /// The labels, in order.
    pub labels: Vec<String>,
    /// For each true label, how often each label was told.
    pub confusion: Vec<Vec<usize>>,
    /// Share that was told right.
    pub accuracy: f64,
    /// Share of the commonest label: what a head must beat.
    pub majority: f64,
    /// Number of examples.
    pub count: usize,
}

/// `progress(stage, done, total)`.
pub(super) type Progress<'a> = &'a (dyn Fn(&str, usize, usize) + Sync);

impl App {
    /// Trains a head on these labels and keeps it under `name`, in place of one
    /// of that name.
    ///
    /// # Errors
    /// If the name has other characters than letters, digits, `-` and `_`, if
    /// a video is not analysed, or if there are not two labels with two
    /// examples each. A label with one is left out.
    pub async fn train_head(
        &self,
        name: &str,
        mut examples: Vec<Labelled>,
        progress: Progress<'_>,
    ) -> Result<HeadSummary> {
        check_name(name)?;
        let left_out = too_few(examples.iter().map(|it| it.label.as_str()), "", 2)?;
        examples.retain(|example| !left_out.contains(&example.label));
        let known = self.known(&examples, progress).await?;
        let (head, examples) = blocking(move || {
            let all: Vec<Example<'_>> = borrow(&examples, &known);
            let head = TextHead::train(&all, &Config::default())?;
            Ok::<_, vireo_understand::Error>((head, examples))
        })
        .await?;
        let stored = Stored {
            trained_at: self.now(),
            embedding_model: self.embedding_model().to_owned(),
            examples,
            head,
        };
        self.store.put_document(KIND, name, &serde_json::to_value(&stored)?).await?;
        self.store.remove_document(temporal_heads::KIND, name).await?;
        let is_active = self.is_active(name).await?;
        Ok(HeadSummary { left_out, is_active, ..self.summary(name.to_owned(), &stored) })
    }

    /// The heads, by name.
    pub async fn heads(&self) -> Result<Vec<HeadSummary>> {
        let documents = self.store.documents(KIND).await?;
        let summary = |(name, value): (String, serde_json::Value)| {
            let stored = read(&name, value)?;
            Ok(self.summary(name, &stored))
        };
        let mut heads = documents.into_iter().map(summary).collect::<Result<Vec<_>>>()?;
        heads.extend(self.temporal_heads().await?);
        for head in &mut heads {
            head.is_active = self.is_active(&head.name).await?;
        }
        heads.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(heads)
    }

    /// Tells every example of a head by a head that was trained on the others,
    /// in `folds` parts.
    pub async fn evaluate_head(
        &self,
        name: &str,
        folds: usize,
        seed: u64,
        progress: Progress<'_>,
    ) -> Result<Evaluated> {
        let examples = self.head(name).await?.examples;
        let known = self.known(&examples, progress).await?;
        let folds = folds.clamp(2, examples.len().max(2));
        blocking(move || evaluate(&borrow(&examples, &known), folds, seed)).await
    }

    /// Forgets a head; what it said stays until the videos are analysed again.
    /// False if there is no such head.
    pub async fn remove_head(&self, name: &str) -> Result<bool> {
        self.pause_head(name).await?;
        let over_time = self.store.remove_document(temporal_heads::KIND, name).await?;
        Ok(self.store.remove_document(KIND, name).await? || over_time)
    }

    async fn head(&self, name: &str) -> Result<Stored> {
        match self.store.document(KIND, name).await? {
            Some(value) => read(name, value),
            None => bail!("there is no head {name}; train it with: vireo heads train {name}"),
        }
    }

    fn summary(&self, name: String, stored: &Stored) -> HeadSummary {
        let mut labels = BTreeMap::new();
        for example in &stored.examples {
            *labels.entry(example.label.clone()).or_default() += 1;
        }
        let is_current = stored.embedding_model == self.embedding_model();
        let kind = "text".to_owned();
        let (left_out, is_active) = (Vec::new(), false);
        let trained_at = stored.trained_at;
        HeadSummary { name, kind, trained_at, labels, left_out, is_active, is_current }
    }

    /// Words and vector of each example.
    async fn known(
        &self,
        examples: &[Labelled],
        progress: Progress<'_>,
    ) -> Result<Vec<(String, Embedding)>> {
        let mut known = Vec::with_capacity(examples.len());
        for batch in examples.chunks(BATCH) {
            progress("examples", known.len(), examples.len());
            let mut texts = Vec::new();
            for example in batch {
                if let Subject::Text(text) = &example.of {
                    texts.push(text.clone());
                }
            }
            let models = self.models.clone();
            let vectors = blocking(move || {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                // As videos are embedded, whose vectors they stand beside.
                models.text_embedder()?.embed(&texts, Purpose::Passage)
            })
            .await?;
            let mut vectors = vectors.into_iter();
            for example in batch {
                known.push(match &example.of {
                    Subject::Video(id) => self.known_video(id).await?,
                    Subject::Text(text) => {
                        (text.clone(), vectors.next().context("a vector for each text")?)
                    }
                });
            }
        }
        progress("examples", known.len(), examples.len());
        Ok(known)
    }

    async fn known_video(&self, id: &VideoId) -> Result<(String, Embedding)> {
        match self.video(id).await? {
            Some((video, Some(analysis))) if analysis.embedding_model == self.embedding_model() => {
                Ok((heads::words_of(&video, &analysis), analysis.embedding))
            }
            Some(_) => bail!("the video {id} is not analysed yet; run: vireo train"),
            None => bail!("there is no video {id} any more"),
        }
    }
}

/// Refuses what is no name.
pub(super) fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    ensure!(
        (1..=64).contains(&name.chars().count()) && name.chars().all(plain),
        "a head's name is of 1 to 64 letters, digits, - and _"
    );
    Ok(())
}

fn read(name: &str, value: serde_json::Value) -> Result<Stored> {
    serde_json::from_value(value)
        .with_context(|| format!("the document {KIND}/{name} is damaged; train the head again"))
}

fn borrow<'a>(examples: &'a [Labelled], known: &'a [(String, Embedding)]) -> Vec<Example<'a>> {
    let example = |(example, (text, vector)): (&'a Labelled, &'a (String, Embedding))| Example {
        text,
        vector,
        label: &example.label,
    };
    examples.iter().zip(known).map(example).collect()
}

/// The labels of a task with fewer than [`LEAST`] examples, which are to be left
/// out.
///
/// # Errors
/// If fewer than `wanted` (one or two) are left.
pub(super) fn too_few<'a>(
    labels: impl Iterator<Item = &'a str>,
    task: &str,
    wanted: usize,
) -> Result<Vec<String>> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in labels {
        *counts.entry(label).or_default() += 1;
    }
    let (enough, few): (Vec<_>, Vec<_>) = counts.iter().partition(|(_, count)| **count >= LEAST);
    if enough.len() < wanted {
        let found: Vec<String> =
            counts.iter().map(|(label, count)| format!("{label} ({count})")).collect();
        let found = if found.is_empty() { "no labels".to_owned() } else { found.join(", ") };
        let of = if task.is_empty() { String::new() } else { format!(" of {task}") };
        let wanted = if wanted == 1 { "one label" } else { "two labels" };
        bail!("a head needs at least {wanted}{of} with {LEAST} examples each; there are: {found}");
    }
    Ok(few.into_iter().map(|(label, _)| (*label).to_owned()).collect())
}

fn evaluate(examples: &[Example<'_>], folds: usize, seed: u64) -> Result<Evaluated> {
    let of: Vec<&str> = examples.iter().map(|example| example.label).collect();
    let mut labels = of.clone();
    labels.sort_unstable();
    labels.dedup();
    let place = |label: &str| labels.partition_point(|other| *other < label);
    let mut confusion = vec![vec![0; labels.len()]; labels.len()];
    let parts = stratified(&of, folds, seed);
    for fold in 0..folds {
        let part = |own: bool| {
            let chosen = examples.iter().zip(&parts).filter(move |(_, f)| (**f == fold) == own);
            chosen.map(|(example, _)| *example).collect::<Vec<_>>()
        };
        let head = TextHead::train(&part(false), &Config { seed, ..Config::default() })
            .context("there are too few examples to hold some of them back")?;
        for example in part(true) {
            let told = head.predict(example.text, example.vector).label;
            confusion[place(example.label)][place(&head.labels()[told])] += 1;
        }
    }
    let right: usize = (0..labels.len()).map(|i| confusion[i][i]).sum();
    let commonest = confusion.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0);
    let count = examples.len();
    let share = |hits: usize| hits as f64 / count.max(1) as f64;
    let (accuracy, majority) = (share(right), share(commonest));
    let labels = labels.into_iter().map(str::to_owned).collect();
    Ok(Evaluated { labels, confusion, accuracy, majority, count })
}
