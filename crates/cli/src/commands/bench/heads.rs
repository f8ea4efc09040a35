//! `vireo bench heads`.

use crate::commands::Context;
use crate::commands::heads::labels;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use vireo_evaluate::heads::{Labelled, Request, run};
use vireo_evaluate::{ModelUsed, Report};
use vireo_pretrained::Models;
use vireo_understand::heads::Kind;

/// Heads over time, on clips that differ only in the order of what moves in
/// them, on clips with three labels each, and on labelled clips: convolutions,
/// recurrent networks and attention beside the mean of all moments
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Clips of squares made of each of six orders
    #[arg(long, default_value_t = 40)]
    each: usize,
    /// Folder of films; a window moves over each of them in every order
    #[arg(long, value_name = "DIR")]
    films: Option<PathBuf>,
    /// Clips of squares with three labels, of each of six orders: learned
    /// together beside each alone
    #[arg(long, default_value_t = 20)]
    several: usize,
    /// Labelled clips: CSV with video,label (and source,start,end) or a folder for each label
    #[arg(long, value_name = "FILE|DIR")]
    labels: Option<PathBuf>,
    /// Only these: mean, cnn, gru, lstm, transformer [default: all]
    #[arg(long, value_delimiter = ',', value_parser = kind, value_name = "KIND")]
    kinds: Vec<Kind>,
    /// Trainings of each, with the seeds 1 to this
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Keep the clips that are made here
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

fn kind(name: &str) -> Result<Kind, String> {
    let known = Kind::ALL.into_iter().find(|kind| kind.to_string() == name);
    known.ok_or_else(|| format!("there are {}", Kind::ALL.map(|kind| kind.to_string()).join(", ")))
}

impl Arguments {
    pub(super) async fn measure(self, context: &Context) -> Result<Report> {
        let models = Models::new(context.config()?.models);
        let labeller = models.picture_labeller()?;
        let mut used: Vec<ModelUsed> = super::models_used(&models)?;
        used.retain(|it| labeller.as_ref().is_some_and(|labeller| labeller.name() == it.name));
        let clips = match &self.labels {
            Some(from) => labels::of_clips(None, from, false).await?.clips,
            None => Vec::new(),
        };
        let labelled = |it: vireo_server::app::LabelledClip| Labelled {
            path: it.path,
            span: it.span,
            label: it.labels.into_iter().flatten().flatten().next().unwrap_or_default(),
            source: it.source,
        };
        let labelled: Vec<Labelled> = clips.into_iter().map(labelled).collect();
        let report = Report::new("heads", used);
        let kinds = if self.kinds.is_empty() { Kind::ALL.into() } else { self.kinds };
        super::in_folder(self.keep.as_deref(), |made| {
            let request = Request {
                each: self.each,
                films: self.films.as_deref(),
                several: self.several,
                labelled: &labelled,
                kinds: &kinds,
                seeds: self.seeds,
                made,
            };
            super::with_bar(|step| run(labeller.as_deref(), &request, report, step))
        })
    }
}
