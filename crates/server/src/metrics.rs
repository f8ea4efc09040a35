//! What is counted, in the text format of OpenMetrics, which Prometheus reads.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Instant;
use vireo_domain::Feedback;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Source {
    source: String,
}

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answer, Counter>,
    seconds: Family<Route, Histogram>,
    feedback: Family<Kind, Counter>,
    degraded: Family<Source, Counter>,
    videos: Gauge,
    users: Gauge,
    logged: Gauge,
    topics: Gauge,
}

/// Sizes that are looked up when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Videos of the catalogue.
    pub(crate) videos: u64,
    /// Known people.
    pub(crate) users: u64,
    /// Actions in the log.
    pub(crate) feedback: u64,
    /// Topics.
    pub(crate) topics: usize,
}

impl Metrics {
    /// All at nothing.
    pub(crate) fn new() -> Self {
        // From a millisecond to about eight seconds.
        let histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 14));
        let mut metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            feedback: Family::default(),
            degraded: Family::default(),
            videos: Gauge::default(),
            users: Gauge::default(),
            logged: Gauge::default(),
            topics: Gauge::default(),
            registry: Registry::with_prefix("vireo"),
        };
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Answered requests", metrics.requests.clone());
        registry.register(
            "http_request_seconds",
            "Time until the answer began, by route",
            metrics.seconds.clone(),
        );
        registry.register("feedback_accepted", "Actions taken, by kind", metrics.feedback.clone());
        registry.register(
            "degraded_answers",
            "Lists made while a source failed, by source",
            metrics.degraded.clone(),
        );
        registry.register("videos", "Videos in the catalogue", metrics.videos.clone());
        registry.register("users", "Known people", metrics.users.clone());
        registry.register("feedback_logged", "Actions in the log", metrics.logged.clone());
        registry.register("topics", "Topics of the catalogue", metrics.topics.clone());
        metrics
    }

    /// Counts actions that were made durable.
    pub(crate) fn count_feedback(&self, batch: &[Feedback]) {
        for feedback in batch {
            self.feedback.get_or_create(&Kind { kind: feedback.kind.name() }).inc();
        }
    }

    /// Counts the sources that failed while a list was made (`popular: why`).
    pub(crate) fn count_degraded(&self, degraded: &[String]) {
        for reason in degraded {
            let source = reason.split(':').next().unwrap_or_default().to_owned();
            self.degraded.get_or_create(&Source { source }).inc();
        }
    }

    /// Everything as text.
    pub(crate) fn text(&self, sizes: Sizes) -> String {
        self.videos.set(sizes.videos as i64);
        self.users.set(sizes.users as i64);
        self.logged.set(sizes.feedback as i64);
        self.topics.set(sizes.topics as i64);
        let mut to = String::new();
        text::encode(&mut to, &self.registry).expect("writing to a string does not fail");
        to
    }
}

/// Counts and times every request by its route (never by its path, which
/// anyone can make up).
pub(crate) async fn measure(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let begun = Instant::now();
    let response = next.run(request).await.into_response();
    let status = response.status().as_u16();
    metrics.requests.get_or_create(&Answer { method, route: route.clone(), status }).inc();
    let seconds = begun.elapsed().as_secs_f64();
    metrics.seconds.get_or_create(&Route { route }).observe(seconds);
    response
}
