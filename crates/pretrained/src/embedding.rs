//! Text to vectors.

use crate::Result;
use vireo_domain::Embedding;

pub mod e5;
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
///
/// Cosines of vectors of one embedder **rank**; they are no absolute measure.
/// E5's, trained with a temperature of 0.01, all lie between about 0.7 and 1.0
/// (translations 0.83-0.91, unrelated texts 0.73-0.80 in our tests), the hashing embedder's
/// around 0. Whoever needs a threshold, or clusters, subtracts the mean vector
/// of the catalogue first.
pub trait TextEmbedder: Send + Sync {
    /// Name and version; vectors of different names don't mix.
    fn name(&self) -> &str;
    /// Length of the vectors.
    fn dimensions(&self) -> usize;
    /// One vector a text, in order. Long texts are cut at the model's limit; empty ones give zeros.
    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Embedding>>;
}
