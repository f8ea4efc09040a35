//! What can be said of a text without a language model.

pub(crate) mod category;
pub(crate) mod keywords;
pub(crate) mod summary;
pub(crate) mod tone;
