//! `vireo hide`.

use super::{Context, Ending};
use crate::named;
use crate::output::print;
use anyhow::Result;
use clap::Args;

/// Hide videos from everybody: never recommended nor found
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo hide 3f2a 9b01                   by the beginning of their ids
  vireo hide talks/friday.mp4            by a file

The videos stay in the catalogue with all that is known of them; `vireo unhide` shows them again.")]
pub(crate) struct Arguments {
    /// Ids, beginnings of ids, or files
    #[arg(required = true, value_name = "VIDEO")]
    videos: Vec<String>,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open_catalogue().await?;
        for video in named::videos(&app, &self.videos).await? {
            app.set_hidden(&video.id, true).await?;
            print(&format!("hidden: {}  [{}]", video.title, video.id))?;
        }
        Ok(Ending::Well)
    }
}
