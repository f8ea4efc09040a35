//! Nearest neighbours by cosine.

mod exact;
mod hnsw;

pub use exact::Exact;
pub use hnsw::Hnsw;

use crate::{Error, Result};
use vireo_domain::Embedding;

/// A vector index over keys that fit in 64 bits (`u64::MAX` is no key, engines
/// use it as a mark); the caller maps them to ids.
/// Vectors have length 1, as every [`Embedding`] that is not zero.
pub trait VectorIndex: Send + Sync {
    /// Adds or replaces a vector.
    fn put(&mut self, key: u64, vector: &Embedding) -> Result<()>;
    /// Removes one; false if it was not there.
    fn remove(&mut self, key: u64) -> Result<bool>;
    /// The vector of a key, as exactly as the index keeps it.
    fn get(&self, key: u64) -> Option<Embedding>;
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

/// Below this many vectors exact search is quick enough and never wrong; see
/// the measurement in `docs/decisions/010`.
pub const EXACT_BELOW: usize = 250_000;

/// The right index for about `count` vectors of `dimensions` values.
pub fn for_count(dimensions: usize, count: usize) -> Result<Box<dyn VectorIndex>> {
    Ok(if count < EXACT_BELOW {
        Box::new(Exact::new(dimensions, count))
    } else {
        Box::new(Hnsw::new(dimensions, count)?)
    })
}

fn check_dimensions(expected: usize, vector: &Embedding) -> Result<()> {
    let found = vector.dimensions();
    if found == expected { Ok(()) } else { Err(Error::Dimensions { expected, found }) }
}

/// Nearest first, equal cosines by key.
fn sort(found: &mut [(u64, f32)]) {
    found.sort_unstable_by(order);
}

fn order(one: &(u64, f32), other: &(u64, f32)) -> std::cmp::Ordering {
    other.1.total_cmp(&one.1).then(one.0.cmp(&other.0))
}
