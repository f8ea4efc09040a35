//! The pieces of networks, each with its backward, over one group of sequences
//! on one thread. A backward adds to gradients of parameters.

pub(crate) mod attention;
pub(crate) mod convolution;
pub(crate) mod gated;
pub(crate) mod norm;
pub(crate) mod pooling;
pub(crate) mod recurrence;
pub(crate) mod softmax;
