//! `/api/v1/topics`: what the catalogue is about.

use super::{query, shapes};
use crate::app::TopicShown;
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vireo_domain::TopicId;

/// A topic of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Topic {
    /// Its number; the same topic keeps it from training to training.
    #[schema(value_type = u32)]
    id: TopicId,
    /// The wider topic that it is a part of.
    #[schema(value_type = Option<u32>)]
    within: Option<TopicId>,
    /// Its name in English, where it has one, else in whichever language it has.
    name: String,
    /// Its name in Chinese; the same.
    name_zh: String,
    /// Who named it: `owner` or a language model; null: its keywords are its name.
    named_by: Option<String>,
    /// Number of its videos that can be watched.
    videos: usize,
}

impl From<&TopicShown> for Topic {
    fn from(it: &TopicShown) -> Self {
        Self {
            id: it.topic.id,
            within: it.topic.within,
            name: it.topic.name.clone(),
            name_zh: it.topic.name_zh.clone(),
            named_by: it.named_by.clone(),
            videos: it.videos,
        }
    }
}

/// All topics, each wider one before its parts, the largest first.
#[utoipa::path(get, path = "/topics", operation_id = "list_topics", tag = "videos",
    responses((status = OK, body = Vec<Topic>)))]
pub(crate) async fn list(State(site): State<Site>) -> Json<Vec<Topic>> {
    let topics = site.app.topics();
    let with_parts = topics.iter().flat_map(|it| std::iter::once(it).chain(&it.parts));
    Json(with_parts.map(Topic::from).collect())
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// At most so many, 1 to 100; 50 unless said.
    limit: Option<u32>,
    /// Leave so many out before; 0 unless said.
    #[serde(default)]
    offset: usize,
}

/// A topic with some of its videos.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TopicVideos {
    /// The topic.
    topic: Topic,
    /// The most popular first; of those nobody knows, the ones in its middle.
    videos: Vec<shapes::Video>,
}

/// The videos of a topic.
#[utoipa::path(get, path = "/topics/{topic}", operation_id = "get_topic", tag = "videos",
    params(("topic" = u32, Path, description = "Number of the topic"), Asked),
    responses((status = OK, body = TopicVideos), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    Path(id): Path<u32>,
    Query(asked): Query<Asked>,
) -> Result<Json<TopicVideos>, Problem> {
    let limit = query::limit(asked.limit, 50)? as usize;
    let shown = site.app.topic(TopicId(id))?;
    let catalogue = site.app.snapshot();
    let videos = site.app.topic_videos(TopicId(id))?;
    let videos = videos.iter().skip(asked.offset).take(limit);
    let videos = videos.filter_map(|id| Some(shapes::Video::from(&catalogue.item(id)?.video)));
    Ok(Json(TopicVideos { topic: Topic::from(&shown), videos: videos.collect() }))
}
