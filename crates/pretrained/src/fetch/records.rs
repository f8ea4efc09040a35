//! `models.lock`: which files were verified, so that opening a model doesn't
//! hash it again. Sizes are compared; [`super::verify`] is the thorough look.

use crate::catalogue::ModelFile;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

const NAME: &str = "models.lock";

/// One verified file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Size in bytes.
    pub(super) size: u64,
    /// sha256 in hex.
    pub(super) sha256: String,
    /// For a converted file: the sha256 of what it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) converted_from: Option<String>,
    /// For a file that nobody vouches for: when it was last written, in
    /// milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) written: Option<u64>,
}

impl Record {
    pub(super) fn of(file: &ModelFile) -> Self {
        Self { size: file.size, sha256: file.sha256.clone(), converted_from: None, written: None }
    }
}

/// All records of a models folder, by `model/path`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Records(BTreeMap<String, Record>);

impl Records {
    /// Reads the records. None if there is no such file, or a broken one: then
    /// everything is hashed again.
    pub(super) fn load(dir: &Path) -> Result<Self> {
        let path = dir.join(NAME);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(toml::from_str(&text).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "broken; hashing the models again");
                Self::default()
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::file(&path)(error)),
        }
    }

    /// Adds a record and writes all of them.
    pub(super) fn add(&mut self, dir: &Path, name: String, record: Record) -> Result<()> {
        // Several threads and processes may open models at the same time.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        self.0.insert(name, record);
        let path = dir.join(NAME);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let staged = dir.join(format!("{NAME}.{}.{count}", std::process::id()));
        let text = toml::to_string(self).expect("records are plain");
        let write = || {
            let mut file = fs::File::create(&staged)?;
            file.write_all(
                b"# Written by `vireo models pull`: the files whose checksums were verified.\n\n",
            )?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&staged, &path)
        };
        write().map_err(Error::file(&path))
    }

    /// Whether a file was verified to be `sha256` and still has its size.
    pub(super) fn holds(&self, dir: &Path, name: &str, sha256: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|record| record.sha256 == sha256 && has_size(dir, name, record))
    }

    /// The checksum of a file that nobody vouches for, as it was noted before;
    /// hashed (again) when the file is new or was written since.
    pub(super) fn note(&mut self, dir: &Path, name: &str) -> Result<String> {
        let path = dir.join(name);
        let found = fs::metadata(&path).map_err(Error::file(&path))?;
        let written = found.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let written = written.map(|since| since.as_millis() as u64);
        let known = self.0.get(name).filter(|it| it.size == found.len() && it.written == written);
        if let Some(known) = known.filter(|it| it.written.is_some()) {
            return Ok(known.sha256.clone());
        }
        let sha256 = super::sha256(&path)?;
        let record =
            Record { size: found.len(), sha256: sha256.clone(), converted_from: None, written };
        // A folder that cannot be written to is fine: it is hashed again the next time.
        if let Err(error) = self.add(dir, name.to_owned(), record) {
            tracing::debug!(%error, "the models folder cannot be written to");
        }
        Ok(sha256)
    }

    /// The files of a model that were converted from the file `source`, by their paths in its folder.
    pub(super) fn converted<'a>(
        &'a self,
        model: &'a str,
        source: &'a str,
    ) -> impl Iterator<Item = (PathBuf, &'a Record)> {
        self.0.iter().filter_map(move |(name, record)| {
            let path = name.strip_prefix(model)?.strip_prefix('/')?;
            (record.converted_from.as_deref() == Some(source)).then(|| (path.into(), record))
        })
    }

    /// Whether a model was converted from the file `source` and the outcome is still there.
    pub(super) fn has_converted(&self, dir: &Path, model: &str, source: &str) -> bool {
        let mut files = self.converted(model, source).peekable();
        let folder = Path::new(model);
        files.peek().is_some()
            && files.all(|(path, record)| has_size(dir, folder.join(path), record))
    }
}

fn has_size(dir: &Path, name: impl AsRef<Path>, record: &Record) -> bool {
    fs::metadata(dir.join(name)).is_ok_and(|found| found.is_file() && found.len() == record.size)
}
