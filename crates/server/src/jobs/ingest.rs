//! Watches files and folders into the catalogue.

use crate::App;
use anyhow::Result;
use serde::Serialize;
use std::path::PathBuf;
use vireo_domain::VideoId;

/// How to ingest.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Files analysed at the same time; 0: by cores.
    pub workers: usize,
    /// Analyse again what is already known.
    pub again: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Keep following the folders.
    pub watch: bool,
}

/// What happens, for progress.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Files were found; `total` so far.
    Found {
        /// Number of video files.
        total: usize,
        /// Their total size.
        bytes: u64,
    },
    /// A worker is at a stage of a file.
    Stage {
        /// The file.
        path: PathBuf,
        /// The analyser.
        stage: &'static str,
        /// Share of the file that is done.
        done: f64,
    },
    /// A file is done and can be searched.
    Done {
        /// The file.
        path: PathBuf,
        /// Its video.
        video: VideoId,
        /// How it ended.
        outcome: Outcome,
    },
    /// A file failed.
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// How a file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// New in the catalogue.
    Added,
    /// Was there, analysed again.
    Updated,
    /// Was there, unchanged.
    Unchanged,
    /// The same content as another file.
    Duplicate,
}

/// What became of all files.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// Counts by outcome.
    pub added: usize,
    /// See `added`.
    pub updated: usize,
    /// See `added`.
    pub unchanged: usize,
    /// See `added`.
    pub duplicates: usize,
    /// Files that failed, with the reason.
    pub failed: Vec<(PathBuf, String)>,
    /// Files that were taken with warnings.
    pub warnings: Vec<(PathBuf, String)>,
    /// Wall time.
    pub seconds: f64,
}

/// Ingests `paths`. Killed anywhere and started again, it goes on where it was.
pub async fn run(
    _app: &App,
    _paths: &[PathBuf],
    _options: &Options,
    _progress: &(dyn Fn(Event) + Sync),
) -> Result<Report> {
    todo!()
}
