//! Everything that was understood of one video.

use crate::{Annotation, Card, Embedding, MediaFacts, Span, Transcript, VideoId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a scene.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SceneId {
    /// The video.
    pub video: VideoId,
    /// 0 for the first scene.
    pub index: u32,
}

impl fmt::Display for SceneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.video, self.index)
    }
}

/// A run of cues of a sentence or two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// When.
    pub span: Span,
    /// What is said in it, and then, line by line, what is written in its pictures.
    pub text: String,
    /// Its meaning.
    pub embedding: Embedding,
}

/// What a picture of a video looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureVector {
    /// When it is shown, in seconds.
    pub at: f64,
    /// Its vector, in one space with words.
    pub embedding: Embedding,
}

/// How long one stage of the analysis took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageTime {
    /// The analyser (`facts`, `speech`, `card`…).
    pub stage: String,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// Everything that was understood of one video. Replaced as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Of which video.
    pub video: VideoId,
    /// What the file says; `None` for videos known only by metadata.
    pub facts: Option<MediaFacts>,
    /// Best first; the first is shown and searched.
    pub transcripts: Vec<Transcript>,
    /// In order of time.
    pub scenes: Vec<Scene>,
    /// The card; `None` when there was not a word to go by.
    pub card: Option<Card>,
    /// Every statement with its evidence.
    pub annotations: Vec<Annotation>,
    /// The meaning of the whole video.
    pub embedding: Embedding,
    /// Name and version of the embedding model; vectors of different models don't mix.
    pub embedding_model: String,
    /// What pictures spread over the video look like, in order of time; none
    /// without a model that has words and pictures in one space.
    #[serde(default)]
    pub pictures: Vec<PictureVector>,
    /// Name of that model; vectors of different models don't mix.
    #[serde(default)]
    pub picture_model: String,
    /// Keyframe times in seconds, for covers and scene pictures.
    pub keyframes: Vec<f64>,
    /// File name of the cover in the data folder's `covers/`, if there is one.
    pub cover: Option<String>,
    /// What went wrong without stopping the rest, for the admin.
    pub warnings: Vec<String>,
    /// Where the time went.
    pub times: Vec<StageTime>,
}
