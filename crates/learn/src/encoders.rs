//! The encoders, one file each.

pub(crate) mod gru;
pub(crate) mod transformer;
