//! A text embedder without a model.

use super::{Purpose, TextEmbedder};
use crate::Result;
use vireo_domain::Embedding;

/// Words and character pairs, hashed into signed buckets (Weinberger et al.,
/// "Feature Hashing for Large Scale Multitask Learning", 2009). Knows spelling,
/// not meaning: the floor for every real model, and the fallback without one.
#[derive(Debug, Default)]
pub struct HashingEmbedder;

impl TextEmbedder for HashingEmbedder {
    fn name(&self) -> &str {
        "hashing-256"
    }

    fn dimensions(&self) -> usize {
        256
    }

    fn embed(&self, _texts: &[&str], _purpose: Purpose) -> Result<Vec<Embedding>> {
        todo!()
    }
}
