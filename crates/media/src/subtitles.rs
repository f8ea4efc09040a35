//! Subtitle formats: SRT, WebVTT, ASS/SSA, TTML in; SRT and WebVTT out. Any encoding.

use crate::Result;
use std::path::Path;
use vireo_domain::Cue;

/// A subtitle format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// Advanced SubStation Alpha and its ancestor.
    Ass,
    /// Timed Text Markup Language.
    Ttml,
}

/// The cues of a subtitle file and what was odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Subtitles {
    /// In order of time; markup removed.
    pub cues: Vec<Cue>,
    /// Recognised format.
    pub format: Format,
    /// Encoding it was read in (`UTF-8`, `windows-1250`, `UTF-16BE`…).
    pub encoding: String,
    /// Lines that were passed over, with the reason.
    pub warnings: Vec<String>,
}

/// Reads a file; the format is told by its content, then its extension.
pub fn read(_path: &Path) -> Result<Subtitles> {
    todo!()
}

/// Reads bytes; `name` is for errors and for the extension.
pub fn parse(_bytes: &[u8], _name: &Path) -> Result<Subtitles> {
    todo!()
}

/// Reads a text stream embedded in a video file (`index` is ffmpeg's stream index).
pub fn read_embedded(_video: &Path, _index: u32) -> Result<Subtitles> {
    todo!()
}

/// As a WebVTT file.
pub fn to_vtt(_cues: &[Cue]) -> String {
    todo!()
}

/// As a SubRip file.
pub fn to_srt(_cues: &[Cue]) -> String {
    todo!()
}
