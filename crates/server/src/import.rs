//! Feedback, people and videos from files.

use crate::App;
use anyhow::Result;
use serde::Serialize;
use std::path::Path;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Actions.
    Feedback,
    /// People.
    Users,
    /// Videos.
    Videos,
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rejected {
    /// Line number from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// Recognised format.
    pub format: String,
    /// Records read.
    pub read: u64,
    /// New records.
    pub added: u64,
    /// Records that were there already.
    pub known: u64,
    /// Number of rejected lines.
    pub rejected: u64,
    /// The first hundred rejected lines.
    pub rejections: Vec<Rejected>,
    /// Seconds.
    pub seconds: f64,
}

/// Imports a file. Nothing is half-imported: all good records or, with
/// `dry_run` or `strict` and a bad line, none.
pub async fn run(
    _app: &App,
    _what: What,
    _file: &Path,
    _dry_run: bool,
    _strict: bool,
) -> Result<Report> {
    todo!()
}
