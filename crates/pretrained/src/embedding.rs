//! Text to vectors.

use crate::Result;
use vireo_domain::Embedding;

pub mod hashing;

/// What a text is for; some models embed questions and passages differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Something somebody looks for.
    Query,
    /// Something to be found.
    Passage,
}

/// A text embedder.
pub trait TextEmbedder: Send + Sync {
    /// Name and version; vectors of different names don't mix.
    fn name(&self) -> &str;
    /// Length of the vectors.
    fn dimensions(&self) -> usize;
    /// One vector a text, in order. Long texts are cut at the model's limit; empty ones give zeros.
    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Embedding>>;
}
