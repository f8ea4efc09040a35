//! The encoders, one file each, and whichever of them.

pub(crate) mod any;
pub(crate) mod convolutions;
pub(crate) mod recurrent;
pub(crate) mod transformer;
