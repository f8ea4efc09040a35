//! `vireo bench recommend`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use vireo_evaluate::recommend::data::Format;
use vireo_evaluate::recommend::{Options, run};
use vireo_evaluate::{Report, Result};
use vireo_interest::models;

/// Accuracy of interest models on a data set, over the whole catalogue, beside
/// the floors popular, popular-7d, markov and ease
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The data set: a file, or the folder that its makers publish
    #[arg(long, value_name = "PATH")]
    data: PathBuf,
    /// Its layout
    #[arg(long, value_parser = layout())]
    format: Format,
    /// What is held back
    #[arg(long, value_enum, default_value_t = SplitName::Loo)]
    split: SplitName,
    /// Models beside the floors
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = PossibleValuesParser::new(models::names()),
          default_value = "ease-recent,als,fusion,blend")]
    models: Vec<String>,
    /// Seed of trainings and of intervals
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also by length of the history: 0, 1, 2-4, 5-9, 10+
    #[arg(long)]
    by_history: bool,
    /// Keep trainings of networks in a folder: a killed run goes on from there
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SplitName {
    /// The last event of each person
    Loo,
    /// The last tenth of the time line
    Time,
}

fn layout() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(|(name, _)| name))
        .try_map(|name| Format::from_name(&name).ok_or("no such layout"))
}

impl Arguments {
    pub(super) fn measure(&self, progress: &dyn Fn(usize, usize)) -> Result<Report> {
        let options = Options {
            data: &self.data,
            format: self.format,
            split: match self.split {
                SplitName::Loo => models::Split::LeaveOneOut,
                SplitName::Time => models::Split::Time,
            },
            models: self.models.clone(),
            seed: self.seed,
            by_history: self.by_history,
            keep: self.keep.as_deref(),
        };
        run(&options, Report::new("recommend", Vec::new()), progress)
    }
}
