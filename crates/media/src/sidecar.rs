//! The files beside a video: yt-dlp's `*.info.json`, `*.description`,
//! Kodi/Jellyfin `*.nfo`, subtitles `*.<lang>.srt|vtt|ass|ttml`, thumbnails.

mod info_json;
mod metadata;
mod name;
mod nfo;

pub use info_json::parse as parse_info_json;
pub use metadata::Metadata;
pub use nfo::parse as parse_nfo;

use crate::chapters::Chapter;
use crate::subtitles::encoding;
use crate::{Error, Result, VIDEO_EXTENSIONS};
use std::fs::File;
use std::io::Read;
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
    /// Subtitles: full ones first, then those for the hard of hearing, then
    /// machine-made ones, then those for foreign parts only.
    pub subtitles: Vec<SubtitleFile>,
    /// A picture for the cover.
    pub thumbnail: Option<PathBuf>,
}

/// A larger sidecar is refused; yt-dlp's are about 1 MiB.
const MOST_BYTES: u64 = 32 << 20;

/// Pictures that make a cover, best first: the ending after the video's stem.
const THUMBNAILS: &[&str] = &["", "-thumb", "-poster", "-fanart", "-landscape"];
const PICTURES: &[&str] = &["jpg", "jpeg", "png", "webp"];
const SUBTITLES: &[&str] = &["srt", "vtt", "ass", "ssa", "ttml", "dfxp"];

/// Finds the files that belong to `video`. A file belongs to the video whose
/// name is the longest beginning of its own: `a.b.srt` lies beside `a.b.mp4`,
/// not beside `a.mp4`.
pub fn find(video: &Path) -> Result<Sidecars> {
    let folder = match video.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let failed = |source| Error::Read { path: folder.to_owned(), source };
    let Some(stem) = video.file_stem().and_then(|stem| stem.to_str()) else {
        // Names that are no text are rare enough to go without sidecars.
        return Ok(Sidecars::default());
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if let Ok(name) = entry.file_name().into_string()
            && name.starts_with(stem)
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(name::sort(folder, stem, &names))
}

/// Whether a file name is a video's.
fn is_video(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| VIDEO_EXTENSIONS.contains(&extension.as_str()))
}

/// Fills in what the sidecars say (title, description, tags, channel,
/// category, language, published_at, url; duration where none is known);
/// returns warnings about files that could not be understood. Where they
/// disagree, `.info.json` wins over `.nfo`, and both over `.description`. An
/// age limit of 18 or more becomes the tag `18+`.
pub fn apply(sidecars: &Sidecars, video: &mut Video) -> Vec<String> {
    let mut warnings = Vec::new();
    let description = sidecars.description.as_deref().map(|path| {
        let text = encoding::decode(&read(path)?).text;
        Ok(Metadata { description: Some(text), ..Metadata::default() })
    });
    let nfo = sidecars.nfo.as_deref().map(|path| parse_nfo(&read(path)?, path));
    let info = sidecars.info_json.as_deref().map(|path| parse_info_json(&read(path)?, path));
    for metadata in [description, nfo, info].into_iter().flatten() {
        match metadata {
            Ok(metadata) => metadata.fill(video),
            Err(error) => warnings.push(Error::to_string(&error)),
        }
    }
    warnings
}

/// The chapters that yt-dlp's metadata declares; none when there are none or
/// it cannot be read ([`apply`] says so).
pub fn chapters(sidecars: &Sidecars) -> Vec<Chapter> {
    let read = |path: &Path| parse_info_json(&read(path)?, path);
    let metadata = sidecars.info_json.as_deref().and_then(|path| read(path).ok());
    metadata.map(|metadata| metadata.chapters).unwrap_or_default()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        let reason = "larger than 32 MiB; no sidecar is".to_owned();
        return Err(Error::Syntax { path: path.to_owned(), line: 0, reason });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
