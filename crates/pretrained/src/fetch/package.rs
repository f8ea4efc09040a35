//! Packages of a registry, fetched by the registry's own client and opened as
//! what they are: archives. Nothing in them is installed or run.

pub(super) mod npm;
pub(super) mod pip;

use crate::{Error, Result};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Why a client brought nothing.
pub(super) enum ClientError {
    /// Its words, or what it lacks.
    Said(String),
    /// It had no room.
    DiskFull,
    /// A file of ours could not be handled.
    Ours(Error),
}

impl ClientError {
    pub(super) fn into_error(self, model: &str, dir: &Path) -> Error {
        match self {
            Self::Said(reason) => Error::Fetch { name: model.to_owned(), reason },
            Self::DiskFull => Error::DiskFull { dir: dir.to_owned() },
            Self::Ours(error) => error,
        }
    }
}

/// A client of a registry.
struct Client {
    /// Its name.
    name: &'static str,
    /// What to do when it cannot be started, or says `missing`.
    remedy: &'static str,
    missing: &'static str,
    /// Whether its last words say what went wrong; else its first do.
    ends_with_reason: bool,
    /// How the name of a package's file ends.
    ending: &'static str,
}

impl Client {
    /// Brings the package `spec` into `incoming`, or finds it there; gives the
    /// path of its archive. `command` is given the folder that the archive is
    /// to be put in, which has a `tmp` for the client's own files; `progress`
    /// hears the bytes so far.
    fn bring(
        &self,
        spec: &str,
        incoming: &Path,
        command: impl FnOnce(&Path) -> Command,
        progress: &mut dyn FnMut(u64),
    ) -> Result<PathBuf, ClientError> {
        let folder = incoming.join(spec.replace("==", "-").replace(['/', '@'], "-"));
        if let Some(archive) = self.archive_in(&folder) {
            return Ok(archive);
        }
        // Its temporary files go beside it: /tmp may be small, and their size is the progress.
        let staging = folder.with_extension(self.name);
        let ours = |error| ClientError::Ours(Error::file(&staging)(error));
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(ours)?;
        }
        fs::create_dir_all(staging.join("tmp")).map_err(ours)?;

        let mut command = command(&staging);
        command
            .env("TMPDIR", staging.join("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| {
            let program = command.get_program().display();
            ClientError::Said(format!("{program} cannot be started ({error}); {}", self.remedy))
        })?;
        let (is_success, words) = wait(child, || progress(size_of(&staging))).map_err(ours)?;
        if !is_success {
            return Err(self.explain(spec, &words));
        }

        let name = self.name;
        let archive = self.archive_in(&staging).ok_or_else(|| {
            ClientError::Said(format!("{name} brought no .{} of {spec}: {words}", self.ending))
        })?;
        fs::create_dir_all(&folder).map_err(ours)?;
        let path = folder.join(archive.file_name().unwrap_or_default());
        fs::rename(&archive, &path).map_err(ours)?;
        fs::remove_dir_all(&staging).map_err(ours)?;
        Ok(path)
    }

    fn explain(&self, spec: &str, words: &str) -> ClientError {
        if words.contains(self.missing) {
            return ClientError::Said(format!("{} is missing; {}", self.name, self.remedy));
        }
        if words.contains("No space left on device") || words.contains("ENOSPC") {
            return ClientError::DiskFull;
        }
        let mut lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
        if self.ends_with_reason {
            lines.drain(..lines.len().saturating_sub(3));
        }
        lines.truncate(4);
        let lines = lines.join(" / ");
        ClientError::Said(format!("{} could not download {spec}: {lines}", self.name))
    }

    fn archive_in(&self, folder: &Path) -> Option<PathBuf> {
        let mut entries =
            fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        entries.find(|path| path.extension().is_some_and(|extension| extension == self.ending))
    }
}

/// Waits for a client, reporting now and then; gives its success and its last words.
fn wait(mut child: Child, mut tick: impl FnMut()) -> io::Result<(bool, String)> {
    let mut errors = child.stderr.take().expect("stderr is piped");
    // Read on the side, so that a talkative one never waits for us.
    let listener = std::thread::spawn(move || {
        let mut words = Vec::new();
        let _ = errors.read_to_end(&mut words);
        String::from_utf8_lossy(&words).into_owned()
    });
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tick();
        std::thread::sleep(Duration::from_millis(200));
    };
    Ok((status.success(), listener.join().unwrap_or_default()))
}

/// Bytes in a folder and its sub-folders. Files come and go meanwhile: what cannot be read counts 0.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// A package that cannot be read is removed, so that the next pull brings it again.
fn broken(archive: &Path, member: &str, error: &dyn std::fmt::Display) -> Error {
    let _ = fs::remove_file(archive);
    Error::Fetch {
        name: archive.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        reason: format!("{member}: {error}; the package was removed, run the command again"),
    }
}

fn open(archive: &Path) -> Result<io::BufReader<File>> {
    Ok(io::BufReader::new(File::open(archive).map_err(Error::file(archive))?))
}
