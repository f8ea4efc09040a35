//! `/`: what the viewer may want to watch, and a start for somebody new.

use super::clock;
use super::fill;
use super::frame::Frame;
use super::start::{Choice, choices};
use super::strings::Strings;
use crate::app::FeedQuery;
use crate::error::Problem;
use crate::serve::Site;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;
use vireo_domain::{Interest, Video};
use vireo_recommend::Page;

const PAGE: usize = 24;
/// Characters of a description that a card has room for.
const ABOUT: usize = 160;

/// Where the feed goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    cursor: Option<String>,
    /// `nothing`: the viewer began without a sentence or a pick.
    start: Option<String>,
}

/// A video as a card shows it.
pub(super) struct Card {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) channel: Option<String>,
    pub(super) language: Option<String>,
    pub(super) duration: Option<String>,
    /// How the owner's description begins.
    pub(super) about: String,
    /// Why it is in the list.
    pub(super) sentence: String,
}

impl Card {
    pub(super) fn new(video: &Video, sentence: String, t: &Strings) -> Self {
        Self {
            id: video.id.to_string(),
            title: video.title.clone(),
            channel: video.channel.clone(),
            language: video
                .language
                .as_ref()
                .filter(|l| !l.is_unknown())
                .map(|l| t.language_name(l)),
            duration: clock::duration(video),
            about: beginning(&video.description, ABOUT),
            sentence,
        }
    }
}

/// The first line of a text, cut to `limit` characters.
pub(super) fn beginning(text: &str, limit: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

/// The cards of a list; counts the sources that failed.
pub(super) fn cards(site: &Site, page: &Page, t: &Strings) -> Vec<Card> {
    site.metrics.count_degraded(&page.degraded);
    let catalogue = site.app.snapshot();
    let card = |item: &vireo_recommend::Recommended| {
        let video = &catalogue.item(&item.video)?.video;
        Some(Card::new(video, item.reason.sentence(&t.language()), t))
    };
    page.items.iter().filter_map(card).collect()
}

#[derive(Template)]
#[template(path = "feed.html")]
struct Feed {
    frame: Frame,
    cards: Vec<Card>,
    next: Option<String>,
    degraded: Vec<String>,
    /// Names of the viewer's strongest interests, and the topic of those that
    /// were learned.
    interests: Vec<(String, Option<u32>)>,
    /// Videos to pick from, for somebody new.
    choices: Vec<Choice>,
    /// Whether the viewer began with nothing.
    began_empty: bool,
    /// Videos whose file is gone, for the admin.
    missing: usize,
    is_empty: bool,
    is_first: bool,
}

/// The feed.
pub(crate) async fn show(
    State(site): State<Site>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let language = frame.t.language();
    let is_first = asked.cursor.is_none();
    let query = FeedQuery {
        limit: PAGE,
        cursor: asked.cursor,
        language: Some(language.clone()),
        log_impressions: frame.is_known,
        ..FeedQuery::default()
    };
    let page = site.app.feed(&frame.viewer, &query).await?;
    let cards = cards(&site, &page, frame.t);
    let (mut interests, mut offered) = (Vec::new(), Vec::new());
    if is_first {
        let map = site.app.interests(&frame.viewer, Some(&language)).await?;
        if map.interests.is_empty() && map.evidence_count == 0 {
            offered = choices(&site.app.snapshot(), &language);
        }
        let wanted = map.interests.into_iter().filter(|interest| interest.boost > 0.0);
        let chip = |interest: Interest| (interest.name, interest.topic.map(|topic| topic.0));
        interests = wanted.take(6).map(chip).collect();
    }
    let Page { next, degraded, .. } = page;
    fill(&Feed {
        missing: if frame.open { site.app.missing().len() } else { 0 },
        began_empty: asked.start.as_deref() == Some("nothing"),
        is_empty: site.app.snapshot().items.is_empty(),
        choices: offered,
        frame,
        cards,
        next,
        degraded,
        interests,
        is_first,
    })
}
