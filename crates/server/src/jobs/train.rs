//! Trains topics, popularity, co-watching and taste over the whole store.

use crate::App;
use crate::app::{Trained, blocking};
use crate::jobs::{describe, topics};
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::{self, UnboundedSender};
use vireo_domain::Feedback;
use vireo_interest::models::{Epoch, Interactions, Run};
use vireo_interest::{Crowd, ModelCard, Taste, TopicInput, TopicModel};

/// Records read at once.
const PAGE: u32 = 10_000;

/// Seed of the training.
const SEED: u64 = 1;

/// The model card of the last training, for people to read.
const CARD: &str = "model-card.md";

/// Where networks keep how far they are, so that a training that was killed goes on.
const KEPT: &str = "training";

/// What training found.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// Videos that were described (imported ones without an analysis).
    pub described: usize,
    /// Videos.
    pub videos: usize,
    /// Actions.
    pub feedback: u64,
    /// Topics with their sizes.
    pub topics: Vec<(String, u32)>,
    /// Topics that the language model gave a name.
    pub named: usize,
    /// Days after which a liking counts half in people's interests.
    pub half_life_days: f64,
    /// Days after which a liking counts half in what is popular.
    pub popular_half_life_days: f64,
    /// Videos with co-watched neighbours.
    pub neighbours: usize,
    /// What tells what a person turns to next, and why that.
    pub taste: ModelCard,
    /// Wall time.
    pub seconds: f64,
}

/// Trains and publishes; a failure leaves the old models serving. `anew`: what
/// people turn to next is learned as if there had been no training before.
/// `progress(stage, done, total)`.
pub async fn run(
    app: &App,
    anew: bool,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Report> {
    let started = Instant::now();
    let before = app.published().await?.map(|published| published.version);
    let described = describe::all(app, progress).await?;
    app.refresh().await?;
    let facts = app.facts().await?;
    let log = read_log(app, progress, facts.feedback as usize).await?;
    let feedback = log.len() as u64;

    progress("train", 0, 1);
    let (tell, mut told) = mpsc::unbounded_channel();
    let app_too = app.clone();
    let training = blocking(move || {
        let kept = Kept::open(&app_too.data_dir.join(KEPT));
        let folder = kept.as_ref().map(|kept| &*kept.folder);
        let trained = train(&app_too, &log, anew, folder, &tell);
        anyhow::Ok((trained, kept))
    });
    tokio::pin!(training);
    let (trained, kept) = loop {
        tokio::select! {
            trained = &mut training => break trained?,
            Some(Epoch { network, number, most, loss, ndcg }) = told.recv() => {
                let reached = if ndcg > 0.0 { format!(", NDCG@10 {ndcg:.4}") } else { String::new() };
                progress(&format!("{network}: loss {loss:.3}{reached}"), number, most);
            }
        }
    };
    progress("train", 1, 1);

    let now = app.published().await?.map(|published| published.version);
    anyhow::ensure!(before == now, "another training was published meanwhile; its models stay");
    app.publish(&trained, facts.clone())
        .await
        .context("the trained models could not be published")?;
    if let Some(kept) = kept {
        kept.clear();
    }
    app.refresh().await?;
    let file = app.data_dir.join(CARD);
    if let Err(error) = tokio::fs::write(&file, trained.taste.card().to_string()).await {
        tracing::warn!("cannot write {}: {error}", file.display());
    }
    // All is of use before it has nice names, and without them.
    let named = topics::name(app, &trained, facts, progress).await.unwrap_or_else(|error| {
        tracing::warn!("the names of topics are not kept: {error:#}");
        0
    });
    let snapshot = app.snapshot();
    let report = Report {
        described,
        videos: snapshot.items.len(),
        feedback,
        topics: snapshot.topics.topics.iter().map(|it| (it.name.clone(), it.size)).collect(),
        named,
        half_life_days: app.config.interests.half_life(&snapshot.topics),
        popular_half_life_days: trained.crowd.half_life_days(),
        neighbours: trained.crowd.co_watched_videos(),
        taste: trained.taste.card().clone(),
        seconds: 0.0,
    };
    Ok(Report { seconds: started.elapsed().as_secs_f64(), ..report })
}

/// Where networks keep how far they are, for one training at a time: another one
/// beside it keeps nothing.
struct Kept {
    folder: PathBuf,
    /// Locked as long as it is open.
    lock: File,
}

impl Kept {
    /// That nothing can be kept is no reason to have no model.
    fn open(folder: &Path) -> Option<Self> {
        let open = || -> std::io::Result<Option<Self>> {
            std::fs::create_dir_all(folder)?;
            let lock = File::create(folder.join("lock"))?;
            match lock.try_lock() {
                Ok(()) => Ok(Some(Self { folder: folder.to_owned(), lock })),
                Err(TryLockError::WouldBlock) => Ok(None),
                Err(TryLockError::Error(error)) => Err(error),
            }
        };
        open().unwrap_or_else(|error| {
            let folder = folder.display();
            tracing::warn!("this training begins anew if it is killed: {folder}: {error}");
            None
        })
    }

    /// What is published need not be gone on with.
    fn clear(self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!("cannot remove {}: {error}", self.folder.display());
        }
        drop(self.lock);
    }
}

fn train(
    app: &App,
    log: &[Feedback],
    anew: bool,
    kept: Option<&Path>,
    tell: &UnboundedSender<Epoch>,
) -> Trained {
    let (snapshot, missing) = (app.snapshot(), app.missing());
    let input = |item: &Arc<vireo_recommend::Item>| TopicInput {
        video: item.video.id.clone(),
        embedding: item.embedding.clone(),
        keywords: item.keywords.clone(),
        language: item.video.language.clone(),
    };
    // A disk that is not mounted for an hour takes no part of the map with it.
    let is_shown =
        |item: &&Arc<vireo_recommend::Item>| !item.video.hidden || missing.contains(&item.video.id);
    let usable = snapshot.items.iter().filter(is_shown).filter(|item| !item.embedding.is_zero());
    let inputs: Vec<TopicInput> = usable.map(input).collect();
    let previous = Some(&*snapshot.topics).filter(|topics| !topics.topics.is_empty());
    let jobs = &app.config.jobs;
    let (data, ids) = Interactions::from_feedback(log, app.now());
    let mut topics = TopicModel::train(&inputs, &app.config.topics, previous);
    topics.fit_half_life(&data, &ids);
    let data = snapshot.described(data, &ids, &topics.space);
    let crowd = Crowd::train(&data, &ids, jobs.popular_half_life_days, jobs.neighbours);
    let nothing = Taste::default();
    let before = if anew { &nothing } else { &*snapshot.taste };
    // Nobody listens any more where the run was given up.
    let told = |epoch| tell.send(epoch).unwrap_or_default();
    let run = Run { seed: SEED, kept, told: Some(&told), ..Run::default() };
    let taste = Taste::train(&data, &ids, jobs.neighbours, before, &run);
    Trained {
        topics: Arc::new(topics),
        crowd: Arc::new(crowd),
        taste: Arc::new(taste),
        is_partial: false,
    }
}

async fn read_log(
    app: &App,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
    total: usize,
) -> Result<Vec<Feedback>> {
    let (mut log, mut position) = (Vec::with_capacity(total), 0);
    loop {
        progress("feedback", log.len(), total.max(log.len()));
        let page = app.store.since(position, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(log) };
        position = *last;
        log.extend(page.into_iter().map(|(_, feedback)| feedback));
    }
}
