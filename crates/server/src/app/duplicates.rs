//! Near-duplicates: videos that show the same.
//!
//! Fingerprints are documents by video, so that looking again takes only what
//! is new; so are the groups, for whoever makes lists.

use super::App;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use vireo_domain::{MediaFacts, Video, VideoId};
use vireo_media::fingerprint::{Fingerprint, fingerprint, groups};
use vireo_media::probe::probe;

const KIND: &str = "fingerprint";
const GROUPS: (&str, &str) = ("duplicates", "groups");
const PAGE: u32 = 500;

/// A fingerprint and the file it was taken of.
#[derive(Serialize, Deserialize)]
struct Taken {
    content_hash: String,
    /// `None` for a file without pictures.
    fingerprint: Option<Fingerprint>,
}

/// What a look for near-duplicates gave.
#[derive(Debug, Default)]
pub struct Duplicates {
    /// Videos of a group show the same; in order of their ids.
    pub groups: Vec<Vec<Video>>,
    /// Fingerprints that had to be taken.
    pub taken: usize,
    /// Videos that could not be looked at, and why.
    pub failed: Vec<(VideoId, String)>,
}

impl App {
    /// Takes the fingerprints that are missing and groups all videos that
    /// have one; `progress(done, of)` over the videos with a file.
    ///
    /// # Errors
    /// If the store fails; a file that cannot be read is in [`Duplicates::failed`].
    pub async fn find_duplicates(&self, progress: &dyn Fn(usize, usize)) -> Result<Duplicates> {
        let videos = self.videos_with_files().await?;
        let mut found = Duplicates::default();
        let (mut known, mut prints) = (Vec::new(), Vec::new());
        for (number, (video, media)) in videos.iter().enumerate() {
            progress(number, videos.len());
            match self.fingerprint_of(&video.id, media, &mut found.taken).await? {
                Ok(Some(print)) => {
                    known.push(video);
                    prints.push(print);
                }
                Ok(None) => {}
                Err(error) => found.failed.push((video.id.clone(), error.to_string())),
            }
        }
        progress(videos.len(), videos.len());
        let places = tokio::task::spawn_blocking(move || groups(&prints)).await?;
        let group = |places: Vec<usize>| places.into_iter().map(|at| known[at].clone()).collect();
        found.groups = places.into_iter().map(group).collect();
        let ids: Vec<Vec<&VideoId>> = found
            .groups
            .iter()
            .map(|group| group.iter().map(|video| &video.id).collect())
            .collect();
        self.store.put_document(GROUPS.0, GROUPS.1, &serde_json::to_value(ids)?).await?;
        Ok(found)
    }

    /// The groups that were found last.
    pub(super) async fn copies(&self) -> Result<Vec<Vec<VideoId>>> {
        let groups = self.store.document(GROUPS.0, GROUPS.1).await?;
        let read = |value| serde_json::from_value(value).context("the document duplicates/groups");
        Ok(groups.map(read).transpose()?.unwrap_or_default())
    }

    async fn videos_with_files(&self) -> Result<Vec<(Video, MediaFacts)>> {
        let mut videos = Vec::new();
        let mut last: Option<VideoId> = None;
        loop {
            let page = self.store.videos(last.as_ref(), PAGE).await?;
            let Some(video) = page.last() else { return Ok(videos) };
            last = Some(video.id.clone());
            let with_file = page.into_iter().filter_map(|video| {
                let media = video.media.clone()?;
                Some((video, media))
            });
            videos.extend(with_file);
        }
    }

    /// From the store, else from the file; the inner error is the file's.
    async fn fingerprint_of(
        &self,
        id: &VideoId,
        media: &MediaFacts,
        taken: &mut usize,
    ) -> Result<vireo_media::Result<Option<Fingerprint>>> {
        if let Some(value) = self.store.document(KIND, id.as_str()).await? {
            let known: Taken = serde_json::from_value(value)
                .with_context(|| format!("the document {KIND}/{id}"))?;
            if known.content_hash == media.content_hash {
                return Ok(Ok(known.fingerprint));
            }
        }
        let path = media.path.clone();
        let look = move || fingerprint(Path::new(&path), &probe(Path::new(&path))?);
        let fingerprint = match tokio::task::spawn_blocking(look).await? {
            Ok(fingerprint) => fingerprint,
            Err(error) => return Ok(Err(error)),
        };
        *taken += 1;
        let taken = Taken { content_hash: media.content_hash.clone(), fingerprint };
        self.store.put_document(KIND, id.as_str(), &serde_json::to_value(&taken)?).await?;
        Ok(Ok(taken.fingerprint))
    }
}
