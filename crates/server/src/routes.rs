//! The HTTP interface: a file a subject, listed here and nowhere else. The
//! OpenAPI document is made from the same list.

pub(crate) mod access;
mod ask;
mod explain;
mod feed;
mod feedback;
mod health;
pub(crate) mod interests;
mod list;
mod media;
pub(crate) mod query;
mod related;
pub(crate) mod search;
pub(crate) mod shapes;
mod topics;
mod users;
pub(crate) mod videos;

use crate::serve::Site;
use axum::Router;
use axum::http::StatusCode;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Head of the document.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Vireo",
        description = "Recommends videos that it has watched, and says why. Errors are problem \
                       details (RFC 9457, `application/problem+json`). When the server has a key \
                       or listens beyond this machine, writing and reading what is personal needs \
                       the key in the `X-API-Key` header.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "videos", description = "The catalogue and what was understood of it"),
        (name = "users", description = "People"),
        (name = "feedback", description = "What people do"),
        (name = "recommendations", description = "Feeds and related videos, with reasons"),
        (name = "search", description = "Whole videos, and scenes with their time codes"),
        (name = "interests", description = "The interest map of a person, and its corrections"),
        (name = "server", description = "How the server does")
    )
)]
struct Document;

/// Every route of the interface, and the document of it.
pub(crate) fn api() -> (Router<Site>, OpenApi) {
    let v1 = OpenApiRouter::new()
        .routes(routes!(videos::list))
        .routes(routes!(videos::get, videos::put, videos::delete))
        .routes(routes!(videos::hide))
        .routes(routes!(videos::show))
        .routes(routes!(videos::judge))
        .routes(routes!(media::subtitles_vtt))
        .routes(routes!(media::subtitles_srt))
        .routes(routes!(media::cover))
        .routes(routes!(media::preview))
        .routes(routes!(media::sprite))
        .routes(routes!(media::sprite_track))
        .routes(routes!(media::file))
        .routes(routes!(topics::list))
        .routes(routes!(topics::get))
        .routes(routes!(related::get))
        .routes(routes!(ask::get))
        .routes(routes!(users::list))
        .routes(routes!(users::get, users::put))
        .routes(routes!(feedback::post))
        .routes(routes!(feedback::batch))
        .routes(routes!(feed::get))
        .routes(routes!(search::get))
        .routes(routes!(interests::get, interests::say))
        .routes(routes!(interests::boost, interests::unsay))
        .routes(routes!(interests::pick))
        .routes(routes!(explain::get));
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", v1)
        .routes(routes!(health::health))
        .routes(routes!(health::metrics))
        .split_for_parts();
    finish(&mut document);
    (router, document)
}

/// Says once what holds for every route: the key, and what errors look like.
fn finish(document: &mut OpenApi) {
    let key = ApiKeyValue::new(access::KEY_HEADER.as_str());
    if let Some(components) = &mut document.components {
        components.add_security_scheme("key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
    let nothing = SecurityRequirement::default();
    document.security = Some(vec![nothing, SecurityRequirement::new("key", [""; 0])]);
    for path in document.paths.paths.values_mut() {
        let operations =
            [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch];
        for operation in operations.into_iter().flatten() {
            for (status, response) in &mut operation.responses.responses {
                let RefOr::T(response) = response else { continue };
                let status: Option<StatusCode> = status.parse().ok();
                if response.description.is_empty() {
                    let words = status.and_then(|status| status.canonical_reason());
                    words.unwrap_or("See the body").clone_into(&mut response.description);
                }
                if status.is_some_and(|status| status.as_u16() >= 400)
                    && let Some(problem) = response.content.shift_remove("application/json")
                {
                    response.content.insert(crate::error::MEDIA_TYPE.to_owned(), problem);
                }
            }
        }
    }
}
