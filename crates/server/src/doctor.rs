//! What is missing or misconfigured on this machine, and how to mend it.

use crate::Config;
use serde::Serialize;
use std::path::Path;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it is well; `None`: not needed, but better to have.
    pub well: Option<bool>,
    /// What was found.
    pub found: String,
    /// How to mend it.
    pub remedy: Option<String>,
}

/// Looks at everything: programs, models, data folder, disk space, clock, port, settings.
pub async fn examine(_data_dir: &Path, _config: &Config) -> Vec<Check> {
    todo!()
}
