//! What can go wrong with a video file.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a video file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has no bytes.
    #[error("{}: the file is empty", .0.display())]
    Empty(PathBuf),
    /// It is no video (renamed text, a picture, noise).
    #[error("{path}: not a video: {reason}", path = path.display())]
    NotVideo {
        /// Which file.
        path: PathBuf,
        /// ffprobe's words.
        reason: String,
    },
    /// It breaks off or is damaged.
    #[error("{path}: damaged: {reason}", path = path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was declared and what was there.
        reason: String,
    },
    /// A subtitle or metadata file that cannot be understood.
    #[error("{path}:{line}: {reason}", path = path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Line, from 1; 0 when there is none.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// ffmpeg or ffprobe is missing or cannot be started.
    #[error("cannot run {program}: {source}; install it with: apt-get install ffmpeg")]
    Program {
        /// Which program.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// ffmpeg took longer than it may.
    #[error("{path}: ffmpeg gave no answer for {seconds} s", path = path.display())]
    Stuck {
        /// Which file.
        path: PathBuf,
        /// How long.
        seconds: u64,
    },
}
