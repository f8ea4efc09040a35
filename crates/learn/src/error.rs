//! What can go wrong with a training.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a training.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The loss or its gradient is no number any more. Parameters are as they
    /// were before the step.
    #[error(
        "training broke down at step {step}: the loss is no number; a lower learning rate helps"
    )]
    NotFinite {
        /// The step, from 0.
        step: u64,
    },
    /// There is nothing to learn from.
    #[error("there is nothing to learn from: no history has an item")]
    Nothing,
    /// An item's number is not below the number of items.
    #[error("item {item} does not exist; there are {items}, numbered from 0")]
    Item {
        /// The number.
        item: u32,
        /// Items.
        items: usize,
    },
    /// A token's mark is above the number of marks.
    #[error("mark {mark} does not exist; there are {marks}, numbered from 1")]
    Mark {
        /// The number.
        mark: u32,
        /// Marks.
        marks: usize,
    },
    /// An example of a [`Classifier`](crate::Classifier) that is none.
    #[error("an example cannot be learned from: {0}")]
    Example(String),
    /// Settings that no network can have.
    #[error("these settings fit no network: {0}")]
    Settings(String),
    /// A checkpoint is damaged or of another training.
    #[error("the checkpoint {path} cannot be used ({reason}); remove it to begin again")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A checkpoint cannot be read or written.
    #[error("the checkpoint {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
