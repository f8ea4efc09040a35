//! Checks of the architecture that no compiler makes.
//!
//! The arrows between rooms, the size of files, engines named in one room
//! only, and documents that name files which exist.

use crate::system::{self, cargo};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which rooms a room may know, besides `domain`, which all may. The picture
/// is in ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("media", &[]),
    ("pretrained", &[]),
    ("store", &[]),
    ("index", &[]),
    ("learn", &[]),
    ("understand", &["media", "pretrained", "learn"]),
    ("interest", &["learn"]),
    ("recommend", &["interest"]),
    ("server", &["understand", "recommend", "interest", "store", "index", "pretrained", "media"]),
    ("evaluate", &["understand", "recommend", "interest", "store", "index", "pretrained", "media"]),
    (
        "cli",
        &[
            "server",
            "evaluate",
            "understand",
            "recommend",
            "interest",
            "store",
            "index",
            "pretrained",
            "media",
        ],
    ),
];

/// Dependencies that one room alone may name.
const ENGINES: &[(&str, &str)] = &[
    ("sqlx", "store"),
    ("tantivy", "index"),
    ("usearch", "index"),
    ("ort", "pretrained"),
    ("llama-cpp-2", "pretrained"),
    ("gemm", "learn"),
    ("axum", "server"),
    ("clap", "cli"),
];

const WARN_LINES: usize = 400;
const FAIL_LINES: usize = 800;
const FAIL_BYTES: u64 = 1 << 20;

/// Documents that must exist.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "README.zh-CN.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "docs/RESULTS.md",
    "docs/CLI.md",
];

/// Module names that say nothing.
const EMPTY_NAMES: &[&str] = &["utils", "common", "helpers", "misc", "types", "manager"];

struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
}

/// Runs every check; with `write`, brings generated documents up to date.
pub(crate) fn run(write: bool) -> Result<()> {
    let root = crate::root();
    if write {
        write_manual(&root)?;
    }
    let mut findings = Findings { errors: Vec::new(), warnings: Vec::new() };
    let files = tracked_files(&root)?;
    arrows(&mut findings)?;
    sizes(&root, &files, &mut findings);
    names(&files, &mut findings);
    documents(&root, &files, &mut findings);
    for warning in &findings.warnings {
        eprintln!("warning: {warning}");
    }
    for error in &findings.errors {
        eprintln!("error: {error}");
    }
    if !findings.errors.is_empty() {
        bail!("tidy found {} errors", findings.errors.len());
    }
    Ok(())
}

fn tracked_files(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git").args(["ls-files"]).current_dir(root).output()?;
    let listed = String::from_utf8_lossy(&output.stdout);
    Ok(listed.lines().map(PathBuf::from).filter(|file| root.join(file).exists()).collect())
}

fn arrows(findings: &mut Findings) -> Result<()> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    for package in metadata["packages"].as_array().context("no packages")? {
        let manifest = package["manifest_path"].as_str().context("no manifest")?;
        let Some(room) = Path::new(manifest)
            .parent()
            .filter(|folder| folder.parent().is_some_and(|parent| parent.ends_with("crates")))
            .and_then(Path::file_name)
            .and_then(|name| name.to_str())
        else {
            continue;
        };
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            findings.errors.push(format!("crates/{room} is no room of the house: see ARROWS"));
            continue;
        };
        for dependency in package["dependencies"].as_array().context("no dependencies")? {
            let name = dependency["name"].as_str().unwrap_or_default();
            // Tests may look into any room below.
            let for_tests = dependency["kind"].as_str() == Some("dev");
            if let Some(other) = name.strip_prefix("vireo-")
                && other != "domain"
                && !allowed.contains(&other)
            {
                findings.errors.push(format!("crates/{room} must not know crates/{other}"));
            }
            if let Some((_, owner)) = ENGINES.iter().find(|(engine, _)| *engine == name)
                && *owner != room
                && !for_tests
            {
                findings.errors.push(format!("crates/{room} names {name}; only {owner} may"));
            }
        }
    }
    Ok(())
}

fn sizes(root: &Path, files: &[PathBuf], findings: &mut Findings) {
    for file in files {
        let size = fs::metadata(root.join(file)).map_or(0, |data| data.len());
        if size > FAIL_BYTES {
            findings.errors.push(format!(
                "{} has {} KiB: at most 1024",
                file.display(),
                size >> 10
            ));
        }
        let is_test = file
            .components()
            .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "benches" | "fuzz")));
        if file.extension().is_some_and(|extension| extension == "rs") && !is_test {
            let text = fs::read_to_string(root.join(file)).unwrap_or_default();
            // Inline tests don't count: they belong beside what they test.
            let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().count();
            if lines > FAIL_LINES {
                findings.errors.push(format!("{} has {lines} lines: split it", file.display()));
            } else if lines > WARN_LINES {
                findings.warnings.push(format!("{} has {lines} lines", file.display()));
            }
        }
    }
}

fn names(files: &[PathBuf], findings: &mut Findings) {
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem == "mod" {
            findings.errors.push(format!("{}: no mod.rs; use folder.rs", file.display()));
        }
        if EMPTY_NAMES.contains(&stem) {
            findings.errors.push(format!("{}: this name says nothing", file.display()));
        }
    }
}

/// Documents exist, and every path of this repository that they name does too.
fn documents(root: &Path, files: &[PathBuf], findings: &mut Findings) {
    for document in DOCUMENTS {
        if !root.join(document).exists() {
            findings.errors.push(format!("{document} is missing"));
        }
    }
    let known: BTreeSet<PathBuf> =
        files.iter().flat_map(|file| file.ancestors().map(Path::to_owned)).collect();
    let is_document =
        |file: &&PathBuf| file.extension().is_some_and(|e| e == "md") && !file.starts_with("fuzz");
    for document in files.iter().filter(is_document) {
        let text = fs::read_to_string(root.join(document)).unwrap_or_default();
        for named in paths_named(&text) {
            if !known.contains(Path::new(named.trim_end_matches('/'))) {
                findings
                    .errors
                    .push(format!("{} names {named}, which is not there", document.display()));
            }
        }
    }
}

/// Paths in backquotes or links that begin with one of our folders.
fn paths_named(text: &str) -> Vec<&str> {
    let begins = ["crates/", "xtask/", "docs/", "config/", ".ci/", "fuzz/", "bench/"];
    text.split(['`', '(', ')', ' ', '\n', '"', ','])
        .filter(|word| begins.iter().any(|folder| word.starts_with(folder)))
        .filter(|word| !word.contains(['*', '<', '{', '#', '…', ':']))
        .map(|word| word.trim_end_matches(['.', ';', '/']))
        .collect()
}

/// Writes `docs/CLI.md`: what `vireo`, built from these sources, says of itself.
/// That it is fresh is a test of `crates/cli`: tidy runs before the first
/// build, and a program from another checkout would be compared with the wrong
/// document.
fn write_manual(root: &Path) -> Result<()> {
    system::run(&mut cargo(&["build", "--release", "--workspace", "--all-targets"]))?;
    let output = Command::new(system::vireo_program()?).arg("help-markdown").output()?;
    if !output.status.success() {
        bail!("vireo help-markdown failed");
    }
    fs::write(root.join("docs/CLI.md"), output.stdout).context("cannot write docs/CLI.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_paths_that_a_document_names() {
        let text = "See `crates/domain/src/ids.rs`, [this](docs/RESULTS.md) and crates/*/src.";
        assert_eq!(paths_named(text), ["crates/domain/src/ids.rs", "docs/RESULTS.md"]);
    }

    #[test]
    fn no_room_knows_one_that_knows_it() {
        for (room, below) in ARROWS {
            for other in *below {
                let (_, back) = ARROWS.iter().find(|(name, _)| name == other).expect("a room");
                assert!(!back.contains(room), "{room} and {other} know each other");
            }
        }
    }
}
