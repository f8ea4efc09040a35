//! Videos whose file is gone: left out of lists and search until it is back.
//!
//! Which they are is one document of the store, so that every process on the
//! data folder knows. It is found by looking at the files now and then (after
//! an ingest, while folders are watched, every few minutes in the server),
//! never in a request; a request that meets a missing file notes that too.

use crate::App;
use crate::app::blocking;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vireo_domain::VideoId;
use vireo_store::{Catalogue, Documents};

const KIND: &str = "files";
const KEY: &str = "missing";

/// Time between two looks of the server. A look costs one `stat` a file, and
/// wakes a disk that sleeps.
const PAUSE: Duration = Duration::from_mins(10);

/// Records read at once.
const PAGE: u32 = 1000;

/// Looks for the file of every video, and notes which are gone and which are
/// back. Returns those that are gone, with the path of the file.
pub async fn look(app: &App) -> Result<Vec<(VideoId, PathBuf)>> {
    let gone = gone(&*app.store).await?;
    let now: BTreeSet<VideoId> = gone.iter().map(|(video, _)| video.clone()).collect();
    let before = noted(&*app.store).await?;
    if now != before {
        note(app, &now).await?;
        let back = before.difference(&now).count();
        tracing::info!(missing = now.len(), back, "looked for the files of the catalogue");
    }
    Ok(gone)
}

/// Looks now, and again every few minutes; never returns.
pub(crate) async fn keep_looking(app: App) {
    loop {
        if let Err(error) = look(&app).await {
            tracing::warn!("cannot look for the files of the catalogue: {error:#}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Somebody wanted the file of this video, and it was gone.
pub(crate) async fn note_gone(app: &App, video: &VideoId) -> Result<()> {
    let mut missing = noted(&*app.store).await?;
    if missing.insert(video.clone()) {
        note(app, &missing).await?;
    }
    Ok(())
}

/// The videos whose file was gone when last looked for.
pub(crate) async fn noted(store: &(impl Documents + ?Sized)) -> Result<BTreeSet<VideoId>> {
    let Some(kept) = store.document(KIND, KEY).await? else { return Ok(BTreeSet::new()) };
    serde_json::from_value(kept).context("the document files/missing is damaged; remove it")
}

/// The videos whose file is gone at this moment, with its path.
pub(crate) async fn gone(store: &(impl Catalogue + ?Sized)) -> Result<Vec<(VideoId, PathBuf)>> {
    let (mut gone, mut after) = (Vec::new(), None);
    loop {
        let page = store.videos(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(gone) };
        after = Some(last.id.clone());
        let files: Vec<(VideoId, PathBuf)> = page
            .into_iter()
            .filter_map(|video| Some((video.id, video.media?.path.into())))
            .collect();
        let is_gone = |(_, path): &(VideoId, PathBuf)| !is_there(path);
        gone.extend(
            blocking(move || anyhow::Ok(files.into_iter().filter(is_gone).collect::<Vec<_>>()))
                .await?,
        );
    }
}

/// Whether there is a file that can be played.
pub(crate) fn is_there(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file())
}

async fn note(app: &App, missing: &BTreeSet<VideoId>) -> Result<()> {
    app.store.put_document(KIND, KEY, &serde_json::to_value(missing)?).await?;
    app.refresh().await
}
