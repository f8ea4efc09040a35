//! `vireo list`.

use super::{Context, Ending};
use crate::output::{clock, count, print, print_json};
use crate::table::{Table, cut};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
use vireo_domain::VideoId;
use vireo_server::jobs::presence;

/// Records read at once.
const PAGE: u32 = 1000;

/// List the videos of the catalogue
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo list                             every video, by its id
  vireo list --hidden                    those that are kept from everybody
  vireo list --missing                   those whose file is gone
  vireo list --json                      one JSON object a line, without what was understood")]
pub(crate) struct Arguments {
    /// Only hidden videos
    #[arg(long)]
    hidden: bool,
    /// Only videos whose file is gone
    #[arg(long)]
    missing: bool,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open().await?;
        let missing: BTreeSet<VideoId> =
            presence::look(&app).await?.into_iter().map(|(video, _)| video).collect();
        let mut table = Table::new(["id", "lang", "length", "added", "state", "title"]);
        let (mut all, mut listed) = (0, 0);
        let mut after: Option<VideoId> = None;
        loop {
            let page = app.store.videos(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            all += page.len();
            for video in page {
                let is_missing = missing.contains(&video.id);
                if (self.hidden && !video.hidden) || (self.missing && !is_missing) {
                    continue;
                }
                listed += 1;
                if self.json {
                    print_json(&json!(video))?;
                    continue;
                }
                let language = video.language.as_ref().map(ToString::to_string);
                let state = match (video.hidden, is_missing) {
                    (true, _) => "hidden",
                    (_, true) => "file gone",
                    _ => "",
                };
                table.row([
                    cut(video.id.as_str(), 16),
                    language.unwrap_or_default(),
                    video.duration_seconds.map(clock).unwrap_or_default(),
                    format!("{:.10}", video.added_at.to_string()),
                    state.to_owned(),
                    video.title,
                ]);
            }
        }
        if !self.json {
            if listed > 0 {
                print(&table.render())?;
            }
            print(&format!("{listed} of {}", count(all, "video")))?;
        }
        Ok(Ending::Well)
    }
}
