//! `cargo xtask bench`: measures what Vireo promises.
//!
//! Runs `vireo bench` over the demo and prints Markdown rows for
//! docs/RESULTS.md. Absolute times depend on the machine; ratios are what counts.

use crate::system::{self, cargo, step};
use anyhow::Result;

/// Runs the benchmarks.
pub(crate) fn run(_options: &[&str]) -> Result<()> {
    step("Building");
    system::run(&mut cargo(&["build", "--release", "--workspace"]))
}
