//! Following the store: the catalogue in memory, the search index, and (in the
//! server) training when enough is new.
//!
//! Every process reads the store's changes by itself, so a video that another
//! process ingests becomes visible here without a word between the two.

use super::views::{subjects, topic_of, with_topic};
use super::{App, Facts, Trained, blocking};
use crate::jobs;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::{JoinHandle, JoinSet};
use vireo_domain::{Analysis, Embedding, PictureVector, Video, VideoId};
use vireo_index::{Document, SceneDocument};
use vireo_recommend::{Item, Snapshot};
use vireo_store::Change;

/// Changes taken at once; bounds the analyses that are in memory together.
const BATCH: u32 = 200;

/// Bytes of documents that are written to the index together: each commit has
/// its price, so a large import should need few.
const INDEXED_AT_ONCE: usize = 32 << 20;

/// How long a process waits for its turn at the index, and between two tries.
const PATIENCE: Duration = Duration::from_secs(5);
const TURN: Duration = Duration::from_millis(50);

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
    /// Videos whose file is gone.
    missing: Arc<BTreeSet<VideoId>>,
    /// Whether the items changed since they were last published as a snapshot.
    is_ahead: bool,
}

impl Following {
    /// The videos as lists and search take them: what cannot be played is hidden.
    fn shown(&self) -> Vec<Arc<Item>> {
        let shown = |item: &Arc<Item>| {
            let mut item = Arc::clone(item);
            if self.missing.contains(&item.video.id) && !item.video.hidden {
                Arc::make_mut(&mut item).video.hidden = true;
            }
            item
        };
        self.items.values().map(shown).collect()
    }
}

/// A video and what was understood of it.
type Understood = (Video, Option<Analysis>);

/// What is to be written to the index.
struct Indexing {
    /// The index's, when it was last looked at.
    watermark: i64,
    /// Not a change was looked at yet.
    is_fresh: bool,
    put: Vec<Document>,
    remove: Vec<VideoId>,
    /// Bytes in `put`, roughly.
    size: usize,
}

impl Default for Indexing {
    fn default() -> Self {
        Self { watermark: 0, is_fresh: true, put: Vec::new(), remove: Vec::new(), size: 0 }
    }
}

impl Indexing {
    fn put(&mut self, document: Document) {
        let of_scene = |scene: &SceneDocument| scene.text.len() + 4 * scene.embedding.dimensions();
        self.size += document.description.len() + 4 * document.embedding.dimensions();
        self.size += document.scenes.iter().map(of_scene).sum::<usize>();
        let of_picture = |picture: &PictureVector| 4 * picture.embedding.dimensions();
        self.size += document.pictures.iter().map(of_picture).sum::<usize>();
        self.put.push(document);
    }
}

impl App {
    /// Makes index and snapshot follow the store; cheap when nothing changed.
    /// If another process is the index's writer it only re-reads.
    pub async fn refresh(&self) -> Result<()> {
        let mut following = self.shared.following.lock().await;
        let followed = self.follow_changes(&mut following).await;
        let is_trained = self.follow_training(&mut following).await?;
        let has_moved = self.follow_files(&mut following).await?;
        // What was read before something failed is shown all the same.
        if is_trained || has_moved || following.is_ahead {
            let snapshot = Snapshot::new(
                following.shown(),
                Arc::clone(&following.trained.topics),
                Arc::clone(&following.trained.crowd),
                Arc::clone(&following.trained.taste),
            )
            .with_copies(&self.copies().await?);
            *self.shared.snapshot.write().unwrap_or_else(PoisonError::into_inner) =
                Arc::new(snapshot);
            *self.shared.missing.write().unwrap_or_else(PoisonError::into_inner) =
                Arc::clone(&following.missing);
            following.is_ahead = false;
        }
        followed
    }

    /// Calls [`App::refresh`] every second, describes what was put meanwhile,
    /// and trains beside that when it is time to (`jobs.train_minutes`), until the
    /// returned task is aborted.
    pub fn follow(&self) -> JoinHandle<()> {
        let app = self.clone();
        tokio::spawn(async move {
            let mut trouble = String::new();
            let mut is_embedder_told = false;
            let mut last_training: Option<Instant> = None;
            // Ends with this task.
            let mut training = JoinSet::new();
            loop {
                let outcome = app.describe_and_refresh().await;
                let outcome = outcome.err().map(|error| format!("{error:#}")).unwrap_or_default();
                // Said once, not every second.
                if outcome != trouble && !outcome.is_empty() {
                    tracing::warn!("cannot follow the store: {outcome}");
                }
                trouble = outcome;
                if !is_embedder_told && let Some(model) = app.waiting_embedder() {
                    tracing::warn!("{model} was fetched; restart this server to use it");
                    is_embedder_told = true;
                }
                if let Some(Err(error)) = training.try_join_next() {
                    tracing::warn!("training failed: {error}");
                }
                if training.is_empty() && app.is_time_to_train(&mut last_training).await {
                    let app = app.clone();
                    training.spawn(async move { app.train().await });
                }
                tokio::time::sleep(PULSE).await;
            }
        })
    }

    /// What was put by its metadata is found by its words at once, and by its
    /// meaning a moment later.
    async fn describe_and_refresh(&self) -> Result<()> {
        self.refresh().await?;
        while jobs::describe::some_due(self).await? > 0 {
            self.refresh().await?;
        }
        Ok(())
    }

    /// Whether a training is due; `last` is when one was, after which it is no
    /// question for so many minutes.
    async fn is_time_to_train(&self, last: &mut Option<Instant>) -> bool {
        let minutes = self.config.jobs.train_minutes;
        let pause = Duration::from_secs(60 * minutes);
        if minutes == 0 || last.is_some_and(|last| last.elapsed() < pause) {
            return false;
        }
        let is_due = self.is_training_due().await.unwrap_or_else(|error| {
            *last = Some(Instant::now());
            tracing::warn!("cannot tell whether to train: {error:#}");
            false
        });
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }

    async fn train(&self) {
        match jobs::train::run(self, false, &|_, _, _| {}).await {
            Ok(report) => tracing::info!(
                videos = report.videos,
                feedback = report.feedback,
                topics = report.topics.len(),
                taste = report.taste.chosen,
                "trained in {:.1} s",
                report.seconds
            ),
            Err(error) => tracing::warn!("training failed: {error:#}"),
        }
    }

    /// Whether what was trained cannot be read, or catalogue or log are of another size.
    async fn is_training_due(&self) -> Result<bool> {
        let now = self.facts().await?;
        let Some(then) = self.published().await? else { return Ok(now.videos > 0) };
        let grown = |then: u64, now: u64| now.abs_diff(then) > (then / 10).max(5);
        Ok(then.facts.embedding_model != now.embedding_model
            || grown(then.facts.videos, now.videos)
            || grown(then.facts.feedback, now.feedback)
            || self.shared.following.lock().await.trained.is_partial && !then.is_newer())
    }

    /// The size of what a training now would see.
    pub(crate) async fn facts(&self) -> Result<Facts> {
        Ok(Facts {
            videos: self.store.video_count().await?,
            feedback: self.store.feedback_count().await?,
            embedding_model: self.embedding_model().to_owned(),
        })
    }

    /// Reads each change once, for the catalogue in memory and for the index.
    async fn follow_changes(&self, following: &mut Following) -> Result<()> {
        let mut indexing = Indexing { watermark: self.index.watermark(), ..Indexing::default() };
        let mut position = following.sequence.min(indexing.watermark);
        let mut words = HashMap::new();
        loop {
            let changes = self.store.changes(position, BATCH).await?;
            let Some(last) = changes.last().map(|change| change.sequence) else { break };
            if indexing.is_fresh {
                // Another process may have written since this one looked.
                self.reload_index().await?;
                indexing.watermark = self.index.watermark();
                indexing.is_fresh = false;
            }
            let mut known = self.read(&changes).await?;
            let new = changes.iter().filter(|change| change.sequence > indexing.watermark);
            let new = new.filter_map(|change| known.get(&change.video));
            self.learn_words(unknown_words(new, &words), &mut words).await?;
            for change in changes {
                let found = known.remove(&change.video);
                if change.sequence > following.sequence {
                    following.is_ahead = true;
                    let item = found
                        .as_ref()
                        .map(|(video, analysis)| self.item(video.clone(), analysis.as_ref()));
                    match item {
                        Some(item) => {
                            let topic = topic_of(&following.trained.topics, &item);
                            let item = with_topic(Arc::new(item), topic);
                            following.items.insert(change.video.clone(), item);
                        }
                        None => drop(following.items.remove(&change.video)),
                    }
                }
                if change.sequence > indexing.watermark {
                    match found {
                        Some((video, analysis)) if !video.hidden => {
                            indexing.put(self.document(video, analysis, &words));
                        }
                        _ => indexing.remove.push(change.video),
                    }
                }
            }
            following.sequence = following.sequence.max(last);
            position = last;
            if indexing.size > INDEXED_AT_ONCE {
                self.index_changes(&mut indexing, last).await?;
            }
        }
        self.index_changes(&mut indexing, position).await
    }

    /// Learns the vectors of these words.
    async fn learn_words(
        &self,
        new: BTreeSet<String>,
        known: &mut HashMap<String, Embedding>,
    ) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let app = self.clone();
        let learned = blocking(move || {
            let words: Vec<&str> = new.iter().map(String::as_str).collect();
            let vectors = app.understander().embed_words(&words).unwrap_or_else(|error| {
                tracing::warn!("tags are found by their words only: {error}");
                Vec::new()
            });
            anyhow::Ok(new.into_iter().zip(vectors).collect::<Vec<_>>())
        });
        known.extend(learned.await?);
        Ok(())
    }

    /// Writes what was gathered. Processes take turns at the index; the one
    /// that waits for too long leaves it to the others, who follow the same store.
    async fn index_changes(&self, indexing: &mut Indexing, last: i64) -> Result<()> {
        if indexing.put.is_empty() && indexing.remove.is_empty() {
            return Ok(());
        }
        let gathered = Arc::new(std::mem::take(indexing));
        *indexing = Indexing { watermark: last, is_fresh: false, ..Indexing::default() };
        let started = Instant::now();
        loop {
            let (index, changes) = (Arc::clone(&self.index), Arc::clone(&gathered));
            let applied = tokio::task::spawn_blocking(move || {
                index.apply(&changes.put, &changes.remove, last)
            })
            .await?;
            match applied {
                Err(vireo_index::Error::Locked(_)) if started.elapsed() < PATIENCE => {
                    tokio::time::sleep(TURN).await;
                    self.reload_index().await?;
                    if self.index.watermark() >= last {
                        return Ok(());
                    }
                }
                Err(vireo_index::Error::Locked(_)) => return Ok(()),
                other => return Ok(other?),
            }
        }
    }

    async fn follow_training(&self, following: &mut Following) -> Result<bool> {
        let Some(published) = self.published().await? else { return Ok(false) };
        if published.version == following.version {
            return Ok(false);
        }
        let Some(trained) = self.trained(&published).await? else { return Ok(false) };
        following.version = published.version;
        following.trained = trained;
        for item in following.items.values_mut() {
            let topic = topic_of(&following.trained.topics, item);
            *item = with_topic(Arc::clone(item), topic);
        }
        Ok(true)
    }

    /// Whether files went or came back since the last look.
    async fn follow_files(&self, following: &mut Following) -> Result<bool> {
        let missing = jobs::presence::noted(&*self.store).await?;
        let has_moved = missing != *following.missing;
        if has_moved {
            following.missing = Arc::new(missing);
        }
        Ok(has_moved)
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

    /// The videos of these changes as they are now. One damaged record must not
    /// hide all others: it is left out, and the log says so.
    async fn read(&self, changes: &[Change]) -> Result<HashMap<VideoId, Understood>> {
        let there = changes.iter().filter(|change| !change.removed);
        let ids: Vec<VideoId> = there.map(|change| change.video.clone()).collect();
        let is_damaged =
            |error: &vireo_store::Error| matches!(error, vireo_store::Error::Damaged { .. });
        let found = match self.store.understood(&ids).await {
            Err(error) if is_damaged(&error) => {
                let mut sound = Vec::new();
                for id in &ids {
                    match self.store.understood(std::slice::from_ref(id)).await {
                        Ok(found) => sound.extend(found),
                        Err(error) if is_damaged(&error) => tracing::warn!("left out: {error}"),
                        Err(error) => return Err(error.into()),
                    }
                }
                sound
            }
            found => found?,
        };
        let verdicts = self.all_verdicts().await?;
        let judged = |(video, mut analysis): Understood| {
            if let (Some(verdicts), Some(analysis)) =
                (verdicts.get(video.id.as_str()), &mut analysis)
            {
                verdicts.apply(analysis);
            }
            (video.id.clone(), (video, analysis))
        };
        Ok(found.into_iter().map(judged).collect())
    }
}

/// The words that these videos are about, without those that are known. What
/// was not described yet waits: its description puts it anew.
fn unknown_words<'a>(
    videos: impl Iterator<Item = &'a Understood>,
    known: &HashMap<String, Embedding>,
) -> BTreeSet<String> {
    let described = videos.filter(|(video, analysis)| !video.hidden && analysis.is_some());
    let words = described.flat_map(|(video, analysis)| subjects(video, analysis.as_ref()));
    words.filter(|word| !known.contains_key(*word)).map(str::to_owned).collect()
}
