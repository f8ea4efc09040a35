//! What can be wrong with a request.

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can be wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cursor was not made by us, or for somebody else, or is too old.
    #[error("this cursor cannot be used ({0}); start again without one")]
    Cursor(&'static str),
    /// There is no such video.
    #[error("there is no video {0}")]
    UnknownVideo(vireo_domain::VideoId),
}
