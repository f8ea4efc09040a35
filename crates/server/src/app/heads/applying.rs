//! Heads at work: what one says of all videos when it is applied, and of each
//! new one from then on, until it is paused.

use super::{App, NONE, Progress, temporal_heads};
use anyhow::{Result, ensure};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use vireo_domain::{Analysis, Annotation, AnnotationKind, Source, Video, VideoId};
use vireo_understand::heads::{self, TemporalHead, TextHead};
use vireo_understand::moments::Moments;

/// Documents of this kind name the heads that are applied to new videos.
const ACTIVE: &str = "active-head";

/// Videos read and written at once, by a head that looks at words.
const AT_ONCE: u32 = 200;

/// Words of the text that are given as evidence.
const EVIDENCE: usize = 5;

/// What became of the videos that a head was applied to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Videos by the label that they got.
    pub labels: BTreeMap<String, usize>,
    /// Videos that nothing is known of yet, or only in vectors of another model;
    /// of a head over time those whose file cannot be read.
    pub passed_over: usize,
}

/// A head that can be asked.
struct Ready {
    name: String,
    head: Head,
}

enum Head {
    Text { head: TextHead, embedding_model: String },
    OverTime(TemporalHead),
}

/// The heads that are applied to new videos.
#[derive(Default)]
pub(crate) struct ActiveHeads {
    ready: Vec<Ready>,
    /// Why others cannot be asked.
    broken: Vec<String>,
}

impl App {
    /// Writes what a head says to every video, in place of what it said before;
    /// from now on to new ones, too. A text head says a category, with its
    /// confidence and the words that speak most for it; a head over time
    /// categories, and a label with its span for each stretch that it was found in.
    pub async fn apply_head(&self, name: &str, progress: Progress<'_>) -> Result<Applied> {
        let ready = self.ready_head(name).await?;
        self.store.put_document(ACTIVE, name, &true.into()).await?;
        // What takes a second a video is kept video by video.
        let at_once = if matches!(ready.head, Head::Text { .. }) { AT_ONCE } else { 1 };
        let total = self.store.video_count().await? as usize;
        let mut applied = Applied::default();
        let (mut after, mut done) = (None, 0);
        loop {
            progress("videos", done, total);
            let page = self.store.videos(after.as_ref(), at_once).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            done += page.len();
            let ids: Vec<VideoId> = page.into_iter().map(|video| video.id).collect();
            let mut changed: Vec<(Video, Analysis)> = Vec::new();
            for (video, analysis) in self.store.understood(&ids).await? {
                let Some(mut analysis) = analysis else {
                    applied.passed_over += 1;
                    continue;
                };
                let said = ready.say(self, &video, &analysis).await.unwrap_or_else(|error| {
                    tracing::warn!(video = %video.id, "the head {name}: {error:#}");
                    None
                });
                let Some(said) = said else {
                    applied.passed_over += 1;
                    continue;
                };
                let values: BTreeSet<&String> = said.iter().map(|it| &it.value).collect();
                for value in values {
                    *applied.labels.entry(value.clone()).or_default() += 1;
                }
                if ready.put(&mut analysis, said) {
                    changed.push((video, analysis));
                }
            }
            let changed: Vec<_> = changed.iter().map(|(v, a)| (v, a)).collect();
            if !changed.is_empty() {
                self.store.put_analyses(&changed).await?;
            }
        }
        Ok(applied)
    }

    /// New videos are no longer told by a head; what it said stays. False if
    /// they were not.
    pub async fn pause_head(&self, name: &str) -> Result<bool> {
        Ok(self.store.remove_document(ACTIVE, name).await?)
    }

    /// Whether new videos are told by a head of this name.
    pub(in crate::app) async fn is_active(&self, name: &str) -> Result<bool> {
        Ok(self.store.document(ACTIVE, name).await?.is_some())
    }

    /// The heads that are applied to new videos. What keeps one from it is said
    /// of each video, and stops nothing.
    pub(crate) async fn active_heads(&self) -> ActiveHeads {
        let mut heads = ActiveHeads::default();
        match self.store.documents(ACTIVE).await {
            Ok(active) => {
                for (name, _) in active {
                    match self.ready_head(&name).await {
                        Ok(ready) => heads.ready.push(ready),
                        Err(error) => heads.broken.push(format!("heads: {error:#}")),
                    }
                }
            }
            Err(error) => heads.broken.push(format!("heads: {error}")),
        }
        heads
    }

    /// A head whose features are those that are in use.
    async fn ready_head(&self, name: &str) -> Result<Ready> {
        let check = |trained_on: &str, in_use: &str| -> Result<()> {
            ensure!(
                trained_on == in_use,
                "the head {name} was trained on {trained_on}, in use is {in_use}; train it again"
            );
            Ok(())
        };
        let head = if self.has_temporal_head(name).await? {
            let stored = self.temporal_head(name).await?;
            check(&stored.maker, &self.maker().await?)?;
            Head::OverTime(stored.head)
        } else {
            let stored = self.head(name).await?;
            let (vectors, in_use) = (&stored.embedding_model, self.embedding_model());
            check(&format!("vectors of {vectors}"), &format!("vectors of {in_use}"))?;
            Head::Text { head: stored.head, embedding_model: stored.embedding_model }
        };
        Ok(Ready { name: name.to_owned(), head })
    }
}

impl ActiveHeads {
    /// Whether there is none, not even a broken one.
    pub(crate) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.broken.is_empty()
    }

    /// Writes what all of them say of a video into its analysis. One that fails
    /// is a warning there.
    pub(crate) async fn say(&self, app: &App, video: &Video, analysis: &mut Analysis) {
        analysis.warnings.extend(self.broken.iter().cloned());
        for ready in &self.ready {
            match ready.say(app, video, analysis).await {
                Ok(said) => drop(ready.put(analysis, said.unwrap_or_default())),
                Err(error) => {
                    let (name, reason) = (&ready.name, format!("{error:#}").replace('\n', " "));
                    analysis
                        .warnings
                        .push(format!("the head {name} could not look at it: {reason}"));
                }
            }
        }
    }
}

impl Ready {
    /// What the head says of a video; `None`: nothing is known that it looks at.
    async fn say(
        &self,
        app: &App,
        video: &Video,
        analysis: &Analysis,
    ) -> Result<Option<Vec<Annotation>>> {
        match &self.head {
            Head::Text { head, embedding_model } => {
                let is_known = analysis.embedding_model == *embedding_model;
                Ok(is_known.then(|| self.of_text(head, video, analysis)))
            }
            Head::OverTime(head) => {
                let path = video.media.as_ref().map(|media| PathBuf::from(&media.path));
                let Some(path) = path.filter(|it| it.exists()) else { return Ok(None) };
                let moments = app.moments(&path).await?;
                Ok((moments.count() > 0).then(|| self.of_moments(head, &moments)))
            }
        }
    }

    /// Puts it in place of what the head said before; false if that was the same.
    fn put(&self, analysis: &mut Analysis, said: Vec<Annotation>) -> bool {
        let model = self.model();
        let before: Vec<Annotation> =
            analysis.annotations.extract_if(.., |it| it.model == model).collect();
        let is_new = before != said;
        analysis.annotations.extend(said);
        is_new
    }

    fn model(&self) -> String {
        format!("head:{}", self.name)
    }

    fn of_text(&self, head: &TextHead, video: &Video, analysis: &Analysis) -> Vec<Annotation> {
        let words = heads::words_of(video, analysis);
        let told = head.predict(&words, &analysis.embedding);
        let value = &head.labels()[told.label];
        let evidence = head.telling_words(&words, told.label, EVIDENCE);
        let statement = || Annotation {
            kind: AnnotationKind::Category,
            value: value.clone(),
            span: None,
            source: Source::Combined,
            evidence: (!evidence.is_empty()).then(|| evidence.join(", ")),
            confidence: told.confidence(),
            model: self.model(),
        };
        (value != NONE).then(statement).into_iter().collect()
    }

    fn of_moments(&self, head: &TemporalHead, moments: &Moments) -> Vec<Annotation> {
        let statement = |kind, task: usize, label: usize, span, confidence| {
            let labels = &head.tasks()[task];
            let name = &labels.names()[label];
            let statement = || Annotation {
                kind,
                value: temporal_heads::full_name(&labels.task().name, name),
                span,
                source: Source::Combined,
                evidence: None,
                confidence,
                model: self.model(),
            };
            (name != NONE).then(statement)
        };
        let mut said = Vec::new();
        for (task, whole) in head.predict(moments).iter().enumerate() {
            if !head.tasks()[task].task().is_multi {
                let (kind, confidence) = (AnnotationKind::Category, whole.confidence());
                said.extend(statement(kind, task, whole.label, None, confidence));
            }
        }
        for it in head.stretches(moments) {
            let (kind, span) = (AnnotationKind::Label, Some(it.span));
            said.extend(statement(kind, it.task, it.label, span, it.confidence));
        }
        said
    }
}
