//! A start for somebody of whom nothing is known: a sentence, or three picks.

use super::frame::Frame;
use crate::app::InterestChange;
use crate::error::Problem;
use crate::routes::interests::picks;
use crate::serve::Site;
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use std::collections::BTreeMap;
use vireo_domain::VideoId;
use vireo_recommend::{Item, Snapshot};

/// Videos that are offered.
const OFFERED: usize = 12;

/// A video to pick.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) title: String,
}

/// Videos as unlike each other as the catalogue has them: of every topic the
/// most popular one, largest topic first, then of every topic the next one.
pub(super) fn varied(catalogue: &Snapshot) -> Vec<Choice> {
    let popularity = |item: &Item| catalogue.popular.scores.get(&item.video.id).copied();
    let mut topics: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
    for item in catalogue.items.iter().filter(|item| !item.video.hidden) {
        topics.entry(item.topic).or_default().push(item);
    }
    let mut topics: Vec<Vec<&Item>> = topics.into_values().collect();
    for videos in &mut topics {
        videos.sort_by(|a, b| {
            let (a_score, b_score) = (popularity(a).unwrap_or(0.0), popularity(b).unwrap_or(0.0));
            b_score.total_cmp(&a_score).then_with(|| a.video.id.cmp(&b.video.id))
        });
    }
    topics.sort_by_key(|videos| std::cmp::Reverse(videos.len()));
    let deepest = topics.first().map_or(0, Vec::len);
    let rounds = (0..deepest).flat_map(|round| topics.iter().filter_map(move |t| t.get(round)));
    rounds
        .take(OFFERED)
        .map(|item| Choice { id: item.video.id.to_string(), title: item.video.title.clone() })
        .collect()
}

/// Takes the sentence or the picks and shows the feed they make.
pub(crate) async fn begin(
    State(site): State<Site>,
    frame: Frame,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, Problem> {
    let field =
        |name: &'static str| fields.iter().filter(move |(key, _)| key == name).map(|(_, v)| v);
    let picked: Vec<VideoId> = field("pick").map(VideoId::new).collect::<Result<_, _>>()?;
    let change = match field("text").next() {
        Some(text) => InterestChange::Say(text.clone()),
        None => picks(picked)?,
    };
    site.app.change_interests(&frame.viewer, change).await?;
    Ok(Redirect::to("/"))
}
