//! Long work: ingest, description, training, looking after files.

pub(crate) mod describe;
pub mod ingest;
pub mod presence;
mod topics;
pub mod train;
