//! yt-dlp's `*.info.json`.

use super::metadata::{Metadata, day};
use crate::chapters::Chapter;
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use vireo_domain::{Span, Timestamp};

/// The fields that matter. Each may be of any type: extractors differ, and a
/// field that is odd must not spoil the others.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    #[serde(rename = "_type")]
    kind: Value,
    title: Value,
    fulltitle: Value,
    description: Value,
    channel: Value,
    uploader: Value,
    creator: Value,
    series: Value,
    categories: Value,
    tags: Value,
    language: Value,
    timestamp: Value,
    release_timestamp: Value,
    upload_date: Value,
    release_date: Value,
    webpage_url: Value,
    original_url: Value,
    duration: Value,
    age_limit: Value,
    chapters: Value,
}

/// Reads an info.json; `name` is for errors. A playlist's is an error.
pub fn parse(bytes: &[u8], name: &Path) -> Result<Metadata> {
    let refused = |line, reason: String| Error::Syntax { path: name.to_owned(), line, reason };
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    // serde would take a list for the fields in order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(refused(1, "no info.json of yt-dlp: it is no JSON object".to_owned()));
    }
    let info: Info = serde_json::from_slice(bytes)
        .map_err(|error| refused(error.line(), format!("no info.json of yt-dlp: {error}")))?;
    if matches!(info.kind.as_str(), Some("playlist" | "multi_video")) {
        return Err(refused(0, "it describes a playlist, not a video".to_owned()));
    }
    let categories = texts(&info.categories);
    let published = [&info.timestamp, &info.release_timestamp]
        .into_iter()
        .find_map(|field| Timestamp::from_second(number(field)? as i64).ok());
    let published_on = || {
        [&info.upload_date, &info.release_date].into_iter().find_map(|field| day(field.as_str()?))
    };
    Ok(Metadata {
        title: first(&[&info.title, &info.fulltitle]),
        description: first(&[&info.description]),
        tags: texts(&info.tags),
        category: categories.into_iter().next(),
        channel: first(&[&info.channel, &info.uploader, &info.creator, &info.series]),
        language: first(&[&info.language]),
        published_at: published.or_else(published_on),
        url: first(&[&info.webpage_url, &info.original_url]),
        duration_seconds: number(&info.duration),
        age_limit: number(&info.age_limit).map(|age| age as u32),
        chapters: chapters(&info.chapters),
    })
}

/// The first field that is a text with something in it.
fn first(fields: &[&Value]) -> Option<String> {
    fields
        .iter()
        .filter_map(|field| field.as_str())
        .find(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

fn texts(field: &Value) -> Vec<String> {
    let items = field.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The chapters that have a title and a length.
fn chapters(field: &Value) -> Vec<Chapter> {
    let chapters = field.as_array().map(Vec::as_slice).unwrap_or_default();
    let read = |chapter: &Value| {
        let time = |key| chapter.get(key).and_then(number);
        let span = Span::new(time("start_time")?, time("end_time")?);
        let title = chapter.get("title")?.as_str()?.trim();
        (span.seconds() > 0.0 && !title.is_empty())
            .then(|| Chapter { span, title: title.to_owned() })
    };
    chapters.iter().filter_map(read).collect()
}

fn number(field: &Value) -> Option<f64> {
    field.as_f64().filter(|number| number.is_finite())
}
