//! What can go wrong with a model.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a model.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The model has not been fetched.
    #[error("the model {name} is not in {dir}; fetch it with: vireo models pull --profile {profile}", dir = dir.display())]
    Missing {
        /// Its name in the catalogue.
        name: String,
        /// Where it was looked for.
        dir: PathBuf,
        /// A profile that has it.
        profile: String,
    },
    /// There is no such profile.
    #[error("there is no model profile {name:?}; there are: {known}")]
    Profile {
        /// What was asked for.
        name: String,
        /// The profiles of the catalogue.
        known: String,
    },
    /// A catalogue cannot be used.
    #[error("{path}: {reason}", path = path.display())]
    Catalogue {
        /// Which file.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// A file is not what the catalogue says.
    #[error("{path}: checksum {found}, expected {expected}; delete the file and run: vireo models pull", path = path.display())]
    Checksum {
        /// Which file.
        path: PathBuf,
        /// sha256 of the catalogue.
        expected: String,
        /// sha256 of the file.
        found: String,
    },
    /// It could not be fetched.
    #[error("cannot fetch {name}: {reason}")]
    Fetch {
        /// Its name in the catalogue.
        name: String,
        /// What was tried and what was answered.
        reason: String,
    },
    /// The disk is full.
    #[error("the disk of {dir} is full; free some space or name another folder with VIREO_MODELS_DIR, then run the command again: what was fetched is kept", dir = dir.display())]
    DiskFull {
        /// The models folder.
        dir: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The engine refused or failed.
    #[error("{engine}: {reason}")]
    Engine {
        /// `onnxruntime`, `llama.cpp`, an endpoint's address.
        engine: String,
        /// Its words.
        reason: String,
    },
    /// A language model's answer was not what was asked for, or took too long.
    #[error("{model} gave no usable answer: {reason}")]
    Answer {
        /// Which model.
        model: String,
        /// What was wrong.
        reason: String,
    },
}

impl Error {
    /// For `map_err`: what `engine` said.
    pub(crate) fn engine<E: Display>(engine: &str) -> impl Fn(E) -> Self {
        move |reason| Self::Engine { engine: engine.to_owned(), reason: reason.to_string() }
    }

    /// For `map_err`: what happened to the file `path`.
    pub(crate) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull => {
                Self::DiskFull { dir: path.parent().unwrap_or(path).to_owned() }
            }
            _ => Self::File { path: path.to_owned(), source },
        }
    }
}
