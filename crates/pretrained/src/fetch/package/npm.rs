//! Packages of the Node registry: npm brings them, and they are compressed tar
//! archives. Node itself is not needed to use what is in them.

use super::{Client, ClientError, broken, open};
use crate::Result;
use flate2::read::GzDecoder;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

const NPM: Client = Client {
    name: "npm",
    remedy: "on Debian and Ubuntu: apt install npm",
    missing: "‘node’: No such file",
    ends_with_reason: false,
    ending: "tgz",
};

/// Brings the package `spec` (`name@version`) into `incoming`, or finds it
/// there; gives the path of its archive. `progress` hears the bytes so far.
pub(in super::super) fn download(
    spec: &str,
    incoming: &Path,
    arguments: &[String],
    progress: &mut dyn FnMut(u64),
) -> Result<PathBuf, ClientError> {
    let command = |to: &Path| {
        let mut command = Command::new("npm");
        command
            .args(["pack", "--ignore-scripts", "--no-update-notifier", "--loglevel=error"])
            .arg("--cache")
            .arg(to.join("tmp"))
            .args(arguments)
            .arg("--pack-destination")
            .arg(to)
            .arg(spec);
        command
    };
    NPM.bring(spec, incoming, command, progress)
}

/// Finds a member of an archive and hands it to `read`. A broken archive is removed.
pub(in super::super) fn read_member(
    archive: &Path,
    member: &str,
    read: &mut dyn FnMut(&mut dyn Read) -> Result<()>,
) -> Result<()> {
    let broken = |error: io::Error| broken(archive, member, &error);
    let mut contents = tar::Archive::new(GzDecoder::new(open(archive)?));
    for entry in contents.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if entry.path().map_err(broken)? == Path::new(member) {
            return read(&mut entry);
        }
    }
    Err(broken(io::Error::other("there is no such file in it")))
}
