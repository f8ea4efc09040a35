//! `vireo bench recommend`: models of interest on public data sets.
//!
//! The whole catalogue is ranked, never a sample of it (Krichene and Rendle,
//! KDD 2020), less what is in the history; an equal score counts against the
//! target. What is held back, and in which order, is [`Split`]'s and [`data`]'s
//! to say. The floors are in every table, and every model is compared with the
//! best of them, person by person.

pub mod cold;
pub mod content;
mod contest;
pub mod data;
pub mod metrics;
pub mod statistics;

pub use contest::{Answering, Contest, Contestant};

use crate::{Error, Report, Result};
use data::{DataSet, Format};
use std::fmt::Write;
use std::path::Path;
use vireo_interest::models::{self, Case, Content, Interactions, Run, Split};
use vireo_pretrained::embedding::TextEmbedder;

/// Always in the table.
pub const FLOORS: [&str; 4] = ["popular", "popular-7d", "markov", "ease"];

/// The figure by which models are compared.
pub const DECIDING: &str = "ndcg@10";

/// What is measured.
#[derive(Clone)]
pub struct Options<'a> {
    /// A data set's file or folder.
    pub data: &'a Path,
    /// Its layout.
    pub format: Format,
    /// A file that says what items are about ([`content::read`]), and what
    /// makes vectors of it.
    pub content: Option<(&'a Path, &'a dyn TextEmbedder)>,
    /// What is held back.
    pub split: Split,
    /// Models beside the floors, of [`models::names`].
    pub models: Vec<String>,
    /// Seed of trainings and of resampling.
    pub seed: u64,
    /// Rows for short and long histories, too.
    pub by_history: bool,
    /// A folder of trainings under way, from which a killed run goes on.
    pub keep: Option<&'a Path>,
}

/// Trains and asks each model; `progress(done, of)`.
pub fn run(
    options: &Options<'_>,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let Options { split, seed, content, keep, .. } = *options;
    let names = names(&options.models)?;
    let DataSet { mut interactions, has_times, items } =
        data::read(options.data, options.format, seed)?;
    if split == Split::Time && !has_times {
        let file = options.data.display();
        return Err(Error::Nothing(format!("{file} has no times to split by; use --split loo")));
    }
    if let Some(folder) = keep {
        let source = |source| Error::Read { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(source)?;
    }
    if let Some((file, embedder)) = content {
        let described = content::embed(embedder, &items, &content::read(file)?, progress)?;
        interactions.content = Content::new(&described, |_| true);
    }
    let (train, cases) = split.of(&interactions);
    drop(interactions);
    if cases.is_empty() {
        return Err(Error::Nothing("nobody has an event to hold back".to_owned()));
    }
    let run = Run { seed, kept: keep, ..Run::default() };
    let contestants: Vec<Contestant<'_>> =
        names.iter().map(|name| contestant(name, &train, split, run)).collect();
    let by_history = options.by_history;
    let contest = Contest { train: &train, cases: &cases, split, by_history, seed };
    contest.run(&contestants, &mut report, progress)?;
    Ok(report)
}

/// A model by its name; see [`models::names`].
pub fn contestant<'a>(
    name: &'a str,
    train: &'a Interactions,
    split: Split,
    run: Run<'a>,
) -> Contestant<'a> {
    Contestant {
        name,
        train: Box::new(move || {
            let unknown = || Error::Nothing(format!("there is no model {name}"));
            let model = models::train(name, train, split, &run).ok_or_else(unknown)?;
            let items = train.items;
            let answering: Answering<'a> = Box::new(move |case: &Case| {
                let mut scores = vec![0.0; items];
                model.scores(&case.history, case.at, &mut scores);
                metrics::answer(&mut scores, case)
            });
            Ok(answering)
        }),
    }
}

/// The floors, then what was asked for.
fn names(asked: &[String]) -> Result<Vec<String>> {
    let known = models::names();
    if let Some(name) = asked.iter().find(|name| !known.contains(&name.as_str())) {
        let known = known.join(", ");
        return Err(Error::Nothing(format!("there is no model {name}; there are {known}")));
    }
    let mut names: Vec<String> = FLOORS.map(str::to_owned).to_vec();
    let more = asked.iter().filter(|name| !FLOORS.contains(&name.as_str()));
    for name in more {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    Ok(names)
}

fn split_name(split: Split) -> &'static str {
    match split {
        Split::LeaveOneOut => "loo",
        Split::Time | Split::Since(_) => "time",
    }
}

/// What a table of this bench means, to be printed under it.
pub const PROTOCOL: &str = "\
Every item that is not in the history is ranked; an equal score counts against the target. \
loo: the last event of each person is the target. time: all after the first 90 % of the events \
are, at most 10 a person, each after all that the person did before; people count the same. \
Networks know when they are asked, at the second of the target, as a pause of under half an hour, \
six hours, a day, a week, a month, or more. Events of one second stay in the order of the file; of Last.fm, which has no order, the seed draws \
one. HR is recall, there being one target. Bias: how many times as popular the listed items are as \
the targets. In brackets: 95 % interval over people \
(bootstrap). vs floor: NDCG@10 against the best floor; p: randomisation test over people.";

/// A Markdown table of the figures that people compare; the JSON has all.
pub fn table(report: &Report) -> String {
    let mut out = String::from(
        "| model | split | people | HR@10 | NDCG@10 | MRR@10 | coverage@10 | novelty@10 | \
         diversity@10 | bias@10 | vs floor | p | train s | train CPU s | answer ms | peak MB |\n|---|---|",
    );
    out.push_str(&"---:|".repeat(14));
    for row in &report.results {
        let metric = |name: &str| row.metrics.get(name).copied();
        let plain = |name: &str| metric(name).unwrap_or_default();
        let (low, high) = row.interval.get(DECIDING).copied().unwrap_or_default();
        let seconds = |name: &str| row.seconds.get(name).copied().unwrap_or_default();
        let gain =
            metric("gain_vs_floor").map_or(String::new(), |gain| format!("{:+.1} %", gain * 100.0));
        let p = metric("p_vs_floor").map_or(String::new(), |p| format!("{p:.4}"));
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n| {} | {} | {} | {:.4} | {:.4} ({low:.4}–{high:.4}) | {:.4} | {:.3} | {:.2} | {:.3} \
             | {:.2} | {gain} | {p} | {:.2} | {:.2} | {:.2} | {} |",
            row.name,
            row.split.as_deref().unwrap_or_default(),
            row.count,
            plain("hr@10"),
            plain(DECIDING),
            plain("mrr@10"),
            plain("coverage@10"),
            plain("novelty@10"),
            plain("diversity@10"),
            plain("popularity_bias@10"),
            seconds("train"),
            seconds("train_cpu"),
            seconds("answer") * 1000.0,
            row.peak_memory_mb,
        );
    }
    let _ = write!(out, "\n\n{PROTOCOL}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Measured;
    use std::fs;
    use std::path::PathBuf;

    /// Ninety people go around a ring of 30 items, a day between steps.
    fn ring(folder: &Path) -> PathBuf {
        let mut text = String::from("user,item,rating,timestamp\n");
        for step in 0..8_usize {
            for person in 0..90_usize {
                let at = step * 86_400 + person;
                let item = (person * 7 + step) % 30;
                let _ = writeln!(text, "p{person},i{item},,{at}");
            }
        }
        let file = folder.join("ring.csv");
        fs::write(&file, text).expect("written");
        file
    }

    fn measure(split: Split, asked: &[&str], by_history: bool) -> Result<Report> {
        let folder = tempfile::tempdir().expect("a folder");
        let data = ring(folder.path());
        let options = Options {
            data: &data,
            format: Format::InteractionsCsv,
            content: None,
            split,
            models: asked.iter().map(|name| (*name).to_owned()).collect(),
            seed: 1,
            by_history,
            keep: None,
        };
        run(&options, Report::new("recommend", Vec::new()), &|_, _| {})
    }

    fn row<'a>(report: &'a Report, name: &str) -> &'a Measured {
        report.results.iter().find(|row| row.name == name).expect("a row")
    }

    #[test]
    fn the_floors_are_there_and_the_right_model_wins() {
        for split in [Split::LeaveOneOut, Split::Time] {
            let report = measure(split, &["blend"], false).expect("measured");
            assert!(FLOORS.iter().all(|name| row(&report, name).count > 0));
            let markov = row(&report, "markov");
            let certain = (markov.metrics["ndcg@10"] - 1.0).abs() < 1e-9;
            assert!(certain, "the next on the ring is certain");
            assert!(!markov.metrics.contains_key("p_vs_floor"), "it is the best floor");
            let popular = row(&report, "popular");
            assert!(popular.metrics["ndcg@10"] < 0.5 && popular.metrics["p_vs_floor"] < 0.01);
            let blend = row(&report, "blend").metrics["ndcg@10"];
            // Of the time split's few events the blend learns less.
            let enough = if matches!(split, Split::Time) { 0.7 } else { 0.9 };
            assert!(blend > enough, "{split:?} {blend}");
            assert!(table(&report).contains("| markov | "));
        }
    }

    #[test]
    fn groups_add_up_and_a_wrong_name_is_refused() {
        let report = measure(Split::LeaveOneOut, &[], true).expect("measured");
        let splits: Vec<&str> =
            report.results.iter().filter_map(|row| row.split.as_deref()).collect();
        assert_eq!((splits.len(), splits[0], splits[4]), (12, "loo", "loo, history 5-9"));
        assert_eq!(splits[8], "loo, item under 30 days");
        let error = measure(Split::Time, &["gpt"], false).expect_err("refused").to_string();
        assert!(error.contains("no model gpt; there are popular"), "{error}");
    }
}
