//! `vireo remove`.

use super::{Context, Ending};
use crate::named;
use crate::output::print;
use anyhow::Result;
use clap::Args;

/// Remove videos from the catalogue; their files stay
///
/// What was understood of them goes: analysis, cover, subtitles, index. What
/// people did with them stays in the log. The next ingest of their folder
/// passes them over, also when the file was moved or copied.
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo remove 3f2a
  vireo ingest --again talks/friday.mp4  take a removed video back

To keep what is known of a video and only never show it: `vireo hide`.")]
pub(crate) struct Arguments {
    /// Ids, beginnings of ids, or files
    #[arg(required = true, value_name = "VIDEO")]
    videos: Vec<String>,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open_catalogue().await?;
        for video in named::videos(&app, &self.videos).await? {
            app.remove(&video.id).await?;
            print(&format!("removed: {}  [{}]", video.title, video.id))?;
        }
        Ok(Ending::Well)
    }
}
