//! Topics: clusters of the catalogue's content vectors, with names.

use crate::Space;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vireo_domain::{Embedding, Language, Topic, TopicId, VideoId};

/// A video as the clustering sees it.
#[derive(Debug, Clone)]
pub struct TopicInput {
    /// Which.
    pub video: VideoId,
    /// Its meaning (not centred).
    pub embedding: Embedding,
    /// Keywords, topics and tags, most telling first.
    pub keywords: Vec<String>,
    /// Its language.
    pub language: Option<Language>,
}

/// How topics are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopicConfig {
    /// Number of topics; 0: chosen by the size of the catalogue and the silhouette.
    pub count: usize,
    /// Seed.
    pub seed: u64,
}

impl Default for TopicConfig {
    fn default() -> Self {
        Self { count: 0, seed: 7 }
    }
}

/// The topics of a catalogue. Topic centres are in the centred space.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TopicModel {
    /// The space that the centres live in.
    pub space: Space,
    /// The topics, by id.
    pub topics: Vec<Topic>,
    /// Topic of each video.
    pub of_video: HashMap<VideoId, TopicId>,
}

impl TopicModel {
    /// Clusters the catalogue (spherical k-means++ with restarts). Names are the
    /// keywords that set a topic apart (class-based TF-IDF), in English and
    /// Chinese. Ids follow `previous` where the videos do.
    pub fn train(_items: &[TopicInput], _config: &TopicConfig, _previous: Option<&Self>) -> Self {
        todo!()
    }

    /// The topic nearest to a vector (not centred), for videos that came after the training.
    pub fn nearest(&self, _embedding: &Embedding) -> Option<TopicId> {
        todo!()
    }

    /// One topic.
    pub fn topic(&self, _id: TopicId) -> Option<&Topic> {
        todo!()
    }
}
