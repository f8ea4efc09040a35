//! Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

/// Fuses ranked lists: the score of an item is the sum of `weight / (k + rank)`
/// over the lists that have it, rank from 1. Best first; ties by item.
pub fn reciprocal_rank<T: Clone + Ord>(_lists: &[(f64, Vec<T>)], _k: f64) -> Vec<(T, f64)> {
    todo!()
}
