//! `vireo bench heads`: heads over time, on clips that differ only in the order
//! of what moves in them, on clips with several labels, and on labelled clips of
//! the owner's.

mod made;
mod tasks;

use crate::shots::{unreadable, videos};
use crate::{Error, Measured, Report, Result, peak_memory_mb};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use vireo_domain::Span;
use vireo_media::moves;
use vireo_pretrained::picture_labelling::PictureLabeller;
use vireo_understand::heads::{
    Clip, Kind, Task, TemporalHead, Told, Trial, by_source, tell, trial,
};
use vireo_understand::moments::{Moments, PER_SECOND, moments};

/// One of so many parts of the sources is told by heads trained on the others.
const PARTS: usize = 4;
/// A labelled file.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The file.
    pub path: PathBuf,
    /// The stretch of it; `None`: all of it.
    pub span: Option<Span>,
    /// Its label.
    pub label: String,
    /// What it was filmed in one go with.
    pub source: String,
}

/// What to measure on.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Clips of squares that are made of each of the six orders.
    pub each: usize,
    /// Folder of films; a window moves over each in every order.
    pub films: Option<&'a Path>,
    /// Clips of squares with three labels that are made of each of the six orders.
    pub several: usize,
    /// Labelled clips.
    pub labelled: &'a [Labelled],
    /// What is to look at them.
    pub kinds: &'a [Kind],
    /// Seeds of the parts and of the trainings: from 1 to this.
    pub seeds: u64,
    /// Folder for the clips that are made.
    pub made: &'a Path,
}

/// A clip with what is in it.
struct Known {
    moments: Moments,
    /// For each task.
    labels: Vec<String>,
    source: String,
}

/// Makes the clips and measures every kind of head on them; `progress(done, of)`.
///
/// # Errors
/// If a clip cannot be made or read, or a head cannot be trained.
pub fn run(
    labeller: Option<&dyn PictureLabeller>,
    request: &Request<'_>,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    fs::create_dir_all(request.made).map_err(|source| unreadable(request.made, source))?;
    let squares = made::squares(request.each);
    let films = request.films.map(videos).transpose()?.unwrap_or_default();
    let films: Vec<made::Plan<'_>> = films.iter().enumerate().flat_map(made::windows).collect();
    let thrice = made::labelled_thrice(request.several);
    let total = squares.len() + films.len() + thrice.len() + request.labelled.len();
    let mut done = 0;
    let mut step = || {
        progress(done, total);
        done += 1;
    };
    for (name, plans) in [("squares", squares), ("films", films), (tasks::SPLIT, thrice)] {
        if plans.is_empty() {
            continue;
        }
        let (mut known, mut seconds) = (Vec::new(), 0.0);
        for (number, plan) in plans.iter().enumerate() {
            step();
            let path = request.made.join(format!("{name}-{number}.mp4"));
            moves::write(&plan.clip, &path)?;
            let started = Instant::now();
            let moments = moments(&path, labeller)?;
            seconds += started.elapsed().as_secs_f64();
            known.push(Known { moments, labels: plan.labels.clone(), source: plan.source.clone() });
        }
        for kind in request.kinds {
            if name == tasks::SPLIT {
                report.results.extend(tasks::measure(&known, *kind, request.seeds)?);
                continue;
            }
            let mut row = ordered(&known, *kind, request.seeds)?;
            row.split = Some(name.to_owned());
            row.seconds.insert("moments".to_owned(), seconds);
            report.results.push(row);
        }
    }
    let mut known = Vec::new();
    for Labelled { path, span, label, source } in request.labelled {
        step();
        let whole = moments(path, labeller)?;
        let moments = span.map_or(whole.clone(), |span| whole.within(span));
        if moments.count() == 0 {
            return Err(Error::Nothing(format!("{} has no pictures", path.display())));
        }
        known.push(Known { moments, labels: vec![label.clone()], source: source.clone() });
    }
    if !known.is_empty() {
        report.results.extend(labelled(&known, request.kinds, request.seeds)?);
    }
    progress(total, total);
    Ok(report)
}

fn clips(known: &[Known]) -> Vec<Clip<'_>> {
    let known = known.iter();
    known
        .map(|it| Clip {
            moments: &it.moments,
            labels: it.labels.iter().map(|label| Some(vec![label.as_str()])).collect(),
            source: &it.source,
        })
        .collect()
}

/// What a head says of clips of which all labels are known, task by task.
fn told(head: &TemporalHead, clips: &[Clip<'_>]) -> Vec<Vec<Told>> {
    let of_clip = |clip| tell(head, 0, clip).into_iter().flatten().collect();
    clips.iter().map(of_clip).collect()
}

/// The clips with their moments in any order.
fn shuffled(clips: &[Clip<'_>], seed: u64) -> Vec<Moments> {
    let mut lot = fastrand::Rng::with_seed(seed);
    let shuffle = |clip: &Clip<'_>| {
        let mut order: Vec<usize> = (0..clip.moments.count()).collect();
        lot.shuffle(&mut order);
        clip.moments.reordered(&order)
    };
    clips.iter().map(shuffle).collect()
}

/// The clips with other moments.
fn with<'a>(clips: &[Clip<'a>], moments: &'a [Moments]) -> Vec<Clip<'a>> {
    clips.iter().zip(moments).map(|(clip, moments)| Clip { moments, ..clip.clone() }).collect()
}

/// What is trained on, and what is told: one of four parts of the sources.
fn parted<'a>(clips: &[Clip<'a>], seed: u64) -> (Vec<Clip<'a>>, Vec<Clip<'a>>) {
    let parts = by_source(clips, PARTS, seed);
    let part = |own: bool| {
        let chosen = clips.iter().zip(&parts).filter(move |(_, it)| (**it > 0) == own);
        chosen.map(|(clip, _)| clip.clone()).collect()
    };
    (part(true), part(false))
}

/// Trains with each seed on three of four parts of the sources and tells the
/// fourth: as it is, and with its moments in any order.
fn ordered(known: &[Known], kind: Kind, seeds: u64) -> Result<Measured> {
    let clips = clips(known);
    let (mut all, mut without_order, mut by_seed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut training, mut right, mut seconds) = (0.0, 0, 0);
    for seed in 1..=seeds {
        let (own, held) = parted(&clips, seed);
        let started = Instant::now();
        let head = TemporalHead::train(&own, &[Task::default()], kind, seed)?;
        training += started.elapsed().as_secs_f64();
        let of_held = told(&head, &held).concat();
        by_seed.push(trial_of(kind, of_held.clone()).accuracy());
        all.extend(of_held);
        let moments = shuffled(&held, seed);
        without_order.extend(told(&head, &with(&held, &moments)).concat());
        let found = in_time(&head, &held);
        (right, seconds) = (right + found.0, seconds + found.1);
    }
    let mut row = row(&trial_of(kind, all), seeds);
    row.metrics.insert("worst_seed".to_owned(), by_seed.into_iter().fold(1.0, f64::min));
    row.metrics.insert("shuffled".to_owned(), trial_of(kind, without_order).accuracy());
    row.metrics.insert("in_time".to_owned(), right as f64 / f64::from(seconds.max(1)));
    row.seconds.insert("training".to_owned(), training / seeds as f64);
    Ok(row)
}

/// All clips one after the other as one film: seconds of which the right label
/// is the likeliest, of all seconds that lie in the middle two thirds of a clip.
fn in_time(head: &TemporalHead, clips: &[Clip<'_>]) -> (u32, u32) {
    let film: Vec<f32> = clips.iter().flat_map(|clip| clip.moments.rows()).copied().collect();
    let told = head.seconds(&Moments::new(film));
    let (mut right, mut all, mut from) = (0, 0, 0);
    for clip in clips {
        let to = from + clip.moments.count();
        let margin = clip.moments.count() / 6;
        let middle = |second: &usize| {
            let place = second * PER_SECOND + PER_SECOND / 2;
            (from + margin..to - margin).contains(&place)
        };
        for second in (0..told.len()).filter(middle) {
            let best = head.tasks()[0].names()[told[second][0].label].as_str();
            all += 1;
            right += u32::from(clip.labels[0].iter().flatten().any(|it| *it == best));
        }
        from = to;
    }
    (right, all)
}

/// Every source told by heads trained on the others; and, since clips of one
/// take are alike, beside it every clip by heads trained on all others.
fn labelled(known: &[Known], kinds: &[Kind], seeds: u64) -> Result<Vec<Measured>> {
    let names: Vec<String> = (0..known.len()).map(|number| number.to_string()).collect();
    let own = clips(known);
    let alone: Vec<Clip<'_>> =
        own.iter().zip(&names).map(|(clip, source)| Clip { source, ..clip.clone() }).collect();
    let mut rows = Vec::new();
    for (name, clips) in [("leave one source out", own), ("leave one clip out", alone)] {
        let sources = clips.iter().map(|clip| clip.source).collect::<BTreeSet<_>>().len();
        for kind in kinds.iter().copied() {
            let (mut all, mut by_seed) = (Vec::new(), Vec::new());
            let started = Instant::now();
            for seed in 1..=seeds {
                for trial in trial(&clips, &[Task::default()], kind, sources, seed)? {
                    by_seed.push(trial.accuracy());
                    all.extend(trial.told);
                }
            }
            if all.is_empty() {
                tracing::warn!("no label has clips of two sources: {name} measures nothing");
                break;
            }
            let mut row = row(&trial_of(kind, all), seeds);
            row.split = Some(name.to_owned());
            row.metrics.insert("worst_seed".to_owned(), by_seed.into_iter().fold(1.0, f64::min));
            let seconds = started.elapsed().as_secs_f64() / seeds as f64;
            row.seconds.insert("training".to_owned(), seconds);
            rows.push(row);
        }
    }
    Ok(rows)
}

fn trial_of(kind: Kind, told: Vec<Told>) -> Trial {
    Trial { kind, told, lone: Vec::new() }
}

/// The mean over all seeds; the interval is Wilson's, of as many clips as one
/// seed told, since seeds tell the same clips again.
fn row(trial: &Trial, seeds: u64) -> Measured {
    let count = trial.told.len() / seeds as usize;
    let mut of_labels: BTreeMap<&String, usize> = BTreeMap::new();
    for label in trial.told.iter().flat_map(|told| &told.labels) {
        *of_labels.entry(label).or_default() += 1;
    }
    let commonest = of_labels.values().max().copied().unwrap_or(0);
    let metrics = [
        ("accuracy", trial.accuracy()),
        ("macro_f1", trial.macro_f1()),
        ("calibration_error", trial.calibration_error()),
        ("majority", commonest as f64 / trial.told.len().max(1) as f64),
    ];
    let interval = wilson(trial.accuracy(), count);
    Measured {
        name: trial.kind.to_string(),
        count,
        metrics: BTreeMap::from(metrics.map(|(name, value)| (name.to_owned(), value))),
        interval: BTreeMap::from([("accuracy".to_owned(), interval)]),
        peak_memory_mb: peak_memory_mb(),
        ..Measured::default()
    }
}

/// Wilson's 95 % interval of a share of `count`.
fn wilson(share: f64, count: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    let n = count.max(1) as f64;
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_the_share_and_narrows() {
        let (low, high) = wilson(0.5, 10);
        assert!((low - 0.237).abs() < 1e-3 && (high - 0.763).abs() < 1e-3, "{low} {high}");
        let (low, high) = wilson(1.0, 60);
        assert!(low > 0.93 && (1.0 - high).abs() < 1e-9, "{low} {high}");
    }

    /// From making the clips to the row, with a few of them.
    #[test]
    fn heads_are_measured_on_clips_that_are_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let request = Request {
            each: 4,
            films: None,
            several: 4,
            labelled: &[],
            kinds: &[Kind::Mean, Kind::Cnn],
            seeds: 2,
            made: folder.path(),
        };
        let report = run(None, &request, Report::new("heads", Vec::new()), &|_, _| ());
        let report = report.expect("measured");
        // Of the order; of three tasks, and of all of them.
        assert_eq!(report.results.len(), 2 + 2 * 4);
        for row in &report.results {
            assert!(row.count >= 6 && (0.0..=1.0).contains(&row.metrics["shuffled"]), "{row:?}");
        }
        let of_all: Vec<&Measured> =
            report.results.iter().filter(|row| row.metrics.contains_key("gain")).collect();
        assert_eq!(of_all.len(), 2);
        for row in of_all {
            let gain = row.metrics["accuracy"] - row.metrics["alone"];
            assert!((row.metrics["gain"] - gain).abs() < 1e-9, "{row:?}");
        }
    }
}
