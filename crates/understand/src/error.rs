//! What stops an analysis. Everything less is a warning inside it.

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What stops an analysis.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be used at all.
    #[error(transparent)]
    Media(#[from] vireo_media::Error),
    /// A model that nothing works without.
    #[error(transparent)]
    Model(#[from] vireo_pretrained::Error),
}
