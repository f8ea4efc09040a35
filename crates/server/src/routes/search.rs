//! `/api/v1/search`: whole videos, and scenes with their time codes.

use super::{query, shapes};
use crate::app::{FoundScene, FoundVideo, SearchBy, SearchRequest};
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Longest search, in characters.
pub(crate) const TEXT_LIMIT: usize = 500;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The words, 1 to 500 characters, in any language.
    q: String,
    /// Only videos of this language.
    lang: Option<String>,
    /// At most so many of each kind, 1 to 100; 20 unless said.
    limit: Option<u32>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// Whole videos, best first.
    videos: Vec<VideoHit>,
    /// Scenes, best first.
    scenes: Vec<SceneHit>,
}

/// A video that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoHit {
    /// The video.
    video: shapes::Video,
    /// HTML: the matching passage, matches in `<b>`.
    snippet: Option<String>,
    /// Rank among word matches, from 1.
    word_rank: Option<usize>,
    /// Rank among neighbours in meaning, from 1.
    meaning_rank: Option<usize>,
    /// Rank among those with a picture that shows it, from 1; needs a model that
    /// has pictures and words in one space.
    picture_rank: Option<usize>,
    /// When that picture is seen, in seconds.
    picture_at: Option<f64>,
    /// The words that matched, folded (lower case, stems, simplified Chinese);
    /// none if only the meaning or a picture did.
    matched: Vec<String>,
}

/// A scene that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SceneHit {
    /// The video.
    video: shapes::Video,
    /// Which scene of it, from 0.
    scene: u32,
    /// When it begins, in seconds.
    start: f64,
    /// When it ends, in seconds.
    end: f64,
    /// HTML: the matching passage, matches in `<b>`.
    snippet: Option<String>,
    /// The words that matched, folded; none if only the meaning did.
    matched: Vec<String>,
}

impl From<FoundVideo> for VideoHit {
    fn from(found: FoundVideo) -> Self {
        Self {
            video: shapes::Video::from(&found.video),
            snippet: found.snippet,
            word_rank: found.word_rank,
            meaning_rank: found.meaning_rank,
            picture_rank: found.picture_rank,
            picture_at: found.picture_at,
            matched: found.matched,
        }
    }
}

impl From<FoundScene> for SceneHit {
    fn from(found: FoundScene) -> Self {
        Self {
            video: shapes::Video::from(&found.video),
            scene: found.scene.index,
            start: found.span.start,
            end: found.span.end,
            snippet: found.snippet,
            matched: found.matched,
        }
    }
}

/// Checks the words of a search.
pub(crate) fn words(text: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::bad_request("q is empty; say what to look for")),
        text if text.chars().count() > TEXT_LIMIT => {
            Err(Problem::bad_request(format!("q is longer than {TEXT_LIMIT} characters")))
        }
        text => Ok(text.to_owned()),
    }
}

/// Finds videos and scenes by words, by meaning and by what pictures show.
#[utoipa::path(get, path = "/search", operation_id = "search", tag = "search", params(Asked),
    responses((status = OK, body = Found), (status = BAD_REQUEST, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    Query(asked): Query<Asked>,
) -> Result<Json<Found>, Problem> {
    let request = SearchRequest {
        text: words(&asked.q)?,
        language: query::language(asked.lang.as_deref())?,
        limit: query::limit(asked.limit, 20)? as usize,
        by: SearchBy::Both,
    };
    let found = site.app.search(&request).await?;
    Ok(Json(Found {
        videos: found.videos.into_iter().map(VideoHit::from).collect(),
        scenes: found.scenes.into_iter().map(SceneHit::from).collect(),
    }))
}
