//! The concepts of storage.

use crate::Result;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vireo_domain::{Analysis, Embedding, Feedback, Timestamp, User, UserId, Video, VideoId};

/// A video that changed: its metadata or its analysis, or it was removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Number of the change; grows with time, never reused.
    pub sequence: i64,
    /// Which video.
    pub video: VideoId,
    /// Whether it is gone.
    pub removed: bool,
}

/// Videos and what was understood of them.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Adds or replaces the metadata of videos, all or none. A video whose
    /// record is unchanged causes no [`Change`]. Returns how many were new.
    async fn put_videos(&self, videos: &[Video]) -> Result<u64>;
    /// One video.
    async fn video(&self, id: &VideoId) -> Result<Option<Video>>;
    /// Videos in order of id after `after`, at most `limit`.
    async fn videos(&self, after: Option<&VideoId>, limit: u32) -> Result<Vec<Video>>;
    /// The video that has a file at this path (absolute).
    async fn video_at_path(&self, path: &str) -> Result<Option<Video>>;
    /// Number of videos.
    async fn video_count(&self) -> Result<u64>;
    /// Forgets a video and its analysis; feedback on it stays in the log.
    async fn remove_video(&self, id: &VideoId) -> Result<bool>;
    /// Adds or replaces metadata and analysis of one video together.
    async fn put_analysis(&self, video: &Video, analysis: &Analysis) -> Result<()> {
        self.put_analyses(&[(video, analysis)]).await
    }
    /// As [`Catalogue::put_analysis`] for several videos, all or none.
    async fn put_analyses(&self, analyses: &[(&Video, &Analysis)]) -> Result<()>;
    /// What was understood of one video.
    async fn analysis(&self, id: &VideoId) -> Result<Option<Analysis>>;
    /// Several videos with what was understood of each, in the order of `ids`;
    /// those that are not there are left out.
    async fn understood(&self, ids: &[VideoId]) -> Result<Vec<(Video, Option<Analysis>)>>;
    /// Vectors of all analysed videos with the name of the model that made
    /// them, in order of id after `after`, at most `limit`.
    async fn embeddings(
        &self,
        after: Option<&VideoId>,
        limit: u32,
    ) -> Result<Vec<(VideoId, String, Embedding)>>;
    /// Changes after `sequence`, oldest first, at most `limit`; only the last
    /// change of each video is kept.
    async fn changes(&self, sequence: i64, limit: u32) -> Result<Vec<Change>>;
}

/// People.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds or replaces people, all or none. Returns how many were new.
    async fn put_users(&self, users: &[User]) -> Result<u64>;
    /// One person.
    async fn user(&self, id: &UserId) -> Result<Option<User>>;
    /// People in order of id after `after`, at most `limit`.
    async fn users(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<User>>;
    /// Number of people.
    async fn user_count(&self) -> Result<u64>;
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Appended {
    /// Actions that were new.
    pub added: u64,
    /// Actions whose id the log already had.
    pub duplicates: u64,
}

/// What people did, in the order in which it arrived.
#[async_trait]
pub trait FeedbackLog: Send + Sync {
    /// Appends a batch, all or none; known ids are passed over. Durable when it returns.
    async fn append(&self, batch: &[Feedback]) -> Result<Appended>;
    /// The last actions of a person, newest first (by time, then arrival), at most `limit`.
    async fn of_user(&self, user: &UserId, limit: u32) -> Result<Vec<Feedback>>;
    /// Actions after log position `position` with their positions, oldest arrival first, at most `limit`.
    async fn since(&self, position: i64, limit: u32) -> Result<Vec<(i64, Feedback)>>;
    /// Number of actions.
    async fn feedback_count(&self) -> Result<u64>;
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker.
    Waiting,
    /// Being worked on.
    Running,
    /// Finished.
    Done,
    /// Failed; see its error.
    Failed,
}

/// A piece of work that survives a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Kind of work (`ingest`).
    pub queue: String,
    /// What it is about; one job for each queue and key (a path).
    pub key: String,
    /// Whatever the worker needs.
    pub payload: Value,
    /// Where it stands.
    pub state: JobState,
    /// Times it was started.
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// Last change.
    pub updated_at: Timestamp,
    /// Number of the last change in the whole of [`Jobs`]; grows, so two looks
    /// at a job tell whether anything happened to it in between.
    pub version: i64,
}

/// The job queue.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Makes the job waiting with this payload, as one that was never started,
    /// if it still is as it was `seen` (`None`: not there) and no living worker
    /// is at it. False: left as it is, because somebody else has asked for it,
    /// begun it or done it since.
    ///
    /// So of all who decide at the same moment that a job is to be done, one
    /// gets it done, once.
    async fn enqueue(
        &self,
        queue: &str,
        key: &str,
        payload: &Value,
        seen: Option<&Job>,
    ) -> Result<bool>;
    /// Takes the oldest waiting job for the worker called `worker`, whose lease
    /// lasts `lease_seconds`; a running job whose lease ran out (its worker
    /// died) counts as waiting.
    async fn claim(&self, queue: &str, worker: &str, lease_seconds: u32) -> Result<Option<Job>>;
    /// The job is done or (with an error) has failed. One that is not running
    /// is left as it is: it was asked for again meanwhile.
    async fn finish(&self, queue: &str, key: &str, error: Option<&str>) -> Result<()>;
    /// Gives the jobs of `worker` back, as when it stops or is known to be dead.
    async fn release(&self, queue: &str, worker: &str) -> Result<u64>;
    /// Jobs in this state, oldest change first, at most `limit`.
    async fn jobs(&self, queue: &str, state: JobState, limit: u32) -> Result<Vec<Job>>;
    /// One job.
    async fn job(&self, queue: &str, key: &str) -> Result<Option<Job>>;
    /// Number of jobs in each state, all four states, in the order of the enum.
    async fn job_counts(&self, queue: &str) -> Result<Vec<(JobState, u64)>>;
}

/// Small JSON documents by kind and key: trained artefacts, a person's
/// corrections of their interest map, secrets made once, watermarks.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Adds or replaces one.
    async fn put_document(&self, kind: &str, key: &str, value: &Value) -> Result<()>;
    /// Puts `value` only if there is none yet; returns what is there afterwards.
    async fn document_or_put(&self, kind: &str, key: &str, value: &Value) -> Result<Value>;
    /// One.
    async fn document(&self, kind: &str, key: &str) -> Result<Option<Value>>;
    /// All of a kind, by key.
    async fn documents(&self, kind: &str) -> Result<Vec<(String, Value)>>;
    /// Removes one.
    async fn remove_document(&self, kind: &str, key: &str) -> Result<bool>;
}

/// A backend: all of the above over one durable place.
pub trait Store: Catalogue + Users + FeedbackLog + Jobs + Documents {}

impl<T: Catalogue + Users + FeedbackLog + Jobs + Documents> Store for T {}
