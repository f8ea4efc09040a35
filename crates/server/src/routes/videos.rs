//! `/api/v1/videos`: the catalogue.

use super::access::Caller;
use super::{query, shapes};
use crate::app::Verdict;
use crate::error::Problem;
use crate::jobs::describe;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vireo_domain::{AnnotationKind, Timestamp, Video, VideoId};

/// A page of the catalogue, in order of id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Videos)]
pub(crate) struct Listing {
    /// The videos.
    videos: Vec<shapes::Video>,
    /// Cursor of the next page; null at the end.
    next: Option<String>,
    /// Number of videos of the whole catalogue.
    total: u64,
}

/// The catalogue, page by page.
#[utoipa::path(get, path = "/videos", operation_id = "list_videos", tag = "videos", params(query::Paging),
    responses((status = OK, body = Listing), (status = BAD_REQUEST, body = Problem)))]
pub(crate) async fn list(
    State(site): State<Site>,
    Query(paging): Query<query::Paging>,
) -> Result<Json<Listing>, Problem> {
    let (after, limit) = paging.read::<VideoId>()?;
    let store = &site.app.store;
    let mut found = store.videos(after.as_ref(), limit).await?;
    let next = paging.cut(&mut found, |video| video.id.to_string());
    let total = store.video_count().await?;
    Ok(Json(Listing { videos: found.iter().map(shapes::Video::from).collect(), next, total }))
}

/// One video and everything that was understood of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Understood {
    #[serde(flatten)]
    video: shapes::Video,
    /// Whether its file is gone: it is in no list until the file is back.
    missing: bool,
    /// What was understood; null when it was not analysed yet.
    analysis: Option<shapes::Analysis>,
}

/// One video: card, statements with their evidence, transcripts, scenes.
#[utoipa::path(get, path = "/videos/{video}", operation_id = "get_video", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = OK, body = Understood), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
) -> Result<Json<Understood>, Problem> {
    let found = site.app.video(&id).await?;
    let (video, analysis) = found.ok_or_else(|| Problem::no_video(&id))?;
    let verdicts = site.app.verdicts(&id).await?;
    let analysis = analysis.map(|analysis| shapes::Analysis::new(&video, analysis, &verdicts));
    let missing = site.app.missing().contains(&id);
    Ok(Json(Understood { video: shapes::Video::from(&video), missing, analysis }))
}

/// What an owner says of a video.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metadata {
    /// Title; not empty.
    title: String,
    /// Description.
    #[serde(default)]
    description: String,
    /// Tags.
    #[serde(default)]
    tags: Vec<String>,
    /// Category.
    #[serde(default)]
    category: Option<String>,
    /// Channel, uploader or series.
    #[serde(default)]
    channel: Option<String>,
    /// Language tag.
    #[serde(default)]
    language: Option<String>,
    /// Running time.
    #[serde(default)]
    duration_seconds: Option<f64>,
    /// When it was published, RFC 3339.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// Where it is watched, http or https.
    #[serde(default)]
    url: Option<String>,
}

impl Metadata {
    /// Says the same of `video`.
    fn tell(self, video: &mut Video) -> Result<(), Problem> {
        let title = self.title.trim();
        if title.is_empty() {
            return Err(Problem::bad_request("title is empty"));
        }
        let duration = self.duration_seconds;
        if duration.is_some_and(|seconds| !seconds.is_finite() || seconds < 0.0) {
            return Err(Problem::bad_request("duration_seconds is not a length of time"));
        }
        if self.url.as_deref().is_some_and(|url| !is_web_address(url)) {
            return Err(Problem::bad_request("url does not begin with http:// or https://"));
        }
        title.clone_into(&mut video.title);
        video.description = self.description;
        video.tags = self.tags;
        video.category = self.category;
        video.channel = self.channel;
        video.language = query::language(self.language.as_deref())?.or(video.language.take());
        video.duration_seconds = duration.or(video.duration_seconds);
        video.published_at = self.published_at;
        video.url = self.url;
        Ok(())
    }
}

/// Whether a link to `url` is safe to show.
pub(crate) fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Adds a video by its metadata, or changes the metadata of one. It is found
/// by its words at once, and by its meaning some seconds later.
#[utoipa::path(put, path = "/videos/{video}", operation_id = "put_video", tag = "videos", request_body = Metadata,
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = OK, body = shapes::Video), (status = CREATED, body = shapes::Video),
        (status = BAD_REQUEST, body = Problem), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn put(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<VideoId>,
    Json(metadata): Json<Metadata>,
) -> Result<(StatusCode, Json<shapes::Video>), Problem> {
    caller.admin()?;
    let turn = site.app.editing().await;
    let known = site.app.store.video(&id).await?;
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let mut video = known.unwrap_or_else(|| Video::new(id, "", site.app.now()));
    metadata.tell(&mut video)?;
    site.app.store.put_videos(std::slice::from_ref(&video)).await?;
    if video.media.is_none() {
        describe::mark_due(&site.app, std::slice::from_ref(&video.id)).await?;
    }
    drop(turn);
    site.app.refresh().await?;
    Ok((status, Json(shapes::Video::from(&video))))
}

/// Removes a video and what was understood of it. Its file stays, and so does
/// the feedback on it. The next ingest of its folder does not bring it back.
#[utoipa::path(delete, path = "/videos/{video}", operation_id = "delete_video", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn delete(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<VideoId>,
) -> Result<StatusCode, Problem> {
    caller.admin()?;
    if site.app.remove(&id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::no_video(&id))
    }
}

/// Hides a video from everybody: never recommended nor found again.
#[utoipa::path(post, path = "/videos/{video}/hide", operation_id = "hide_video", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn hide(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<VideoId>,
) -> Result<StatusCode, Problem> {
    set_hidden(&site, &caller, &id, true).await
}

/// Takes back that a video was hidden.
#[utoipa::path(post, path = "/videos/{video}/unhide", operation_id = "unhide_video", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<VideoId>,
) -> Result<StatusCode, Problem> {
    set_hidden(&site, &caller, &id, false).await
}

async fn set_hidden(
    site: &Site,
    caller: &Caller,
    id: &VideoId,
    hidden: bool,
) -> Result<StatusCode, Problem> {
    caller.admin()?;
    if site.app.set_hidden(id, hidden).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::no_video(id))
    }
}

/// What is thought of a statement about a video.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judgement {
    /// Kind of the statement, as in the video's `annotations`.
    #[schema(value_type = String, example = "keyword")]
    kind: AnnotationKind,
    /// What it says.
    value: String,
    /// `approved` or `rejected`; null takes back what was said before.
    verdict: Option<Verdict>,
}

/// Approves or rejects a statement about a video. What is rejected is in no
/// list and not searched, also after the next analysis.
#[utoipa::path(post, path = "/videos/{video}/statements", operation_id = "judge_statement", tag = "videos",
    request_body = Judgement, params(("video" = String, Path, description = "Id of the video")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn judge(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<VideoId>,
    Json(judgement): Json<Judgement>,
) -> Result<StatusCode, Problem> {
    caller.admin()?;
    let Judgement { kind, value, verdict } = judgement;
    if site.app.judge(&id, kind, &value, verdict).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("nothing like that is stated about video {id}")))
    }
}
