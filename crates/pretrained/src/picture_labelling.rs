//! What is to be seen in pictures.

use crate::Result;
use crate::picture::Picture;

mod classes;
pub mod efficientnet;

pub(crate) use classes::in_chinese;
pub use classes::{Class, classes};

/// Names what is in pictures.
pub trait PictureLabeller: Send + Sync {
    /// Name for annotations (`efficientnet-lite0`).
    fn name(&self) -> &str;

    /// How likely a picture shows each of the [`classes`]; they add up to 1.
    fn look(&self, picture: &Picture<'_>) -> Result<Vec<f32>>;
}
