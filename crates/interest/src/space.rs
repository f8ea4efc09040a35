//! The space of content, centred.

use serde::{Deserialize, Serialize};
use vireo_domain::Embedding;

/// Vectors of a text embedder crowd into a narrow cone (all cosines of e5 lie
/// between 0.7 and 1). Taking the catalogue's mean away spreads them, so that
/// "unlike" is about 0 (Mu and Viswanath, "All-but-the-Top", ICLR 2018).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Space {
    /// Mean of the catalogue's vectors; empty: nothing is taken away.
    pub mean: Vec<f32>,
}

impl Space {
    /// From the catalogue's vectors. With few of them (under 8) nothing is taken away.
    pub fn fit<'a>(_vectors: impl IntoIterator<Item = &'a Embedding>) -> Self {
        todo!()
    }

    /// The vector without the mean, of length 1.
    pub fn centred(&self, _vector: &Embedding) -> Embedding {
        todo!()
    }
}
