//! The person a list is made for.

use vireo_domain::{Feedback, InterestMap, Language, UserId};

/// The person a list is made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewer {
    /// Who.
    pub user: UserId,
    /// The language that reasons are given in.
    pub language: Language,
    /// Their actions, newest first.
    pub feedback: Vec<Feedback>,
    /// What they like.
    pub map: InterestMap,
}
