//! What is put into the index.

use vireo_domain::{Embedding, Language, PictureVector, Span, VideoId};

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
    /// Tags, keywords, topics, channel, names of what is seen.
    pub keywords: Vec<String>,
    /// Description and summary.
    pub description: String,
    /// Its language.
    pub language: Option<Language>,
    /// Its meaning; zero when there was nothing to embed.
    pub embedding: Embedding,
    /// The meaning of each of its tags and topics, embedded as something asked.
    pub subjects: Vec<Embedding>,
    /// In order of time.
    pub scenes: Vec<SceneDocument>,
    /// What its pictures look like, in order of time.
    pub pictures: Vec<PictureVector>,
    /// The model that gave them their vectors; it alone finds them.
    pub picture_model: String,
}
