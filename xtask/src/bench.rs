//! `cargo xtask bench`: measures what Vireo promises.
//!
//! Runs `vireo bench serve` over the demo's catalogue. Absolute times depend on
//! the machine; figures and commands are kept in docs/RESULTS.md.

use crate::system::{self, cache_dir, cargo, step};
use anyhow::{Result, ensure};
use std::process::Command;

/// Runs the benchmarks; `options` are handed on to `vireo bench serve`.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    step("Building");
    system::run(&mut cargo(&["build", "--release", "--workspace"]))?;
    let data_dir = cache_dir()?.join("demo/data-standard");
    ensure!(data_dir.is_dir(), "there is no demo yet; make it with: cargo xtask demo --no-serve");
    step("Latency of the demo");
    system::run(
        Command::new(system::vireo_program()?)
            .arg("--data-dir")
            .arg(&data_dir)
            .args(["bench", "serve"])
            .args(options),
    )
}
