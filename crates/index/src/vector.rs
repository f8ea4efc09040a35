//! Nearest neighbours by cosine.

use crate::Result;
use vireo_domain::Embedding;

/// A vector index over keys that fit in 64 bits; the caller maps them to ids.
pub trait VectorIndex: Send + Sync {
    /// Adds or replaces a vector.
    fn put(&mut self, key: u64, vector: &Embedding) -> Result<()>;
    /// Removes one; false if it was not there.
    fn remove(&mut self, key: u64) -> Result<bool>;
    /// The `k` nearest that `keep` accepts, nearest first, with their cosine.
    /// Equal cosines are ordered by key.
    fn nearest(
        &self,
        query: &Embedding,
        k: usize,
        keep: &dyn Fn(u64) -> bool,
    ) -> Result<Vec<(u64, f32)>>;
    /// Number of vectors.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
