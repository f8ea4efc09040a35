//! A video in, everything that can be said of it out: [`Understander::analyse`].
//!
//! Values in, values out: no data base, no bus, no HTTP. Each analyser is a
//! file of `analysers/`; one that fails is a warning in the analysis and
//! never stops the rest.
//!
//! What they share: `text` (words of many languages, folded), `material`
//! (the words of one video), `listening` (from sound to cues), `watching` (one
//! look at the pictures for all who want to see some), `reading` (from
//! pictures to captions), `looking` (from pictures to labels and
//! warnings), `picture_text` (words that pictures are compared with), [`rules`]
//! (what can be said without a model) and `card` (what a model says, checked).
//! [`heads`] are classifiers that are trained here, on the owner's labels: over
//! words, and over what is seen and heard moment by moment ([`moments`]).

mod analysers;
mod asking;
mod card;
mod config;
mod describing;
mod draft;
mod error;
mod everyday;
pub mod heads;
mod input;
mod listening;
mod looking;
mod material;
mod meaning;
pub mod moments;
mod naming;
mod picture_text;
mod queries;
mod reading;
pub mod rules;
mod text;
mod understander;
mod watching;

pub use asking::{Nearness, Quote};
pub use config::{CardWriter, Config};
pub use error::{Error, Result};
pub use everyday::Everyday;
pub use input::Input;
pub use naming::{TopicName, Unnamed};
pub use picture_text::Sought;
pub use text::title::title_of;
pub use understander::{Stage, Understander};
