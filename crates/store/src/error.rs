//! What can go wrong with storage.

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with storage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder cannot be used.
    #[error("cannot open the data folder {path}: {reason}")]
    Open {
        /// The folder.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The disk is full; nothing of the write was kept.
    #[error("the disk that holds the data folder is full; nothing of this write was kept")]
    DiskFull,
    /// What is stored cannot be read back.
    #[error("{what} {key} is damaged: {reason}")]
    Damaged {
        /// Kind of record.
        what: &'static str,
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
    /// The engine failed.
    #[error("storage: {0}")]
    Engine(String),
}
