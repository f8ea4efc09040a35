//! `/api/v1/videos/{video}/ask`: where in a video something is said.

use super::{query, search};
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vireo_domain::VideoId;

/// A question.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The question, 1 to 500 characters, in any language.
    q: String,
    /// At most so many quotes, 1 to 20; 3 unless said.
    limit: Option<u32>,
}

/// The video's own words that speak of it, best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer {
    quotes: Vec<Quote>,
}

/// Something said in the video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quote {
    /// When it begins, in seconds.
    start: f64,
    /// When it ends, in seconds.
    end: f64,
    /// The words.
    text: String,
    /// Stems of the words that the question shares with it; empty when it was found by meaning.
    shared: Vec<String>,
}

/// Where in a video something is said.
#[utoipa::path(get, path = "/videos/{video}/ask", operation_id = "ask_video", tag = "search",
    params(("video" = String, Path, description = "Id of the video"), Asked),
    responses((status = OK, body = Answer), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    Path(video): Path<VideoId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer>, Problem> {
    let question = search::words(&asked.q)?;
    let limit = query::limit(asked.limit, 3)? as usize;
    let quotes = site.app.ask(&video, &question, limit).await?.into_iter();
    let quotes = quotes.map(|quote| Quote {
        start: quote.span.start,
        end: quote.span.end,
        text: quote.text,
        shared: quote.shared,
    });
    Ok(Json(Answer { quotes: quotes.collect() }))
}
