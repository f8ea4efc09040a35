//! `cargo xtask bench`: measures what Vireo promises, on the demo's catalogue.
//!
//! First whether what is shown beside a video is of its subject and whether a
//! newcomer's page follows what they say, then the times of `vireo bench serve`. Times depend on the machine; figures and
//! commands are kept in docs/RESULTS.md.

mod newcomers;
mod subjects;

use crate::system::{self, cache_dir, cargo, step};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

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
    let vireo = Vireo { program: system::vireo_program()?, data_dir, copy: None };

    step("Subjects across languages");
    println!("{}", subjects::measure(&vireo)?);
    step("Newcomers");
    println!("{}", newcomers::measure(&vireo)?);
    step("Latency");
    system::run(vireo.command(&["bench", "serve"]).args(options))
}

/// The program with the folder of an installation.
struct Vireo {
    program: PathBuf,
    data_dir: PathBuf,
    /// Holds the folder, if it is a copy.
    #[allow(dead_code, reason = "kept until it may be removed")]
    copy: Option<TempDir>,
}

/// What `vireo recommend` and `vireo related` print.
#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    title: String,
}

impl Vireo {
    /// With a copy of the folder, which may be written to.
    fn copied(&self) -> Result<Self> {
        let copy = tempfile::tempdir()?;
        copy_folder(&self.data_dir, copy.path())?;
        let data_dir = copy.path().to_path_buf();
        Ok(Self { program: self.program.clone(), data_dir, copy: Some(copy) })
    }

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

/// The ids of the catalogue by title.
fn ids(vireo: &Vireo) -> Result<HashMap<String, String>> {
    #[derive(Deserialize)]
    struct Video {
        id: String,
        title: String,
    }
    let folder = std::env::temp_dir().join(format!("vireo-bench-{}", std::process::id()));
    vireo.output(&["export", &text(&folder)])?;
    let videos = std::fs::read_to_string(folder.join("videos.jsonl"));
    std::fs::remove_dir_all(&folder)?;
    let read = |line: &str| -> Result<(String, String)> {
        let video: Video = serde_json::from_str(line).context("videos.jsonl")?;
        Ok((video.title, video.id))
    };
    videos?.lines().map(read).collect()
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)
                .with_context(|| entry.path().display().to_string())?;
        }
    }
    Ok(())
}

/// A path as an argument.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
