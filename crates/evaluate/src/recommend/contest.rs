//! Models side by side on the same cases.

use super::metrics::{self, Answer, Catalogue, LIST};
use super::{DECIDING, FLOORS, split_name, statistics};
use crate::machine::forget_peak_memory;
use crate::{Measured, ModelUsed, Report, Result, cpu_seconds, peak_memory_mb};
use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;
use vireo_interest::models::{Case, Interactions, Split};

/// Seconds of thirty days.
const MONTH: i64 = 30 * 86_400;

/// What answers a case.
pub type Answering<'a> = Box<dyn Fn(&Case) -> Answer + Send + Sync + 'a>;

/// A name, and how it comes to answers.
pub struct Contestant<'a> {
    /// The name in the table.
    pub name: &'a str,
    /// Learns from what is not held back.
    pub train: Box<dyn Fn() -> Result<Answering<'a>> + 'a>,
}

/// What all contestants are asked.
#[derive(Debug, Clone, Copy)]
pub struct Contest<'a> {
    /// What may be learned from.
    pub train: &'a Interactions,
    /// What is asked.
    pub cases: &'a [Case],
    /// How it was held back.
    pub split: Split,
    /// Rows for short and long histories and for new and old items, too.
    pub by_history: bool,
    /// Seed of resampling.
    pub seed: u64,
}

impl Contest<'_> {
    /// Trains and asks each; the first ones are [`FLOORS`]. `progress(done, of)`.
    pub fn run(
        &self,
        contestants: &[Contestant<'_>],
        report: &mut Report,
        progress: &dyn Fn(usize, usize),
    ) -> Result<()> {
        let Self { cases, split, seed, .. } = *self;
        let catalogue = Catalogue::new(self.train);
        let split = split_name(split);
        let mut groups = vec![(split.to_owned(), all(cases))];
        if self.by_history {
            let named =
                |(range, group): (&str, Vec<usize>)| (format!("{split}, history {range}"), group);
            groups.extend(by_history(cases).map(named));
            let named = |(age, group): (&str, Vec<usize>)| (format!("{split}, item {age}"), group);
            groups.extend(by_age(cases, self.train).map(named));
        }
        let mut answered = Vec::with_capacity(contestants.len());
        for (number, contestant) in contestants.iter().enumerate() {
            progress(number, contestants.len());
            forget_peak_memory();
            let (started, before) = (Instant::now(), cpu_seconds());
            let answering = (contestant.train)()?;
            let (trained, work) = (started.elapsed().as_secs_f64(), cpu_seconds() - before);
            let (answers, seconds) = ask(&answering, cases);
            let seconds = BTreeMap::from([
                ("train".to_owned(), trained),
                ("train_cpu".to_owned(), work),
                ("answer".to_owned(), seconds / cases.len() as f64),
            ]);
            let (name, peak_memory_mb) = (contestant.name, peak_memory_mb());
            answered.push(Answered { name, answers, seconds, peak_memory_mb });
        }
        progress(contestants.len(), contestants.len());
        let used = |name: &str| ModelUsed { name: name.to_owned(), sha256: None };
        report.models.extend(answered.iter().map(|answered| used(answered.name)));
        for (split, group) in &groups {
            report.results.extend(rows(&answered, split, group, cases, &catalogue, seed));
        }
        Ok(())
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

/// Cases by how long their target had been liked, as far as it was learned, when
/// it was asked for: by nobody yet, for under thirty days, or for longer; groups
/// without any are left out.
fn by_age(
    cases: &[Case],
    train: &Interactions,
) -> impl Iterator<Item = (&'static str, Vec<usize>)> {
    let mut first: Vec<Option<i64>> = vec![None; train.items];
    for event in train.events().filter(|event| event.weight > 0.0) {
        let first = first[event.item as usize].get_or_insert(event.at);
        *first = event.at.min(*first);
    }
    let age = move |case: &Case| first[case.target as usize].map(|first| case.at - first);
    let ages: Vec<Option<i64>> = cases.iter().map(age).collect();
    let of = move |name: &'static str, is_of: fn(Option<i64>) -> bool| {
        let group: Vec<usize> = (0..ages.len()).filter(|case| is_of(ages[*case])).collect();
        (name, group)
    };
    let groups = [
        of("liked by nobody", |age| age.is_none_or(|seconds| seconds < 0)),
        of("under 30 days", |age| age.is_some_and(|seconds| (0..MONTH).contains(&seconds))),
        of("older", |age| age.is_some_and(|seconds| seconds >= MONTH)),
    ];
    groups.into_iter().filter(|(_, group)| !group.is_empty())
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
fn ask(answering: &Answering<'_>, cases: &[Case]) -> (Vec<Answer>, f64) {
    let work = |cases: &[Case]| {
        let started = Instant::now();
        let answers: Vec<Answer> = cases.iter().map(answering).collect();
        (answers, started.elapsed().as_secs_f64())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let parts = cases.chunks(cases.len().div_ceil(threads).max(1));
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
