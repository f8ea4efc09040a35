//! What must not be lost: the catalogue and its analyses, people, the
//! feedback log, jobs, and documents (trained artefacts, settings).
//!
//! Each concept is a small trait; a backend implements them all and a
//! conformance suite ([`conformance`]) holds every backend to the same words.
//! The first backend is SQLite ([`sqlite`]). A write is durable before its
//! call returns.

pub mod conformance;
mod error;
pub mod sqlite;
mod traits;

pub use error::{Error, Result};
pub use traits::{
    Appended, Catalogue, Change, Documents, FeedbackLog, Job, JobState, Jobs, Store, Users,
};
