//! From what people do to what they like: topics of the catalogue, the
//! interest map of a person, what everybody does ([`Crowd`]), and what a person
//! turns to next ([`Taste`]).
//!
//! Values in, values out. Ids are whatever the caller uses; time is given.

mod card;
mod clusters;
mod corrections;
mod crowd;
mod evidence;
mod half_life;
mod linkage;
mod map;
mod matrix;
pub mod models;
mod names;
mod nearness;
mod numbers;
mod sentence;
mod taste;
mod topics;

pub use card::{Figure, Member, ModelCard};
pub use corrections::{Corrections, Said};
pub use crowd::Crowd;
pub use evidence::{Evidence, evidence};
pub use map::{MapConfig, build_map};
pub use matrix::Matrix;
pub use names::is_telling;
pub use nearness::nearness;
pub use sentence::{liked_clauses, split_sentence};
pub use taste::Taste;
pub use topics::{GivenName, OWNER, TopicConfig, TopicInput, TopicModel};
