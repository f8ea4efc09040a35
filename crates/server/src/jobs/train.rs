//! Trains topics, popularity and co-watching over the whole store.

use crate::App;
use crate::app::{Trained, blocking};
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;
use vireo_domain::{Feedback, Video, VideoId};
use vireo_interest::models::{item_to_item::ItemToItem, popular::Popular};
use vireo_interest::{TopicInput, TopicModel};

/// Documents of this kind name videos whose description is out of date.
const STALE: &str = "stale";

/// Videos described at once; what is described is kept if the rest fails.
const BATCH: usize = 64;

/// Records read at once.
const PAGE: u32 = 10_000;

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
    /// Videos with co-watched neighbours.
    pub neighbours: usize,
    /// Wall time.
    pub seconds: f64,
}

/// Trains and publishes; a failure leaves the old models serving.
/// `progress(stage, done, total)`.
pub async fn run(app: &App, progress: &(dyn Fn(&str, usize, usize) + Sync)) -> Result<Report> {
    let started = Instant::now();
    let described = describe(app, progress).await?;
    app.refresh().await?;
    let facts = app.facts().await?;
    let log = read_log(app, progress, facts.feedback as usize).await?;
    let feedback = log.len() as u64;

    progress("train", 0, 1);
    let app_too = app.clone();
    let trained = blocking(move || anyhow::Ok(train(&app_too, &log))).await?;
    progress("train", 1, 1);

    let report = Report {
        described,
        videos: app.snapshot().items.len(),
        feedback,
        topics: trained
            .topics
            .topics
            .iter()
            .map(|topic| (topic.name.clone(), topic.size))
            .collect(),
        neighbours: trained.item_to_item.neighbours.len(),
        seconds: 0.0,
    };
    app.publish(&trained, facts).await.context("the trained models could not be published")?;
    app.refresh().await?;
    Ok(Report { seconds: started.elapsed().as_secs_f64(), ..report })
}

fn train(app: &App, log: &[Feedback]) -> Trained {
    let snapshot = app.snapshot();
    let input = |item: &Arc<vireo_recommend::Item>| TopicInput {
        video: item.video.id.clone(),
        embedding: item.embedding.clone(),
        keywords: item.keywords.clone(),
        language: item.video.language.clone(),
    };
    let usable =
        snapshot.items.iter().filter(|item| !item.video.hidden && !item.embedding.is_zero());
    let inputs: Vec<TopicInput> = usable.map(input).collect();
    let previous = Some(&*snapshot.topics).filter(|topics| !topics.topics.is_empty());
    let jobs = &app.config.jobs;
    Trained {
        topics: Arc::new(TopicModel::train(&inputs, &app.config.topics, previous)),
        popular: Arc::new(Popular::train(log, jobs.popular_half_life_days, app.now())),
        item_to_item: Arc::new(ItemToItem::train(log, jobs.neighbours)),
    }
}

/// Notes that these videos are to be described again.
pub(crate) async fn mark_stale(app: &App, videos: &[VideoId]) -> Result<()> {
    for video in videos {
        app.store.put_document(STALE, video.as_str(), &true.into()).await?;
    }
    Ok(())
}

/// Understands the videos that are known by their metadata only.
async fn describe(app: &App, progress: &(dyn Fn(&str, usize, usize) + Sync)) -> Result<usize> {
    let stale: HashSet<String> =
        app.store.documents(STALE).await?.into_iter().map(|(video, _)| video).collect();
    let described_by = models(app).await?;
    let is_due = |video: &Video| {
        let is_current =
            described_by.get(&video.id).is_some_and(|model| model == app.embedding_model());
        video.media.is_none() && (!is_current || stale.contains(video.id.as_str()))
    };
    let mut due: Vec<Video> = videos(app).await?.into_iter().filter(is_due).collect();
    let total = due.len();
    let mut done = 0;
    while !due.is_empty() {
        progress("describe", done, total);
        let rest = due.split_off(due.len().min(BATCH));
        let batch = Arc::new(std::mem::replace(&mut due, rest));
        let (app_too, videos) = (app.clone(), Arc::clone(&batch));
        let analyses = blocking(move || app_too.understander().describe(&videos)).await?;
        let described: Vec<_> = batch.iter().zip(&analyses).collect();
        app.store.put_analyses(&described).await?;
        for (video, _) in described {
            if stale.contains(video.id.as_str()) {
                app.store.remove_document(STALE, video.id.as_str()).await?;
            }
        }
        done += batch.len();
    }
    progress("describe", done, total);
    Ok(total)
}

async fn videos(app: &App) -> Result<Vec<Video>> {
    let mut all: Vec<Video> = Vec::new();
    loop {
        let page = app.store.videos(all.last().map(|video| &video.id), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// The embedding model that each analysed video was described with.
async fn models(app: &App) -> Result<HashMap<VideoId, String>> {
    let (mut all, mut after) = (HashMap::new(), None);
    loop {
        let page = app.store.embeddings(after.as_ref(), PAGE).await?;
        let Some((last, ..)) = page.last() else { return Ok(all) };
        after = Some(last.clone());
        all.extend(page.into_iter().map(|(video, model, _)| (video, model)));
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
