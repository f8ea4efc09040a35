//! A video's file, its subtitles, and what is shown of it: cover, preview,
//! sprite. Files are found by the id of a video of the catalogue, never by a
//! path that a client sends.

use crate::error::Problem;
use crate::jobs::presence;
use crate::page::placeholder;
use crate::serve::Site;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::path::PathBuf;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use utoipa::IntoParams;
use vireo_domain::{Cue, Language, VideoId};
use vireo_media::subtitles;

/// Which of the transcripts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Track {
    /// Place among the video's transcripts, from 0, which is the best.
    track: Option<usize>,
    /// The best one of this language.
    lang: Option<String>,
}

async fn cues(site: &Site, id: &VideoId, track: &Track) -> Result<Vec<Cue>, Problem> {
    let found = site.app.video(id).await?;
    let (_, analysis) = found.ok_or_else(|| Problem::no_video(id))?;
    let mut transcripts = analysis.into_iter().flat_map(|analysis| analysis.transcripts);
    let chosen = match (track.track, &track.lang) {
        (Some(place), _) => transcripts.nth(place),
        (None, Some(tag)) => {
            let language = Language::new(tag);
            transcripts.find(|transcript| transcript.language == language)
        }
        (None, None) => transcripts.next(),
    };
    let missing = || Problem::not_found(format!("video {id} has no such subtitles"));
    chosen.map(|transcript| transcript.cues).ok_or_else(missing)
}

/// The subtitles of a video as WebVTT.
#[utoipa::path(get, path = "/videos/{video}/subtitles.vtt", operation_id = "get_subtitles_vtt", tag = "videos",
    params(("video" = String, Path, description = "Id of the video"), Track),
    responses((status = OK, content_type = "text/vtt", body = String),
        (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn subtitles_vtt(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
    Query(track): Query<Track>,
) -> Result<Response, Problem> {
    let text = subtitles::to_vtt(&cues(&site, &id, &track).await?);
    Ok(([(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], text).into_response())
}

/// The subtitles of a video as SubRip.
#[utoipa::path(get, path = "/videos/{video}/subtitles.srt", operation_id = "get_subtitles_srt", tag = "videos",
    params(("video" = String, Path, description = "Id of the video"), Track),
    responses((status = OK, content_type = "application/x-subrip", body = String),
        (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn subtitles_srt(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
    Query(track): Query<Track>,
) -> Result<Response, Problem> {
    let text = subtitles::to_srt(&cues(&site, &id, &track).await?);
    Ok(([(header::CONTENT_TYPE, "application/x-subrip; charset=utf-8")], text).into_response())
}

/// The cover of a video: a frame of it, or a drawn one when there is none.
#[utoipa::path(get, path = "/videos/{video}/cover", operation_id = "get_cover", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = OK, content_type = "image/jpeg"), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn cover(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
    request: Request,
) -> Result<Response, Problem> {
    let video = site.app.store.video(&id).await?.ok_or_else(|| Problem::no_video(&id))?;
    if let Some(path) = site.app.cover_path(&id) {
        let response = kept(path, request).await;
        if !response.status().is_client_error() {
            return Ok(response);
        }
    }
    let topic = site.app.snapshot().item(&id).and_then(|item| item.topic);
    let svg = placeholder::svg(&video.title, topic);
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// Six silent seconds of a video; short videos have none.
#[utoipa::path(get, path = "/videos/{video}/preview", operation_id = "get_preview", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = OK, content_type = "video/mp4"), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn preview(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
    request: Request,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("video {id} has no preview"));
    let path = site.app.preview_path(&id).ok_or_else(missing)?;
    Ok(kept(path, request).await)
}

/// Small pictures of the whole video on one sheet.
#[utoipa::path(get, path = "/videos/{video}/sprite.jpg", operation_id = "get_sprite", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = OK, content_type = "image/jpeg"), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn sprite(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
    request: Request,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("video {id} has no sprite"));
    let path = site.app.sprite_path(&id, "jpg").ok_or_else(missing)?;
    Ok(kept(path, request).await)
}

/// Which picture of the sheet is of what second, as WebVTT (`sprite.jpg#xywh=…`).
#[utoipa::path(get, path = "/videos/{video}/sprite.vtt", operation_id = "get_sprite_track", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = OK, content_type = "text/vtt", body = String),
        (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn sprite_track(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
    request: Request,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("video {id} has no sprite"));
    let path = site.app.sprite_path(&id, "vtt").ok_or_else(missing)?;
    let mut response = kept(path, request).await;
    let kind = HeaderValue::from_static("text/vtt; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// A file that was made of a video, which browsers may keep for an hour.
async fn kept(path: PathBuf, request: Request) -> Response {
    let mut response = ServeFile::new(path).oneshot(request).await.into_response();
    if response.status().is_success() {
        let cache = HeaderValue::from_static("private, max-age=3600");
        response.headers_mut().insert(header::CACHE_CONTROL, cache);
    }
    response
}

/// The file of a video; `Range` is understood.
#[utoipa::path(get, path = "/videos/{video}/media", operation_id = "get_media", tag = "videos",
    params(("video" = String, Path, description = "Id of the video")),
    responses((status = OK, content_type = "video/*"),
        (status = PARTIAL_CONTENT, content_type = "video/*"),
        (status = RANGE_NOT_SATISFIABLE, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn file(
    State(site): State<Site>,
    Path(id): Path<VideoId>,
    request: Request,
) -> Result<Response, Problem> {
    let video = site.app.store.video(&id).await?.ok_or_else(|| Problem::no_video(&id))?;
    let Some(media) = video.media else {
        let detail = format!("Vireo does not hold the file of video {id}; see its url");
        return Err(Problem::not_found(detail));
    };
    let response = ServeFile::new(&media.path).oneshot(request).await.into_response();
    if response.status() == axum::http::StatusCode::NOT_FOUND {
        // From now on it is in no list, until its file is back.
        presence::note_gone(&site.app, &id).await?;
        return Err(Problem::not_found(format!("the file of video {id} is gone; ingest it again")));
    }
    Ok(response)
}
