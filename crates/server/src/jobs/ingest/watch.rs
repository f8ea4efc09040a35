//! Keeps following folders.

use super::discover::{Discovery, Found, discover, discover_flat};
use super::pool::Run;
use super::worker::Worker;
use crate::app::blocking;
use crate::jobs::presence::is_there;
use anyhow::{Context, Result};
use notify::{RecursiveMode, Watcher};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vireo_domain::Timestamp;

/// Time between two looks at what is growing.
const LOOK: Duration = Duration::from_secs(1);

/// A file that was not touched for so long, and has not grown between two
/// looks, is complete.
const SETTLED_MILLISECONDS: i64 = 2_000;

/// Folders to look at, and whether with all that is below them.
type Places = BTreeMap<PathBuf, bool>;

/// Follows the folders until an error ends it. `known` was taken already.
pub(super) async fn follow(
    run: &mut Run<'_>,
    worker: &Worker,
    folders: &[PathBuf],
    known: Vec<Found>,
) -> Result<()> {
    let (events, mut incoming) = tokio::sync::mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let _ = events.send(event);
    })
    .context("cannot watch folders on this system")?;
    for folder in folders {
        watcher
            .watch(folder, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch {}", folder.display()))?;
    }
    // What came while the first pass ran is found in the first look.
    let everything = || folders.iter().map(|folder| (folder.clone(), true));
    let mut touched: Places = everything().collect();
    let mut known: HashMap<PathBuf, Found> =
        known.into_iter().map(|file| (file.path.clone(), file)).collect();
    let mut growing = HashMap::new();
    loop {
        tokio::time::sleep(LOOK).await;
        while let Ok(event) = incoming.try_recv() {
            match event {
                Ok(event) if event.need_rescan() => touched.extend(everything()),
                Ok(event) if event.kind.is_access() => {}
                Ok(event) => {
                    for path in &event.paths {
                        touch(path, folders, &mut touched);
                    }
                }
                Err(error) => tracing::warn!("watching: {error}"),
            }
        }
        if touched.is_empty() {
            continue;
        }
        let places = std::mem::take(&mut touched);
        let paths: Vec<PathBuf> = known.keys().cloned().collect();
        let (mut discovery, gone) = blocking(move || {
            let gone: Vec<PathBuf> = paths.into_iter().filter(|path| !is_there(path)).collect();
            anyhow::Ok((look(&places), gone))
        })
        .await?;
        // One that comes back is looked at like a new one.
        for path in &gone {
            known.remove(path);
        }
        discovery.files.retain(|file| known.get(&file.path) != Some(file));
        let settled = sort_out(discovery, &mut growing);
        for path in growing.keys() {
            touch(path, folders, &mut touched);
        }
        let has_come = !settled.files.is_empty();
        if has_come || !settled.failed.is_empty() {
            known.extend(settled.files.iter().map(|file| (file.path.clone(), file.clone())));
            run.take(worker, settled).await?;
        }
        if has_come || !gone.is_empty() {
            run.look_for_files(&[]).await?;
        }
    }
}

/// Notes where to look after an event: in a folder that came, with all that
/// came in it; else in the folder that the file is in. Not in hidden folders.
fn touch(path: &Path, folders: &[PathBuf], touched: &mut Places) {
    let Some(root) = folders.iter().find(|folder| path.starts_with(folder)) else { return };
    let is_hidden = |part: &OsStr| part.as_encoded_bytes().starts_with(b".");
    if path.strip_prefix(root).is_ok_and(|inner| inner.iter().any(is_hidden)) {
        return;
    }
    if path.is_dir() {
        touched.insert(path.to_owned(), true);
    } else if let Some(parent) = path.parent() {
        touched.entry(parent.to_owned()).or_insert(false);
    }
}

fn look(places: &Places) -> Discovery {
    let mut all = Discovery::default();
    for (place, is_whole) in places.iter().filter(|(place, _)| place.is_dir()) {
        let found =
            if *is_whole { discover(std::slice::from_ref(place)) } else { discover_flat(place) };
        all.files.extend(found.files);
        all.failed.extend(found.failed);
    }
    all.files.sort_by(|a, b| a.path.cmp(&b.path));
    all.files.dedup_by(|a, b| a.path == b.path);
    all
}

/// Takes out what is complete; `growing` keeps the sizes of the rest.
fn sort_out(discovery: Discovery, growing: &mut HashMap<PathBuf, u64>) -> Discovery {
    let now = Timestamp::now().as_millisecond();
    let before = std::mem::take(growing);
    let is_settled = |file: &Found| {
        let untouched = now - file.modified >= SETTLED_MILLISECONDS || file.modified > now;
        untouched && before.get(&file.path) == Some(&file.size)
    };
    let (settled, rest): (Vec<Found>, Vec<Found>) =
        discovery.files.into_iter().partition(is_settled);
    growing.extend(rest.into_iter().map(|file| (file.path, file.size)));
    Discovery { files: settled, failed: discovery.failed, ..Discovery::default() }
}
