//! Is it the same file? BLAKE3 of all bytes.

use crate::{Error, Result};
use std::fs::File;
use std::path::Path;

/// Hash of the whole file, read in pieces: the memory needed is the same for any size.
pub fn hash(path: &Path) -> Result<blake3::Hash> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).map_err(failed)?;
    Ok(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_blake3_of_the_bytes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.mp4");
        let bytes = vec![7; 300_000];
        std::fs::write(&path, &bytes).expect("a small file");
        assert_eq!(hash(&path).expect("readable"), blake3::hash(&bytes));
        let error = hash(&folder.path().join("missing.mp4")).expect_err("no such file");
        assert!(error.to_string().contains("missing.mp4"), "{error}");
    }
}
