//! `/interests`: what the feed is made from, for the viewer to correct.

use super::fill;
use super::frame::Frame;
use crate::app::InterestChange;
use crate::error::Problem;
use crate::serve::Site;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{Html, Redirect};
use serde::Deserialize;
use vireo_domain::{Interest, VideoId};

/// An interest as the page shows it.
struct Row {
    key: String,
    name: String,
    /// Share of the feed in percent.
    percent: u32,
    boost: f64,
    level: &'static str,
    /// The level at which nothing is turned up or down.
    unchanged: &'static str,
    origin: &'static str,
    is_sentence: bool,
    /// Id and title of the videos it was learned from.
    evidence: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "interests.html")]
struct Interests {
    frame: Frame,
    rows: Vec<Row>,
    evidence_count: u32,
}

/// The interest map.
pub(crate) async fn show(State(site): State<Site>, frame: Frame) -> Result<Html<String>, Problem> {
    let language = frame.t.language();
    let map = site.app.interests(&frame.viewer, Some(&language)).await?;
    let catalogue = site.app.snapshot();
    let titled = |id: &VideoId| {
        let title = catalogue.item(id)?.video.title.clone();
        Some((id.to_string(), title))
    };
    let row = |interest: Interest| Row {
        percent: (interest.weight.clamp(0.0, 1.0) * 100.0).round() as u32,
        level: frame.t.level(interest.boost, interest.origin),
        unchanged: frame.t.level(1.0, interest.origin),
        origin: frame.t.interest_origin(interest.origin),
        // Picks are interests of their topic; only sentences can be taken back.
        is_sentence: interest.key.starts_with("said-"),
        evidence: interest.evidence.iter().filter_map(titled).take(3).collect(),
        key: interest.key,
        name: interest.name,
        boost: interest.boost,
    };
    let rows = map.interests.into_iter().map(row).collect();
    fill(&Interests { rows, evidence_count: map.evidence_count, frame })
}

/// Something the viewer says they like.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    text: String,
}

/// Adds an interest in the viewer's own words.
pub(crate) async fn say(
    State(site): State<Site>,
    frame: Frame,
    Form(said): Form<Said>,
) -> Result<Redirect, Problem> {
    if !said.text.trim().is_empty() {
        let change = InterestChange::Say(said.text);
        site.app.change_interests(&frame.viewer, change).await?;
    }
    Ok(Redirect::to("/interests"))
}
