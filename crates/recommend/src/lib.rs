//! A request in, a ranked list with reasons out.
//!
//! The stages are folders: `sources/` find candidates, `filters/` remove some
//! and say why, `rankers/` give each one value, `rerankers/` make the list
//! worth looking at. [`Recommender`] runs them over a [`Snapshot`] of the
//! catalogue; everything it needs is a value, so the same path serves HTTP,
//! the command line and offline evaluation.

mod config;
mod cursor;
mod error;
mod filters;
mod page;
mod rankers;
mod reason;
mod recommender;
mod rerankers;
mod snapshot;
mod sources;
mod viewer;

pub use config::Config;
pub use cursor::{Cursor, CursorKey};
pub use error::{Error, Result};
pub use page::{Page, Recommended, Removed, Trace};
pub use reason::Reason;
pub use recommender::{FeedRequest, Recommender};
pub use snapshot::{Item, Snapshot};
pub use viewer::Viewer;
