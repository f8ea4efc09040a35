//! `vireo related`.

use super::recommend::{page_json, page_text};
use super::{Context, Ending, find_video, user_id};
use crate::output::{print, print_json};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Find videos like one
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo related 3f2a
  vireo related talks/friday.mp4 --user ann     without what ann has hidden, seen ones last")]
pub(crate) struct Arguments {
    /// Id, beginning of an id, or file
    video: String,
    /// For whom
    #[arg(long)]
    user: Option<String>,
    /// How many
    #[arg(short, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    number: u16,
    /// Tell by which path each came
    #[arg(long)]
    explain: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let user = self.user.as_deref().map(user_id).transpose()?;
        let app = context.open_catalogue().await?;
        let video = find_video(&app, &self.video).await?;
        let page = app.related(&video, user.as_ref(), usize::from(self.number)).await?;
        let snapshot = app.snapshot();
        if self.json {
            let mut value = page_json(&page, &snapshot, self.explain);
            value["video"] = json!(video);
            print_json(&value)?;
        } else {
            print(&page_text(&page, &snapshot, self.explain))?;
        }
        Ok(Ending::Well)
    }
}
