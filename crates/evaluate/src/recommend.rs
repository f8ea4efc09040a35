//! `vireo bench recommend`: models of interest on public data sets.
//!
//! The whole catalogue is ranked, never a sample of it (Krichene and Rendle,
//! KDD 2020), less what is in the history; an equal score counts against the
//! target. What is held back, and in which order, is [`Split`]'s and [`data`]'s
//! to say. The floors are in every table, and every model is compared with the
//! best of them, person by person.

pub mod data;
pub mod metrics;
pub mod statistics;

use crate::machine::forget_peak_memory;
use crate::{Error, Measured, ModelUsed, Report, Result, peak_memory_mb};
use data::{DataSet, Format};
use metrics::{Answer, Catalogue, LIST};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::thread;
use std::time::Instant;
use vireo_interest::models::{self, Case, Split, Trained};

/// Always in the table.
pub const FLOORS: [&str; 4] = ["popular", "popular-7d", "markov", "ease"];

/// The figure by which models are compared.
const DECIDING: &str = "ndcg@10";

/// What is measured.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// A data set's file or folder.
    pub data: &'a Path,
    /// Its layout.
    pub format: Format,
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
    let Options { split, seed, keep, .. } = *options;
    let names = names(&options.models)?;
    let DataSet { interactions, has_times } = data::read(options.data, options.format, seed)?;
    if split == Split::Time && !has_times {
        let file = options.data.display();
        return Err(Error::Nothing(format!("{file} has no times to split by; use --split loo")));
    }
    if let Some(folder) = keep {
        let source = |source| Error::Read { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(source)?;
    }
    let (train, cases) = split.of(&interactions);
    drop(interactions);
    if cases.is_empty() {
        return Err(Error::Nothing("nobody has an event to hold back".to_owned()));
    }
    let catalogue = Catalogue::new(&train);
    let mut groups = vec![(split_name(split).to_owned(), all(&cases))];
    if options.by_history {
        groups.extend(
            by_history(&cases)
                .map(|(range, group)| (format!("{}, history {range}", split_name(split)), group)),
        );
    }
    let mut answered = Vec::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        progress(number, names.len());
        forget_peak_memory();
        let started = Instant::now();
        let unknown = || Error::Nothing(format!("there is no model {name}"));
        let model = models::train(name, &train, split, seed, keep).ok_or_else(unknown)?;
        let trained = started.elapsed().as_secs_f64();
        let (answers, seconds) = ask(&model, train.items, &cases);
        let seconds = BTreeMap::from([
            ("train".to_owned(), trained),
            ("answer".to_owned(), seconds / cases.len() as f64),
        ]);
        answered.push(Answered { name, answers, seconds, peak_memory_mb: peak_memory_mb() });
    }
    progress(names.len(), names.len());
    report.models =
        names.iter().map(|name| ModelUsed { name: name.clone(), sha256: None }).collect();
    for (split, group) in &groups {
        report.results.extend(rows(&answered, split, group, &cases, &catalogue, seed));
    }
    Ok(report)
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
        Split::Time => "time",
    }
}

fn all(cases: &[Case]) -> Vec<usize> {
    (0..cases.len()).collect()
}

/// Cases by the length of their history; groups without any are left out.
fn by_history(cases: &[Case]) -> impl Iterator<Item = (&'static str, Vec<usize>)> {
    let ranges = [("0", 0..1), ("1", 1..2), ("2-4", 2..5), ("5-9", 5..10), ("10+", 10..usize::MAX)];
    ranges.into_iter().filter_map(|(name, range)| {
        let mut group = all(cases);
        group.retain(|place| range.contains(&cases[*place].history.len()));
        (!group.is_empty()).then_some((name, group))
    })
}

/// A model with all its answers.
struct Answered<'a> {
    name: &'a str,
    answers: Vec<Answer>,
    seconds: BTreeMap<String, f64>,
    peak_memory_mb: u64,
}

/// Answers in the order of the cases, and the seconds that all took, added
/// over the threads.
fn ask(model: &Trained, items: usize, cases: &[Case]) -> (Vec<Answer>, f64) {
    let work = |cases: &[Case]| {
        let started = Instant::now();
        let mut scores = vec![0.0; items];
        let answer = |case: &Case| {
            model.scores(&case.history, &mut scores);
            metrics::answer(&mut scores, case)
        };
        let answers: Vec<Answer> = cases.iter().map(answer).collect();
        (answers, started.elapsed().as_secs_f64())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let parts = cases.chunks(cases.len().div_ceil(threads));
    let done: Vec<(Vec<Answer>, f64)> = thread::scope(|scope| {
        let running: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        running.into_iter().map(|thread| thread.join().expect("no model panics")).collect()
    });
    let seconds = done.iter().map(|(_, seconds)| seconds).sum();
    (done.into_iter().flat_map(|(answers, _)| answers).collect(), seconds)
}

/// A row for each model over one group of cases. People count the same, however
/// many cases they have.
fn rows(
    answered: &[Answered<'_>],
    split: &str,
    group: &[usize],
    cases: &[Case],
    catalogue: &Catalogue,
    seed: u64,
) -> Vec<Measured> {
    let names = metrics::accuracy_names();
    let deciding = names.iter().position(|name| name == DECIDING).expect("it is among them");
    let people: Vec<Vec<Vec<f64>>> =
        answered.iter().map(|model| by_person(&model.answers, group, cases)).collect();
    let means: Vec<Vec<f64>> = people.iter().map(|rows| mean(rows)).collect();
    let best_floor = (0..FLOORS.len())
        .max_by(|a, b| means[*a][deciding].total_cmp(&means[*b][deciding]))
        .expect("there are floors");
    let row = |place: usize| {
        let Answered { name, answers, seconds, peak_memory_mb } = &answered[place];
        let of = |values: Vec<f64>| -> BTreeMap<String, f64> {
            names.iter().cloned().zip(values).collect()
        };
        let mut metrics = of(means[place].clone());
        let lists = || group.iter().map(|case| answers[*case].list.as_slice());
        let mean_of =
            |figure: &dyn Fn(&[u32]) -> f64| lists().map(figure).sum::<f64>() / group.len() as f64;
        let at = |name: &str| format!("{name}@{LIST}");
        metrics.insert(at("coverage"), catalogue.coverage(lists()));
        metrics.insert(at("novelty"), mean_of(&|list| catalogue.novelty(list)));
        metrics.insert(at("diversity"), mean_of(&|list| catalogue.diversity(list)));
        let targets: Vec<u32> = group.iter().map(|case| cases[*case].target).collect();
        let wanted = catalogue.popularity(&targets);
        if wanted > 0.0 {
            let bias = mean_of(&|list| catalogue.popularity(list)) / wanted;
            metrics.insert(at("popularity_bias"), bias);
        }
        if place != best_floor {
            let pairs = people[place].iter().zip(&people[best_floor]);
            let differences: Vec<f64> =
                pairs.map(|(own, floor)| own[deciding] - floor[deciding]).collect();
            metrics.insert("p_vs_floor".to_owned(), statistics::p_value(&differences, seed));
            let floor = means[best_floor][deciding];
            if floor > 0.0 {
                let gain = means[place][deciding] / floor - 1.0;
                metrics.insert("gain_vs_floor".to_owned(), gain);
            }
        }
        let intervals = statistics::intervals(&people[place], seed);
        Measured {
            name: (*name).to_owned(),
            split: Some(split.to_owned()),
            count: people[place].len(),
            seed: Some(seed),
            metrics,
            interval: names.iter().cloned().zip(intervals).collect(),
            seconds: seconds.clone(),
            peak_memory_mb: *peak_memory_mb,
            ..Measured::default()
        }
    };
    (0..answered.len()).map(row).collect()
}

/// Accuracy figures of each person: means over their cases in the group.
fn by_person(answers: &[Answer], group: &[usize], cases: &[Case]) -> Vec<Vec<f64>> {
    let mut people: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
    for place in group {
        let figures = metrics::accuracy(answers[*place].rank);
        people.entry(cases[*place].person).or_default().push(figures);
    }
    people.values().map(|rows| mean(rows)).collect()
}

fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    let mut sums = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / rows.len() as f64);
    }
    sums
}

/// What a table of this bench means, to be printed under it.
pub const PROTOCOL: &str = "\
Every item that is not in the history is ranked; an equal score counts against the target. \
loo: the last event of each person is the target. time: all after the first 90 % of the events \
are, at most 10 a person, each after all that the person did before; people count the same. \
Events of one second stay in the order of the file; of Last.fm, which has no order, the seed draws \
one. HR is recall, there being one target. Bias: how many times as popular the listed items are as \
the targets. In brackets: 95 % interval over people \
(bootstrap). vs floor: NDCG@10 against the best floor; p: randomisation test over people.";

/// A Markdown table of the figures that people compare; the JSON has all.
pub fn table(report: &Report) -> String {
    let mut out = String::from(
        "| model | split | people | HR@10 | NDCG@10 | MRR@10 | coverage@10 | novelty@10 | \
         diversity@10 | bias@10 | vs floor | p | train s | answer ms | peak MB |\n|---|---|",
    );
    out.push_str(&"---:|".repeat(13));
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
             | {:.2} | {gain} | {p} | {:.2} | {:.2} | {} |",
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
        assert_eq!((splits.len(), splits[0], splits[4]), (8, "loo", "loo, history 5-9"));
        let error = measure(Split::Time, &["gpt"], false).expect_err("refused").to_string();
        assert!(error.contains("no model gpt; there are popular"), "{error}");
    }
}
