//! `/health` and `/metrics`: how the server does.

use crate::error::Problem;
use crate::metrics::Sizes;
use crate::serve::Site;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// How a server does that answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`, or `degraded` when it answers but could do better.
    status: &'static str,
    /// What could be better, and what to do.
    notes: Vec<String>,
    /// Version of Vireo.
    version: &'static str,
    /// Videos of the catalogue.
    videos: u64,
    /// Known people.
    users: u64,
    /// Actions in the log.
    feedback: u64,
    /// Topics of the catalogue.
    topics: usize,
    /// Videos that are left out because their file is gone.
    missing: usize,
}

async fn sizes(site: &Site) -> Result<Sizes, Problem> {
    let store = &site.app.store;
    Ok(Sizes {
        videos: store.video_count().await?,
        users: store.user_count().await?,
        feedback: store.feedback_count().await?,
        topics: site.app.snapshot().topics.topics.len(),
    })
}

/// Whether the server can answer, storage included.
#[utoipa::path(get, path = "/health", operation_id = "get_health", tag = "server",
    responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Problem)))]
pub(crate) async fn health(State(site): State<Site>) -> Result<Json<Health>, Problem> {
    let unwell = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the storage does not answer");
    let Sizes { videos, users, feedback, topics } = sizes(&site).await.map_err(unwell)?;
    let version = env!("CARGO_PKG_VERSION");
    let missing = site.app.missing().len();
    let waiting = |model| format!("the model {model} was fetched; restart this server to use it");
    let notes: Vec<String> = site.app.waiting_embedder().map(waiting).into_iter().collect();
    let status = if notes.is_empty() { "ok" } else { "degraded" };
    Ok(Json(Health { status, notes, version, videos, users, feedback, topics, missing }))
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "server",
    responses((status = OK, content_type = "application/openmetrics-text", body = String)))]
pub(crate) async fn metrics(State(site): State<Site>) -> Result<Response, Problem> {
    let text = site.metrics.text(sizes(&site).await?);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
