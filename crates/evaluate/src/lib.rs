//! Is it any good? Each `vireo bench` is a file here; all answer in one shape,
//! [`Report`], with the floor beside the figure.
//!
//! What is measured is the production path, never a copy of it.

pub mod clips;
pub mod duplicates;
mod error;
pub mod heads;
mod html;
pub mod keywords;
mod labelled;
pub mod load;
mod machine;
mod manifest;
pub mod ocr;
pub mod off_policy;
pub mod recommend;
pub mod replay;
mod report;
pub mod retrieval;
pub mod shots;
pub mod speech;
pub mod tags;
pub mod text;
mod word_errors;

pub use error::{Error, Result};
pub use html::html;
pub use machine::{Machine, cpu_seconds, peak_memory_mb};
pub use report::{Measured, ModelUsed, Report};
pub use word_errors::{Errors, character_errors, word_errors};
