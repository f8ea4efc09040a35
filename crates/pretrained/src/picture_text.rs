//! Pictures and texts in one space: what a text says lies near the pictures
//! that show it.

use crate::Result;
use crate::picture::Picture;
use vireo_domain::Embedding;

pub mod clip;
pub mod colours;
pub mod own;

/// Embeds pictures and texts.
///
/// Cosines **rank** pictures for one text; how high they are differs from model
/// to model and from text to text. Whoever needs a threshold compares with texts
/// that fit any picture.
pub trait PictureText: Send + Sync {
    /// Name for annotations and vectors; vectors of different names don't mix.
    fn name(&self) -> &str;

    /// One vector a picture, in order.
    fn embed_pictures(&self, pictures: &[Picture<'_>]) -> Result<Vec<Embedding>>;

    /// One vector a text, in order. Long texts are cut at the model's limit.
    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Embedding>>;
}
