//! The rankers.
