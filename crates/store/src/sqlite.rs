//! SQLite in WAL mode: one file, `vireo.db`, in the data folder.

use crate::Result;
use std::path::Path;

/// The embedded backend.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    _private: (),
}

impl SqliteStore {
    /// Opens or makes the data base in `data_dir` and brings its schema up to date.
    pub async fn open(_data_dir: &Path) -> Result<Self> {
        todo!()
    }
}
