//! `cargo xtask bench`: measures what Vireo promises, on the demo's catalogue.
//!
//! First whether what is shown beside a video is of its subject, then the
//! times of `vireo bench serve`. Times depend on the machine; figures and
//! commands are kept in docs/RESULTS.md.

mod subjects;

use crate::system::{self, cache_dir, cargo, step};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the benchmarks. `--data-dir DIR` measures another installation of the
/// demo's catalogue; other options are handed on to `vireo bench serve`.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let (data_dir, options) = match options {
        ["--data-dir", dir, rest @ ..] => (PathBuf::from(dir), rest),
        options => (cache_dir()?.join("demo/data-standard"), options),
    };
    step("Building");
    system::run(&mut cargo(&["build", "--release", "--workspace", "--all-targets"]))?;
    ensure!(data_dir.is_dir(), "there is no demo yet; make it with: cargo xtask demo --no-serve");
    let vireo = Vireo { program: system::vireo_program()?, data_dir };

    step("Subjects across languages");
    println!("{}", subjects::measure(&vireo)?);
    step("Latency");
    system::run(vireo.command(&["bench", "serve"]).args(options))
}

/// The program with the folder of an installation.
struct Vireo {
    program: PathBuf,
    data_dir: PathBuf,
}

impl Vireo {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(&self.data_dir).args(args);
        command
    }

    /// What a command prints.
    fn output(&self, args: &[&str]) -> Result<Vec<u8>> {
        let output = self.command(args).output();
        let output = output.with_context(|| format!("cannot start {}", self.program.display()))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "vireo {} failed: {complaint}", args.join(" "));
        Ok(output.stdout)
    }
}

/// A path as an argument.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
