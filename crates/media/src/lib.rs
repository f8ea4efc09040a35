//! Video files in and out: what is in them (ffprobe), their sound and
//! pictures (ffmpeg), the texts beside them, their covers, previews and sprites.
//!
//! ffmpeg runs as a subprocess: a crash in a decoder is an error here, every
//! codec works, and no headers are needed to build.

pub mod audio;
pub mod chapters;
pub mod content;
pub mod edits;
pub mod error;
mod ffmpeg;
pub mod fingerprint;
pub mod frames;
mod loudness;
pub mod montage;
pub mod motion;
pub mod moves;
pub mod preview;
pub mod probe;
pub mod rolling;
pub mod shots;
pub mod sidecar;
mod silence;
pub mod sprite;
pub mod subtitles;

pub use error::{Error, Result};
pub use ffmpeg::programs;

/// File name extensions taken for videos, in lower case.
pub const VIDEO_EXTENSIONS: &[&str] = &[
    "3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ogv", "ts",
    "webm", "wmv",
];
