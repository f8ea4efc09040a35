//! Trains topics, popularity and co-watching over the whole store.

use crate::App;
use anyhow::Result;
use serde::Serialize;

/// What training found.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// Videos that were described (imported ones without an analysis).
    pub described: usize,
    /// Videos.
    pub videos: usize,
    /// Actions.
    pub feedback: u64,
    /// Topics with their sizes.
    pub topics: Vec<(String, u32)>,
    /// Videos with co-watched neighbours.
    pub neighbours: usize,
    /// Wall time.
    pub seconds: f64,
}

/// Trains and publishes; a failure leaves the old models serving.
/// `progress(stage, done, total)`.
pub async fn run(_app: &App, _progress: &(dyn Fn(&str, usize, usize) + Sync)) -> Result<Report> {
    todo!()
}
