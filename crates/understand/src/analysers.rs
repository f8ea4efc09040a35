//! The analysers, in the order in which they run.
