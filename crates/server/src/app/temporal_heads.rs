//! Heads over time: trained on clips, told of what happens in videos.

mod kept;

use super::heads::{self, Progress, check_name, too_few};
use super::{App, Evaluated, HeadSummary, blocking};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use vireo_domain::{Span, Timestamp};
use vireo_understand::heads::{Clip, Kind, Task, TemporalHead, Trial, trial};
use vireo_understand::moments::Moments;

pub(super) const KIND: &str = "temporal-head";

/// Parts that clips are divided into to choose a kind.
const FOLDS: usize = 3;
/// Seed of the parts and of the network's beginning.
const SEED: u64 = 1;

/// A clip with its labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledClip {
    /// The file.
    pub path: PathBuf,
    /// The stretch of it; `None`: all of it.
    pub span: Option<Span>,
    /// For each task one label, or several where clips may have them; `None`
    /// where they are not known.
    pub labels: Vec<Option<Vec<String>>>,
    /// What it was filmed in one go with.
    pub source: String,
}

/// What a head over time is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporalRequest {
    /// What looks at the moments; `None`: what tells held-back clips best.
    pub kind: Option<Kind>,
    /// What is asked of a clip, in the order of its labels; each has a network of its own.
    pub tasks: Vec<Task>,
}

impl Default for TemporalRequest {
    fn default() -> Self {
        Self { kind: None, tasks: vec![Task::default()] }
    }
}

/// How a kind of head tells clips whose source it was not trained on; of several
/// tasks the mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The kind.
    pub kind: Kind,
    /// Clips that were told, of each task.
    pub count: usize,
    /// Share of them of which exactly their labels were said.
    pub accuracy: f64,
    /// Mean over the labels of F1.
    pub macro_f1: f64,
    /// Mean negative logarithm of the probability of the clips' own labels.
    pub surprise: f64,
    /// How far confidence is from the share that is right.
    pub calibration_error: f64,
}

impl From<&Trial> for Tried {
    fn from(trial: &Trial) -> Self {
        Self {
            kind: trial.kind,
            count: trial.told.len(),
            accuracy: trial.accuracy(),
            macro_f1: trial.macro_f1(),
            surprise: trial.surprise(),
            calibration_error: trial.calibration_error(),
        }
    }
}

impl Tried {
    /// The mean over those tasks of which clips could be held back.
    fn of_tasks(trials: &[Trial]) -> Option<Self> {
        let tried: Vec<Self> =
            trials.iter().filter(|it| !it.told.is_empty()).map(Self::from).collect();
        let count = tried.iter().map(|it| it.count).sum();
        let mean = |of: fn(&Self) -> f64| tried.iter().map(of).sum::<f64>() / tried.len() as f64;
        Some(Self {
            kind: tried.first()?.kind,
            count,
            accuracy: mean(|it| it.accuracy),
            macro_f1: mean(|it| it.macro_f1),
            surprise: mean(|it| it.surprise),
            calibration_error: mean(|it| it.calibration_error),
        })
    }
}

/// The kinds beside each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The kind of the head.
    pub kind: Kind,
    /// Each of its tasks.
    pub tasks: Vec<ComparedTask>,
}

/// The kinds beside each other, of one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedTask {
    /// Its name; empty where nothing else is asked.
    pub task: String,
    /// Every kind, the simplest first.
    pub tried: Vec<Tried>,
    /// Who is taken for whom by the head's own kind; `None` where clips may
    /// have several labels.
    pub evaluated: Option<Evaluated>,
    /// What each label's probability must reach to be said.
    pub thresholds: BTreeMap<String, f32>,
    /// Labels whose clips are all of one source: nothing can be measured of them.
    pub lone: Vec<String>,
}

/// A head in the store.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    trained_at: Timestamp,
    /// What its moments were made by.
    pub(super) maker: String,
    clips: Vec<LabelledClip>,
    pub(super) head: TemporalHead,
}

/// Clips and what is in them.
struct Known {
    clips: Vec<LabelledClip>,
    moments: Vec<Moments>,
}

impl Known {
    fn borrow(&self) -> Vec<Clip<'_>> {
        let pairs = self.clips.iter().zip(&self.moments);
        pairs
            .map(|(clip, moments)| Clip {
                moments,
                labels: clip.labels.iter().map(Option::as_ref).map(borrow).collect(),
                source: &clip.source,
            })
            .collect()
    }

    /// Every kind, told in so many parts: a trial for each task.
    fn trials(&self, tasks: &[Task], folds: usize, seed: u64) -> Result<Vec<Vec<Trial>>> {
        let tell = |kind| Ok(trial(&self.borrow(), tasks, kind, folds, seed)?);
        Kind::ALL.into_iter().map(tell).collect()
    }
}

fn borrow(labels: Option<&Vec<String>>) -> Option<Vec<&str>> {
    labels.map(|labels| labels.iter().map(String::as_str).collect())
}

impl App {
    /// Trains a head on these clips and keeps it under `name`, in place of one
    /// of that name. Gives what was tried to choose the kind, too: nothing if
    /// it was asked for, or if every label has clips of one source only.
    ///
    /// # Errors
    /// If the name is none, a clip cannot be read, or a task has not two labels
    /// with two clips each. A label with one is left out.
    pub async fn train_temporal_head(
        &self,
        name: &str,
        mut clips: Vec<LabelledClip>,
        request: TemporalRequest,
        progress: Progress<'_>,
    ) -> Result<(HeadSummary, Vec<Tried>)> {
        check_name(name)?;
        let TemporalRequest { kind, tasks } = request;
        let left_out = leave_out(&mut clips, &tasks)?;
        let known = self.clips(clips, progress).await?;
        progress("training", 0, 1);
        let (head, tried, clips) = blocking(move || {
            let mut tried: Vec<Tried> = Vec::new();
            if kind.is_none() {
                let trials = known.trials(&tasks, FOLDS, SEED)?;
                tried = trials.iter().filter_map(|of_kind| Tried::of_tasks(of_kind)).collect();
            }
            // Of two as good ones the simpler.
            let best = tried.iter().min_by(|a, b| a.surprise.total_cmp(&b.surprise));
            let kind = kind.or(best.map(|it| it.kind)).unwrap_or(Kind::Mean);
            let head = TemporalHead::train(&known.borrow(), &tasks, kind, SEED)?;
            anyhow::Ok((head, tried, known.clips))
        })
        .await?;
        progress("training", 1, 1);
        let stored = Stored { trained_at: self.now(), maker: self.maker().await?, clips, head };
        self.store.put_document(KIND, name, &serde_json::to_value(&stored)?).await?;
        self.store.remove_document(heads::KIND, name).await?;
        let is_active = self.is_active(name).await?;
        let made = summary(name.to_owned(), &stored, &stored.maker);
        Ok((HeadSummary { left_out, is_active, ..made }, tried))
    }

    /// Whether there is a head over time of this name.
    pub async fn has_temporal_head(&self, name: &str) -> Result<bool> {
        Ok(self.store.document(KIND, name).await?.is_some())
    }

    /// Tells every clip of a head by heads of every kind that were trained
    /// without its source, in `folds` parts.
    pub async fn compare_temporal_head(
        &self,
        name: &str,
        folds: usize,
        seed: u64,
        progress: Progress<'_>,
    ) -> Result<Comparison> {
        let Stored { clips, head, .. } = self.temporal_head(name).await?;
        let known = self.clips(clips, progress).await?;
        progress("telling", 0, Kind::ALL.len());
        let kind = head.kind();
        let tasks: Vec<Task> = head.tasks().iter().map(|labels| labels.task().clone()).collect();
        let trials = blocking(move || known.trials(&tasks, folds, seed)).await?;
        progress("telling", Kind::ALL.len(), Kind::ALL.len());
        let Some(own) = trials.iter().find(|it| it.iter().any(|trial| trial.kind == kind)) else {
            bail!("no kind {kind}")
        };
        let lone: Vec<&str> = own.iter().flat_map(|it| &it.lone).map(String::as_str).collect();
        ensure!(
            own.iter().any(|it| !it.told.is_empty()),
            "no clip can be held back: the clips of each label ({}) are all of one source; \
             add clips of other sources, or a source column if they are of several",
            lone.join(", ")
        );
        let compared = |(task, own): (usize, &Trial)| {
            let labels = &head.tasks()[task];
            let thresholds =
                labels.names().iter().cloned().zip(labels.thresholds().iter().copied());
            let is_multi = labels.task().is_multi;
            ComparedTask {
                task: labels.task().name.clone(),
                tried: trials.iter().map(|of_kind| Tried::from(&of_kind[task])).collect(),
                evaluated: (!is_multi).then(|| evaluated(own)),
                thresholds: if is_multi { thresholds.collect() } else { BTreeMap::new() },
                lone: own.lone.clone(),
            }
        };
        Ok(Comparison { kind, tasks: own.iter().enumerate().map(compared).collect() })
    }

    /// The heads over time, by name.
    pub(super) async fn temporal_heads(&self) -> Result<Vec<HeadSummary>> {
        let documents = self.store.documents(KIND).await?;
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        let maker = self.maker().await?;
        let mut heads = Vec::new();
        for (name, value) in documents {
            // One of an earlier version hides no other.
            match read(&name, value) {
                Ok(stored) => heads.push(summary(name, &stored, &maker)),
                Err(error) => tracing::warn!("{error:#}"),
            }
        }
        Ok(heads)
    }

    pub(super) async fn temporal_head(&self, name: &str) -> Result<Stored> {
        match self.store.document(KIND, name).await? {
            Some(value) => read(name, value),
            None => bail!("there is no head {name}; train it with: vireo heads train {name}"),
        }
    }

    /// What is in each clip; those without a picture are refused.
    async fn clips(&self, clips: Vec<LabelledClip>, progress: Progress<'_>) -> Result<Known> {
        let mut known = Vec::with_capacity(clips.len());
        for clip in &clips {
            progress("clips", known.len(), clips.len());
            let path = &clip.path;
            let whole = self.moments(path).await?;
            let moments = clip.span.map_or(whole.clone(), |span| whole.within(span));
            ensure!(moments.count() > 0, "{}: there is no picture in it", path.display());
            known.push(moments);
        }
        progress("clips", known.len(), clips.len());
        Ok(Known { clips, moments: known })
    }
}

fn read(name: &str, value: serde_json::Value) -> Result<Stored> {
    serde_json::from_value(value)
        .with_context(|| format!("the document {KIND}/{name} is damaged; train the head again"))
}

fn summary(name: String, stored: &Stored, maker: &str) -> HeadSummary {
    let mut labels = BTreeMap::new();
    for clip in &stored.clips {
        for (of_task, known) in stored.head.tasks().iter().zip(&clip.labels) {
            for label in known.iter().flatten() {
                *labels.entry(full_name(&of_task.task().name, label)).or_default() += 1;
            }
        }
    }
    let (trained_at, kind) = (stored.trained_at, stored.head.kind().to_string());
    let (left_out, is_active) = (Vec::new(), false);
    let is_current = stored.maker == maker;
    HeadSummary { name, kind, trained_at, labels, left_out, is_active, is_current }
}

/// A label with its task, where several are asked.
pub(super) fn full_name(task: &str, label: &str) -> String {
    if task.is_empty() { label.to_owned() } else { format!("{task}: {label}") }
}

/// Takes labels with too few examples out, and clips that nothing is left to
/// know of; gives those labels.
fn leave_out(clips: &mut Vec<LabelledClip>, tasks: &[Task]) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    for (number, task) in tasks.iter().enumerate() {
        let given = clips.iter().filter_map(|clip| clip.labels[number].as_ref()).flatten();
        let wanted = if task.is_multi { 1 } else { 2 };
        let few = too_few(given.map(String::as_str), &task.name, wanted)?;
        for clip in &mut *clips {
            let known = &mut clip.labels[number];
            if let Some(labels) = known {
                labels.retain(|label| !few.contains(label));
                if labels.is_empty() && !task.is_multi {
                    *known = None;
                }
            }
        }
        left_out.extend(few.iter().map(|label| full_name(&task.name, label)));
    }
    clips.retain(|clip| clip.labels.iter().any(Option::is_some));
    Ok(left_out)
}

/// Who is taken for whom, of clips with one label each.
fn evaluated(trial: &Trial) -> Evaluated {
    let named = trial.told.iter().flat_map(|it| it.labels.iter().chain(&it.said));
    let labels: Vec<String> = named.cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let place = |label: &String| labels.partition_point(|other| other < label);
    let mut confusion = vec![vec![0; labels.len()]; labels.len()];
    for told in &trial.told {
        if let (Some(own), Some(said)) = (told.labels.first(), told.said.first()) {
            confusion[place(own)][place(said)] += 1;
        }
    }
    let count = trial.told.len();
    let commonest = confusion.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0);
    let majority = commonest as f64 / count.max(1) as f64;
    Evaluated { labels, confusion, accuracy: trial.accuracy(), majority, count }
}
