//! The HTTP server: routes, page, metrics.

use crate::App;
use crate::error::{MEDIA_TYPE, Problem};
use crate::jobs::presence;
use crate::metrics::{self, Metrics};
use crate::page::{self, Viewers};
use crate::routes;
use crate::routes::access::{self, Access};
use anyhow::{Context, Result};
use axum::extract::{DefaultBodyLimit, FromRef, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// Longest time until an answer begins.
const TIMEOUT: Duration = Duration::from_mins(1);
/// How long requests under way may take once the server is asked to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every handler can reach.
#[derive(Clone, FromRef)]
pub(crate) struct Site {
    /// The installation.
    pub(crate) app: App,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// Who may do what.
    pub(crate) access: Arc<Access>,
    /// The viewers that the page can switch between.
    pub(crate) viewers: Arc<Viewers>,
}

/// The whole site as a service, for tests and [`run`].
pub fn router(app: App) -> Router {
    let access = Arc::new(Access::new(&app.config.server));
    let body_limit = app.config.server.body_limit;
    let metrics = Arc::new(Metrics::new());
    let site = Site { app, metrics, access, viewers: Arc::default() };
    let (api, document) = routes::api();
    // Films are packed already, and packing them would break seeking.
    let packed = DefaultPredicate::new()
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/"));
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(from_fn_with_state(site.clone(), metrics::measure))
        .layer(CompressionLayer::new().compress_when(packed))
        .layer(from_fn(headers))
        .layer(from_fn_with_state(site.clone(), problems))
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(from_fn_with_state(site.clone(), access::guard))
        .layer(DefaultBodyLimit::max(body_limit));
    Router::new()
        .merge(api)
        .merge(page::routes(&site))
        .route("/openapi.json", get(|| async move { Json(document) }))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .layer(layers)
        .with_state(site)
}

/// Turns every error answer into a problem: JSON for programs, a page in the
/// reader's language for a browser that asked for one.
async fn problems(State(site): State<Site>, request: Request, next: Next) -> Response {
    let reader = page::Reader::of(&request);
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let known = response.extensions().get::<Problem>().cloned();
    let mut kept = response.headers().clone();
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        kept.remove(name);
    }
    let problem = match known {
        Some(problem) => problem,
        None => Problem::of_plain(response).await,
    };
    let mut answer = match reader {
        Some(reader) => reader.show(&site, &problem).await,
        None => problem.into_response(),
    };
    answer.headers_mut().extend(kept);
    answer
}

/// What every answer says to browsers: nothing from elsewhere is loaded, and
/// nobody frames us.
async fn headers(request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
                          base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let changing = kind.is_some_and(|kind| {
        [b"text/html".as_slice(), b"application/json", MEDIA_TYPE.as_bytes()]
            .iter()
            .any(|prefix| kind.starts_with(prefix))
    });
    if changing {
        let store = HeaderValue::from_static("no-store");
        headers.entry(header::CACHE_CONTROL).or_insert(store);
    }
    response
}

/// Serves on the address of the settings until interrupted.
pub async fn run(app: App) -> Result<()> {
    let server = &app.config.server;
    let listen = server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; is another server there? Choose another address with server.listen"))?;
    if !listen.ip().is_loopback() && std::env::var_os(&server.key_variable).is_none() {
        tracing::warn!(
            "listening beyond this machine without a key: only the page can write; set {} for \
             programs, and to let viewers keep their identity when the server restarts",
            server.key_variable
        );
    }
    on(app, listener).await
}

/// Serves on `listener` until interrupted; finishes the requests that are under way.
pub async fn on(app: App, listener: TcpListener) -> Result<()> {
    tracing::info!("serving on http://{}", listener.local_addr()?);
    let follower = app.follow();
    let looker = tokio::spawn(presence::keep_looking(app.clone()));
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let graceful = axum::serve(listener, router(app)).with_graceful_shutdown(async move {
        interrupted().await;
        tracing::info!("stopping");
        let _ = stopping.send(());
    });
    // Whoever streams a film does not keep the server alive.
    let done = tokio::select! {
        done = async { graceful.await } => done,
        () = async { let _ = stopped.await; tokio::time::sleep(PATIENCE).await } => Ok(()),
    };
    follower.abort();
    looker.abort();
    Ok(done?)
}

/// Waits for Ctrl-C, or for SIGTERM as service managers send it.
async fn interrupted() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => (), () = terminate => () }
}
