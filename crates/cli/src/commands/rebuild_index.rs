//! `vireo rebuild-index`.

use super::{Context, Ending};
use crate::output::{count, print};
use anyhow::Result;
use clap::Args;
use std::time::Instant;

/// Make the search index anew from the catalogue
///
/// The index holds nothing that is not in the catalogue, so this loses
/// nothing. Stop a running server first.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let started = Instant::now();
        let app = match context.open().await {
            Ok(app) => app,
            Err(error) if is_damaged(&error) => {
                vireo_index::SearchIndex::delete(&context.data_dir().join("index"))?;
                context.open().await?
            }
            Err(error) => return Err(error),
        };
        app.rebuild_index().await?;
        let videos = app.snapshot().items.len();
        let seconds = started.elapsed().as_secs_f64();
        print(&format!("indexed {} in {seconds:.1} s", count(videos, "video")))?;
        Ok(Ending::Well)
    }
}

fn is_damaged(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| matches!(cause.downcast_ref(), Some(vireo_index::Error::Damaged { .. })))
}
