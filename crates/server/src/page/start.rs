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
use vireo_domain::{Language, VideoId};
use vireo_recommend::{Item, Snapshot};

/// Videos that are offered.
const OFFERED: usize = 12;

/// A video to pick.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) title: String,
}

/// Videos to pick from: those in the reader's language first, and among them,
/// as among the others, such as are unlike each other.
pub(super) fn choices(catalogue: &Snapshot, language: &Language) -> Vec<Choice> {
    let shown = catalogue.items.iter().map(|item| &**item).filter(|item| !item.video.hidden);
    let (own, others): (Vec<&Item>, Vec<&Item>) =
        shown.partition(|item| item.video.language.as_ref() == Some(language));
    let both = varied(catalogue, &own).into_iter().chain(varied(catalogue, &others));
    both.take(OFFERED)
        .map(|item| Choice { id: item.video.id.to_string(), title: item.video.title.clone() })
        .collect()
}

/// As unlike each other as can be: of every topic the most popular one,
/// largest topic first, then of every topic the next one.
fn varied<'a>(catalogue: &Snapshot, items: &[&'a Item]) -> Vec<&'a Item> {
    let popularity = |item: &Item| catalogue.crowd.popularity(&item.video.id);
    let mut topics: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
    for item in items.iter().copied() {
        topics.entry(item.topic).or_default().push(item);
    }
    let mut topics: Vec<Vec<&Item>> = topics.into_values().collect();
    for videos in &mut topics {
        videos.sort_by(|a, b| {
            let (a_score, b_score) = (popularity(a), popularity(b));
            b_score.total_cmp(&a_score).then_with(|| a.video.id.cmp(&b.video.id))
        });
    }
    topics.sort_by_key(|videos| std::cmp::Reverse(videos.len()));
    let deepest = topics.first().map_or(0, Vec::len);
    let rounds = (0..deepest).flat_map(|round| topics.iter().filter_map(move |t| t.get(round)));
    rounds.take(OFFERED).copied().collect()
}

/// Takes the sentence or the picks and shows the feed they make; without
/// either, shows the start again and says what is wanted.
pub(crate) async fn begin(
    State(site): State<Site>,
    frame: Frame,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, Problem> {
    let field =
        |name: &'static str| fields.iter().filter(move |(key, _)| key == name).map(|(_, v)| v);
    let picked: Vec<VideoId> = field("pick").map(VideoId::new).collect::<Result<_, _>>()?;
    let said = field("text").map(|text| text.trim()).find(|text| !text.is_empty());
    let change = match said {
        Some(text) => InterestChange::Say(text.to_owned()),
        None if picked.is_empty() => return Ok(Redirect::to("/?start=nothing")),
        None => picks(picked)?,
    };
    site.app.change_interests(&frame.viewer, change).await?;
    Ok(Redirect::to("/"))
}
