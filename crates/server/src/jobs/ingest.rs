//! Watches files and folders into the catalogue.
//!
//! Each file is a job named by its path, with the size and times it was seen
//! with. A run enqueues what is new or changed (`discover`), a few tasks
//! claim jobs and put videos into the catalogue one by one ([`file`]), and each
//! becomes searchable before the next one is reported. A run that was killed
//! leaves its jobs to whoever comes next (`worker`).

mod discover;
mod file;
mod pool;
mod subtitles;
mod watch;
mod worker;

use crate::App;
use crate::app::blocking;
use anyhow::Result;
use discover::Discovery;
use pool::Run;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;
use vireo_domain::VideoId;
use worker::Worker;

pub(crate) use worker::alive as workers_alive;

/// Name of the job queue.
pub(crate) const QUEUE: &str = "ingest";

/// How to ingest.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Files analysed at the same time; 0: by cores.
    pub workers: usize,
    /// Analyse again what is already known; take back a removed video whose
    /// file is named itself.
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
    /// A dry run would do this to a file.
    Planned {
        /// The file.
        path: PathBuf,
        /// Why it would be looked at; `None`: it would not.
        reason: Option<&'static str>,
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
    /// The admin removed its video.
    Removed,
}

/// What became of all files.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// New in the catalogue.
    pub added: usize,
    /// Were there, analysed again (or moved).
    pub updated: usize,
    /// Were there, unchanged.
    pub unchanged: usize,
    /// The same content as another file.
    pub duplicates: usize,
    /// Passed over, because the admin removed their videos.
    pub removed: usize,
    /// Videos of the whole catalogue whose file is gone.
    pub missing: usize,
    /// Files that failed, with the reason.
    pub failed: Vec<(PathBuf, String)>,
    /// Files that were taken with warnings.
    pub warnings: Vec<(PathBuf, String)>,
    /// Wall time.
    pub seconds: f64,
}

/// Ingests `paths`. Killed anywhere and started again, it goes on where it was.
/// With `watch` it only returns on an error.
pub async fn run(
    app: &App,
    paths: &[PathBuf],
    options: &Options,
    progress: &(dyn Fn(Event) + Sync),
) -> Result<Report> {
    let started = Instant::now();
    app.refresh().await?;
    let roots = paths.to_vec();
    let discovery = blocking(move || anyhow::Ok(discover::discover(&roots))).await?;
    let workers = app.config.jobs.workers(options.workers);
    let mut run = Run::new(app, options.again, workers, progress);
    if options.dry_run {
        run.plan(discovery).await?;
    } else {
        let worker = Worker::enter(app).await?;
        let outcome = follow(&mut run, &worker, discovery, options.watch).await;
        worker.leave(app).await;
        outcome?;
    }
    let mut report = run.report;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

async fn follow(
    run: &mut Run<'_>,
    worker: &Worker,
    discovery: Discovery,
    watch: bool,
) -> Result<()> {
    let (folders, known) = (discovery.folders.clone(), discovery.files.clone());
    run.take(worker, discovery).await?;
    run.look_for_files(&folders).await?;
    if watch { watch::follow(run, worker, &folders, known).await } else { Ok(()) }
}
