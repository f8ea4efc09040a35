//! The recommender as its callers see it.

mod feed;
mod paging;
mod related;
mod world;
