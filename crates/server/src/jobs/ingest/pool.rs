//! One run: what is to be done, the tasks that do it, what became of it.

use super::discover::{Discovery, Found};
use super::file::{self, Failure, InFlight, Payload};
use super::worker::{LEASE_SECONDS, Worker};
use super::{Event, Outcome, QUEUE, Report};
use crate::App;
use crate::jobs::presence;
use anyhow::{Context, Result};
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use vireo_domain::VideoId;
use vireo_store::{Job, JobState};

/// Time between two looks at what other processes work on.
const LOOK: Duration = Duration::from_millis(300);

/// One run.
pub(super) struct Run<'a> {
    app: &'a App,
    again: bool,
    workers: usize,
    progress: &'a (dyn Fn(Event) + Sync),
    /// Files and bytes found so far.
    total: (usize, u64),
    pub(super) report: Report,
}

/// Whether a file is to be looked at.
enum Decision {
    /// It is as it was: this video.
    Unchanged(VideoId),
    /// Another process is at it.
    Busy,
    /// Yes, because.
    Take(&'static str, Payload),
}

impl<'a> Run<'a> {
    pub(super) fn new(
        app: &'a App,
        again: bool,
        workers: usize,
        progress: &'a (dyn Fn(Event) + Sync),
    ) -> Self {
        Self { app, again, workers, progress, total: (0, 0), report: Report::default() }
    }

    /// Says what would be done.
    pub(super) async fn plan(&mut self, discovery: Discovery) -> Result<()> {
        let stale = self.stale().await?;
        self.announce(&discovery);
        for found in discovery.files {
            let is_named = discovery.named.contains(&found.path);
            let key = found.path.to_str().unwrap_or_default();
            let job = self.app.store.job(QUEUE, key).await?;
            let reason = match self.decide(&found, is_named, job.as_ref(), &stale).await? {
                Decision::Unchanged(_) => None,
                Decision::Busy => Some("another process is at it"),
                Decision::Take(reason, _) => Some(reason),
            };
            match reason {
                None => self.report.unchanged += 1,
                Some("new") => self.report.added += 1,
                Some(_) => self.report.updated += 1,
            }
            (self.progress)(Event::Planned { path: found.path, reason });
        }
        Ok(())
    }

    /// Takes all files into the catalogue.
    pub(super) async fn take(&mut self, worker: &Worker, discovery: Discovery) -> Result<()> {
        let stale = self.stale().await?;
        self.announce(&discovery);
        let mut open = BTreeSet::new();
        for found in discovery.files {
            let Some(key) = found.path.to_str() else {
                self.fail(found.path, "its path is not UTF-8: rename it".to_owned());
                continue;
            };
            let is_named = discovery.named.contains(&found.path);
            let job = self.app.store.job(QUEUE, key).await?;
            match self.decide(&found, is_named, job.as_ref(), &stale).await? {
                Decision::Unchanged(video) => self.done(found.path, video, Outcome::Unchanged),
                Decision::Busy => drop(open.insert(found.path)),
                Decision::Take(_, payload) => {
                    let payload = serde_json::to_value(payload)?;
                    // Refused when another process was faster: then its outcome is waited for.
                    self.app.store.enqueue(QUEUE, key, &payload, job.as_ref()).await?;
                    open.insert(found.path);
                }
            }
        }
        while !open.is_empty() {
            self.work(worker, &mut open).await?;
            self.look_at_others(&mut open).await?;
        }
        Ok(())
    }

    fn announce(&mut self, discovery: &Discovery) {
        for (path, reason) in &discovery.failed {
            self.fail(path.clone(), reason.clone());
        }
        self.total.0 += discovery.files.len();
        self.total.1 += discovery.files.iter().map(|file| file.size).sum::<u64>();
        (self.progress)(Event::Found { total: self.total.0, bytes: self.total.1 });
    }

    async fn decide(
        &self,
        found: &Found,
        is_named: bool,
        job: Option<&Job>,
        stale: &HashSet<VideoId>,
    ) -> Result<Decision> {
        let key = found.path.to_str().unwrap_or_default();
        let before: Payload = match job {
            Some(job) => serde_json::from_value(job.payload.clone()).unwrap_or_default(),
            None => Payload { sidecars: found.sidecars.clone(), ..Payload::default() },
        };
        let state = job.map(|job| job.state);
        let is_new_beside = before.sidecars != found.sidecars;
        let is_open = state.is_some_and(|state| state != JobState::Done);
        let payload = Payload {
            size: found.size,
            modified: found.modified,
            sidecars: found.sidecars.clone(),
            again: self.again || (is_open && before.again),
            sidecars_changed: is_new_beside || (is_open && before.sidecars_changed),
            take_back: (self.again && is_named) || (is_open && before.take_back),
        };
        let is_same = (before.size, before.modified) == (found.size, found.modified);
        let reason = match state {
            None => "new",
            Some(JobState::Running) => return Ok(Decision::Busy),
            Some(JobState::Failed) => "failed before",
            Some(JobState::Waiting) => "not finished before",
            Some(JobState::Done) if self.again => "again",
            Some(JobState::Done) if !is_same => "changed",
            Some(JobState::Done) if is_new_beside => "new files beside it",
            Some(JobState::Done) => match self.app.store.video_at_path(key).await? {
                Some(video) if stale.contains(&video.id) => "another embedding model",
                Some(video) => return Ok(Decision::Unchanged(video.id)),
                None => "has no video of its own",
            },
        };
        Ok(Decision::Take(reason, payload))
    }

    /// Videos whose vectors were made by another model than the one in use.
    async fn stale(&self) -> Result<HashSet<VideoId>> {
        let (mut stale, mut after) = (HashSet::new(), None);
        loop {
            let page = self.app.store.embeddings(after.as_ref(), 1000).await?;
            let Some((last, ..)) = page.last() else { return Ok(stale) };
            after = Some(last.clone());
            let other =
                page.into_iter().filter(|(_, model, _)| model != self.app.embedding_model());
            stale.extend(other.map(|(video, ..)| video));
        }
    }

    /// Works until the queue is empty. Jobs of an earlier run that was killed
    /// are done too.
    async fn work(&mut self, worker: &Worker, open: &mut BTreeSet<PathBuf>) -> Result<()> {
        let (events, mut incoming) = unbounded_channel();
        let in_flight = InFlight::default();
        let mut tasks = JoinSet::new();
        for _ in 0..self.workers {
            let (app, name) = (self.app.clone(), worker.name.clone());
            tasks.spawn(work(app, name, InFlight::clone(&in_flight), events.clone()));
        }
        drop(events);
        while let Some(event) = incoming.recv().await {
            match event {
                Told::Progress(event) => (self.progress)(event),
                Told::Taken(path, taken) => {
                    open.remove(&path);
                    if !taken.warnings.is_empty() {
                        self.report.warnings.push((path.clone(), taken.warnings.join("; ")));
                    }
                    self.done(path, taken.video, taken.outcome);
                }
                Told::Failed(path, reason) => {
                    open.remove(&path);
                    self.fail(path, reason);
                }
            }
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    }

    /// Files that another process took: waits for it to be done with them, or to die.
    async fn look_at_others(&mut self, open: &mut BTreeSet<PathBuf>) -> Result<()> {
        for path in open.clone() {
            let key = path.to_str().unwrap_or_default();
            let job = self.app.store.job(QUEUE, key).await?;
            match job {
                Some(Job { state: JobState::Running, .. }) => {}
                // Given back: this run takes it in its next round.
                Some(Job { state: JobState::Waiting, .. }) => return Ok(()),
                Some(Job { state: JobState::Failed, error, .. }) => {
                    open.remove(&path);
                    self.fail(path, error.unwrap_or_default());
                }
                Some(Job { state: JobState::Done, .. }) | None => {
                    let video = self.app.store.video_at_path(key).await?;
                    open.remove(&path);
                    if let Some(video) = video {
                        self.done(path, video.id, Outcome::Unchanged);
                    }
                }
            }
        }
        if !open.is_empty() {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Notes which files of the catalogue are gone and which are back; warns of
    /// the gone ones of these folders.
    pub(super) async fn look_for_files(&mut self, folders: &[PathBuf]) -> Result<()> {
        let gone = presence::look(self.app).await?;
        self.report.missing = gone.len();
        for (video, path) in gone {
            if folders.iter().any(|folder| path.starts_with(folder)) {
                let why =
                    format!("the file is gone; its video {video} is left out until it is back");
                self.report.warnings.push((path, why));
            }
        }
        Ok(())
    }

    fn done(&mut self, path: PathBuf, video: VideoId, outcome: Outcome) {
        match outcome {
            Outcome::Added => self.report.added += 1,
            Outcome::Updated => self.report.updated += 1,
            Outcome::Unchanged => self.report.unchanged += 1,
            Outcome::Duplicate => self.report.duplicates += 1,
            Outcome::Removed => self.report.removed += 1,
        }
        (self.progress)(Event::Done { path, video, outcome });
    }

    pub(super) fn fail(&mut self, path: PathBuf, reason: String) {
        self.report.failed.push((path.clone(), reason.clone()));
        (self.progress)(Event::Failed { path, reason });
    }
}

/// What a task tells its run.
enum Told {
    Progress(Event),
    Taken(PathBuf, file::Taken),
    Failed(PathBuf, String),
}

/// One task: claims jobs until there is none.
async fn work(
    app: App,
    worker: String,
    in_flight: InFlight,
    told: UnboundedSender<Told>,
) -> Result<()> {
    while let Some(job) = app.store.claim(QUEUE, &worker, LEASE_SECONDS).await? {
        let path = PathBuf::from(&job.key);
        let payload: Payload = serde_json::from_value(job.payload).unwrap_or_default();
        let (events, mut incoming) = unbounded_channel();
        let forward = {
            let told = told.clone();
            async move {
                while let Some(event) = incoming.recv().await {
                    let _ = told.send(Told::Progress(event));
                }
            }
        };
        let take = async {
            let taken = file::take(&app, &path, &payload, &in_flight, &events).await;
            drop(events);
            taken
        };
        let (taken, ()) = tokio::join!(take, forward);
        let message = match taken {
            Ok(mut taken) => {
                app.store.finish(QUEUE, &job.key, None).await?;
                if let Err(error) = app.refresh().await {
                    taken.warnings.push(format!("it cannot be searched yet: {error:#}"));
                }
                Told::Taken(path, taken)
            }
            Err(Failure::File(reason)) => {
                app.store.finish(QUEUE, &job.key, Some(&reason)).await?;
                Told::Failed(path, reason)
            }
            Err(Failure::Store(error)) => {
                return Err(error).with_context(|| {
                    format!("stopped at {}; the same command goes on there", path.display())
                });
            }
        };
        let _ = told.send(message);
    }
    Ok(())
}
