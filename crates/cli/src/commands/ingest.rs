//! `vireo ingest`.

use super::{Context, Ending};
use crate::output::{count, duration, print, print_json};
use crate::progress;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use vireo_media::VIDEO_EXTENSIONS;
use vireo_server::jobs::ingest::{self, Event, Options, Report};

/// A file, and why it would be watched; `None`: it would not.
type Planned = (PathBuf, Option<&'static str>);

/// Watch videos and take them into the catalogue
///
/// Takes files and whole folders. Each video is probed, listened to (unless it
/// has subtitles), described and indexed, and can be searched as soon as it is
/// done. What lies beside a video is read too: NAME.info.json of yt-dlp,
/// NAME.LANG.srt|vtt|ass|ttml, NAME.nfo, NAME.description.
#[derive(Debug, Args)]
// Each is a switch of the command line, and they combine freely.
#[allow(clippy::struct_excessive_bools)]
#[command(after_help = "\
May be stopped or killed at any time: the same command goes on where it was. Files that did not
change are passed over; copies of the same file are one video.

  vireo ingest ~/Videos
  vireo ingest --watch /srv/videos       keep following a folder
  vireo ingest --dry-run ~/Videos        what would be done?
  vireo ingest --fast ~/Videos && vireo ingest --again ~/Videos
                                         first everything roughly, then thoroughly

Exit codes: 0 all files were taken; 1 some failed, the reasons are at the end; 2 nothing was done.")]
pub(crate) struct Arguments {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Files worked on at the same time [default: half the cores, two if there are two]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    workers: usize,
    /// Watch what is already known once more (with better models); takes back a removed video
    /// whose FILE is named itself
    #[arg(long)]
    again: bool,
    /// Take in quickly: cards by rules, nothing read or seen in the pictures, no previews; the
    /// whole analysis can follow with --again
    #[arg(long)]
    fast: bool,
    /// Only say what would be watched, and what is there already
    #[arg(long, conflicts_with = "fast")]
    dry_run: bool,
    /// Keep following the folders
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    /// No line for each file
    #[arg(long, short)]
    quiet: bool,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        if !self.paths.iter().any(|path| path.exists()) {
            let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
            bail!("there is no such file or folder: {}", paths.join(", "));
        }
        let (app, _pretended) = if self.dry_run {
            context.open_or_pretend().await?
        } else {
            let app = context.open_or_make_with(|config| {
                if self.fast {
                    config.understand = config.understand.clone().fast();
                }
            });
            (app.await?, None)
        };
        let options = Options {
            workers: self.workers,
            again: self.again,
            dry_run: self.dry_run,
            watch: self.watch,
        };
        let shown = progress::Ingest::new(self.quiet);
        let planned = Mutex::new(Vec::new());
        let progress = |event| match event {
            Event::Planned { path, reason } => {
                planned.lock().unwrap_or_else(PoisonError::into_inner).push((path, reason));
            }
            event => shown.event(event),
        };
        let run = ingest::run(&app, &self.paths, &options, &progress);
        let report = tokio::select! {
            report = run => report,
            _ = tokio::signal::ctrl_c() => {
                shown.finish();
                eprintln!("stopped; the same command goes on here");
                std::process::exit(130);
            }
        };
        shown.finish();
        let report = report?;
        let planned = planned.into_inner().unwrap_or_else(PoisonError::into_inner);
        if self.json {
            let mut value = json!(report);
            if self.dry_run {
                let plan = |(path, reason): &Planned| json!({"path": path, "reason": reason});
                value["planned"] = planned.iter().map(plan).collect();
            }
            print_json(&value)?;
        } else {
            print(&self.summary(&report, &planned))?;
        }
        Ok(Ending::failed_if(!report.failed.is_empty()))
    }

    fn summary(&self, report: &Report, planned: &[Planned]) -> String {
        let mut lines = Vec::new();
        for (path, reason) in planned.iter().filter(|_| !self.quiet) {
            lines.push(match reason {
                Some(reason) => format!("would watch: {} ({reason})", path.display()),
                None => format!("already there: {}", path.display()),
            });
        }
        for (path, warning) in &report.warnings {
            lines.push(format!("warning: {}: {warning}", path.display()));
        }
        for (path, reason) in &report.failed {
            lines.push(format!("failed: {}: {reason}", path.display()));
        }
        if report.removed > 0 {
            lines.push(format!(
                "{} passed over, because you removed its video; to take one back: vireo ingest --again FILE",
                count(report.removed, "file")
            ));
        }
        let (added, updated, unchanged) = (report.added, report.updated, report.unchanged);
        let failed = report.failed.len();
        let all = added + updated + unchanged + report.duplicates + failed;
        lines.push(if all == 0 {
            format!("no video files there ({})", VIDEO_EXTENSIONS.join(" "))
        } else if self.dry_run {
            format!("would watch {added} new and {updated} other files; {unchanged} already there")
        } else {
            format!(
                "{added} added, {updated} updated, {unchanged} unchanged, {}, {failed} failed, {}",
                count(report.duplicates, "duplicate"),
                duration(report.seconds)
            )
        });
        lines.join("\n")
    }
}
