//! What the admin does with a video: hide it, show it again, remove it.

use super::{App, file_name};
use crate::jobs::describe;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::io;
use std::path::PathBuf;
use tokio::sync::MutexGuard;
use vireo_domain::VideoId;

/// Documents of this kind name videos that ingest must not bring back.
const REMOVED: &str = "removed";

impl App {
    /// Hides or shows a video for everybody (the admin's veto). False if there
    /// is no such video.
    pub async fn set_hidden(&self, video: &VideoId, hidden: bool) -> Result<bool> {
        let turn = self.editing().await;
        let Some(mut record) = self.store.video(video).await? else { return Ok(false) };
        if record.hidden != hidden {
            record.hidden = hidden;
            self.store.put_videos(&[record]).await?;
            drop(turn);
            self.refresh().await?;
        }
        Ok(true)
    }

    /// Removes a video with all that was understood of it. Its file and the
    /// feedback on it stay, and ingest passes its file over from now on unless
    /// it is asked to take it back. False if there is no such video.
    pub async fn remove(&self, video: &VideoId) -> Result<bool> {
        let turn = self.editing().await;
        let Some(record) = self.store.video(video).await? else { return Ok(false) };
        if let Some(media) = &record.media {
            // First: killed in between, the video is there and can be removed again.
            let note = json!({ "title": record.title, "path": media.path, "at": self.now() });
            self.store.put_document(REMOVED, video.as_str(), &note).await?;
        }
        let was_there = self.forget(video).await?;
        drop(turn);
        self.refresh().await?;
        Ok(was_there)
    }

    /// Whether the admin removed the video with this content.
    pub(crate) async fn was_removed(&self, video: &VideoId) -> Result<bool> {
        Ok(self.store.document(REMOVED, video.as_str()).await?.is_some())
    }

    /// The admin wants a removed video back.
    pub(crate) async fn take_back(&self, video: &VideoId) -> Result<()> {
        self.store.remove_document(REMOVED, video.as_str()).await?;
        Ok(())
    }

    /// Takes a video out of the store, and what lies beside the store of it.
    /// The index follows.
    pub(crate) async fn forget(&self, video: &VideoId) -> Result<bool> {
        let was_there = self.store.remove_video(video).await?;
        describe::unmark(self, video).await?;
        self.forget_verdicts(video).await?;
        for path in self.files_of(video) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove {}", path.display()));
                }
                _ => {}
            }
        }
        Ok(was_there)
    }

    /// The right to change records of videos; others of this process wait.
    pub(crate) async fn editing(&self) -> MutexGuard<'_, ()> {
        self.shared.editing.lock().await
    }

    /// Subtitles of a video, and what is shown of it: cover, preview, sprite.
    fn files_of(&self, video: &VideoId) -> Vec<PathBuf> {
        let Some(name) = file_name(video) else { return Vec::new() };
        let prefix = format!("{name}.");
        let folders = ["subtitles", "covers"].map(|folder| self.data_dir.join(folder));
        let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
        let is_of_it =
            |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&prefix);
        entries.filter_map(Result::ok).filter(is_of_it).map(|entry| entry.path()).collect()
    }
}
