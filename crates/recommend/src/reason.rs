//! Why an item is in the list.

use serde::{Deserialize, Serialize};
use vireo_domain::{Language, VideoId};

/// Why an item is in the list. Always true: it names the source that found
/// the item and the evidence it used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Near something the person watched or liked.
    Related {
        /// The video it is near to.
        video: VideoId,
        /// Its title.
        title: String,
        /// `finished`, `liked`, `watched`, `rated`.
        action: String,
        /// Keywords that both have.
        shared: Vec<String>,
    },
    /// In one of the person's interests.
    Interest {
        /// Key of the interest in the map.
        key: String,
        /// Its name.
        name: String,
    },
    /// People who watched a video of the person's also watched it.
    AlsoWatched {
        /// The person's video.
        video: VideoId,
        /// Its title.
        title: String,
    },
    /// Many watch it at present.
    Popular,
    /// New in the catalogue.
    Fresh,
    /// Something else, to find out.
    Exploration {
        /// Name of the topic, if it has one.
        topic: Option<String>,
    },
}

impl Reason {
    /// In words, in Chinese or English.
    pub fn sentence(&self, _language: &Language) -> String {
        todo!()
    }
}
