//! `/api/v1/users/{user}/explain/{video}`: why this, why not that.

use super::access::Caller;
use super::list::{Item, RemovedItem};
use crate::app::Explanation;
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use vireo_domain::{UserId, VideoId};

/// Why a video is, or is not, in a person's feed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It is there.
    Shown(Box<Item>),
    /// A filter took it out.
    Removed(RemovedItem),
    /// No source proposed it.
    NotProposed,
}

/// Why this video is or is not in that person's feed.
#[utoipa::path(get, path = "/users/{user}/explain/{video}", operation_id = "explain", tag = "recommendations",
    params(("user" = String, Path, description = "Id of the person"),
        ("video" = String, Path, description = "Id of the video")),
    responses((status = OK, body = Answer), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    caller: Caller,
    Path((user, video)): Path<(UserId, VideoId)>,
) -> Result<Json<Answer>, Problem> {
    caller.acts_for(&user)?;
    Ok(Json(match site.app.explain(&user, &video).await? {
        Explanation::Shown(item) => {
            let item = Item::new(&site, item, true).ok_or_else(|| Problem::no_video(&video))?;
            Answer::Shown(Box::new(item))
        }
        Explanation::Removed(removed) => Answer::Removed(removed.into()),
        Explanation::NotProposed => Answer::NotProposed,
    }))
}
