//! Following the store: the catalogue in memory, the search index, and (in the
//! server) training when enough is new.
//!
//! Every process reads the store's changes by itself, so a video that another
//! process ingests becomes visible here without a word between the two.

use super::{App, Facts, Trained, blocking};
use crate::jobs;
use anyhow::Result;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use vireo_domain::{Analysis, Embedding, Video, VideoId};
use vireo_index::{Document, SceneDocument};
use vireo_interest::TopicModel;
use vireo_recommend::{Item, Snapshot};
use vireo_store::Change;

/// Changes taken at once; bounds the analyses that are in memory together.
const BATCH: u32 = 200;

/// Time between two looks at the store.
const PULSE: Duration = Duration::from_secs(1);

/// The catalogue up to a change of the store.
#[derive(Default)]
pub(super) struct Following {
    sequence: i64,
    /// Version of the trained models; 0 before the first training.
    version: u64,
    items: BTreeMap<VideoId, Arc<Item>>,
    trained: Trained,
}

impl App {
    /// Makes index and snapshot follow the store; cheap when nothing changed.
    /// If another process is the index's writer it only re-reads.
    pub async fn refresh(&self) -> Result<()> {
        let mut following = self.shared.following.lock().await;
        self.follow_catalogue(&mut following).await?;
        self.follow_index().await
    }

    /// Calls [`App::refresh`] every second, and trains when enough is new
    /// (`jobs.train_minutes`), until the returned task is aborted.
    pub fn follow(&self) -> JoinHandle<()> {
        let app = self.clone();
        tokio::spawn(async move {
            let mut trouble = String::new();
            let mut last_training: Option<Instant> = None;
            loop {
                let outcome = app.refresh().await.err().map(|error| format!("{error:#}"));
                let outcome = outcome.unwrap_or_default();
                // Said once, not every second.
                if outcome != trouble && !outcome.is_empty() {
                    tracing::warn!("cannot follow the store: {outcome}");
                }
                trouble = outcome;
                app.train_when_due(&mut last_training).await;
                tokio::time::sleep(PULSE).await;
            }
        })
    }

    async fn train_when_due(&self, last: &mut Option<Instant>) {
        let minutes = self.config.jobs.train_minutes;
        let pause = Duration::from_secs(60 * minutes);
        if minutes == 0 || last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        match self.is_training_due().await {
            Ok(false) => {}
            Ok(true) => {
                *last = Some(Instant::now());
                match jobs::train::run(self, &|_, _, _| {}).await {
                    Ok(report) => tracing::info!(
                        videos = report.videos,
                        feedback = report.feedback,
                        topics = report.topics.len(),
                        "trained in {:.1} s",
                        report.seconds
                    ),
                    Err(error) => tracing::warn!("training failed: {error:#}"),
                }
            }
            Err(error) => {
                *last = Some(Instant::now());
                tracing::warn!("cannot tell whether to train: {error:#}");
            }
        }
    }

    /// Whether the catalogue or the log has outgrown what was trained over.
    async fn is_training_due(&self) -> Result<bool> {
        let now = self.facts().await?;
        let Some(then) = self.published().await? else { return Ok(now.videos > 0) };
        let grown = |then: u64, now: u64| now.abs_diff(then) > (then / 10).max(5);
        Ok(then.facts.embedding_model != now.embedding_model
            || grown(then.facts.videos, now.videos)
            || grown(then.facts.feedback, now.feedback))
    }

    /// The size of what a training now would see.
    pub(crate) async fn facts(&self) -> Result<Facts> {
        Ok(Facts {
            videos: self.store.video_count().await?,
            feedback: self.store.feedback_count().await?,
            embedding_model: self.embedding_model().to_owned(),
        })
    }

    async fn follow_catalogue(&self, following: &mut Following) -> Result<()> {
        let mut is_changed = false;
        loop {
            let changes = self.store.changes(following.sequence, BATCH).await?;
            let Some(last) = changes.last().map(|change| change.sequence) else { break };
            for change in changes {
                let item = match self.read_change(&change).await? {
                    Some((video, analysis)) => {
                        let model = self.embedding_model();
                        Some(Arc::new(item(video, analysis.as_ref(), model)))
                    }
                    None => None,
                };
                match item {
                    Some(item) => {
                        let topic = topic_of(&following.trained.topics, &item);
                        let item = with_topic(item, topic);
                        following.items.insert(change.video, item);
                    }
                    None => {
                        following.items.remove(&change.video);
                    }
                }
            }
            following.sequence = last;
            is_changed = true;
        }

        if let Some(published) = self.published().await?
            && published.version != following.version
            && let Some(trained) = self.trained(&published).await?
        {
            following.version = published.version;
            following.trained = trained;
            for item in following.items.values_mut() {
                let topic = topic_of(&following.trained.topics, item);
                *item = with_topic(Arc::clone(item), topic);
            }
            is_changed = true;
        }

        if is_changed {
            let snapshot = Snapshot::new(
                following.items.values().cloned().collect(),
                Arc::clone(&following.trained.topics),
                Arc::clone(&following.trained.popular),
                Arc::clone(&following.trained.item_to_item),
            );
            *self.shared.snapshot.write().unwrap_or_else(PoisonError::into_inner) =
                Arc::new(snapshot);
        }
        Ok(())
    }

    async fn follow_index(&self) -> Result<()> {
        let mut watermark = self.index.watermark();
        if self.store.changes(watermark, 1).await?.is_empty() {
            return Ok(());
        }
        // Another process may have written since this one looked.
        self.reload_index().await?;
        watermark = self.index.watermark();
        loop {
            let changes = self.store.changes(watermark, BATCH).await?;
            let Some(last) = changes.last().map(|change| change.sequence) else { return Ok(()) };
            let (mut put, mut remove) = (Vec::new(), Vec::new());
            for change in changes {
                match self.read_change(&change).await? {
                    Some((video, analysis)) if !video.hidden => {
                        put.push(self.document(video, analysis));
                    }
                    _ => remove.push(change.video),
                }
            }
            let index = Arc::clone(&self.index);
            let applied =
                tokio::task::spawn_blocking(move || index.apply(&put, &remove, last)).await?;
            match applied {
                Ok(()) => watermark = last,
                Err(vireo_index::Error::Locked(_)) => return self.reload_index().await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn reload_index(&self) -> Result<()> {
        let index = Arc::clone(&self.index);
        blocking(move || index.reload()).await
    }

    /// Empties the index and fills it from the store.
    pub async fn rebuild_index(&self) -> Result<()> {
        let index = Arc::clone(&self.index);
        blocking(move || index.clear()).await?;
        self.refresh().await
    }

    /// The video of a change as it is now; `None` if it is gone or damaged
    /// (one damaged record must not hide all others).
    async fn read_change(&self, change: &Change) -> Result<Option<(Video, Option<Analysis>)>> {
        if change.removed {
            return Ok(None);
        }
        match self.video(&change.video).await {
            Ok(found) => Ok(found),
            Err(error) => match error.downcast_ref::<vireo_store::Error>() {
                Some(vireo_store::Error::Damaged { .. }) => {
                    tracing::warn!("left out: {error:#}");
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    /// A video as it is indexed. Vectors of another model are left away.
    fn document(&self, video: Video, analysis: Option<Analysis>) -> Document {
        let (model, dimensions) = &self.shared.embedding_model;
        let keywords = keywords(&video, analysis.as_ref());
        let mut document = Document {
            video: video.id,
            title: video.title,
            keywords,
            description: video.description,
            language: video.language,
            embedding: Embedding::new(vec![0.0; *dimensions]),
            scenes: Vec::new(),
        };
        document.keywords.extend(video.channel);
        let Some(analysis) = analysis else { return document };
        if let Some(card) = analysis.card {
            if !document.description.is_empty() {
                document.description.push('\n');
            }
            document.description.push_str(&card.summary);
        }
        let is_usable = analysis.embedding_model == *model;
        if is_usable {
            document.embedding = analysis.embedding;
        }
        let scenes = analysis.scenes.into_iter().map(|scene| SceneDocument {
            span: scene.span,
            text: scene.text,
            embedding: if is_usable {
                scene.embedding
            } else {
                Embedding::new(vec![0.0; *dimensions])
            },
        });
        document.scenes = scenes.collect();
        document
    }
}

/// A video as the recommender sees it, without a topic yet.
fn item(video: Video, analysis: Option<&Analysis>, model: &str) -> Item {
    let keywords = keywords(&video, analysis);
    let embedding = analysis
        .filter(|analysis| analysis.embedding_model == model)
        .map_or_else(|| Embedding::new(Vec::new()), |analysis| analysis.embedding.clone());
    Item { video, embedding, topic: None, keywords }
}

/// The topic found in training, else (for what came later) the nearest.
fn topic_of(topics: &TopicModel, item: &Item) -> Option<vireo_domain::TopicId> {
    let trained = topics.of_video.get(&item.video.id).copied();
    trained.or_else(|| (!item.embedding.is_zero()).then(|| topics.nearest(&item.embedding))?)
}

fn with_topic(item: Arc<Item>, topic: Option<vireo_domain::TopicId>) -> Arc<Item> {
    if item.topic == topic {
        return item;
    }
    let mut item = Arc::unwrap_or_clone(item);
    item.topic = topic;
    Arc::new(item)
}

/// Keywords and topics of the card and the owner's tags, each once.
fn keywords(video: &Video, analysis: Option<&Analysis>) -> Vec<String> {
    let card = analysis.and_then(|analysis| analysis.card.as_ref());
    let from_card = card.into_iter().flat_map(|card| card.keywords.iter().chain(&card.topics));
    let mut seen = std::collections::HashSet::new();
    from_card.chain(&video.tags).filter(|word| seen.insert(word.to_lowercase())).cloned().collect()
}
