//! What is in a models folder, and whether it is sound.

use super::records::{Record, Records};
use super::{Event, Step, key, sha256, source_of_conversion};
use crate::catalogue::{Catalogue, Model, ModelFile};
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Digits of [`identity`].
const IDENTITY: usize = 8;

/// How a file was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// As the catalogue says.
    Sound,
    /// Not there.
    Missing,
    /// There, with another content.
    Damaged {
        /// Its sha256.
        found: String,
    },
}

/// One file of a profile, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The model's name.
    pub model: String,
    /// Where the file is or should be.
    pub path: PathBuf,
    /// How it was found.
    pub state: State,
}

/// Hashes every file of a profile, converted ones included.
pub fn verify(
    catalogue: &Catalogue,
    dir: &Path,
    profile: &str,
    progress: &mut dyn FnMut(&Event<'_>),
) -> Result<Vec<Finding>> {
    let records = Records::load(dir)?;
    let mut findings = Vec::new();
    for model in catalogue.profile(profile)? {
        let mut expected: Vec<(PathBuf, String)> =
            model.files().map(|file| (file.path.clone(), file.sha256.clone())).collect();
        if let Some(source) = source_of_conversion(model) {
            let converted = records.converted(&model.name, &source.sha256);
            expected.extend(converted.map(|(path, record)| (path, record.sha256.clone())));
        }
        for (relative, sha) in expected {
            let item = relative.to_string_lossy();
            progress(&Event { model: &model.name, item: &item, step: Step::Verifying });
            let path = model.dir(dir).join(&relative);
            let state = if path.is_file() {
                let found = sha256(&path)?;
                if found == sha { State::Sound } else { State::Damaged { found } }
            } else {
                State::Missing
            };
            findings.push(Finding { model: model.name.clone(), path, state });
        }
    }
    Ok(findings)
}

/// Whether all files of a model are there with the right sizes. A quick look: hashes nothing.
pub fn is_present(dir: &Path, model: &Model) -> bool {
    let has_size = |file: &ModelFile| {
        fs::metadata(model.dir(dir).join(&file.path)).is_ok_and(|found| found.len() == file.size)
    };
    let is_converted = source_of_conversion(model).is_none_or(|source| {
        Records::load(dir).is_ok_and(|r| r.has_converted(dir, &model.name, &source.sha256))
    });
    model.files().next().is_some() && model.files().all(has_size) && is_converted
}

/// Makes sure that a model may be opened: its files are there, and were
/// verified once. What the records don't know is hashed now.
pub fn ensure(dir: &Path, model: &Model) -> Result<()> {
    if !is_present(dir, model) {
        return Err(Error::Missing {
            name: model.name.clone(),
            dir: dir.to_owned(),
            profile: model.profiles.first().cloned().unwrap_or_else(|| "standard".to_owned()),
        });
    }
    let mut records = Records::load(dir)?;
    for file in model.files() {
        let name = key(model, &file.path);
        if records.holds(dir, &name, &file.sha256) {
            continue;
        }
        let path = model.dir(dir).join(&file.path);
        let found = sha256(&path)?;
        if found != file.sha256 {
            return Err(Error::Checksum { path, expected: file.sha256.clone(), found });
        }
        // A folder that cannot be written to is fine: it is hashed again the next time.
        if let Err(error) = records.add(dir, name, Record::of(file)) {
            tracing::debug!(%error, "the models folder cannot be written to");
        }
    }
    Ok(())
}

/// What tells a model that somebody put into the models folder themselves from
/// any other that may lie there: the beginning of a checksum of these files,
/// named from the models folder. Nobody vouches for them, so they are hashed
/// when they are first seen, and noted.
pub(crate) fn identity(dir: &Path, files: &[String]) -> Result<String> {
    let mut records = Records::load(dir)?;
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(records.note(dir, file)?);
    }
    let whole = format!("{:x}", hasher.finalize());
    Ok(whole[..IDENTITY].to_owned())
}
