//! `vireo duplicates`.

use super::{Context, Ending};
use crate::output::{clock, count, print, print_json};
use crate::progress;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::fmt::Write;
use std::io::IsTerminal;
use vireo_server::app::Duplicates;

/// List videos that show the same
///
/// Copies that were coded again, cropped, mirrored, trimmed, framed, written
/// over or played a little faster count; other takes of one scene do not. What
/// was looked at once is remembered: the next run looks at new videos only.
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo duplicates
  vireo duplicates --json")]
pub(crate) struct Arguments {
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open_catalogue().await?;
        let bar = std::io::stderr().is_terminal().then(progress::bar);
        let found = app
            .find_duplicates(&|done, total| {
                if let Some(bar) = &bar {
                    bar.set_length(total as u64);
                    bar.set_position(done as u64);
                }
            })
            .await?;
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        if self.json {
            let ids = |group: &Vec<vireo_domain::Video>| {
                group.iter().map(|video| video.id.to_string()).collect::<Vec<String>>()
            };
            let groups: Vec<Vec<String>> = found.groups.iter().map(ids).collect();
            let failed: Vec<_> = found
                .failed
                .iter()
                .map(|(video, why)| json!({ "video": video, "why": why }))
                .collect();
            print_json(&json!({ "groups": groups, "failed": failed }))?;
        } else {
            print(&text(&found))?;
        }
        Ok(Ending::failed_if(!found.failed.is_empty()))
    }
}

fn text(found: &Duplicates) -> String {
    let mut text = String::new();
    for group in &found.groups {
        for video in group {
            let length = video.duration_seconds.map(clock).unwrap_or_default();
            let path = video.media.as_ref().map_or("", |media| media.path.as_str());
            let id: String = video.id.as_str().chars().take(8).collect();
            let _ = writeln!(text, "{id:<8}  {length:>7}  {}  {path}", video.title);
        }
        text.push('\n');
    }
    for (video, why) in &found.failed {
        let _ = writeln!(text, "{video}: {why}");
    }
    let groups = count(found.groups.len(), "group");
    let _ = write!(text, "{groups}; {} looked at for the first time", count(found.taken, "video"));
    text
}
