//! `/api/v1/users/{user}/interests`: what we believe a person likes, and
//! what they say of it.

use super::access::Caller;
use super::query;
use crate::app::InterestChange;
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vireo_domain::{Interest, InterestMap, InterestOrigin, Timestamp, TopicId, UserId, VideoId};

/// Most videos picked at once.
const PICK_LIMIT: usize = 20;

/// What a person is interested in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InterestMap)]
pub(crate) struct Map {
    /// Whose.
    #[schema(value_type = String)]
    user: UserId,
    /// Strongest first; muted ones last.
    interests: Vec<Shown>,
    /// Number of actions it was learned from.
    evidence_count: u32,
    /// When it was computed.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// One interest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Interest)]
pub(crate) struct Shown {
    /// Its name in the map: `topic-7`, `said-1`.
    key: String,
    /// The topic it belongs to, if learned.
    #[schema(value_type = Option<u32>)]
    topic: Option<TopicId>,
    /// The topic's name, or the person's sentence.
    name: String,
    /// Share of the person's attention, 0 to 1.
    weight: f64,
    /// The videos it was learned from, strongest first.
    #[schema(value_type = Vec<String>)]
    evidence: Vec<VideoId>,
    /// `learned` or `said`.
    #[schema(value_type = String, example = "learned")]
    origin: InterestOrigin,
    /// 1 as learned, 2 twice as much, 0 muted.
    boost: f64,
}

impl From<InterestMap> for Map {
    fn from(map: InterestMap) -> Self {
        let shown = |interest: Interest| Shown {
            key: interest.key,
            topic: interest.topic,
            name: interest.name,
            weight: interest.weight,
            evidence: interest.evidence,
            origin: interest.origin,
            boost: interest.boost,
        };
        Self {
            user: map.user,
            interests: map.interests.into_iter().map(shown).collect(),
            evidence_count: map.evidence_count,
            at: map.at,
        }
    }
}

/// In which words.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Language of the names (`en`, `zh`); the person's unless said.
    lang: Option<String>,
}

/// The interest map of a person.
#[utoipa::path(get, path = "/users/{user}/interests", operation_id = "get_interests", tag = "interests",
    params(("user" = String, Path, description = "Id of the person"), Asked),
    responses((status = OK, body = Map), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    caller: Caller,
    Path(user): Path<UserId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Map>, Problem> {
    caller.acts_for(&user)?;
    let language = query::language(asked.lang.as_deref())?;
    let map = site.app.interests(&user, language.as_ref()).await?;
    Ok(Json(Map::from(map)))
}

/// Something a person says they like.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sentence {
    /// 1 to 300 characters, in any language.
    text: String,
}

/// Adds an interest in the person's own words.
#[utoipa::path(post, path = "/users/{user}/interests", operation_id = "say_interest", tag = "interests", request_body = Sentence,
    params(("user" = String, Path, description = "Id of the person")),
    responses((status = OK, body = Map), (status = BAD_REQUEST, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn say(
    State(site): State<Site>,
    caller: Caller,
    Path(user): Path<UserId>,
    Json(said): Json<Sentence>,
) -> Result<Json<Map>, Problem> {
    caller.acts_for(&user)?;
    let change = InterestChange::Say(said.text);
    Ok(Json(site.app.change_interests(&user, change).await?.into()))
}

/// A correction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Correction {
    /// 0 mutes, 1 is as learned, 2 twice as much, 4 at most.
    boost: f64,
}

/// Boosts or mutes an interest.
#[utoipa::path(patch, path = "/users/{user}/interests/{key}", operation_id = "boost_interest", tag = "interests",
    request_body = Correction,
    params(("user" = String, Path, description = "Id of the person"),
        ("key" = String, Path, description = "Key of the interest")),
    responses((status = OK, body = Map), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn boost(
    State(site): State<Site>,
    caller: Caller,
    Path((user, key)): Path<(UserId, String)>,
    Json(correction): Json<Correction>,
) -> Result<Json<Map>, Problem> {
    caller.acts_for(&user)?;
    let change = InterestChange::Boost { key, boost: correction.boost };
    Ok(Json(site.app.change_interests(&user, change).await?.into()))
}

/// Takes back something the person said.
#[utoipa::path(delete, path = "/users/{user}/interests/{key}", operation_id = "remove_interest", tag = "interests",
    params(("user" = String, Path, description = "Id of the person"),
        ("key" = String, Path, description = "Key of the interest, `said-…`")),
    responses((status = OK, body = Map), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn unsay(
    State(site): State<Site>,
    caller: Caller,
    Path((user, key)): Path<(UserId, String)>,
) -> Result<Json<Map>, Problem> {
    caller.acts_for(&user)?;
    Ok(Json(site.app.change_interests(&user, InterestChange::Unsay(key)).await?.into()))
}

/// What a new person likes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Picks {
    /// 1 to 20 videos of the catalogue.
    #[schema(value_type = Vec<String>)]
    videos: Vec<VideoId>,
}

/// Checks the number of picks.
pub(crate) fn picks(videos: Vec<VideoId>) -> Result<InterestChange, Problem> {
    if videos.is_empty() || videos.len() > PICK_LIMIT {
        return Err(Problem::bad_request(format!("pick 1 to {PICK_LIMIT} videos")));
    }
    Ok(InterestChange::Pick(videos))
}

/// Starts a new person from a few videos that they like.
#[utoipa::path(post, path = "/users/{user}/picks", operation_id = "pick_videos", tag = "interests", request_body = Picks,
    params(("user" = String, Path, description = "Id of the person")),
    responses((status = OK, body = Map), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn pick(
    State(site): State<Site>,
    caller: Caller,
    Path(user): Path<UserId>,
    Json(picked): Json<Picks>,
) -> Result<Json<Map>, Problem> {
    caller.acts_for(&user)?;
    let change = picks(picked.videos)?;
    Ok(Json(site.app.change_interests(&user, change).await?.into()))
}
