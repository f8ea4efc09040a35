//! `vireo bench recommend`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use vireo_evaluate::recommend::cold::{self, Kind};
use vireo_evaluate::recommend::data::Format;
use vireo_evaluate::recommend::{Options, run};
use vireo_evaluate::{Report, Result};
use vireo_interest::models;
use vireo_pretrained::embedding::TextEmbedder;

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
    /// A CSV file that says what items are about: a column id (or item, movie_id) and title,
    /// text, overview, genres…; two-tower, content-als, networks and
    /// the blend with one read it
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// Seed of trainings and of intervals
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write a page with plots, too
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Also by length of the history (0, 1, 2-4, 5-9, 10+) and by how long an item
    /// had been liked
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

fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(|(name, _)| name)).map(|name| {
        let kind = Kind::ALL.into_iter().find(|(known, _)| *known == name);
        kind.expect("one of the possible values").1
    })
}

impl Arguments {
    /// Whether a text embedder is needed.
    pub(super) fn has_content(&self) -> bool {
        self.content.is_some()
    }

    pub(super) fn measure(
        &self,
        embedder: Option<&dyn TextEmbedder>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Report> {
        let content = self.content.as_deref().map(Path::new).zip(embedder);
        let options = Options {
            data: &self.data,
            format: self.format,
            content,
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

/// Items that nobody has touched yet, found by what they are about, beside chance,
/// the popularity of their genres and the nearest content
#[derive(Debug, Args)]
pub(super) struct ColdArguments {
    /// The data set: a file, or the folder that its makers publish
    #[arg(long, value_name = "PATH")]
    data: PathBuf,
    /// Its layout
    #[arg(long, value_parser = layout())]
    format: Format,
    /// A CSV file that says what items are about, as for bench recommend
    #[arg(long, value_name = "FILE")]
    content: PathBuf,
    /// What is trained: content-als takes a second, networks minutes
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = kinds(),
          default_value = "content-als,two-tower")]
    models: Vec<Kind>,
    /// Share of the described items that is hidden wholly from the training
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    hidden: f64,
    /// Seed of what is hidden, of trainings and of intervals
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl ColdArguments {
    pub(super) fn measure(
        &self,
        embedder: &dyn TextEmbedder,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Report> {
        let options = cold::Options {
            data: &self.data,
            format: self.format,
            content: &self.content,
            embedder,
            models: self.models.clone(),
            hidden: self.hidden,
            seed: self.seed,
        };
        cold::run(&options, Report::new("cold-items", Vec::new()), progress)
    }
}
