//! ONNX Runtime: loaded once a process, from the library that was fetched.

pub(crate) mod graph;

use crate::catalogue::{Catalogue, Job, Model};
use crate::models::Config;
use crate::{Error, Result};
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// For `map_err`.
pub(crate) fn error<E: std::fmt::Display>(reason: E) -> Error {
    Error::engine("onnxruntime")(reason)
}

/// The one environment. ONNX Runtime allows a single one a process, so the
/// library of the first call is the one that is used.
fn environment(library: &Path) -> Result<Environment> {
    static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*slot {
        return Ok(environment.clone());
    }
    let environment =
        ort::init_from(library).map_err(error)?.with_name("vireo").build().map_err(error)?;
    Ok(slot.insert(environment).clone())
}

/// Opens a model file with so many threads.
pub(crate) fn open(library: &Path, model: &Path, threads: usize) -> Result<Session> {
    builder(library, threads)?.commit_from_file(model).map_err(error)
}

/// Opens a network that was written just now ([`graph`]).
pub(crate) fn open_written(library: &Path, network: &[u8], threads: usize) -> Result<Session> {
    builder(library, threads)?.commit_from_memory(network).map_err(error)
}

fn builder(library: &Path, threads: usize) -> Result<SessionBuilder> {
    let environment = environment(library)?;
    Session::builder(&environment)
        .map_err(error)?
        .with_intra_threads(threads)
        .map_err(error)?
        // Threads that spin while they wait keep ffmpeg and other workers off their cores.
        .with_intra_op_spinning(false)
        .map_err(error)
}

/// For tests: the runtime that was fetched to this machine, and its folder; `None`
/// (and why) where it was not.
pub(crate) fn fetched() -> Option<(Model, PathBuf)> {
    let dir = Config::default().models_dir();
    let mut models = Catalogue::built_in().models.into_iter();
    let runtime = models.find(|model| model.job == Job::Runtime)?;
    if !crate::fetch::is_present(&dir, &runtime) {
        eprintln!("skipped: {} not fetched (vireo models pull)", runtime.name);
        return None;
    }
    let here = runtime.dir(&dir);
    Some((runtime, here))
}

/// For tests: a network in a file, and the library to run it with; `None`
/// (and why) where that was not fetched.
#[cfg(test)]
pub(crate) fn stand_in(network: &[u8], name: &str) -> Option<(tempfile::TempDir, PathBuf)> {
    let (runtime, here) = fetched()?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join(name), network).expect("a small file");
    Some((folder, here.join(&runtime.files().next()?.path)))
}
