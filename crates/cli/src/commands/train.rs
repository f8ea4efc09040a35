//! `vireo train`.

use super::{Context, Ending};
use crate::output::{print, print_json};
use crate::progress;
use crate::table::Table;
use anyhow::Result;
use clap::Args;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use vireo_server::jobs::train;

/// Between two lines of one stage, where there is no terminal.
const QUIET: Duration = Duration::from_secs(10);

/// Learn from the whole catalogue and everything people did
///
/// Describes imported videos that have no file, finds the topics of the
/// catalogue, what is popular, what is watched together, and what people turn
/// to next, by the model that does best on what they did last, which it was not
/// trained on. What was learned before serves until the new is complete, and goes
/// on serving where the new is worse. Killed and begun again, it goes on where it
/// was, if nobody did anything meanwhile. A running server takes it over by
/// itself, and trains by itself when much is new. `model-card.md` in the data
/// folder tells of it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Learn what people turn to next as if there had been no training before
    ///
    /// Networks begin from nothing in place of going on from the last training,
    /// and what was learned then is replaced whatever it is worth. So the same
    /// log gives the same model.
    #[arg(long)]
    anew: bool,

    /// The report as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open().await?;
        let bar = std::io::stderr().is_terminal().then(progress::bar);
        // In a log: each stage once, and then what takes long.
        let said = Mutex::new(Instant::now());
        let is_worth_a_line = |done: usize| {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            let is_worth = done == 0 || said.elapsed() > QUIET;
            if is_worth {
                *said = Instant::now();
            }
            is_worth
        };
        let report = train::run(&app, self.anew, &|stage, done, total| {
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
            } else if total > 0 && is_worth_a_line(done) {
                let of = if done > 0 { format!("{done} of {total}") } else { total.to_string() };
                eprintln!("{stage}{}", if total > 1 { format!(": {of}") } else { String::new() });
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
            "{}{} videos ({} described now), {} actions, {} topics{}, {} videos with neighbours, {:.1} s\n\
             what people like counts half after {} in their interests, and after {} in what is popular\n{}",
            table.render(),
            report.videos,
            report.described,
            report.feedback,
            report.topics.len(),
            if report.named > 0 { format!(" ({} named now)", report.named) } else { String::new() },
            report.neighbours,
            report.seconds,
            days(report.half_life_days),
            days(report.popular_half_life_days),
            report.taste.why
        ))?;
        Ok(Ending::Well)
    }
}

/// How many, for people.
fn days(count: f64) -> String {
    match count {
        1.0 => "a day".to_owned(),
        36_000.0.. => "a hundred years".to_owned(),
        _ => format!("{count} days"),
    }
}
