//! Heads over time: trained on clips, told of what happens in videos.
//!
//! What is seen and heard in a clip is worked out when it is asked for, and
//! kept in the data folder's `moments/` under the hash of the file, so a second
//! training reads no video. Nothing there cannot be made again.

use super::heads::{self, AT_ONCE, Progress, check_name};
use super::{App, Applied, Evaluated, HeadSummary, blocking};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use vireo_domain::{Annotation, AnnotationKind, Source, Span, Timestamp, VideoId};
use vireo_pretrained::Models;
use vireo_understand::heads::{Clip, Kind, TemporalHead, Trial, trial};
use vireo_understand::moments::{Moments, maker, moments};

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
    /// One label, or several where clips may have them.
    pub labels: Vec<String>,
    /// What it was filmed in one go with.
    pub source: String,
}

/// What a head over time is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TemporalRequest {
    /// What looks at the moments; `None`: what tells held-back clips best.
    pub kind: Option<Kind>,
    /// Whether a clip may have several labels, or none.
    pub is_multi: bool,
}

/// How a kind of head tells clips whose source it was not trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The kind.
    pub kind: Kind,
    /// Clips that were told.
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

/// The kinds beside each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The kind of the head.
    pub kind: Kind,
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
struct Stored {
    trained_at: Timestamp,
    /// What its moments were made by.
    maker: String,
    clips: Vec<LabelledClip>,
    head: TemporalHead,
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
                labels: clip.labels.iter().map(String::as_str).collect(),
                source: &clip.source,
            })
            .collect()
    }

    /// Every kind, told in so many parts.
    fn trials(&self, is_multi: bool, folds: usize, seed: u64) -> Result<Vec<Trial>> {
        let tell = |kind| Ok(trial(&self.borrow(), kind, is_multi, folds, seed)?);
        Kind::ALL.into_iter().map(tell).collect()
    }
}

impl App {
    /// Trains a head on these clips and keeps it under `name`, in place of one
    /// of that name. Gives what was tried to choose the kind, too: nothing if
    /// it was asked for, or if every label has clips of one source only.
    ///
    /// # Errors
    /// If the name is none, a clip cannot be read, or there is nothing to tell apart.
    pub async fn train_temporal_head(
        &self,
        name: &str,
        clips: Vec<LabelledClip>,
        request: TemporalRequest,
        progress: Progress<'_>,
    ) -> Result<(HeadSummary, Vec<Tried>)> {
        check_name(name)?;
        let TemporalRequest { kind, is_multi } = request;
        let known = self.clips(clips, progress).await?;
        progress("training", 0, 1);
        let (head, tried, clips) = blocking(move || {
            let mut tried = Vec::new();
            if kind.is_none() {
                let trials = known.trials(is_multi, FOLDS, SEED)?;
                tried = trials.iter().filter(|it| !it.told.is_empty()).map(Tried::from).collect();
            }
            // Of two as good ones the simpler.
            let best = tried.iter().min_by(|a, b| a.surprise.total_cmp(&b.surprise));
            let kind = kind.or(best.map(|it| it.kind)).unwrap_or(Kind::Mean);
            let head = TemporalHead::train(&known.borrow(), kind, is_multi, SEED)?;
            anyhow::Ok((head, tried, known.clips))
        })
        .await?;
        progress("training", 1, 1);
        let stored = Stored { trained_at: self.now(), maker: self.maker().await?, clips, head };
        self.store.put_document(KIND, name, &serde_json::to_value(&stored)?).await?;
        self.store.remove_document(heads::KIND, name).await?;
        Ok((summary(name.to_owned(), &stored, &stored.maker), tried))
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
        let (kind, is_multi) = (head.kind(), head.is_multi());
        let trials = blocking(move || known.trials(is_multi, folds, seed));
        let trials = trials.await?;
        progress("telling", Kind::ALL.len(), Kind::ALL.len());
        let Some(own) = trials.iter().find(|it| it.kind == kind) else { bail!("no kind {kind}") };
        ensure!(
            !own.told.is_empty(),
            "no clip can be held back: the clips of each label ({}) are all of one source; \
             add clips of other sources, or a source column if they are of several",
            own.lone.join(", ")
        );
        let thresholds = head.labels().iter().cloned().zip(head.thresholds().iter().copied());
        Ok(Comparison {
            kind,
            tried: trials.iter().map(Tried::from).collect(),
            evaluated: (!is_multi).then(|| evaluated(own)),
            thresholds: if is_multi { thresholds.collect() } else { BTreeMap::new() },
            lone: own.lone.clone(),
        })
    }

    /// Writes what a head says of every video that has a file: a category for
    /// the whole (where a video has one label), and a label with its span for
    /// each stretch that it was found in.
    pub(super) async fn apply_temporal_head(
        &self,
        name: &str,
        progress: Progress<'_>,
    ) -> Result<Applied> {
        let Stored { head, maker, .. } = self.temporal_head(name).await?;
        let in_use = self.maker().await?;
        ensure!(
            maker == in_use,
            "the head {name} was trained on {maker}, in use is {in_use}; train it again"
        );
        let total = self.store.video_count().await? as usize;
        let mut applied = Applied::default();
        let (mut after, mut done) = (None, 0);
        loop {
            let page = self.store.videos(after.as_ref(), AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            let ids: Vec<VideoId> = page.into_iter().map(|video| video.id).collect();
            for (video, analysis) in self.store.understood(&ids).await? {
                progress("videos", done, total);
                done += 1;
                let path = video.media.as_ref().map(|media| PathBuf::from(&media.path));
                let (Some(mut analysis), Some(path)) = (analysis, path.filter(|it| it.exists()))
                else {
                    applied.passed_over += 1;
                    continue;
                };
                let moments = self.moments(&path).await.unwrap_or_else(|error| {
                    tracing::warn!(path = %path.display(), "{error:#}");
                    Moments::new(Vec::new())
                });
                if moments.count() == 0 {
                    applied.passed_over += 1;
                    continue;
                }
                let said = statements(name, &head, &moments);
                let values: BTreeSet<&String> = said.iter().map(|it| &it.value).collect();
                for value in values {
                    *applied.labels.entry(value.clone()).or_default() += 1;
                }
                let model = model(name);
                let before: Vec<Annotation> =
                    analysis.annotations.extract_if(.., |it| it.model == model).collect();
                if before != said {
                    analysis.annotations.extend(said);
                    self.store.put_analyses(&[(&video, &analysis)]).await?;
                }
            }
        }
        progress("videos", done, total);
        Ok(applied)
    }

    /// The heads over time, by name.
    pub(super) async fn temporal_heads(&self) -> Result<Vec<HeadSummary>> {
        let documents = self.store.documents(KIND).await?;
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        let maker = self.maker().await?;
        let listed = |(name, value): (String, serde_json::Value)| {
            let stored = read(&name, value)?;
            Ok(summary(name, &stored, &maker))
        };
        documents.into_iter().map(listed).collect()
    }

    async fn temporal_head(&self, name: &str) -> Result<Stored> {
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

    async fn moments(&self, path: &Path) -> Result<Moments> {
        let (models, path, kept) =
            (self.models.clone(), path.to_owned(), self.data_dir.join("moments"));
        blocking(move || kept_moments(&models, &path, &kept)).await
    }

    async fn maker(&self) -> Result<String> {
        let models = self.models.clone();
        blocking(move || {
            let labeller = models.picture_labeller()?;
            Ok::<_, vireo_pretrained::Error>(maker(labeller.as_deref()))
        })
        .await
    }
}

/// The moments of a file, from the folder where they are kept, or worked out
/// and put there. What cannot be read there is worked out again.
fn kept_moments(models: &Models, path: &Path, folder: &Path) -> Result<Moments> {
    let labeller = models.picture_labeller()?;
    let maker = maker(labeller.as_deref());
    let kept = folder.join(vireo_media::content::hash(path)?.to_hex().as_str());
    if let Ok(bytes) = fs::read(&kept)
        && let Ok((by, moments)) = postcard::from_bytes::<(String, Moments)>(&bytes)
        && by == maker
    {
        return Ok(moments);
    }
    let moments = moments(path, labeller.as_deref())?;
    let written = || {
        fs::create_dir_all(folder)?;
        let part = kept.with_extension(format!("{}.part", std::process::id()));
        let bytes = postcard::to_stdvec(&(maker, &moments)).map_err(std::io::Error::other)?;
        fs::write(&part, bytes).and_then(|()| fs::rename(&part, &kept))
    };
    written().with_context(|| format!("cannot keep {}", kept.display()))?;
    Ok(moments)
}

fn read(name: &str, value: serde_json::Value) -> Result<Stored> {
    serde_json::from_value(value)
        .with_context(|| format!("the document {KIND}/{name} is damaged; train the head again"))
}

fn summary(name: String, stored: &Stored, maker: &str) -> HeadSummary {
    let mut labels = BTreeMap::new();
    for label in stored.clips.iter().flat_map(|clip| &clip.labels) {
        *labels.entry(label.clone()).or_default() += 1;
    }
    let (trained_at, kind) = (stored.trained_at, stored.head.kind().to_string());
    HeadSummary { name, kind, trained_at, labels, is_current: stored.maker == maker }
}

fn model(name: &str) -> String {
    format!("head:{name}")
}

fn statements(name: &str, head: &TemporalHead, moments: &Moments) -> Vec<Annotation> {
    let statement = |kind, label: usize, span, confidence| Annotation {
        kind,
        value: head.labels()[label].clone(),
        span,
        source: Source::Combined,
        evidence: None,
        confidence,
        model: model(name),
    };
    let mut said = Vec::new();
    if !head.is_multi() {
        let whole = head.predict(moments);
        said.push(statement(AnnotationKind::Category, whole.label, None, whole.confidence()));
    }
    let stretches = head.stretches(moments).into_iter();
    said.extend(
        stretches
            .map(|it| statement(AnnotationKind::Label, it.label, Some(it.span), it.confidence)),
    );
    said
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
