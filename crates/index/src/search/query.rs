//! What is asked of the index, and what it answers.

use vireo_domain::{Embedding, Language, SceneId, Span, VideoId};

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The words. Any text is valid; what stands in quotes must be there word
    /// by word.
    pub text: String,
    /// Their meaning, as the embedder gives it for a question; without it only
    /// words are matched.
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
    /// When, for a scene, and for a video whose scene matched better than its
    /// title, keywords and description.
    pub span: Option<Span>,
    /// Fused score; only its order means something.
    pub score: f64,
    /// Rank among word matches, from 1.
    pub word_rank: Option<usize>,
    /// Rank among neighbours in meaning, from 1.
    pub meaning_rank: Option<usize>,
    /// The words of the query that it has, folded: lower case, stems,
    /// simplified Chinese. Empty when it matches in meaning only.
    pub matched: Vec<String>,
    /// The matching passage with the matched words marked by `<b>…</b>`; HTML-escaped.
    pub snippet: Option<String>,
}
