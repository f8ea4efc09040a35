//! Exact search: every vector is looked at.

use super::{VectorIndex, check_dimensions, order, sort};
use crate::Result;
use std::collections::HashMap;
use vireo_domain::Embedding;

/// All vectors in one flat table, row after row.
pub struct Exact {
    dimensions: usize,
    keys: Vec<u64>,
    rows: Vec<f32>,
    slots: HashMap<u64, usize>,
}

impl Exact {
    /// An empty index for vectors of `dimensions` values, with room for `capacity`.
    pub fn new(dimensions: usize, capacity: usize) -> Self {
        Self {
            dimensions,
            keys: Vec::with_capacity(capacity),
            rows: Vec::with_capacity(capacity * dimensions),
            slots: HashMap::with_capacity(capacity),
        }
    }

    fn row(&self, slot: usize) -> &[f32] {
        &self.rows[slot * self.dimensions..][..self.dimensions]
    }
}

impl VectorIndex for Exact {
    fn put(&mut self, key: u64, vector: &Embedding) -> Result<()> {
        check_dimensions(self.dimensions, vector)?;
        if let Some(&slot) = self.slots.get(&key) {
            self.rows[slot * self.dimensions..][..self.dimensions]
                .copy_from_slice(vector.as_slice());
        } else {
            self.slots.insert(key, self.keys.len());
            self.keys.push(key);
            self.rows.extend_from_slice(vector.as_slice());
        }
        Ok(())
    }

    fn remove(&mut self, key: u64) -> Result<bool> {
        let Some(slot) = self.slots.remove(&key) else { return Ok(false) };
        // The last row moves into the gap.
        self.keys.swap_remove(slot);
        let last = self.keys.len() * self.dimensions;
        self.rows.copy_within(last.., slot * self.dimensions);
        self.rows.truncate(last);
        if let Some(moved) = self.keys.get(slot) {
            self.slots.insert(*moved, slot);
        }
        Ok(true)
    }

    fn get(&self, key: u64) -> Option<Embedding> {
        self.slots.get(&key).map(|&slot| Embedding::new(self.row(slot).to_vec()))
    }

    fn nearest(
        &self,
        query: &Embedding,
        k: usize,
        keep: &dyn Fn(u64) -> bool,
    ) -> Result<Vec<(u64, f32)>> {
        check_dimensions(self.dimensions, query)?;
        let mut found: Vec<(u64, f32)> = self
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| keep(**key))
            .map(|(slot, key)| (*key, dot(query.as_slice(), self.row(slot))))
            .collect();
        if k == 0 {
            found.clear();
        } else if k < found.len() {
            found.select_nth_unstable_by(k - 1, order);
            found.truncate(k);
        }
        sort(&mut found);
        Ok(found)
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

/// Sixteen sums side by side, because the compiler may not reorder the
/// additions of a single one and so could not use wide registers.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let (chunks, rest) = one.as_chunks::<16>();
    let (other_chunks, other_rest) = other.as_chunks::<16>();
    let mut sums = [0.0f32; 16];
    for (a, b) in chunks.iter().zip(other_chunks) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let tail: f32 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + tail
}
