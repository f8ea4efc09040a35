//! The card of a video: written by a language model or by rules, checked
//! against the text it came from.

mod claim;
mod prompt;
mod support;
mod writer;

pub(crate) use claim::{Claim, Grounds, RULES, Written};
pub(crate) use support::{Baseline, Support};
pub(crate) use writer::{by_model, by_rules};
