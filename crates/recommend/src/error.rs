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
    /// The viewer's map and the catalogue come from different embedders.
    #[error(
        "the viewer's interests have {viewer} dimensions and the catalogue's vectors \
         {catalogue}: train again"
    )]
    Dimensions {
        /// Of the interests.
        viewer: usize,
        /// Of the catalogue.
        catalogue: usize,
    },
    /// The settings name a source that isn't there.
    #[error("sources.{name} in the settings: there is no such source; there are {known}")]
    UnknownSource {
        /// As written.
        name: String,
        /// The names that would do.
        known: String,
    },
}
