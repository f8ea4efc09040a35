//! `vireo import`.

use super::{Context, Ending};
use crate::output::{print, print_json};
use crate::table::Table;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::fmt::Write;
use std::path::PathBuf;
use vireo_server::import::{self, Report, What};

/// Import feedback, people or videos from a file
#[derive(Debug, Args)]
#[command(after_help = "\
The format is recognised:
  Vireo's own, as JSON lines or CSV with these names:
    feedback  user, video, kind, at [, value, id]; `at` may be left out where there is an `id`
              kind: impression start watch finish like dislike hide unhide share comment skip
              rating
    users     id [, name, language, labels, simulated]
    videos    id, title [, description, tags, category, channel, language, duration_seconds,
              published_at, url, hidden]
  gorse's JSON lines (UserId, ItemId, FeedbackType …)
  MovieLens: ml-100k (u.data, u.item, u.user) and ml-latest (ratings.csv, movies.csv, tags.csv)
A folder may be given: `import feedback DIR` takes the videos and people of that data set too.

All lines are checked first, and all good ones are written at once; importing a file twice
changes nothing.

  vireo import feedback ml-100k/          a whole data set
  vireo import feedback --dry-run log.csv
  vireo import videos catalogue.jsonl

Exit codes: 0 every line was good; 1 some were rejected; 2 nothing was done.")]
pub(crate) struct Arguments {
    /// What the file holds
    what: Kind,
    /// File, or folder of a data set
    file: PathBuf,
    /// Only check
    #[arg(long)]
    dry_run: bool,
    /// Write nothing if a single line is bad
    #[arg(long)]
    strict: bool,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Feedback,
    Users,
    Videos,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let what = match self.what {
            Kind::Feedback => What::Feedback,
            Kind::Users => What::Users,
            Kind::Videos => What::Videos,
        };
        let (app, _pretended) = if self.dry_run {
            context.open_or_pretend().await?
        } else {
            (context.open_or_make().await?, None)
        };
        let report = import::run(&app, what, &self.file, self.dry_run, self.strict).await?;
        if self.json {
            print_json(&report)?;
        } else {
            print(&summary(&report))?;
        }
        Ok(Ending::failed_if(report.rejected > 0))
    }
}

fn summary(report: &Report) -> String {
    let mut text = String::new();
    for rejected in &report.rejections {
        let (file, line, reason) = (&rejected.file, rejected.line, &rejected.reason);
        let _ = writeln!(text, "rejected: {file}:{line}: {reason}");
    }
    let more = report.rejected - report.rejections.len() as u64;
    if more > 0 {
        let _ = writeln!(text, "rejected: {more} more lines");
    }
    let names = ["file", "format", "holds", "read", "new", "changed", "known", "rejected"];
    let mut table = Table::new(names);
    for part in &report.parts {
        let numbers = [part.read, part.added, part.updated, part.known, part.rejected];
        let words = [part.file.clone(), part.format.to_owned(), part.what.name().to_owned()];
        table.row(words.into_iter().chain(numbers.map(|number| number.to_string())));
    }
    text.push_str(&table.render());
    if report.unknown_videos > 0 {
        let named = report.missing_videos.iter().map(ToString::to_string).collect::<Vec<_>>();
        let more = if report.unknown_videos > named.len() as u64 { ", …" } else { "" };
        let _ = writeln!(
            text,
            "{} videos of it are not in the catalogue (yet): {}{more}",
            report.unknown_videos,
            named.join(", ")
        );
    }
    if report.unknown_users > 0 {
        let _ = writeln!(text, "{} people of it are known by their id only", report.unknown_users);
    }
    let written = if report.written { "" } else { "; nothing was written" };
    let _ = writeln!(text, "{:.1} s{written}", report.seconds);
    text
}
