//! `vireo train`.

use super::{Context, Ending};
use crate::output::{print, print_json};
use crate::progress;
use crate::table::Table;
use anyhow::Result;
use clap::Args;
use std::io::IsTerminal;
use vireo_server::jobs::train;

/// Learn from the whole catalogue and everything people did
///
/// Describes imported videos that have no file, finds the topics of the
/// catalogue, what is popular, what is watched together, and what people turn
/// to next, by the model that does best on the newest tenth of what they did.
/// What was learned before serves until the new is complete, and goes on serving
/// where the new is worse. A running server takes it over by itself, and trains
/// by itself when much is new. `model-card.md` in the data folder tells of it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open().await?;
        let bar = std::io::stderr().is_terminal().then(progress::bar);
        let report = train::run(&app, &|stage, done, total| {
            let stage = match stage {
                "describe" => "describing videos without a file",
                "feedback" => "reading what people did",
                "train" => "finding topics, what is popular, what people turn to next",
                "names" => "naming topics",
                other => other,
            };
            if let Some(bar) = &bar {
                bar.set_length(total.max(1) as u64);
                bar.set_position(done as u64);
                bar.set_message(stage.to_owned());
            } else if done == 0 && total > 0 {
                eprintln!(
                    "{stage}{}",
                    if total > 1 { format!(": {total}") } else { String::new() }
                );
            }
        })
        .await;
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let report = report?;
        if self.json {
            print_json(&report)?;
            return Ok(Ending::Well);
        }
        let mut table = Table::new(["videos", "topic"]);
        let mut topics = report.topics.clone();
        topics.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        for (name, size) in topics {
            table.row([size.to_string(), name]);
        }
        print(&format!(
            "{}{} videos ({} described now), {} actions, {} topics{}, {} videos with neighbours, {:.1} s\n{}",
            table.render(),
            report.videos,
            report.described,
            report.feedback,
            report.topics.len(),
            if report.named > 0 { format!(" ({} named now)", report.named) } else { String::new() },
            report.neighbours,
            report.seconds,
            report.taste.why
        ))?;
        Ok(Ending::Well)
    }
}
