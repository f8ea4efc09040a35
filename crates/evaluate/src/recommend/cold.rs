//! `vireo bench cold-items`: items that nobody has touched yet, by what they
//! are about.
//!
//! A share of the described items is hidden wholly from the training. Every
//! person who touched some of them is asked to have them found among all hidden
//! ones, from the rest of what they did. Beside it, warm: the last touch of each
//! person among all items that are not hidden, which no content should spoil.

use super::content::{self, About};
use super::data::{self, DataSet, Format};
use super::metrics::{accuracy, accuracy_names};
use super::statistics;
use crate::machine::forget_peak_memory;
use crate::{Error, Measured, ModelUsed, Report, Result, peak_memory_mb};
use fastrand::Rng;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;
use vireo_interest::models::{
    AlsConfig, Base, Case, Content, Event, Fitted, Interactions, Run, Split, TransformerConfig,
    TwoTowerConfig,
};
use vireo_pretrained::embedding::TextEmbedder;

/// Length of the lists among hidden items.
const DEPTH: usize = 20;

/// What is measured.
#[derive(Clone)]
pub struct Options<'a> {
    /// A data set's file or folder.
    pub data: &'a Path,
    /// Its layout.
    pub format: Format,
    /// What items are about ([`content::read`]).
    pub content: &'a Path,
    /// What makes vectors of it.
    pub embedder: &'a dyn TextEmbedder,
    /// What is trained, each kind once.
    pub models: Vec<Kind>,
    /// Share of the described items that is hidden, above 0 and below 1.
    pub hidden: f64,
    /// Seed of what is hidden, of trainings and of intervals.
    pub seed: u64,
}

/// A kind of model that reads what items are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`vireo_interest::models::ContentAls`], in a second.
    ContentAls,
    /// [`vireo_interest::models::TwoTower`], in minutes.
    TwoTower,
    /// [`vireo_interest::models::Transformer`], in minutes.
    Transformer,
}

impl Kind {
    /// All by their names.
    pub const ALL: [(&str, Self); 3] = [
        ("content-als", Self::ContentAls),
        ("two-tower", Self::TwoTower),
        ("transformer", Self::Transformer),
    ];

    /// Its names and settings, and whether it is told what items are about: last
    /// comes what it is without.
    fn variants(self, seed: u64) -> Vec<(&'static str, Base, bool)> {
        let als = AlsConfig::seeded(seed);
        let content_only = Base::TwoTower(TwoTowerConfig::content_only(seed));
        let fused = Base::TwoTower(TwoTowerConfig::fused(seed));
        match self {
            Self::ContentAls => {
                vec![("content-als", Base::ContentAls(als), true), ("als", Base::Als(als), false)]
            }
            Self::TwoTower => vec![
                ("two-tower, content only", content_only, true),
                ("two-tower", fused, true),
                ("two-tower, id only", fused, false),
            ],
            Self::Transformer => {
                let base = Base::Transformer(TransformerConfig::seeded(seed));
                vec![("transformer", base, true), ("transformer, id only", base, false)]
            }
        }
    }
}

/// One person's hidden items, and what else they did.
struct Wish {
    history: Vec<Event>,
    wanted: Vec<u32>,
}

/// Scores of all items for a history.
type Scoring<'a> = Box<dyn Fn(&[Event], &mut [f32]) + 'a>;

/// Trains and asks; `progress(done, of)`.
pub fn run(
    options: &Options<'_>,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let Options { seed, .. } = *options;
    let DataSet { mut interactions, items, .. } = data::read(options.data, options.format, seed)?;
    let about = content::read(options.content)?;
    let described = content::embed(options.embedder, &items, &about, progress)?;
    let hidden = hide(&items, &about, options.hidden, seed)?;
    // What is hidden is not there yet, nor what it would tell of names.
    let content = Content::new(&described, |item| !hidden[item]);
    let (wishes, train, cases) = hold_back(&mut interactions, &hidden);
    if wishes.is_empty() {
        return Err(Error::Nothing("nobody touched a hidden item and another".to_owned()));
    }
    let used = ModelUsed { name: options.embedder.name().to_owned(), sha256: None };
    report.models.push(used);

    let cold: Vec<u32> = (0..items.len() as u32).filter(|item| hidden[*item as usize]).collect();
    let genres: Vec<&[String]> =
        items.iter().map(|name| about.get(name).map_or(&[][..], |it| &it.genres)).collect();
    let mut rows = Vec::new();
    for (name, scoring) in floors(&train, &content, &genres, seed) {
        rows.push(asked(name, &scoring, &wishes, &cold, items.len(), 0.0));
    }
    let floors = rows.len();
    let with_content = Interactions { content, ..train.clone() };
    let mut warm = Vec::new();
    let models: Vec<(&str, Base, bool)> =
        options.models.iter().flat_map(|kind| kind.variants(seed)).collect();
    for (number, &(name, base, knows_content)) in models.iter().enumerate() {
        progress(number, models.len());
        forget_peak_memory();
        let started = Instant::now();
        let data = if knows_content { &with_content } else { &train };
        let fitted = base.fit(data, &Run::seeded(seed));
        let seconds = started.elapsed().as_secs_f64();
        if knows_content {
            let (_, scoring) = named(name, |history, out| fitted.model().scores(history, 0, out));
            rows.push(asked(name, &scoring, &wishes, &cold, items.len(), seconds));
        }
        let people = told_warm(&fitted, &cases, &cold, items.len());
        warm.push(Asked { name, people, seconds, peak_memory_mb: peak_memory_mb() });
    }
    progress(models.len(), models.len());
    report.results = told_cold(&rows, floors, seed);
    let mut rest = &warm[..];
    for kind in &options.models {
        let (of_kind, others) = rest.split_at(kind.variants(seed).len());
        report.results.extend(compared(of_kind, seed));
        rest = others;
    }
    Ok(report)
}

/// Which items are hidden: a seeded share of the described ones.
fn hide(
    items: &[String],
    about: &BTreeMap<String, About>,
    share: f64,
    seed: u64,
) -> Result<Vec<bool>> {
    let is_described =
        |number: &usize| about.get(&items[*number]).is_some_and(|about| about.is_described);
    let mut described: Vec<usize> = (0..items.len()).filter(is_described).collect();
    Rng::with_seed(seed).shuffle(&mut described);
    let count = (described.len() as f64 * share).round() as usize;
    if count < 2 {
        return Err(Error::Nothing(format!(
            "{} items are described, of which too few are to be hidden",
            described.len()
        )));
    }
    let mut hidden = vec![false; items.len()];
    described[..count].iter().for_each(|item| hidden[*item] = true);
    Ok(hidden)
}

/// Takes hidden items away from everybody, then everybody's last event.
fn hold_back(data: &mut Interactions, hidden: &[bool]) -> (Vec<Wish>, Interactions, Vec<Case>) {
    let mut wanted: Vec<Vec<u32>> = Vec::new();
    for history in &mut data.histories {
        let is_hidden = |event: &Event| hidden[event.item as usize];
        let mut own: Vec<u32> = history.iter().filter(|e| is_hidden(e)).map(|e| e.item).collect();
        own.sort_unstable();
        own.dedup();
        wanted.push(own);
        history.retain(|event| !is_hidden(event));
    }
    let (train, cases) = Split::LeaveOneOut.of(data);
    let wish = |(wanted, history): (Vec<u32>, &Vec<Event>)| {
        (!wanted.is_empty() && !history.is_empty())
            .then(|| Wish { history: history.clone(), wanted })
    };
    let wishes = wanted.into_iter().zip(&train.histories).filter_map(wish).collect();
    (wishes, train, cases)
}

/// What needs no training: chance, how popular a film's genres are, how much
/// the person likes its genres, and the mean of what they liked.
fn floors<'a>(
    train: &'a Interactions,
    content: &'a Content,
    genres: &'a [&'a [String]],
    seed: u64,
) -> Vec<(&'static str, Scoring<'a>)> {
    // An order for each person: one for all would be lucky or not for all of them.
    let random = RefCell::new(Rng::with_seed(seed));
    let drawn = move |_: &[Event], out: &mut [f32]| {
        let mut random = random.borrow_mut();
        out.fill_with(|| random.f32());
    };
    // By genre: its likings, and the films that have them.
    let mut fans: HashMap<&str, f32> = HashMap::new();
    let mut films: HashMap<&str, f32> = HashMap::new();
    let mut touched = vec![0.0_f32; train.items];
    train.events().for_each(|event| touched[event.item as usize] += 1.0);
    for (genres, touches) in genres.iter().zip(&touched).filter(|(_, touches)| **touches > 0.0) {
        for genre in *genres {
            *fans.entry(genre).or_default() += touches;
            *films.entry(genre).or_default() += 1.0;
        }
    }
    let of = |genre: &String| Some(fans.get(&**genre)? / films.get(&**genre)?);
    let mean =
        |genres: &&[String]| genres.iter().filter_map(of).sum::<f32>() / genres.len().max(1) as f32;
    let popular: Vec<f32> = genres.iter().map(mean).collect();
    let (popular_too, all_events) = (popular.clone(), train.events().count() as f32);
    let mut common: HashMap<&str, f32> = HashMap::new();
    for event in train.events() {
        for genre in genres[event.item as usize] {
            *common.entry(genre).or_default() += 1.0 / all_events;
        }
    }
    let by_taste = move |history: &[Event], out: &mut [f32]| {
        let mut own: HashMap<&str, f32> = HashMap::new();
        for event in history {
            for genre in genres[event.item as usize] {
                *own.entry(genre).or_default() += 1.0 / history.len() as f32;
            }
        }
        for ((out, genres), popular) in out.iter_mut().zip(genres).zip(&popular_too) {
            // How much more than others they watch of its genres.
            let liking = genres.iter().map(|genre| {
                let own = own.get(&**genre).copied().unwrap_or_default();
                (own + 0.01) / (common.get(&**genre).copied().unwrap_or_default() + 0.01)
            });
            *out = popular * liking.sum::<f32>() / genres.len().max(1) as f32;
        }
    };
    let nearest = move |history: &[Event], out: &mut [f32]| {
        let mut mean = vec![0.0; content.meaning(0).len()];
        for event in history {
            let meaning = content.meaning(event.item);
            mean.iter_mut().zip(meaning).for_each(|(sum, value)| *sum += value);
        }
        for (item, out) in out.iter_mut().enumerate() {
            let meaning = content.meaning(item as u32);
            *out = mean.iter().zip(meaning).map(|(mean, value)| mean * value).sum();
        }
    };
    vec![
        named("random", drawn),
        named("popular by genre", move |_, out| out.copy_from_slice(&popular)),
        named("own genres", by_taste),
        named("nearest content", nearest),
    ]
}

fn named<'a>(
    name: &'static str,
    scoring: impl Fn(&[Event], &mut [f32]) + 'a,
) -> (&'static str, Scoring<'a>) {
    (name, Box::new(scoring))
}

/// A name with its figures, person by person.
struct Asked {
    name: &'static str,
    people: Vec<Vec<f64>>,
    seconds: f64,
    peak_memory_mb: u64,
}

/// Ranks the hidden items for each person: recall and NDCG.
fn asked(
    name: &'static str,
    scoring: &Scoring<'_>,
    wishes: &[Wish],
    cold: &[u32],
    items: usize,
    seconds: f64,
) -> Asked {
    let mut scores = vec![0.0; items];
    let people = wishes.iter().map(|wish| {
        scoring(&wish.history, &mut scores);
        let mut list = cold.to_vec();
        list.sort_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]));
        let discount = |place: usize| 1.0 / (place as f64 + 2.0).log2();
        let found = list[..DEPTH.min(list.len())].iter().enumerate();
        let found: Vec<usize> =
            found.filter(|(_, item)| wish.wanted.contains(item)).map(|(place, _)| place).collect();
        let ideal: f64 = (0..wish.wanted.len().min(DEPTH)).map(discount).sum();
        let gain: f64 = found.iter().map(|place| discount(*place)).sum();
        vec![found.len() as f64 / wish.wanted.len() as f64, gain / ideal]
    });
    Asked { name, people: people.collect(), seconds, peak_memory_mb: peak_memory_mb() }
}

/// Figures of each person's case among the items that are not hidden.
fn told_warm(fitted: &Fitted, cases: &[Case], cold: &[u32], items: usize) -> Vec<Vec<f64>> {
    let mut scores = vec![0.0; items];
    let figures = cases.iter().map(|case| {
        fitted.model().scores(&case.history, case.at, &mut scores);
        for item in cold {
            scores[*item as usize] = f32::NEG_INFINITY;
        }
        accuracy(case.rank(&scores))
    });
    figures.collect()
}

fn told_cold(rows: &[Asked], floors: usize, seed: u64) -> Vec<Measured> {
    let recall = |asked: &Asked| mean_of(&asked.people, 0);
    let best = (0..floors).max_by(|a, b| recall(&rows[*a]).total_cmp(&recall(&rows[*b])));
    let best = best.expect("there are floors");
    let names = [format!("recall@{DEPTH}"), format!("ndcg@{DEPTH}")];
    let row = |(place, asked): (usize, &Asked)| {
        let values = [0, 1].map(|figure| mean_of(&asked.people, figure));
        let mut metrics: BTreeMap<String, f64> = names.iter().cloned().zip(values).collect();
        if place != best {
            let pairs = asked.people.iter().zip(&rows[best].people);
            let differences: Vec<f64> = pairs.map(|(own, floor)| own[0] - floor[0]).collect();
            metrics.insert("p_vs_floor".to_owned(), statistics::p_value(&differences, seed));
            metrics.insert("times_floor".to_owned(), values[0] / recall(&rows[best]));
        }
        let intervals = statistics::intervals(&asked.people, seed);
        Measured {
            name: asked.name.to_owned(),
            split: Some("cold".to_owned()),
            count: asked.people.len(),
            seed: Some(seed),
            metrics,
            interval: names.iter().cloned().zip(intervals).collect(),
            seconds: BTreeMap::from([("train".to_owned(), asked.seconds)]),
            peak_memory_mb: asked.peak_memory_mb,
            ..Measured::default()
        }
    };
    rows.iter().enumerate().map(row).collect()
}

/// Rows of one kind of model among known items; each beside the last one, which knows no content:
/// the mean difference of NDCG@10 with its interval.
fn compared(warm: &[Asked], seed: u64) -> Vec<Measured> {
    let names = accuracy_names();
    let place = names.iter().position(|name| name == super::DECIDING).unwrap_or_default();
    let Some(Asked { people: base, .. }) = warm.last() else { return Vec::new() };
    let kept = ["hr@10", "ndcg@10"];
    let row = |asked: &Asked| {
        let Asked { name, people, seconds, peak_memory_mb } = asked;
        let pairs = people.iter().zip(base);
        let mut rows = people.clone();
        rows.iter_mut()
            .zip(pairs)
            .for_each(|(row, (own, base))| row.push(own[place] - base[place]));
        let intervals = statistics::intervals(&rows, seed);
        let all = names.iter().cloned().chain(["ndcg@10_gain".to_owned()]).enumerate();
        let all: Vec<(usize, String)> =
            all.filter(|(_, name)| kept.contains(&&**name) || name.ends_with("gain")).collect();
        Measured {
            name: (*name).to_owned(),
            split: Some("warm".to_owned()),
            count: people.len(),
            seed: Some(seed),
            metrics: all.iter().map(|(n, name)| (name.clone(), mean_of(&rows, *n))).collect(),
            interval: all.iter().map(|(n, name)| (name.clone(), intervals[*n])).collect(),
            seconds: BTreeMap::from([("train".to_owned(), *seconds)]),
            peak_memory_mb: *peak_memory_mb,
            ..Measured::default()
        }
    };
    warm.iter().map(row).collect()
}

fn mean_of(rows: &[Vec<f64>], figure: usize) -> f64 {
    rows.iter().map(|row| row[figure]).sum::<f64>() / rows.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::fs;
    use vireo_pretrained::embedding::hashing::HashingEmbedder;

    /// People watch films about trains or films about bread.
    #[test]
    fn hidden_films_are_found_by_what_they_are_about() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut films, mut log) = (
            String::from("id,title,genres,overview\n"),
            String::from("user,item,rating,timestamp\n"),
        );
        let subjects = ["old steam trains on rails", "sourdough bread from the oven"];
        for film in 0..60 {
            let subject = subjects[film % 2];
            let _ = writeln!(films, "f{film},Film {film},Documentary,{subject}");
        }
        let mut random = Rng::with_seed(1);
        for person in 0..120 {
            let mut seen: Vec<usize> = (0..60).filter(|film| film % 2 == person % 2).collect();
            random.shuffle(&mut seen);
            for (at, film) in seen.into_iter().take(12).enumerate() {
                let _ = writeln!(log, "p{person},f{film},5,{at}");
            }
        }
        let (content, data) = (folder.path().join("films.csv"), folder.path().join("log.csv"));
        fs::write(&content, films).expect("written");
        fs::write(&data, log).expect("written");
        let options = Options {
            data: &data,
            format: Format::InteractionsCsv,
            content: &content,
            embedder: &HashingEmbedder,
            models: Kind::ALL.map(|(_, kind)| kind).to_vec(),
            hidden: 0.7,
            seed: 1,
        };
        let report = run(&options, Report::new("cold-items", Vec::new()), &|_, _| {}).expect("run");
        let row = |split: &str, name: &str| {
            let is_it = |row: &&Measured| row.name == name && row.split.as_deref() == Some(split);
            report.results.iter().find(is_it).expect("a row").metrics.clone()
        };
        let recall = |name: &str| row("cold", name)["recall@20"];
        // Twenty of the 42 that are hidden.
        assert!((recall("random") - 20.0 / 42.0).abs() < 0.05, "{report}");
        assert!(
            recall("nearest content") > 0.85 && recall("two-tower, content only") > 0.85,
            "{report}"
        );
        assert!(recall("two-tower") > 0.85 && recall("content-als") > 0.85, "{report}");
        assert!(recall("transformer") > 0.7, "{report}");
        for base in ["als", "two-tower, id only", "transformer, id only"] {
            assert_eq!(row("warm", base)["ndcg@10_gain"], 0.0);
        }
        assert!(row("warm", "two-tower")["ndcg@10"] > 0.1, "{report}");
        let all = Options { hidden: 0.001, ..options };
        let error = run(&all, Report::new("cold-items", Vec::new()), &|_, _| {});
        assert!(error.expect_err("none hidden").to_string().contains("too few"));
    }
}
