//! `vireo bench retrieval`.

use crate::commands::Context;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use vireo_domain::{Span, Video};
use vireo_evaluate::Report;
use vireo_evaluate::retrieval::questions::{Half, Question, read};
use vireo_evaluate::retrieval::{Answer, quote_rows, rows};
use vireo_server::App;
use vireo_server::app::{SearchBy, SearchRequest};

/// Hits of each kind that are looked at.
const LIMIT: usize = 20;

/// Quotes that are looked at.
const QUOTES: usize = 3;

/// Ways of searching: the floors, then what people get.
const WAYS: [(&str, SearchBy); 3] =
    [("words", SearchBy::Words), ("meaning", SearchBy::Meaning), ("hybrid", SearchBy::Both)];

/// Does search find the video and the second that answer a question? Hybrid,
/// beside words alone and meaning alone
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Questions, a TOML file [default: those to the demo's videos]
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// Which half of them
    #[arg(long, value_enum, default_value_t = HalfName::Final)]
    half: HalfName,
    /// Seed of the intervals
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum HalfName {
    /// To choose settings by
    Tuning,
    /// To tell
    Final,
}

impl Arguments {
    pub(super) async fn measure(&self, context: &Context) -> Result<Report> {
        let app = context.open_catalogue().await?;
        let videos = super::all_videos(&app).await?;
        let half = match self.half {
            HalfName::Tuning => Half::Tuning,
            HalfName::Final => Half::Final,
        };
        let questions = read(self.questions.as_deref(), half, &videos)?;
        let mut report = Report::new("retrieval", super::models_used(&app.models)?);
        for (name, by) in WAYS {
            let answers = answers(&app, &questions, by).await?;
            report.results.extend(rows(name, half, &questions, &answers, self.seed));
        }
        let (quotes, beginnings) = quotes(&app, &questions, &videos).await?;
        for (name, quotes) in [("ask", quotes), ("the beginning", beginnings)] {
            report.results.extend(quote_rows(name, half, &questions, &quotes, self.seed));
        }
        Ok(report)
    }
}

async fn answers(app: &App, questions: &[Question], by: SearchBy) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for question in questions {
        let text = question.text.clone();
        let found = app.search(&SearchRequest { text, language: None, limit: LIMIT, by }).await?;
        answers.push(Answer {
            videos: found.videos.into_iter().map(|hit| hit.video.id).collect(),
            scenes: found.scenes.into_iter().map(|hit| (hit.video.id, hit.span)).collect(),
        });
    }
    Ok(answers)
}

/// For each question that is answered at a time: what `vireo ask` quotes of its
/// video, and the floor: its beginning.
async fn quotes(
    app: &App,
    questions: &[Question],
    videos: &[Video],
) -> Result<(Vec<Vec<Span>>, Vec<Vec<Span>>)> {
    let (mut quotes, mut beginnings) = (Vec::new(), Vec::new());
    for question in questions.iter().filter(|question| question.at.is_some()) {
        let [video] = question.right.as_slice() else { continue };
        let found = app.ask(video, &question.text, QUOTES).await?;
        quotes.push(found.into_iter().map(|quote| quote.span).collect());
        let seconds = videos.iter().find(|it| it.id == *video).and_then(|it| it.duration_seconds);
        beginnings.push(vec![Span::new(0.0, seconds.unwrap_or_default())]);
    }
    Ok((quotes, beginnings))
}
