//! The files beside a video: yt-dlp's `*.info.json`, `*.description`,
//! Kodi/Jellyfin `*.nfo`, subtitles `*.<lang>.srt|vtt|ass|ttml`, thumbnails.

use crate::Result;
use std::path::{Path, PathBuf};
use vireo_domain::Video;

/// A subtitle file beside a video.
#[derive(Debug, Clone, PartialEq)]
pub struct SubtitleFile {
    /// Where it is.
    pub path: PathBuf,
    /// Language from the file name (`friday.zh-Hans.vtt` gives `zh-Hans`).
    pub language: Option<String>,
}

/// What lies beside a video.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sidecars {
    /// yt-dlp's metadata.
    pub info_json: Option<PathBuf>,
    /// Kodi's.
    pub nfo: Option<PathBuf>,
    /// Plain description.
    pub description: Option<PathBuf>,
    /// Subtitles.
    pub subtitles: Vec<SubtitleFile>,
    /// A picture for the cover.
    pub thumbnail: Option<PathBuf>,
}

/// Finds the files that belong to `video`.
pub fn find(_video: &Path) -> Result<Sidecars> {
    todo!()
}

/// Fills in what the sidecars say (title, description, tags, channel,
/// category, language, published_at, url); returns warnings about files that
/// could not be understood.
pub fn apply(_sidecars: &Sidecars, _video: &mut Video) -> Vec<String> {
    todo!()
}
