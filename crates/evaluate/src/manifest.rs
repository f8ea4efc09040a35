//! Manifests: JSON lines, with files named relative to the manifest.

use crate::{Error, Result};
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads every line of a manifest.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text =
        fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let rows: Vec<T> = lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| Error::Manifest {
                path: path.to_owned(),
                line: number + 1,
                reason: error.to_string(),
            })
        })
        .collect::<Result<_>>()?;
    if rows.is_empty() {
        return Err(Error::Nothing(format!("{} is empty", path.display())));
    }
    Ok(rows)
}

/// A file that a manifest names.
pub(crate) fn file(manifest: &Path, named: &str) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("")).join(named)
}
