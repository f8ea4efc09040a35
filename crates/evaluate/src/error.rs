//! What can go wrong with a measurement.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a measurement.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of a manifest is not of its form.
    #[error("{path}:{line}: {reason}", path = path.display())]
    Manifest {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A file of questions is not of its form, or asks for what is not there.
    #[error("{path}: {reason}", path = path.display())]
    Questions {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing to measure.
    #[error("nothing to measure: {0}")]
    Nothing(String),
    /// A video cannot be read or made.
    #[error(transparent)]
    Media(#[from] vireo_media::Error),
    /// A video could not be understood.
    #[error(transparent)]
    Understand(#[from] vireo_understand::Error),
    /// A model failed.
    #[error(transparent)]
    Model(#[from] vireo_pretrained::Error),
}
