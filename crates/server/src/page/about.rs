//! `/video/{video}/about`: everything known of a video, each statement with
//! its evidence, and why it is or is not in the viewer's feed.

use super::clock::{clock, duration, second};
use super::fill;
use super::frame::Frame;
use super::strings::Strings;
use crate::app::{Explanation, Verdict, Verdicts};
use crate::error::Problem;
use crate::routes::shapes::without_paths;
use crate::serve::Site;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use serde_json::Value;
use vireo_domain::{Annotation, Language, MediaFacts, Scene, Timestamp, Video, VideoId};

struct Statement {
    /// Its kind as the interface has it.
    code: String,
    kind: &'static str,
    value: String,
    /// What it says, for people.
    stated: String,
    /// Time code and second of where it holds.
    at: Option<(String, String)>,
    source: &'static str,
    evidence: String,
    percent: u32,
    model: String,
    verdict: Option<Verdict>,
}

struct Moment {
    at: String,
    second: String,
    text: String,
}

#[derive(Template)]
#[template(path = "about.html")]
struct About {
    frame: Frame,
    id: String,
    title: String,
    /// Name and value of what owner and file say.
    facts: Vec<(&'static str, String)>,
    feed: Explanation,
    language: Language,
    statements: Vec<Statement>,
    dropped: u32,
    transcripts: Vec<String>,
    scenes: Vec<Moment>,
    warnings: Vec<String>,
    times: Vec<(String, String)>,
}

/// Everything known of the video.
pub(crate) async fn show(
    State(site): State<Site>,
    frame: Frame,
    Path(id): Path<VideoId>,
) -> Result<Html<String>, Problem> {
    let found = site.app.video(&id).await?;
    let (video, analysis) = found.ok_or_else(|| Problem::no_video(&id))?;
    let feed = site.app.explain(&frame.viewer, &id).await?;
    let t = frame.t;
    let (mut statements, mut transcripts, mut scenes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut warnings, mut times, mut dropped) = (Vec::new(), Vec::new(), 0);
    if let Some(analysis) = analysis {
        dropped = analysis.card.as_ref().map_or(0, |card| card.dropped_claims);
        let verdicts = site.app.verdicts(&id).await?;
        statements = analysis.annotations.iter().map(|it| statement(it, &verdicts, t)).collect();
        scenes = analysis.scenes.iter().map(moment).collect();
        warnings = without_paths(&video, &analysis.warnings);
        times = analysis
            .times
            .into_iter()
            .map(|time| (time.stage, format!("{:.2}", time.seconds)))
            .collect();
        let named = |it: &vireo_domain::Transcript| {
            let name = t.language_name(&it.language);
            let origin = t.transcript_origin(it.origin);
            format!("{name} · {origin} · {} · {}", it.detail, it.cues.len())
        };
        transcripts = analysis.transcripts.iter().map(named).collect();
    }
    fill(&About {
        id: id.to_string(),
        title: video.title.clone(),
        facts: facts(&video, t),
        frame,
        feed,
        language: t.language(),
        statements,
        dropped,
        transcripts,
        scenes,
        warnings,
        times,
    })
}

fn statement(annotation: &Annotation, verdicts: &Verdicts, t: &Strings) -> Statement {
    let code = serde_json::to_value(annotation.kind).ok();
    Statement {
        code: code.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
        verdict: verdicts.on(annotation.kind, &annotation.value),
        kind: t.kind_name(annotation.kind),
        value: annotation.value.clone(),
        stated: t.stated(annotation.kind, &annotation.value).into_owned(),
        at: annotation.span.map(|span| (clock(span.start), second(span.start))),
        source: t.source_name(annotation.source),
        evidence: annotation.evidence.clone().unwrap_or_default(),
        percent: (annotation.confidence.clamp(0.0, 1.0) * 100.0).round() as u32,
        model: annotation.model.clone(),
    }
}

fn moment(scene: &Scene) -> Moment {
    Moment {
        at: clock(scene.span.start),
        second: second(scene.span.start),
        text: scene.text.clone(),
    }
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn facts(video: &Video, t: &Strings) -> Vec<(&'static str, String)> {
    let media = video.media.as_ref();
    let tags = (!video.tags.is_empty()).then(|| video.tags.join(", "));
    [
        (t.channel, video.channel.clone()),
        (t.category, video.category.as_deref().map(|name| t.category_name(name))),
        (t.tags, tags),
        (t.language, video.language.as_ref().map(|language| t.language_name(language))),
        (t.length, duration(video)),
        (t.published, video.published_at.map(day)),
        (t.added, Some(day(video.added_at))),
        (t.picture, media.and_then(picture)),
        (t.sound, media.map(|it| it.audio_codec.clone().unwrap_or_else(|| t.no_sound.to_owned()))),
        (t.size, media.map(|it| format!("{:.1} MB", it.size_bytes as f64 / 1e6))),
        (t.content_id, media.map(|it| it.content_hash.clone()).filter(|hash| !hash.is_empty())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn picture(media: &MediaFacts) -> Option<String> {
    let (width, height) = (media.width?, media.height?);
    let codec = media.video_codec.as_deref().unwrap_or_default();
    let rate = media.fps.map(|fps| format!(", {fps:.0}/s")).unwrap_or_default();
    Some(format!("{width}×{height} {codec}{rate}"))
}
