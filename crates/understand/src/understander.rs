//! Runs the analysers over one video.

use crate::{Config, Input, Result};
use vireo_domain::{Analysis, Video};
use vireo_pretrained::Models;

/// How far an analysis is, for progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// The analyser that is at work.
    pub name: &'static str,
    /// Share of the whole that is done, 0 to 1.
    pub done: f64,
}

/// Understands videos.
pub struct Understander {
    _private: (),
}

impl Understander {
    /// With these models; opens none yet.
    pub fn new(_config: Config, _models: Models) -> Self {
        todo!()
    }

    /// Watches a file. Returns the video with what was learned of it (language,
    /// duration, facts; the title if it had none) and the analysis.
    pub fn analyse(
        &self,
        _input: Input<'_>,
        _progress: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Video, Analysis)> {
        todo!()
    }

    /// Understands videos that are known by their metadata only (imported):
    /// title, description, tags; embeddings are computed in batches, the card
    /// by rules. In the order of `videos`.
    pub fn describe(&self, _videos: &[Video]) -> Result<Vec<Analysis>> {
        todo!()
    }

    /// The vector of something a person looks for or says they like.
    pub fn embed_query(&self, _text: &str) -> Result<vireo_domain::Embedding> {
        todo!()
    }

    /// Name and dimensions of the embedding model in use.
    pub fn embedding_model(&self) -> Result<(String, usize)> {
        todo!()
    }
}
