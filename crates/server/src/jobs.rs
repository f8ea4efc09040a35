//! Long work: ingest, training, following the store.

pub mod ingest;
pub mod train;
