//! The page: templates filled on the server, embedded in the binary. It can be
//! read without JavaScript; a little of it makes actions felt at once.

mod about;
mod assets;
mod clock;
mod feed;
mod frame;
mod interests;
mod labels;
pub(crate) mod placeholder;
mod search;
mod start;
mod strings;
mod switch;
mod timeline;
mod topics;
mod viewers;
mod watch;

pub(crate) use frame::Reader;
pub(crate) use viewers::Viewers;

use crate::error::Problem;
use crate::serve::Site;
use askama::Template;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Html;
use axum::routing::{get, post};

/// Every address of the page.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    Router::new()
        .route("/", get(feed::show))
        .route("/watch/{video}", get(watch::show))
        .route("/video/{video}/about", get(about::show))
        .route("/search", get(search::show))
        .route("/interests", get(interests::show).post(interests::say))
        .route("/topics", get(topics::show))
        .route("/topics/{topic}", get(topics::one))
        .route("/start", post(start::begin))
        .route("/viewer", post(switch::viewer))
        .route("/viewer/new", post(switch::begin))
        .route("/language", post(switch::language))
        .route_layer(from_fn_with_state(site.clone(), viewers::identify))
        .route("/assets/{name}", get(assets::get))
}

/// Fills in a template.
fn fill(template: &impl Template) -> Result<Html<String>, Problem> {
    template.render().map(Html).map_err(|error| {
        tracing::error!("template: {error}");
        Problem::internal()
    })
}
