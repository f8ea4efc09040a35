//! What a person likes, as topics of the catalogue.

use crate::{Embedding, Timestamp, UserId, VideoId};
use serde::{Deserialize, Serialize};

/// Names a topic of the catalogue; stable between trainings as far as its
/// videos are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopicId(pub u32);

/// A cluster of the catalogue's content vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// Its name in the log.
    pub id: TopicId,
    /// The wider topic that it is a part of, if there is one.
    #[serde(default)]
    pub within: Option<TopicId>,
    /// Its name for people: the one it was given, else its most telling keywords.
    pub name: String,
    /// The same in Chinese when the topic has Chinese videos, else as `name`.
    pub name_zh: String,
    /// Centre of the cluster.
    pub centre: Embedding,
    /// Number of videos in it.
    pub size: u32,
}

impl Topic {
    /// Its name for somebody who reads Chinese, or does not.
    pub fn name_for(&self, reads_chinese: bool) -> &str {
        if reads_chinese { &self.name_zh } else { &self.name }
    }
}

/// Why an interest is in the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterestOrigin {
    /// Learned from what the person did.
    Learned,
    /// The person said so in a sentence.
    Said,
}

/// One interest of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interest {
    /// Stable within the map: `topic-7`, `said-1`.
    pub key: String,
    /// The topic it belongs to, if learned.
    pub topic: Option<TopicId>,
    /// For people: the topic's name, or the person's sentence.
    pub name: String,
    /// Share of the person's attention, 0 to 1; the unmuted ones add up to 1.
    pub weight: f64,
    /// What is looked for: where in the space of content this interest lies.
    pub vector: Embedding,
    /// The videos it was learned from, strongest first.
    pub evidence: Vec<VideoId>,
    /// Why it is here.
    pub origin: InterestOrigin,
    /// The person's own correction: 1 as learned, 2 twice as much, 0 muted.
    pub boost: f64,
}

/// What a person is interested in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterestMap {
    /// Whose.
    pub user: UserId,
    /// Strongest first; muted ones last.
    pub interests: Vec<Interest>,
    /// Number of actions it was learned from.
    pub evidence_count: u32,
    /// When it was computed.
    pub at: Timestamp,
}
