//! `/search`: videos, and moments in them.

use super::clock::{clock, second};
use super::feed::Card;
use super::fill;
use super::frame::Frame;
use crate::app::{FoundScene, FoundVideo, SearchBy, SearchRequest};
use crate::error::Problem;
use crate::routes::query;
use crate::routes::search::words;
use crate::serve::Site;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;
use std::fmt::Write;

const LIMIT: usize = 20;

/// What is looked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    lang: Option<String>,
}

struct VideoRow {
    card: Card,
    snippet: String,
    by_words: bool,
    by_meaning: bool,
    /// When a picture that shows it is seen: on a clock, and as it goes into an address.
    picture: Option<(String, String)>,
}

struct SceneRow {
    card: Card,
    snippet: String,
    at: String,
    second: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Search {
    frame: Frame,
    language: String,
    videos: Vec<VideoRow>,
    scenes: Vec<SceneRow>,
}

/// A passage with its matches marked, and nothing else: whatever is not our
/// own mark or an entity is escaped (again).
fn marked(snippet: Option<&str>) -> String {
    let mut to = String::new();
    for (place, part) in snippet.unwrap_or_default().split("<b>").enumerate() {
        let (inside, after) = match part.split_once("</b>") {
            Some((inside, after)) if place > 0 => (Some(inside), after),
            _ => (None, part),
        };
        let clean = |text: &str| text.replace('<', "&lt;").replace('>', "&gt;");
        if let Some(inside) = inside {
            let _ = write!(to, "<mark>{}</mark>", clean(inside));
        }
        to.push_str(&clean(after));
    }
    to
}

/// What was found.
pub(crate) async fn show(
    State(site): State<Site>,
    mut frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let language = query::language(asked.lang.as_deref())?;
    asked.q.trim().clone_into(&mut frame.query);
    let found = if frame.query.is_empty() {
        crate::app::Found::default()
    } else {
        let text = words(&frame.query)?;
        let (language, by) = (language.clone(), SearchBy::Both);
        site.app.search(&SearchRequest { text, language, limit: LIMIT, by }).await?
    };
    let t = frame.t;
    let video = |found: FoundVideo| VideoRow {
        snippet: marked(found.snippet.as_deref()),
        by_words: found.word_rank.is_some(),
        by_meaning: found.word_rank.is_none() && found.meaning_rank.is_some(),
        picture: found.picture_at.map(|at| (clock(at), second(at))),
        card: Card::new(&found.video, String::new(), t),
    };
    let scene = |found: FoundScene| SceneRow {
        snippet: marked(found.snippet.as_deref()),
        at: clock(found.span.start),
        second: second(found.span.start),
        card: Card::new(&found.video, String::new(), t),
    };
    fill(&Search {
        videos: found.videos.into_iter().map(video).collect(),
        scenes: found.scenes.into_iter().map(scene).collect(),
        language: language.map(String::from).unwrap_or_default(),
        frame,
    })
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn only_our_marks_survive() {
        assert_eq!(marked(Some("a <b>b</b> &amp; c")), "a <mark>b</mark> &amp; c");
        assert_eq!(marked(Some("<script>x</script>")), "&lt;script&gt;x&lt;/script&gt;");
        assert_eq!(marked(Some("<b><i>x</i></b>")), "<mark>&lt;i&gt;x&lt;/i&gt;</mark>");
        assert_eq!(marked(Some("</b><b>x")), "&lt;/b&gt;x");
        assert_eq!(marked(None), "");
    }
}
