//! `vireo evaluate`.

use super::bench::{with_bar, write, write_page};
use super::{Context, Ending};
use crate::output::print;
use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;
use vireo_domain::Feedback;
use vireo_evaluate::{Report, recommend, replay};
use vireo_interest::models;
use vireo_server::App;

/// Records read at once.
const PAGE: u32 = 10_000;

/// Measure recommendations on what your own people did
///
/// What was done in the first nine tenths of the log is learned from; each
/// liking after it is asked for, with all that the person had done by then. The
/// table has what is popular, simple models, what is watched together, what
/// `vireo train` would choose (taste), a person's interest map alone (interests),
/// and the feed as it is served (pipeline), for everybody, by how much of a
/// person was known, and by how long others had liked what was turned to. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo evaluate                        the table
  vireo evaluate --html report.html     a page with plots, too
  vireo evaluate --new 0.15             how new videos are found
  vireo evaluate --off-policy           what places left to chance would earn otherwise")]
pub(crate) struct Arguments {
    /// Models beside floors, co-watching, taste, interests and pipeline
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = PossibleValuesParser::new(models::names()),
          default_value = "ease-recent,blend")]
    models: Vec<String>,
    /// What the places of a feed that chance fills would earn, if a model filled
    /// them, from the logged chances of what was shown
    #[arg(long)]
    off_policy: bool,
    /// Share of the videos of which nothing is learned, as if they had just come,
    /// to measure how new videos are found (rows "item liked by nobody")
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, conflicts_with = "off_policy")]
    new: f64,
    /// Seed of trainings and of intervals
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the figures as JSON, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with plots, too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open_catalogue().await?;
        let log = read_log(&app).await?;
        let snapshot = app.snapshot();
        let options = replay::Options {
            snapshot: &snapshot,
            log: &log,
            recommend: &app.config.recommend,
            interests: &app.config.interests,
            half_life_days: app.config.jobs.popular_half_life_days,
            neighbours: app.config.jobs.neighbours,
            models: self.models,
            new: self.new,
            seed: self.seed,
            now: app.now(),
        };
        let report = if self.off_policy {
            let report = Report::new("off-policy", Vec::new());
            with_bar(|step| replay::off_policy(&options, report, step))?
        } else {
            let report = Report::new("evaluate", Vec::new());
            with_bar(|step| replay::run(&options, report, step))?
        };
        if let Some(file) = &self.json {
            write(file, &report)?;
        }
        if let Some(file) = &self.html {
            let protocol = if self.off_policy { replay::OFF_POLICY } else { recommend::PROTOCOL };
            write_page(file, &report, protocol)?;
        }
        let table = if self.off_policy {
            format!("{report}\n\n{}", replay::OFF_POLICY)
        } else {
            recommend::table(&report)
        };
        print(&table)?;
        Ok(Ending::Well)
    }
}

async fn read_log(app: &App) -> Result<Vec<Feedback>> {
    let (mut log, mut position) = (Vec::new(), 0);
    loop {
        let page = app.store.since(position, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(log) };
        position = *last;
        log.extend(page.into_iter().map(|(_, feedback)| feedback));
    }
}
