//! A person.

use crate::{Language, UserId};
use serde::{Deserialize, Serialize};

/// A person who watches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Their name in the log.
    pub id: UserId,
    /// What to call them.
    #[serde(default)]
    pub name: Option<String>,
    /// The language that reasons are given in.
    #[serde(default)]
    pub language: Option<Language>,
    /// Anything else that is known (age group, occupation, place…), as labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// True for demo viewers; shown wherever they appear.
    #[serde(default)]
    pub simulated: bool,
}
