//! Is it the same file? BLAKE3 of all bytes.

use crate::Result;
use std::path::Path;

/// Hash of the whole file, read in pieces (memory-mapped and parallel where it helps).
pub fn hash(_path: &Path) -> Result<blake3::Hash> {
    todo!()
}
