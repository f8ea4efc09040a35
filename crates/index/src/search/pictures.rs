//! What the pictures of a segment's videos look like. Vectors of different
//! models are kept apart: each model finds its own.

use super::snapshot::Fault;
use crate::vector::{self, VectorIndex};
use std::collections::HashMap;
use tantivy::DocId;
use vireo_domain::Embedding;

/// A model, and how long its vectors are.
type Kind = (String, usize);

/// Vectors of pictures by their rows, and when each is seen.
#[derive(Default)]
pub(super) struct Pictures {
    vectors: HashMap<Kind, Box<dyn VectorIndex>>,
    seconds: HashMap<DocId, f64>,
}

impl Pictures {
    /// Adds a picture by its row.
    pub(super) fn add(
        &mut self,
        row: DocId,
        at: f64,
        model: &str,
        vector: &Embedding,
    ) -> Result<(), Fault> {
        let kind = (model.to_owned(), vector.dimensions());
        let vectors = match self.vectors.remove(&kind) {
            Some(vectors) => vectors,
            None => vector::for_count(vector.dimensions(), 0)?,
        };
        self.vectors.entry(kind).or_insert(vectors).put(u64::from(row), vector)?;
        self.seconds.insert(row, at);
        Ok(())
    }

    /// When a picture is seen; `None` where the row is no picture's.
    pub(super) fn at(&self, row: DocId) -> Option<f64> {
        self.seconds.get(&row).copied()
    }

    /// The vectors that a model gave, of this length.
    pub(super) fn of(&self, model: &str, dimensions: usize) -> Option<&dyn VectorIndex> {
        let kind = (model.to_owned(), dimensions);
        self.vectors.get(&kind).map(|vectors| &**vectors)
    }
}
