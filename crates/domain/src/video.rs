//! A video: what its owner says of it, and what its file says.

use crate::{Language, Timestamp, VideoId};
use serde::{Deserialize, Serialize};

/// A video of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Video {
    /// Its name.
    pub id: VideoId,
    /// Title; never empty (a file without one is called after its file name).
    pub title: String,
    /// The owner's description, empty if none.
    #[serde(default)]
    pub description: String,
    /// The owner's tags or genres.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The owner's category.
    #[serde(default)]
    pub category: Option<String>,
    /// Channel, uploader or series.
    #[serde(default)]
    pub channel: Option<String>,
    /// Spoken (or else written) language.
    #[serde(default)]
    pub language: Option<Language>,
    /// Running time.
    #[serde(default)]
    pub duration_seconds: Option<f64>,
    /// When it was published, if its owner says so.
    #[serde(default)]
    pub published_at: Option<Timestamp>,
    /// When Vireo first saw it.
    pub added_at: Timestamp,
    /// The admin's veto: kept, but never recommended nor found.
    #[serde(default)]
    pub hidden: bool,
    /// Where it is watched when Vireo does not hold the file.
    #[serde(default)]
    pub url: Option<String>,
    /// The file, when Vireo has one.
    #[serde(default)]
    pub media: Option<MediaFacts>,
}

impl Video {
    /// A video with a name and a title and nothing else known.
    pub fn new(id: VideoId, title: impl Into<String>, added_at: Timestamp) -> Self {
        Self {
            id,
            title: title.into(),
            description: String::new(),
            tags: Vec::new(),
            category: None,
            channel: None,
            language: None,
            duration_seconds: None,
            published_at: None,
            added_at,
            hidden: false,
            url: None,
            media: None,
        }
    }

    /// The moment that "fresh" is measured from: publication, else arrival.
    pub fn fresh_from(&self) -> Timestamp {
        self.published_at.unwrap_or(self.added_at)
    }
}

/// What ffprobe and the file system say of a video file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MediaFacts {
    /// Absolute path of the file.
    pub path: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// BLAKE3 hash of the whole file, hex.
    pub content_hash: String,
    /// Container as ffprobe names it (`mov,mp4,m4a,3gp,3g2,mj2`).
    pub container: String,
    /// Running time the container declares, in seconds; 0 when it does not.
    pub duration_seconds: f64,
    /// Width and height of the chosen picture stream, in pixels.
    pub width: Option<u32>,
    /// See `width`.
    pub height: Option<u32>,
    /// Pictures a second.
    pub fps: Option<f64>,
    /// Picture codec.
    pub video_codec: Option<String>,
    /// Sound codec; `None` for a silent file.
    pub audio_codec: Option<String>,
    /// Number of embedded subtitle streams.
    pub subtitle_streams: u32,
}
