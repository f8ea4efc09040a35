//! A video in, everything that can be said of it out: [`Understander::analyse`].
//!
//! Values in, values out: no data base, no bus, no HTTP. Each analyser is a
//! file of `analysers/`; one that fails is a warning in the analysis and
//! never stops the rest.

pub mod analysers;
mod config;
mod error;
mod input;
mod understander;

pub use config::{CardWriter, Config};
pub use error::{Error, Result};
pub use input::Input;
pub use understander::{Stage, Understander};
