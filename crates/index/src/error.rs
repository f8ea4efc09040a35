//! What can go wrong with an index.

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with an index. None of it loses anything: see `vireo rebuild-index`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process writes to this index.
    #[error("another Vireo process is writing to the index in {0}")]
    Locked(String),
    /// The files of the index are damaged or of another version.
    #[error("the index in {path} cannot be used ({reason}); rebuild it with: vireo rebuild-index")]
    Damaged {
        /// Folder of the index.
        path: String,
        /// Why.
        reason: String,
    },
    /// A vector of another length than the index holds.
    #[error("a vector of {found} dimensions does not fit an index of {expected}")]
    Dimensions {
        /// Of the index.
        expected: usize,
        /// Of the vector.
        found: usize,
    },
    /// The engine failed.
    #[error("index: {0}")]
    Engine(String),
}
