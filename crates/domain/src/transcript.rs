//! What is said in a video, and when.

use crate::{Language, Span};
use serde::{Deserialize, Serialize};

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// When it is said.
    pub span: Span,
    /// Plain text without markup; lines separated by `\n`.
    pub text: String,
}

/// Where a transcript comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptOrigin {
    /// A subtitle stream inside the video file.
    Embedded,
    /// A subtitle file beside it.
    Sidecar,
    /// Our own speech recognition.
    Speech,
    /// Subtitles that are part of the pictures, read by our own text recognition.
    BurntIn,
}

/// The cues of one language, in order of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Language of the text.
    pub language: Language,
    /// Where it comes from.
    pub origin: TranscriptOrigin,
    /// File name, stream (`stream 2`) or model (`whisper-base`).
    pub detail: String,
    /// The cues, sorted by start.
    pub cues: Vec<Cue>,
}

impl Transcript {
    /// All text, one cue a line.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.cues.iter().map(|cue| cue.text.as_str()).collect();
        lines.join("\n")
    }
}
