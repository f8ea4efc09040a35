//! Approximate search in a navigable small-world graph (Malkov and Yashunin,
//! TPAMI 2018), by usearch.

use super::{VectorIndex, check_dimensions, sort};
use crate::{Error, Result};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};
use vireo_domain::Embedding;

/// Links of a node; usearch's own default.
const CONNECTIVITY: usize = 16;
/// Candidates looked at when a vector is added.
const EXPANSION_ADD: usize = 128;
/// Candidates looked at in a search; more: slower and nearer to exact.
const EXPANSION_SEARCH: usize = 128;

/// Vectors as 16-bit floats (cosines are good to about three digits) in a graph.
pub struct Hnsw {
    index: Index,
    threads: usize,
    searches: Searches,
}

impl Hnsw {
    /// An empty index for vectors of `dimensions` values, with room for `capacity`.
    pub fn new(dimensions: usize, capacity: usize) -> Result<Self> {
        let options = IndexOptions {
            dimensions,
            metric: MetricKind::IP,
            quantization: ScalarKind::F16,
            connectivity: CONNECTIVITY,
            expansion_add: EXPANSION_ADD,
            expansion_search: EXPANSION_SEARCH,
            multi: false,
        };
        let index = Index::new(&options).map_err(engine)?;
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        index.reserve_capacity_and_threads(capacity.max(16), threads).map_err(engine)?;
        let searches = Searches { free: Mutex::new(threads), freed: Condvar::new() };
        Ok(Self { index, threads, searches })
    }
}

fn engine(error: impl std::fmt::Display) -> Error {
    Error::Engine(format!("usearch: {error}"))
}

impl VectorIndex for Hnsw {
    fn put(&mut self, key: u64, vector: &Embedding) -> Result<()> {
        check_dimensions(self.index.dimensions(), vector)?;
        self.remove(key)?;
        if self.index.size() + 1 >= self.index.capacity() {
            let capacity = self.index.capacity() * 2;
            self.index.reserve_capacity_and_threads(capacity, self.threads).map_err(engine)?;
        }
        self.index.add(key, vector.as_slice()).map_err(engine)
    }

    fn remove(&mut self, key: u64) -> Result<bool> {
        Ok(self.index.contains(key) && self.index.remove(key).map_err(engine)? > 0)
    }

    fn get(&self, key: u64) -> Option<Embedding> {
        let _turn = self.searches.begin();
        let mut values = vec![0.0f32; self.index.dimensions()];
        let found = self.index.get(key, &mut values).ok()?;
        (found > 0).then(|| Embedding::new(values))
    }

    fn nearest(
        &self,
        query: &Embedding,
        k: usize,
        keep: &dyn Fn(u64) -> bool,
    ) -> Result<Vec<(u64, f32)>> {
        check_dimensions(self.index.dimensions(), query)?;
        let k = k.min(self.len());
        if k == 0 {
            return Ok(Vec::new());
        }
        let _turn = self.searches.begin();
        let matches = self.index.filtered_search(query.as_slice(), k, keep).map_err(engine)?;
        let mut found: Vec<(u64, f32)> =
            matches.keys.into_iter().zip(matches.distances.iter().map(|far| 1.0 - far)).collect();
        sort(&mut found);
        Ok(found)
    }

    fn len(&self) -> usize {
        self.index.size()
    }
}

/// usearch keeps working memory for a fixed number of threads and fails a
/// search that finds none free; here it waits its turn instead.
struct Searches {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Searches {
    fn begin(&self) -> Turn<'_> {
        let free = self.lock();
        let mut free =
            self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Turn(self)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Turn<'a>(&'a Searches);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.freed.notify_one();
    }
}
