//! One installation and what can be done with it.

use crate::Config;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vireo_domain::{
    Analysis, Feedback, InterestMap, Language, SceneId, Span, Timestamp, User, UserId, Video,
    VideoId,
};
use vireo_index::SearchIndex;
use vireo_pretrained::Models;
use vireo_recommend::{Page, Snapshot};
use vireo_store::{Appended, Store};

/// One installation. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Its settings.
    pub config: Arc<Config>,
    /// The one folder that holds everything: `vireo.db`, `index/`, `covers/`, `subtitles/`.
    pub data_dir: PathBuf,
    /// What must not be lost.
    pub store: Arc<dyn Store>,
    /// What can be rebuilt.
    pub index: Arc<SearchIndex>,
    /// The models.
    pub models: Models,
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchRequest {
    /// The words.
    pub text: String,
    /// Only videos of this language.
    pub language: Option<Language>,
    /// Most results of each kind.
    pub limit: usize,
}

/// A video that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundVideo {
    /// The video.
    pub video: Video,
    /// Passage with matches in `<b>`, HTML-escaped otherwise.
    pub snippet: Option<String>,
    /// Rank among word matches, from 1.
    pub word_rank: Option<usize>,
    /// Rank among neighbours in meaning, from 1.
    pub meaning_rank: Option<usize>,
}

/// A scene that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundScene {
    /// The scene.
    pub scene: SceneId,
    /// Its video.
    pub video: Video,
    /// When.
    pub span: Span,
    /// Passage with matches in `<b>`, HTML-escaped otherwise.
    pub snippet: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// Whole videos, best first.
    pub videos: Vec<FoundVideo>,
    /// Scenes, best first.
    pub scenes: Vec<FoundScene>,
}

/// A feed that is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedQuery {
    /// Items a page.
    pub limit: usize,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Videos not wanted now.
    pub exclude: Vec<VideoId>,
    /// Language of the reasons; else the person's.
    pub language: Option<Language>,
    /// Whether to tell what was removed and by which path each item came.
    pub explain: bool,
    /// Whether to log impressions with their propensities.
    pub log_impressions: bool,
}

/// Why a video is, or is not, in a person's feed.
#[derive(Debug, Clone, PartialEq)]
pub enum Explanation {
    /// It is there.
    Shown(vireo_recommend::Recommended),
    /// A filter took it out.
    Removed(vireo_recommend::Removed),
    /// No source proposed it among the first `candidates`.
    NotProposed,
}

/// A change to a person's interest map.
#[derive(Debug, Clone, PartialEq)]
pub enum InterestChange {
    /// Sets the boost of an interest (0 mutes, 1 as learned, up to 4).
    Boost {
        /// Its key in the map.
        key: String,
        /// The factor.
        boost: f64,
    },
    /// Adds an interest in the person's own words.
    Say(String),
    /// Removes something said.
    Unsay(String),
    /// "I like these": picks at the start.
    Pick(Vec<VideoId>),
}

impl App {
    /// Opens (or makes) the installation in `data_dir`. Loads no model yet.
    pub async fn open(_data_dir: &Path, _config: Config) -> Result<Self> {
        todo!()
    }

    /// The catalogue in memory, as last refreshed.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        todo!()
    }

    /// Makes index and snapshot follow the store; cheap when nothing changed.
    /// If another process is the index's writer it only re-reads.
    pub async fn refresh(&self) -> Result<()> {
        todo!()
    }

    /// One video and what was understood of it.
    pub async fn video(&self, _id: &VideoId) -> Result<Option<(Video, Option<Analysis>)>> {
        todo!()
    }

    /// Appends feedback; durable when it returns.
    pub async fn record(&self, _batch: &[Feedback]) -> Result<Appended> {
        todo!()
    }

    /// A page of a person's feed. Unknown people are new people.
    pub async fn feed(&self, _user: &UserId, _query: &FeedQuery) -> Result<Page> {
        todo!()
    }

    /// Videos like this one.
    pub async fn related(
        &self,
        _video: &VideoId,
        _user: Option<&UserId>,
        _limit: usize,
    ) -> Result<Page> {
        todo!()
    }

    /// Hybrid search over videos and scenes.
    pub async fn search(&self, _request: &SearchRequest) -> Result<Found> {
        todo!()
    }

    /// A person's interest map.
    pub async fn interests(
        &self,
        _user: &UserId,
        _language: Option<&Language>,
    ) -> Result<InterestMap> {
        todo!()
    }

    /// Changes a person's interest map; returns the new one.
    pub async fn change_interests(
        &self,
        _user: &UserId,
        _change: InterestChange,
    ) -> Result<InterestMap> {
        todo!()
    }

    /// Why this video is or is not in that person's feed.
    pub async fn explain(&self, _user: &UserId, _video: &VideoId) -> Result<Explanation> {
        todo!()
    }

    /// Hides or shows a video for everybody (the admin's veto).
    pub async fn set_hidden(&self, _video: &VideoId, _hidden: bool) -> Result<bool> {
        todo!()
    }

    /// One person; `None` if nothing is known of them.
    pub async fn user(&self, _id: &UserId) -> Result<Option<User>> {
        todo!()
    }

    /// Path of the cover picture of a video, if there is one.
    pub fn cover_path(&self, _video: &VideoId) -> Option<PathBuf> {
        todo!()
    }

    /// The clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
