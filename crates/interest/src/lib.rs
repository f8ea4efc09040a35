//! From what people do to what they like: topics of the catalogue, the
//! interest map of a person, popularity, and collaborative models.
//!
//! Values in, values out. Ids are whatever the caller uses; time is given.

mod clusters;
mod corrections;
mod evidence;
mod linkage;
mod map;
mod matrix;
pub mod models;
mod names;
mod nearness;
mod sentence;
mod topics;

pub use corrections::{Corrections, Said};
pub use evidence::{Evidence, evidence};
pub use map::{MapConfig, build_map};
pub use matrix::Matrix;
pub use names::is_telling;
pub use nearness::nearness;
pub use sentence::{is_aversion, split_sentence};
pub use topics::{TopicConfig, TopicInput, TopicModel};
