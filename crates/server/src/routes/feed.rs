//! `/api/v1/users/{user}/feed`: what a person may want to watch.

use super::access::Caller;
use super::list::List;
use super::query;
use crate::app::FeedQuery;
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;
use vireo_domain::UserId;

/// Which part of the feed, in which words.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// At most so many, 1 to 100; 20 unless said.
    limit: Option<u32>,
    /// `next` of the page before. Paging is stable; opening again is fresh.
    cursor: Option<String>,
    /// Ids of videos not wanted now, separated by commas.
    exclude: Option<String>,
    /// Language of the reasons (`en`, `zh`); the person's unless said. It has
    /// its say in the order too: with a cursor, the order stays that of the
    /// language that the list was opened in.
    lang: Option<String>,
    /// Whether to tell how each item came to its place and what was taken out.
    #[serde(default)]
    explain: bool,
    /// Whether to log that the items were shown; yes unless said.
    impressions: Option<bool>,
}

/// The feed of a person. Somebody unknown is a new person.
#[utoipa::path(get, path = "/users/{user}/feed", operation_id = "get_feed", tag = "recommendations",
    params(("user" = String, Path, description = "Id of the person"), Asked),
    responses((status = OK, body = List), (status = BAD_REQUEST, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    caller: Caller,
    Path(user): Path<UserId>,
    Query(asked): Query<Asked>,
) -> Result<Json<List>, Problem> {
    caller.acts_for(&user)?;
    let query = FeedQuery {
        limit: query::limit(asked.limit, 20)? as usize,
        cursor: asked.cursor,
        exclude: query::ids(asked.exclude.as_deref())?,
        language: query::language(asked.lang.as_deref())?,
        explain: asked.explain,
        log_impressions: asked.impressions.unwrap_or(true),
    };
    let page = site.app.feed(&user, &query).await?;
    Ok(Json(List::new(&site, page, asked.explain)))
}
