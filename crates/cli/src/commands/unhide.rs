//! `vireo unhide`.

use super::{Context, Ending};
use crate::named;
use crate::output::print;
use anyhow::Result;
use clap::Args;

/// Show videos again that were hidden
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Ids, beginnings of ids, or files
    #[arg(required = true, value_name = "VIDEO")]
    videos: Vec<String>,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open_catalogue().await?;
        for video in named::videos(&app, &self.videos).await? {
            app.set_hidden(&video.id, false).await?;
            print(&format!("shown again: {}  [{}]", video.title, video.id))?;
        }
        Ok(Ending::Well)
    }
}
