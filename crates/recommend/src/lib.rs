//! A request in, a ranked list with reasons out.
//!
//! The stages are folders: `filters/` take videos out and say why, `sources/`
//! find candidates among the rest, `rankers/` give each one value, `rerankers/`
//! make the list worth looking at. [`Recommender`] runs them over a
//! [`Snapshot`] of the catalogue; everything it needs is a value, so the same
//! path serves HTTP, the command line and offline evaluation.
//!
//! **Architecture Invariant:** a list is a function of the snapshot, the viewer
//! as of the opening, the seed and the settings. Chance is drawn from hashes
//! of the seed (`lot.rs`), never from a running generator, so a list can be made
//! again, from any place, for its next page.

mod affinity;
mod config;
mod context;
mod cursor;
mod error;
mod filters;
mod list;
mod lot;
mod page;
mod rankers;
mod reason;
mod recommender;
mod related;
mod rerankers;
mod snapshot;
mod sources;
mod telling;
mod viewer;

pub use config::Config;
pub use cursor::{Cursor, CursorKey};
pub use error::{Error, Result};
pub use page::{Page, Recommended, Removed, Trace};
pub use reason::Reason;
pub use recommender::{FeedRequest, Recommender};
pub use snapshot::{Item, Snapshot};
pub use viewer::Viewer;
