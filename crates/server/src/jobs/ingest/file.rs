//! One file into the catalogue.

use super::{Event, Outcome, subtitles};
use crate::App;
use crate::app::blocking;
use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;
use vireo_domain::{Analysis, MediaFacts, StageTime, Video, VideoId};
use vireo_media::sidecar;
use vireo_understand::Input;

/// Name of the stage in which heads look at a video.
const STAGE: &str = "heads";

/// What a job says of its file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Payload {
    /// In bytes.
    pub(super) size: u64,
    /// Last change, in milliseconds since 1970.
    pub(super) modified: i64,
    /// See `Found::sidecars`.
    pub(super) sidecars: String,
    /// Analyse it even if it is known.
    pub(super) again: bool,
    /// What lies beside it is new since the last time: it is read again, over
    /// what the admin may have edited meanwhile.
    pub(super) sidecars_changed: bool,
    /// Its video is wanted back if the admin removed it.
    pub(super) take_back: bool,
}

/// A file that is in the catalogue now.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) video: VideoId,
    pub(super) outcome: Outcome,
    pub(super) warnings: Vec<String>,
}

/// Why a file is not in the catalogue.
#[derive(Debug)]
pub(super) enum Failure {
    /// The file is to blame; the next one may do better.
    File(String),
    /// Nothing can be stored: the run ends, and can be resumed.
    Store(anyhow::Error),
}

impl From<vireo_store::Error> for Failure {
    fn from(error: vireo_store::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The contents that are being analysed in this run.
pub(super) type InFlight = Arc<Mutex<HashSet<VideoId>>>;

/// Takes the claim on a content back when the analysis ends.
struct Flight(InFlight, VideoId);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// Takes one file into the catalogue. When it returns, that is durable.
pub(super) async fn take(
    app: &App,
    path: &Path,
    payload: &Payload,
    in_flight: &InFlight,
    events: &UnboundedSender<Event>,
) -> Result<Taken, Failure> {
    let owned = path.to_owned();
    let hash = blocking(move || vireo_media::content::hash(&owned))
        .await
        .map_err(|error| file_failure(path, error))?;
    let id = VideoId::of_content(&hash);
    let taken = |outcome| Taken { video: id.clone(), outcome, warnings: Vec::new() };

    if !in_flight.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone()) {
        return Ok(taken(Outcome::Duplicate));
    }
    let _flight = Flight(Arc::clone(in_flight), id.clone());

    let name = path.to_str().ok_or_else(|| Failure::File("its path is not UTF-8".to_owned()))?;
    let existing = app.store.video(&id).await?;
    if existing.is_none() && app.was_removed(&id).await.map_err(Failure::Store)? {
        if !payload.take_back {
            return Ok(taken(Outcome::Removed));
        }
        app.take_back(&id).await.map_err(Failure::Store)?;
    }
    let analysis = app.store.analysis(&id).await?;
    let is_current = analysis.is_some_and(|known| known.embedding_model == app.embedding_model());
    let is_wanted = payload.again || payload.sidecars_changed || !is_current;
    let before = app.store.video_at_path(name).await?.filter(|before| before.id != id);

    let media = existing.as_ref().and_then(|video| video.media.as_ref());
    if media.is_some_and(|media| media.path != name && is_there(media)) {
        return Ok(taken(Outcome::Duplicate));
    }
    let is_here = media.is_some_and(|media| media.path == name);
    if is_here && !is_wanted {
        return Ok(taken(Outcome::Unchanged));
    }
    let outcome = if existing.is_some() { Outcome::Updated } else { Outcome::Added };
    let mut warnings = Vec::new();
    match existing {
        Some(mut moved) if !is_wanted => {
            if let Some(media) = &mut moved.media {
                name.clone_into(&mut media.path);
            }
            app.store.put_videos(&[moved]).await?;
        }
        existing => {
            let facts = MediaFacts {
                path: name.to_owned(),
                size_bytes: payload.size,
                content_hash: hash.to_hex().to_string(),
                ..MediaFacts::default()
            };
            let read_sidecars = existing.is_none() || payload.sidecars_changed;
            let mut video = existing.unwrap_or_else(|| Video::new(id.clone(), "", app.now()));
            video.media = Some(facts);
            let (app_too, owned, told) = (app.clone(), path.to_owned(), events.clone());
            let (mut video, mut analysis) =
                blocking(move || analyse(&app_too, &owned, video, read_sidecars, &told))
                    .await
                    .map_err(|error| file_failure(path, error))?;
            ask_heads(app, path, &video, &mut analysis, events).await;
            warnings.extend(analysis.warnings.iter().cloned());
            // The admin may have hidden or removed it while it was being watched.
            let _turn = app.editing().await;
            match app.store.video(&id).await? {
                Some(now) => video.hidden = now.hidden,
                None if app.was_removed(&id).await.map_err(Failure::Store)? => {
                    // What was made of it since.
                    app.forget(&id).await.map_err(Failure::Store)?;
                    return Ok(taken(Outcome::Removed));
                }
                None => {}
            }
            app.store.put_analysis(&video, &analysis).await?;
        }
    }
    if let Some(before) = before {
        app.forget(&before.id).await.map_err(Failure::Store)?;
        warnings.push(format!("replaces the video {}, which was in this place", before.id));
    }
    Ok(Taken { video: id, outcome, warnings })
}

/// Watches the file and writes what lies in the data folder beside the store.
fn analyse(
    app: &App,
    path: &Path,
    mut video: Video,
    read_sidecars: bool,
    events: &UnboundedSender<Event>,
) -> Result<(Video, Analysis)> {
    let (sidecars, mut warnings) = match sidecar::find(path) {
        Ok(sidecars) => (sidecars, Vec::new()),
        Err(error) => (sidecar::Sidecars::default(), vec![error.to_string()]),
    };
    if read_sidecars {
        warnings.extend(sidecar::apply(&sidecars, &mut video));
    }
    let covers = app.data_dir.join("covers");
    std::fs::create_dir_all(&covers)?;
    let facts = video.media.clone().unwrap_or_default();
    let input = Input { path, video, sidecars: &sidecars, covers: &covers };
    let (mut video, mut analysis) = app.understander().analyse(input, &|stage| {
        // Nobody listens any more when the run was given up.
        let _ = events.send(Event::Stage {
            path: path.to_owned(),
            stage: stage.name,
            done: stage.done,
        });
    })?;
    let media = video.media.get_or_insert_default();
    media.path = facts.path;
    media.size_bytes = facts.size_bytes;
    media.content_hash = facts.content_hash;
    if video.title.trim().is_empty() {
        video.title = path
            .file_stem()
            .map_or_else(|| video.id.to_string(), |stem| stem.to_string_lossy().into_owned());
    }
    warnings.append(&mut analysis.warnings);
    analysis.warnings = warnings;
    subtitles::write(app, &analysis)?;
    Ok((video, analysis))
}

/// The last stage: the heads that were applied look at the new video, too.
async fn ask_heads(
    app: &App,
    path: &Path,
    video: &Video,
    analysis: &mut Analysis,
    events: &UnboundedSender<Event>,
) {
    let heads = app.active_heads().await;
    if heads.is_empty() {
        return;
    }
    let _ = events.send(Event::Stage { path: path.to_owned(), stage: STAGE, done: 1.0 });
    let started = Instant::now();
    heads.say(app, video, analysis).await;
    let seconds = started.elapsed().as_secs_f64();
    analysis.times.push(StageTime { stage: STAGE.to_owned(), seconds });
}

/// Whether the file that a video was made from still is what it was.
fn is_there(media: &MediaFacts) -> bool {
    PathBuf::from(&media.path).metadata().is_ok_and(|file| file.len() == media.size_bytes)
}

/// In one line, without the path (the report has it). A panic in an analyser is
/// that file's failure, not the run's.
fn file_failure(path: &Path, error: anyhow::Error) -> Failure {
    let message = match error.downcast::<tokio::task::JoinError>() {
        Ok(join) => match join.try_into_panic() {
            Ok(panic) => {
                let words = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied());
                anyhow!("internal error: {}", words.unwrap_or("it panicked"))
            }
            Err(error) => error.into(),
        },
        Err(error) => error,
    };
    let reason = format!("{message:#}").replace('\n', " ");
    let reason = reason.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&reason);
    Failure::File(reason.to_owned())
}
