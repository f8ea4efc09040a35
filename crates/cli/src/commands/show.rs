//! `vireo show`.

use super::{Context, Ending};
use crate::named;
use crate::output::{clock, count, print, print_json, size};
use crate::table::{Table, cut};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use vireo_domain::{Analysis, Annotation, AnnotationKind, Card, Video};

/// Show everything that is known of a video
///
/// Each statement comes with what it was read from, when it holds, how sure
/// Vireo is, and the model that said it.
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo show 3f2a                        by the beginning of its id
  vireo show talks/friday.mp4            by its file
  vireo show \"Rook endgames\"            by its title
  vireo show 3f2a --transcript           with every word that is said")]
pub(crate) struct Arguments {
    #[arg(help = named::VIDEO)]
    video: String,
    /// Print the whole transcript
    #[arg(long)]
    transcript: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open().await?;
        let id = named::video(&app, &self.video).await?;
        let Some((video, analysis)) = app.video(&id).await? else {
            anyhow::bail!("there is no video {id}");
        };
        if self.json {
            let is_gone = is_gone(&video);
            let mut value =
                json!({ "video": video, "file_is_gone": is_gone, "analysis": analysis });
            remove_vectors(&mut value);
            print_json(&value)?;
            return Ok(Ending::Well);
        }
        let mut text = about(&video);
        match &analysis {
            Some(analysis) => understood(&mut text, analysis, self.transcript),
            None => text.push_str("\nNot described yet: run `vireo train`.\n"),
        }
        print(&text)?;
        Ok(Ending::Well)
    }
}

/// Whether it has a file, and that is not where it was.
fn is_gone(video: &Video) -> bool {
    video.media.as_ref().is_some_and(|media| !Path::new(&media.path).is_file())
}

/// Vectors are for machines; they are in `vireo export`.
fn remove_vectors(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("embedding");
            fields.values_mut().for_each(remove_vectors);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_vectors),
        _ => {}
    }
}

fn about(video: &Video) -> String {
    let mut text = format!("{}\n", video.title);
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(text, "  {name:<12}{value}");
        }
    };
    line("id", Some(video.id.to_string()));
    line("hidden", video.hidden.then(|| "yes: never recommended nor found".to_owned()));
    line("language", video.language.as_ref().map(ToString::to_string));
    line("length", video.duration_seconds.map(clock));
    line("channel", video.channel.clone());
    line("category", video.category.clone());
    line("tags", Some(video.tags.join(", ")));
    line("published", video.published_at.map(|at| format!("{at:.0}")));
    line("added", Some(format!("{:.0}", video.added_at)));
    line("address", video.url.clone());
    if let Some(media) = &video.media {
        let gone =
            if is_gone(video) { "  (gone: left out of all lists until it is back)" } else { "" };
        line("file", Some(format!("{}{gone}", media.path)));
        let picture = match (&media.video_codec, media.width, media.height, media.fps) {
            (Some(codec), Some(width), Some(height), Some(fps)) => {
                format!(", {codec} {width}x{height} {fps:.0} fps")
            }
            (Some(codec), ..) => format!(", {codec}"),
            (None, ..) => ", no picture".to_owned(),
        };
        let sound = media.audio_codec.as_deref().unwrap_or("no sound");
        line("media", Some(format!("{}{picture}, {sound}", size(media.size_bytes))));
    }
    line("description", Some(cut(&video.description.replace('\n', " "), 300)));
    text
}

fn understood(text: &mut String, analysis: &Analysis, whole_transcript: bool) {
    if let Some(card) = &analysis.card {
        card_of(text, card, &analysis.annotations);
    }
    if !analysis.annotations.is_empty() {
        let mut table = Table::new(["what", "value", "when", "from", "sure", "model", "evidence"]);
        let is_shot = |annotation: &&Annotation| annotation.kind == AnnotationKind::Shot;
        let (shots, others): (Vec<_>, Vec<_>) = analysis.annotations.iter().partition(is_shot);
        if let [first, .., last] = shots.as_slice() {
            let end = last.span.map_or(0.0, |span| span.end);
            let mean = format!("{:.1} s each on average", end / shots.len() as f64);
            table.row([
                count(shots.len(), "shot"),
                mean,
                format!("0:00-{}", clock(end)),
                name_of(&first.source),
                String::new(),
                first.model.clone(),
                String::new(),
            ]);
        }
        for annotation in others {
            let span =
                annotation.span.map(|span| format!("{}-{}", clock(span.start), clock(span.end)));
            table.row([
                name_of(&annotation.kind),
                annotation.value.clone(),
                span.unwrap_or_default(),
                name_of(&annotation.source),
                format!("{:.2}", annotation.confidence),
                annotation.model.clone(),
                cut(annotation.evidence.as_deref().unwrap_or_default(), 60),
            ]);
        }
        let _ = write!(text, "\nStatements\n{}", indent(&table.render()));
    }
    for transcript in &analysis.transcripts {
        let (language, origin) = (&transcript.language, name_of(&transcript.origin));
        let cues = count(transcript.cues.len(), "cue");
        let _ =
            writeln!(text, "\nTranscript: {language}, {origin} ({}), {cues}", transcript.detail);
        let shown = if whole_transcript { usize::MAX } else { 3 };
        for cue in transcript.cues.iter().take(shown) {
            let _ =
                writeln!(text, "  {:>7}  {}", clock(cue.span.start), cue.text.replace('\n', " "));
        }
        if transcript.cues.len() > shown {
            let _ = writeln!(text, "  … (all of it: --transcript)");
        }
    }
    if !analysis.scenes.is_empty() {
        let mut table = Table::new(["scene", "when", "text"]);
        for (index, scene) in analysis.scenes.iter().enumerate() {
            let when = format!("{}-{}", clock(scene.span.start), clock(scene.span.end));
            table.row([index.to_string(), when, cut(&scene.text.replace('\n', " "), 90)]);
        }
        let _ = write!(text, "\nScenes\n{}", indent(&table.render()));
    }
    if !analysis.keyframes.is_empty() {
        let times: Vec<String> = analysis.keyframes.iter().map(|at| format!("{at:.1}")).collect();
        let _ = writeln!(text, "\nKeyframes (s): {}", times.join(" "));
    }
    let times: Vec<String> =
        analysis.times.iter().map(|time| format!("{} {:.2} s", time.stage, time.seconds)).collect();
    let _ = writeln!(text, "\nVectors by {}; time: {}", analysis.embedding_model, times.join(", "));
    for warning in &analysis.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
}

/// The card, with who wrote each part of it.
fn card_of(text: &mut String, card: &Card, annotations: &[Annotation]) {
    let dropped = match card.dropped_claims {
        0 => String::new(),
        n => format!("  ({} of the model dropped: not in the text)", count(n as usize, "claim")),
    };
    let _ = writeln!(text, "\nCard{dropped}");
    for (name, kind) in [
        ("summary", AnnotationKind::Summary),
        ("keywords", AnnotationKind::Keyword),
        ("topics", AnnotationKind::Topic),
        ("names", AnnotationKind::Name),
        ("mood", AnnotationKind::Mood),
        ("sentiment", AnnotationKind::Sentiment),
        ("category", AnnotationKind::Category),
        ("audience", AnnotationKind::Audience),
    ] {
        let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
        for part in annotations.iter().filter(|annotation| annotation.kind == kind) {
            match parts.iter_mut().find(|(by, _)| *by == part.model) {
                Some((_, values)) => values.push(part.value.as_str()),
                None => parts.push((part.model.as_str(), vec![part.value.as_str()])),
            }
        }
        let parts: Vec<String> =
            parts.iter().map(|(by, values)| format!("{} [{by}]", values.join(", "))).collect();
        if !parts.is_empty() {
            let _ = writeln!(text, "  {name:<12}{}", parts.join("; "));
        }
    }
}

/// The name of a closed set's member, as in JSON.
fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        other => format!("{other:?}"),
    }
}

fn indent(table: &str) -> String {
    table.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}
