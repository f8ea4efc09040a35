//! The search index of one installation: videos and scenes, words and vectors.

use crate::Result;
use std::path::Path;
use vireo_domain::{Embedding, Language, SceneId, Span, VideoId};

/// A scene as it is indexed.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneDocument {
    /// When.
    pub span: Span,
    /// What is said in it.
    pub text: String,
    /// Its meaning.
    pub embedding: Embedding,
}

/// A video as it is indexed.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Which video.
    pub video: VideoId,
    /// Title.
    pub title: String,
    /// Tags, keywords, topics, channel.
    pub keywords: Vec<String>,
    /// Description and summary.
    pub description: String,
    /// Its language.
    pub language: Option<Language>,
    /// Its meaning.
    pub embedding: Embedding,
    /// In order of time.
    pub scenes: Vec<SceneDocument>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The words.
    pub text: String,
    /// Their meaning; without it only words are matched.
    pub embedding: Option<Embedding>,
    /// Only videos of this language.
    pub language: Option<Language>,
    /// Most hits.
    pub limit: usize,
}

/// Whole video or scene.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A video.
    Video(VideoId),
    /// A scene of a video.
    Scene(SceneId),
}

/// Something found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What.
    pub target: Target,
    /// When, for a scene.
    pub span: Option<Span>,
    /// Fused score; only its order means something.
    pub score: f64,
    /// Rank among word matches, from 1.
    pub word_rank: Option<usize>,
    /// Rank among neighbours in meaning, from 1.
    pub meaning_rank: Option<usize>,
    /// The matching passage with the matched words marked by `<b>…</b>`; HTML-escaped.
    pub snippet: Option<String>,
}

/// The search index of one installation. Shared by reference; readers never
/// wait for the writer.
pub struct SearchIndex {
    _private: (),
}

impl SearchIndex {
    /// Opens or makes the index in `dir`. Vectors of another embedding model
    /// than `embedding_model` make it start from nothing (watermark 0).
    pub fn open(_dir: &Path, _embedding_model: &str, _dimensions: usize) -> Result<Self> {
        todo!()
    }

    /// The store's change up to which this index has followed it; 0 for a new one.
    pub fn watermark(&self) -> i64 {
        todo!()
    }

    /// Puts and removes videos and moves the watermark, all or nothing, durably.
    /// [`Error::Locked`](crate::Error::Locked) when another process is the writer.
    pub fn apply(&self, _put: &[Document], _remove: &[VideoId], _watermark: i64) -> Result<()> {
        todo!()
    }

    /// Hybrid search over videos (several scenes of one video count once).
    pub fn search_videos(&self, _query: &Query) -> Result<Vec<Hit>> {
        todo!()
    }

    /// Hybrid search over scenes.
    pub fn search_scenes(&self, _query: &Query) -> Result<Vec<Hit>> {
        todo!()
    }

    /// Videos whose meaning is nearest, with cosine, nearest first.
    pub fn nearest_videos(
        &self,
        _to: &Embedding,
        _limit: usize,
        _keep: &dyn Fn(&VideoId) -> bool,
    ) -> Result<Vec<(VideoId, f32)>> {
        todo!()
    }

    /// The meaning of one video.
    pub fn embedding(&self, _video: &VideoId) -> Option<Embedding> {
        todo!()
    }

    /// Sees what another process has committed since the last look.
    pub fn reload(&self) -> Result<()> {
        todo!()
    }

    /// Empties it (before a rebuild).
    pub fn clear(&self) -> Result<()> {
        todo!()
    }
}
