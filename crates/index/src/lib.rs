//! What can be rebuilt: the vector index and the full-text index over videos
//! and scenes, and hybrid search over both.
//!
//! Everything here follows the store: [`SearchIndex::watermark`] says up to
//! which change of the store the index has followed it.

mod error;
pub mod fusion;
mod meaning;
mod search;
mod text;
pub mod vector;

pub use error::{Error, Result};
pub use meaning::MeaningSpace;
pub use search::{Document, Hit, PictureQuery, Query, SceneDocument, SearchIndex, Target, is_word};
