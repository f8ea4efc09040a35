//! What is not safe for work in pictures: nakedness and the like.

use crate::Result;
use crate::picture::Picture;

pub mod open_nsfw;

/// Says how likely a picture is unsafe.
pub trait UnsafeContentDetector: Send + Sync {
    /// Name for annotations (`open-nsfw`).
    fn name(&self) -> &str;

    /// 0: surely safe, to 1: surely not.
    fn score(&self, picture: &Picture<'_>) -> Result<f32>;
}
