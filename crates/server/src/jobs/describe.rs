//! Understands videos that are known by their metadata only.
//!
//! A video whose metadata was put or changed is noted as due (a document, so
//! that nothing is forgotten); the server describes what is due within
//! seconds, and training describes everything else that has no vectors yet.

use crate::App;
use crate::app::blocking;
use anyhow::Result;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use vireo_domain::{Video, VideoId};

/// Documents of this kind name videos whose description is out of date.
const DUE: &str = "stale";

/// Videos described at once; what is described is kept if the rest fails.
const BATCH: usize = 64;

/// Records read at once.
const PAGE: u32 = 10_000;

/// Notes that these videos are to be described again.
pub(crate) async fn mark_due(app: &App, videos: &[VideoId]) -> Result<()> {
    for video in videos {
        app.store.put_document(DUE, video.as_str(), &true.into()).await?;
    }
    Ok(())
}

/// A removed video is not described any more.
pub(crate) async fn unmark(app: &App, video: &VideoId) -> Result<()> {
    app.store.remove_document(DUE, video.as_str()).await?;
    Ok(())
}

/// Describes what was noted, a batch at most; returns how many are described.
pub(crate) async fn some_due(app: &App) -> Result<usize> {
    let due = app.store.documents(DUE).await?;
    let ids: Vec<VideoId> =
        due.iter().take(BATCH).filter_map(|(id, _)| VideoId::new(id).ok()).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let known = app.store.understood(&ids).await?;
    let videos: Vec<Video> = known.into_iter().map(|(video, _)| video).collect();
    let wanted: HashSet<&VideoId> = videos.iter().map(|video| &video.id).collect();
    for gone in ids.iter().filter(|id| !wanted.contains(id)) {
        unmark(app, gone).await?;
    }
    let (of_files, of_words): (Vec<Video>, Vec<Video>) =
        videos.into_iter().partition(|video| video.media.is_some());
    for video in &of_files {
        // What its file says was understood when it was ingested.
        unmark(app, &video.id).await?;
    }
    describe(app, of_words).await
}

/// Describes all that is noted or has no vectors of the model in use.
/// `progress(stage, done, total)`.
pub(crate) async fn all(
    app: &App,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<usize> {
    let noted: HashSet<String> =
        app.store.documents(DUE).await?.into_iter().map(|(video, _)| video).collect();
    let described_by = models(app).await?;
    let is_due = |video: &Video| {
        let is_current =
            described_by.get(&video.id).is_some_and(|model| model == app.embedding_model());
        video.media.is_none() && (!is_current || noted.contains(video.id.as_str()))
    };
    let mut due: Vec<Video> = videos(app).await?.into_iter().filter(is_due).collect();
    let total = due.len();
    let mut done = 0;
    while !due.is_empty() {
        progress("describe", done, total);
        let rest = due.split_off(due.len().min(BATCH));
        let batch = std::mem::replace(&mut due, rest);
        done += batch.len();
        describe(app, batch).await?;
    }
    progress("describe", done, total);
    Ok(total)
}

/// Describes these videos and takes their notes back.
async fn describe(app: &App, videos: Vec<Video>) -> Result<usize> {
    if videos.is_empty() {
        return Ok(0);
    }
    let videos = Arc::new(videos);
    let (app_too, batch) = (app.clone(), Arc::clone(&videos));
    let mut analyses = blocking(move || app_too.understander().describe(&batch)).await?;
    let heads = app.active_heads().await;
    for (video, analysis) in videos.iter().zip(&mut analyses) {
        heads.say(app, video, analysis).await;
    }
    let ids: Vec<VideoId> = videos.iter().map(|video| video.id.clone()).collect();
    let _turn = app.editing().await;
    let now = app.store.understood(&ids).await?;
    let now: HashMap<&VideoId, &Video> = now.iter().map(|(video, _)| (&video.id, video)).collect();
    // What was changed or removed meanwhile is not written over; it is due again.
    let is_same = |video: &Video| now.get(&video.id) == Some(&video);
    let described: Vec<_> =
        videos.iter().zip(&analyses).filter(|(video, _)| is_same(video)).collect();
    app.store.put_analyses(&described).await?;
    let noted = app.store.documents(DUE).await?;
    let noted: HashSet<&str> = noted.iter().map(|(video, _)| video.as_str()).collect();
    for (video, _) in described.iter().filter(|(video, _)| noted.contains(video.id.as_str())) {
        unmark(app, &video.id).await?;
    }
    Ok(described.len())
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
