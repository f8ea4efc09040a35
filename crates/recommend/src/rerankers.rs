//! The rerankers.
