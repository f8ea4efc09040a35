//! One file to be understood.

use std::path::Path;
use vireo_domain::Video;
use vireo_media::sidecar::Sidecars;

/// One file to be understood.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// The video file.
    pub path: &'a Path,
    /// What is known already: id and content hash (in `media`), and whatever the
    /// sidecars said (title…). `media` is completed by the analysis.
    pub video: Video,
    /// The files beside it.
    pub sidecars: &'a Sidecars,
    /// Folder that covers are written to, as `<video id>.jpg`.
    pub covers: &'a Path,
}
