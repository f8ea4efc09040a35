//! The HTTP server: routes, page, metrics.

use crate::App;
use anyhow::Result;

/// The whole site as a service, for tests and [`run`].
pub fn router(_app: App) -> axum::Router {
    todo!()
}

/// Serves until interrupted; finishes the requests that are under way.
pub async fn run(_app: App) -> Result<()> {
    todo!()
}
