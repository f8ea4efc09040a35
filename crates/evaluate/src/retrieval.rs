//! `vireo bench retrieval`: does search find the video, and the second, that
//! answers a question?
//!
//! Questions are asked in the language of the video and in another. Each way
//! of searching answers all of them: words alone and meaning alone are the
//! floors of both together. A figure is the mean over videos of the mean over
//! their questions, with the interval of drawing videos: questions to one
//! video are no independent samples.

pub mod questions;

use crate::recommend::statistics::intervals;
use crate::{Measured, Report};
use questions::{Half, Kind, Question};
use std::collections::BTreeMap;
use std::fmt::Write;
use vireo_domain::{Span, VideoId};

/// How near to the beginning of the answer a scene or quote begins that shows
/// it, in seconds.
const NEAR: f64 = 5.0;

/// What a search answered, best first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// Whole videos.
    pub videos: Vec<VideoId>,
    /// Scenes.
    pub scenes: Vec<(VideoId, Span)>,
}

/// Figures of one question, by metric.
type Figures = Vec<(&'static str, f64)>;

/// Rows of one way of searching: `answers` are to `questions`, in their order.
pub fn rows(
    name: &str,
    half: Half,
    questions: &[Question],
    answers: &[Answer],
    seed: u64,
) -> Vec<Measured> {
    let mut groups = Groups { name, half, seed, figures: BTreeMap::new() };
    for (question, answer) in questions.iter().zip(answers) {
        if let Kind::Nothing(reason) = &question.kind {
            let is_answered = !answer.videos.is_empty() || !answer.scenes.is_empty();
            groups.add("answered", reason, question, vec![("answered", share(is_answered))]);
            continue;
        }
        groups.add_to_all("videos", question, &of_videos(question, &answer.videos));
        if let Some(at) = question.at {
            groups.add_to_all("scenes", question, &of_scenes(question, at, &answer.scenes));
        }
    }
    groups.rows()
}

/// Rows of questions to one video: `quotes` are the spans that were quoted for
/// each question that has one, in the order of these questions.
pub fn quote_rows(
    name: &str,
    half: Half,
    questions: &[Question],
    quotes: &[Vec<Span>],
    seed: u64,
) -> Vec<Measured> {
    let mut groups = Groups { name, half, seed, figures: BTreeMap::new() };
    let spanned = questions.iter().filter_map(|question| Some((question, question.at?)));
    for ((question, at), quotes) in spanned.zip(quotes) {
        let is_near = |quote: &Span| begins_near(quote, at);
        let figures = vec![
            ("quote@1", share(quotes.iter().take(1).any(is_near))),
            ("quote@3", share(quotes.iter().take(3).any(is_near))),
            ("quoted", share(!quotes.is_empty())),
        ];
        groups.add_to_all("quotes", question, &figures);
    }
    groups.rows()
}

fn share(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn of_videos(question: &Question, found: &[VideoId]) -> Figures {
    let is_right = |video: &VideoId| question.right.contains(video);
    let recall = |k: usize| {
        let right = found.iter().take(k).filter(|video| is_right(video)).count();
        right as f64 / question.right.len().clamp(1, k) as f64
    };
    vec![
        ("recall@1", recall(1)),
        ("recall@5", recall(5)),
        ("mrr", reciprocal_rank(found.iter().map(is_right))),
    ]
}

fn of_scenes(question: &Question, at: Span, found: &[(VideoId, Span)]) -> Figures {
    let is_right =
        |(video, span): &(VideoId, Span)| question.right.contains(video) && speaks(span, at);
    let is_near =
        |(video, span): &(VideoId, Span)| question.right.contains(video) && begins_near(span, at);
    vec![
        ("scene_recall@1", share(found.iter().take(1).any(is_right))),
        ("scene_recall@5", share(found.iter().take(5).any(is_right))),
        ("scene_mrr", reciprocal_rank(found.iter().map(is_right))),
        ("second@1", share(found.iter().take(1).any(is_near))),
        ("second@5", share(found.iter().take(5).any(is_near))),
    ]
}

/// Whether a scene shows the answer: they share half of the shorter of both.
fn speaks(scene: &Span, at: Span) -> bool {
    let shared = scene.end.min(at.end) - scene.start.max(at.start);
    shared >= 0.5 * scene.seconds().min(at.seconds())
}

fn begins_near(span: &Span, at: Span) -> bool {
    (span.start - at.start).abs() <= NEAR
}

fn reciprocal_rank(is_right: impl IntoIterator<Item = bool>) -> f64 {
    let place = is_right.into_iter().position(|is_right| is_right);
    place.map_or(0.0, |place| 1.0 / (place + 1) as f64)
}

/// Figures by what they are of and what was asked, and within by video or word.
struct Groups<'a> {
    name: &'a str,
    half: Half,
    seed: u64,
    figures: BTreeMap<(&'static str, String), BTreeMap<String, Vec<Figures>>>,
}

impl Groups<'_> {
    fn add(&mut self, of: &'static str, asked: &str, question: &Question, figures: Figures) {
        // Questions to one video belong together, in whatever language.
        let unit = match (&question.kind, question.right.as_slice()) {
            (Kind::Video(_), [video]) => video.to_string(),
            _ => question.text.clone(),
        };
        let group = self.figures.entry((of, asked.to_owned())).or_default();
        group.entry(unit).or_default().push(figures);
    }

    /// To the group of its languages, and for a question to one video to that
    /// of all of these.
    fn add_to_all(&mut self, of: &'static str, question: &Question, figures: &Figures) {
        let asked = question.language.as_ref().map(ToString::to_string).unwrap_or_default();
        if let Kind::Video(spoken) = &question.kind {
            self.add(of, &format!("{asked}→{spoken}"), question, figures.clone());
            self.add(of, "all", question, figures.clone());
        } else {
            self.add(of, &format!("{asked}, one word"), question, figures.clone());
        }
    }

    fn rows(self) -> Vec<Measured> {
        let row = |((_, asked), units): ((&str, String), BTreeMap<String, Vec<Figures>>)| {
            let names: Vec<&str> =
                units.values().next().map_or(Vec::new(), |it| it[0].iter().map(|f| f.0).collect());
            let mean = |figures: &Vec<Figures>, column: usize| {
                figures.iter().map(|it| it[column].1).sum::<f64>() / figures.len() as f64
            };
            let table: Vec<Vec<f64>> = units
                .values()
                .map(|figures| (0..names.len()).map(|column| mean(figures, column)).collect())
                .collect();
            let of_column = |column: usize| {
                table.iter().map(|row| row[column]).sum::<f64>() / table.len() as f64
            };
            let named = |name: &&str| (*name).to_owned();
            Measured {
                name: self.name.to_owned(),
                language: Some(asked),
                split: Some(self.half.to_string()),
                count: units.values().map(Vec::len).sum(),
                seed: Some(self.seed),
                metrics: names.iter().map(named).zip((0..names.len()).map(of_column)).collect(),
                interval: names.iter().map(named).zip(intervals(&table, self.seed)).collect(),
                ..Measured::default()
            }
        };
        self.figures.into_iter().map(row).collect()
    }
}

/// What the tables hold, in their order.
const TABLES: [(&str, &[&str]); 4] = [
    ("videos", &["recall@1", "recall@5", "mrr"]),
    ("scenes", &["scene_recall@1", "scene_recall@5", "scene_mrr", "second@1", "second@5"]),
    ("quotes of `vireo ask`", &["quote@1", "quote@3", "quoted"]),
    ("what nothing answers", &["answered"]),
];

/// The report as Markdown, a table for each kind of answer.
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    for (title, metrics) in TABLES {
        let mut rows: Vec<&Measured> =
            report.results.iter().filter(|row| row.metrics.contains_key(metrics[0])).collect();
        rows.sort_by(|one, other| one.language.cmp(&other.language));
        if rows.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "| {title} | asked→spoken | questions |");
        for metric in metrics {
            let _ = write!(out, " {metric} |");
        }
        let _ = write!(out, "\n|---|---|{}", "---:|".repeat(metrics.len() + 1));
        for row in rows {
            let language = row.language.as_deref().unwrap_or_default();
            let _ = write!(out, "\n| {} | {language} | {} |", row.name, row.count);
            for metric in metrics {
                let (low, high) = row.interval[*metric];
                let _ = write!(out, " {:.3} ({low:.2}–{high:.2}) |", row.metrics[*metric]);
            }
        }
        out.push_str("\n\n");
    }
    let half = report.results.first().and_then(|row| row.split.as_deref()).unwrap_or_default();
    let _ = write!(
        out,
        "The {half} half; intervals of 95 % by drawing videos. A scene is right that shares half of \
         the shorter with the answer; second and quote: it begins within {NEAR} s of the answer."
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::Language;

    fn id(name: &str) -> VideoId {
        VideoId::new(name).expect("an id")
    }

    fn question(kind: Kind, right: &[&str], at: Option<Span>) -> Question {
        Question {
            text: "x".to_owned(),
            language: Some(Language::chinese()),
            kind,
            right: right.iter().map(|name| id(name)).collect(),
            at,
        }
    }

    fn figure(rows: &[Measured], language: &str, metric: &str) -> f64 {
        let row = rows.iter().find(|row| {
            row.language.as_deref() == Some(language) && row.metrics.contains_key(metric)
        });
        row.expect("a row").metrics[metric]
    }

    #[test]
    fn ranks_scenes_and_seconds_are_told_apart() {
        let at = Some(Span::new(20.0, 25.0));
        let questions = [
            question(Kind::Video(Language::english()), &["a"], at),
            question(Kind::Word, &["a", "b"], None),
            question(Kind::Nothing("noise".to_owned()), &[], None),
        ];
        let found = Answer {
            videos: vec![id("b"), id("a")],
            scenes: vec![(id("a"), Span::new(0.0, 30.0)), (id("a"), Span::new(18.0, 24.0))],
        };
        let answers = [found.clone(), found.clone(), found];
        let rows = rows("hybrid", Half::Final, &questions, &answers, 1);
        assert_eq!(figure(&rows, "zh→en", "recall@1"), 0.0);
        assert_eq!(figure(&rows, "all", "mrr"), 0.5);
        assert_eq!(figure(&rows, "zh→en", "scene_recall@1"), 1.0);
        assert_eq!(figure(&rows, "zh→en", "second@1"), 0.0, "the scene begins too early");
        assert_eq!(figure(&rows, "zh→en", "second@5"), 1.0);
        assert_eq!(figure(&rows, "zh, one word", "recall@5"), 1.0);
        assert_eq!(figure(&rows, "noise", "answered"), 1.0);
        let quotes = quote_rows("ask", Half::Final, &questions, &[vec![Span::new(24.0, 30.0)]], 1);
        assert_eq!(figure(&quotes, "zh→en", "quote@1"), 1.0);
        let mut report = Report::new("retrieval", Vec::new());
        report.results = rows;
        let table = table(&report);
        assert!(table.contains("| hybrid | zh→en | 1 | 0.000 (0.00–0.00) |"), "{table}");
    }
}
