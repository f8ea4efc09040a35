//! Who works on a data folder, and who died doing so.
//!
//! A worker holds a lock on a file in `workers/` while it lives; the system
//! lets go of it when the process ends, however it ends. Whoever comes next
//! gives the jobs of the dead back, so a killed run is resumed at once.

use super::QUEUE;
use crate::App;
use anyhow::{Context, Result};
use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

/// Only for what locks cannot tell (a folder copied while a run was on).
pub(super) const LEASE_SECONDS: u32 = 24 * 3600;

/// A living worker.
pub(super) struct Worker {
    /// Its name in the queue.
    pub(super) name: String,
    path: PathBuf,
    _lock: File,
}

impl Worker {
    /// Signs on, and gives back the jobs of workers that died.
    pub(super) async fn enter(app: &App) -> Result<Self> {
        let dir = app.data_dir.join("workers");
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        for entry in fs::read_dir(&dir)?.filter_map(Result::ok) {
            let Ok(lock) = File::open(entry.path()) else { continue };
            match lock.try_lock() {
                Ok(()) => {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    app.store.release(QUEUE, &name).await?;
                    let _ = fs::remove_file(entry.path());
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock in {}", dir.display()));
                }
            }
        }
        let name = format!("{}-{:08x}", std::process::id(), fastrand::u32(..));
        let path = dir.join(&name);
        // Locked before it has its name: one that signs on at this moment must
        // not take it for a dead worker's.
        let unnamed = app.data_dir.join(format!("{name}.worker"));
        let lock =
            File::create(&unnamed).with_context(|| format!("cannot make {}", unnamed.display()))?;
        lock.lock().with_context(|| format!("cannot lock {}", unnamed.display()))?;
        fs::rename(&unnamed, &path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { name, path, _lock: lock })
    }

    /// Signs off.
    pub(super) async fn leave(self, app: &App) {
        if let Err(error) = app.store.release(QUEUE, &self.name).await {
            tracing::warn!("jobs were not given back: {error}");
            return;
        }
        let _ = fs::remove_file(&self.path);
    }
}

/// Number of living workers on a data folder.
pub(crate) fn alive(data_dir: &std::path::Path) -> usize {
    let entries = fs::read_dir(data_dir.join("workers")).into_iter().flatten();
    let is_alive = |path: PathBuf| {
        File::open(path).is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    };
    entries.filter_map(Result::ok).filter(|entry| is_alive(entry.path())).count()
}
