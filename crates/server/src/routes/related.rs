//! `/api/v1/videos/{video}/related`: videos like this one.

use super::access::Caller;
use super::list::List;
use super::query;
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;
use vireo_domain::{UserId, VideoId};

/// How many, for whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// At most so many, 1 to 100; 12 unless said.
    limit: Option<u32>,
    /// For this person: what they hid is left out, what they saw goes last.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
    /// Language of the reasons (`en`, `zh`); the person's unless said.
    lang: Option<String>,
    /// Whether to tell how each item came to its place.
    #[serde(default)]
    explain: bool,
}

/// Videos like this one.
#[utoipa::path(get, path = "/videos/{video}/related", operation_id = "get_related", tag = "recommendations",
    params(("video" = String, Path, description = "Id of the video"), Asked),
    responses((status = OK, body = List), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    caller: Caller,
    Path(video): Path<VideoId>,
    Query(asked): Query<Asked>,
) -> Result<Json<List>, Problem> {
    if let Some(user) = &asked.user {
        caller.acts_for(user)?;
    }
    if site.app.store.video(&video).await?.is_none() {
        return Err(Problem::no_video(&video));
    }
    let limit = query::limit(asked.limit, 12)? as usize;
    let language = query::language(asked.lang.as_deref())?;
    let mut page = site.app.related(&video, asked.user.as_ref(), limit).await?;
    if let Some(language) = language {
        for item in &mut page.items {
            item.sentence = item.reason.sentence(&language);
        }
    }
    Ok(Json(List::new(&site, page, asked.explain)))
}
