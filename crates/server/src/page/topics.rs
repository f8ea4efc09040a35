//! `/topics`: what the catalogue is about, and `/topics/{topic}`: the videos of
//! one topic.

use super::feed::Card;
use super::fill;
use super::frame::Frame;
use crate::app::TopicShown;
use crate::error::Problem;
use crate::serve::Site;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;
use vireo_domain::TopicId;

/// Videos of a page.
const PAGE: usize = 48;

/// A topic as a tile shows it.
struct Tile {
    id: u32,
    name: String,
    videos: usize,
    /// Ids of videos whose covers stand for it.
    covers: Vec<String>,
}

impl Tile {
    fn new(it: &TopicShown, frame: &Frame) -> Self {
        Self {
            id: it.topic.id.0,
            name: it.topic.name_for(frame.t.language().is_chinese()).to_owned(),
            videos: it.videos,
            covers: it.covers.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A wider topic with its parts.
struct Whole {
    tile: Tile,
    parts: Vec<Tile>,
}

#[derive(Template)]
#[template(path = "topics.html")]
struct Topics {
    frame: Frame,
    wholes: Vec<Whole>,
    /// Those that are part of no other.
    others: Vec<Tile>,
    /// Whether there are none, rather than none that can be watched.
    is_untrained: bool,
}

/// All topics.
pub(crate) async fn show(State(site): State<Site>, frame: Frame) -> Result<Html<String>, Problem> {
    let (wholes, others): (Vec<_>, Vec<_>) =
        site.app.topics().into_iter().partition(|it| !it.parts.is_empty());
    let tile = |it: &TopicShown| Tile::new(it, &frame);
    let whole =
        |it: &TopicShown| Whole { tile: tile(it), parts: it.parts.iter().map(tile).collect() };
    let (wholes, others) = (wholes.iter().map(whole).collect(), others.iter().map(tile).collect());
    let is_untrained = site.app.snapshot().topics.topics.is_empty();
    fill(&Topics { frame, wholes, others, is_untrained })
}

/// Which page of a topic.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// From 1.
    #[serde(default)]
    page: usize,
}

#[derive(Template)]
#[template(path = "topic.html")]
struct Topic {
    frame: Frame,
    tile: Tile,
    /// Number and name of the wider topic that it is a part of.
    within: Option<(u32, String)>,
    parts: Vec<Tile>,
    cards: Vec<Card>,
    /// The next page, if there is one.
    next: Option<usize>,
}

/// One topic.
pub(crate) async fn one(
    State(site): State<Site>,
    frame: Frame,
    Path(id): Path<u32>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let topic = site.app.topic(TopicId(id))?;
    let catalogue = site.app.snapshot();
    let within = topic.topic.within.and_then(|whole| catalogue.topics.topic(whole));
    let reads_chinese = frame.t.language().is_chinese();
    let page = asked.page.max(1);
    let before = (page - 1).saturating_mul(PAGE);
    let videos = site.app.topic_videos(TopicId(id))?;
    let cards = videos.iter().skip(before).take(PAGE);
    let cards = cards
        .filter_map(|video| Some(Card::new(&catalogue.item(video)?.video, String::new(), frame.t)));
    let tile = |it: &TopicShown| Tile::new(it, &frame);
    fill(&Topic {
        cards: cards.collect(),
        next: (videos.len() > before.saturating_add(PAGE)).then(|| page + 1),
        within: within.map(|it| (it.id.0, it.name_for(reads_chinese).to_owned())),
        parts: topic.parts.iter().map(tile).collect(),
        tile: tile(&topic),
        frame,
    })
}
