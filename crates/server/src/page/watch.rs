//! `/watch/{video}`: player, transcript, card, and what to watch next.

use super::clock::{clock, duration, second};
use super::feed::{self, Card};
use super::fill;
use super::frame::Frame;
use super::strings::Strings;
use super::timeline::{Lane, lanes};
use crate::app::Verdicts;
use crate::error::Problem;
use crate::routes::videos::is_web_address;
use crate::serve::Site;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;
use vireo_domain::{Analysis, CardAuthor, FeedbackKind, Transcript, VideoId};

const RELATED: usize = 12;
/// Characters of a description that are shown unfolded.
const LEAD: usize = 400;
/// The viewer's last actions, looked through for what they said of the video.
const REMEMBERED: u32 = 500;

/// Where to begin.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// In seconds.
    t: Option<f64>,
}

struct Line {
    at: String,
    second: String,
    start: f64,
    /// Second and text of its words, where they are known; else the whole line.
    words: Vec<(f64, String)>,
}

struct Track {
    place: usize,
    tag: String,
    label: String,
}

/// The card of the video, as the page shows it.
struct Summary {
    text: String,
    keywords: Vec<String>,
    topics: Vec<String>,
    /// Name and value of mood, tone, category, audience.
    facts: Vec<(&'static str, String)>,
    by_model: Option<String>,
}

#[derive(Template)]
#[template(path = "watch.html")]
#[expect(clippy::struct_excessive_bools, reason = "each shows a part of the page")]
struct Watch {
    frame: Frame,
    id: String,
    title: String,
    channel: Option<String>,
    /// How the owner's description begins.
    lead: String,
    /// All of it, if there is more of it than that.
    description: Option<String>,
    duration: Option<String>,
    language: Option<String>,
    /// Its topic in the catalogue: number and name.
    topic: Option<(u32, String)>,
    hidden: bool,
    has_file: bool,
    is_missing: bool,
    url: Option<String>,
    /// `#t=…` of the media address.
    fragment: String,
    tracks: Vec<Track>,
    has_sprite: bool,
    lines: Vec<Line>,
    /// Whether the words of lines have times.
    has_words: bool,
    transcript_from: Option<String>,
    lanes: Vec<Lane>,
    summary: Option<Summary>,
    related: Vec<Card>,
    degraded: Vec<String>,
    /// What the viewer last said of it.
    opinion: Option<FeedbackKind>,
}

/// The video.
pub(crate) async fn show(
    State(site): State<Site>,
    frame: Frame,
    Path(id): Path<VideoId>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let found = site.app.video(&id).await?;
    let (video, analysis) = found.ok_or_else(|| Problem::no_video(&id))?;
    // A video whose relatives cannot be told is still worth watching.
    let related = site.app.related(&id, Some(&frame.viewer), RELATED).await;
    let related = related.unwrap_or_else(|error| {
        tracing::warn!("related videos of {id}: {error:#}");
        let degraded = vec!["related: failed".to_owned()];
        vireo_recommend::Page { degraded, ..vireo_recommend::Page::default() }
    });
    let opinion = opinion(&site, &frame, &id).await?;
    let t = frame.t;
    let transcripts = analysis.as_ref().map_or(&[][..], |analysis| &analysis.transcripts);
    let is_missing = site.app.missing().contains(&id);
    let has_file = video.media.is_some() && !is_missing;
    let verdicts = site.app.verdicts(&id).await?;
    let lines = transcripts.first().map(lines).unwrap_or_default();
    let lead = feed::beginning(&video.description, LEAD);
    let start = asked.t.filter(|start| start.is_finite() && *start > 0.0);
    fill(&Watch {
        id: id.to_string(),
        duration: duration(&video),
        language: video.language.as_ref().filter(|l| !l.is_unknown()).map(|l| t.language_name(l)),
        topic: topic(&site, &id, t),
        hidden: video.hidden,
        has_file,
        is_missing,
        fragment: start.map(|start| format!("#t={}", second(start))).unwrap_or_default(),
        tracks: transcripts.iter().enumerate().map(|(place, it)| track(place, it, t)).collect(),
        has_words: lines.iter().any(|line| line.words.len() > 1),
        lines,
        has_sprite: has_file && site.app.sprite_path(&id, "vtt").is_some(),
        transcript_from: transcripts.first().map(|it| origin(it, t)),
        lanes: match &analysis {
            Some(analysis) if has_file => lanes(&video, analysis, &verdicts, t),
            _ => Vec::new(),
        },
        summary: analysis
            .as_ref()
            .and_then(|analysis| summary(analysis, &verdicts, &video.description, t)),
        related: feed::cards(&site, &related, t),
        degraded: related.degraded,
        opinion,
        url: video.url.filter(|url| is_web_address(url)),
        title: video.title,
        channel: video.channel,
        description: Some(video.description.trim().to_owned()).filter(|all| *all != lead),
        lead,
        frame,
    })
}

fn topic(site: &Site, id: &VideoId, t: &Strings) -> Option<(u32, String)> {
    let catalogue = site.app.snapshot();
    let topic = catalogue.topics.topic(catalogue.item(id)?.topic?)?;
    Some((topic.id.0, topic.name_for(t.language().is_chinese()).to_owned()))
}

/// What the viewer last said of the video: like or dislike.
async fn opinion(
    site: &Site,
    frame: &Frame,
    id: &VideoId,
) -> Result<Option<FeedbackKind>, Problem> {
    let actions = site.app.store.of_user(&frame.viewer, REMEMBERED).await?;
    let opinions = [FeedbackKind::Like, FeedbackKind::Dislike];
    let last = actions.iter().find(|it| it.video == *id && opinions.contains(&it.kind));
    Ok(last.map(|feedback| feedback.kind))
}

fn origin(transcript: &Transcript, t: &Strings) -> String {
    let language = t.language_name(&transcript.language);
    let origin = t.transcript_origin(transcript.origin);
    format!("{language} · {origin} · {}", transcript.detail)
}

fn track(place: usize, transcript: &Transcript, t: &Strings) -> Track {
    let name = t.language_name(&transcript.language);
    let origin = t.transcript_origin(transcript.origin);
    let label = format!("{name}{}{origin}{}", t.open, t.close);
    Track { place, tag: transcript.language.code().to_owned(), label }
}

fn lines(transcript: &Transcript) -> Vec<Line> {
    let line = |cue: &vireo_domain::Cue| Line {
        at: clock(cue.span.start),
        second: second(cue.span.start),
        start: cue.span.start,
        words: words(cue),
    };
    transcript.cues.iter().map(line).collect()
}

/// The words of a line, each with the blank after it, if there is one.
fn words(cue: &vireo_domain::Cue) -> Vec<(f64, String)> {
    let mut rest = cue.text.as_str();
    let mut words: Vec<(f64, String)> = Vec::new();
    for (word, span) in cue.words() {
        let after = rest.find(word).map_or(rest.len(), |at| at + word.len());
        let next = rest[after..].len() - rest[after..].trim_start().len();
        words.push((span.start, rest[..after + next].to_owned()));
        rest = &rest[after + next..];
    }
    if words.is_empty() {
        words.push((cue.span.start, cue.text.replace('\n', " ")));
    }
    words
}

fn summary(
    analysis: &Analysis,
    verdicts: &Verdicts,
    description: &str,
    t: &Strings,
) -> Option<Summary> {
    let mut analysis = analysis.clone();
    verdicts.apply(&mut analysis);
    let card = analysis.card?;
    let facts = [
        (t.category, card.category.map(|category| t.category_name(&category))),
        (t.mood, card.mood.map(|mood| t.mood_name(mood).to_owned())),
        (t.sentiment, card.sentiment.map(|tone| t.sentiment_name(tone).to_owned())),
        (t.audience, card.audience.map(|audience| t.audience_name(&audience))),
    ];
    Some(Summary {
        // A summary by rules is often the description itself.
        text: if description.contains(&card.summary) { String::new() } else { card.summary },
        keywords: card.keywords,
        topics: card.topics.iter().map(|topic| t.category_name(topic)).collect(),
        facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        by_model: match card.author {
            CardAuthor::LanguageModel(model) => Some(model),
            CardAuthor::Rules => None,
        },
    })
}
