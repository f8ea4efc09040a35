//! Every error is a problem; who may do what; health, metrics, the document.

use crate::site::{Site, request};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::json;

#[tokio::test]
async fn the_document_is_what_it_was() {
    let site = Site::new().await;
    let document = site.get("/openapi.json").await.value();
    let paths = document["paths"].as_object().expect("paths").values();
    let operations = paths.flat_map(|path| path.as_object().expect("operations").values());
    let ids = operations.map(|operation| operation["operationId"].as_str().expect("an id"));
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        assert!(seen.insert(id.to_owned()), "{id} names two operations");
    }
    assert!(seen.len() >= 25, "{seen:?}");
    insta::assert_json_snapshot!(document);
}

#[tokio::test]
async fn errors_are_problems_everywhere() {
    let site = Site::new().await;
    site.get("/api/v1/nothing").await.problem(404);
    site.get("/nothing").await.problem(404);
    site.get("/assets/..%2Flib.rs").await.problem(404);
    let wrong = site.json(Method::PATCH, "/api/v1/videos", &json!(null)).await;
    wrong.problem(405);
    assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.headers);
    let post = |kind: &'static str, body: &'static str| {
        let request = request(Method::POST, "/api/v1/feedback").header(header::CONTENT_TYPE, kind);
        site.send(request.body(Body::from(body)).expect("a request"))
    };
    post("text/plain", "{}").await.problem(415);
    post("application/x-www-form-urlencoded", "user=u").await.problem(415);
    post("application/json", "{\"user\":").await.problem(400);
    post("application/json", "{,}").await.problem(400);
    post("application/json", "{}").await.problem(422);
    site.get(&format!("/api/v1/users/{}", "x".repeat(5000))).await.problem(400);
    site.get("/api/v1/users/a%0Ab").await.problem(400);
    site.get("/api/v1/users/%FF").await.problem(400);
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let site = Site::with(|config| config.server.body_limit = 1000).await;
    let long = json!({"user": "u", "video": "v", "kind": "like", "id": "x".repeat(2000)});
    site.json(Method::POST, "/api/v1/feedback", &long).await.problem(413);
}

#[tokio::test]
async fn a_deep_body_does_no_harm() {
    let site = Site::new().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let request =
        request(Method::POST, "/api/v1/feedback/batch").header("content-type", "application/json");
    site.send(request.body(Body::from(deep)).expect("a request")).await.problem(400);
}

#[tokio::test]
async fn pages_of_other_sites_are_turned_away() {
    let site = Site::new().await;
    let send = |name: &'static str, value: &'static str| {
        let request = request(Method::POST, "/api/v1/feedback")
            .header(header::CONTENT_TYPE, "application/json")
            .header(name, value);
        let body = r#"{"user":"u","video":"v","kind":"like"}"#;
        site.send(request.body(Body::from(body)).expect("a request"))
    };
    send("sec-fetch-site", "cross-site").await.problem(403);
    send("sec-fetch-site", "same-site").await.problem(403);
    send("origin", "https://evil.example").await.problem(403);
    send("origin", "null").await.problem(403);
    assert_eq!(send("origin", "http://localhost:8080").await.status, StatusCode::OK);
    assert_eq!(send("sec-fetch-site", "same-origin").await.status, StatusCode::OK);
    let rebound = axum::http::Request::get("/health").header(header::HOST, "evil.example");
    site.send(rebound.body(Body::empty()).expect("a request")).await.problem(403);
}

/// Cargo sets this variable for every test, to this crate's name.
const SET_BY_CARGO: &str = "CARGO_PKG_NAME";

#[tokio::test]
async fn with_a_key_only_its_holders_write_and_viewers_act_for_themselves() {
    let site = Site::with(|config| config.server.key_variable = SET_BY_CARGO.to_owned()).await;
    let key = std::env::var(SET_BY_CARGO).expect("cargo sets it");
    let like = json!({"user": "maria", "video": "bread-1", "kind": "like"});
    let refused = site.json(Method::POST, "/api/v1/feedback", &like).await;
    refused.problem(401);
    assert!(refused.headers.contains_key(header::WWW_AUTHENTICATE));
    site.get("/api/v1/users/maria/feed").await.problem(401);
    site.get("/api/v1/users").await.problem(401);
    site.json(Method::DELETE, "/api/v1/videos/bread-1", &json!(null)).await.problem(401);
    site.json(Method::POST, "/api/v1/videos/bread-1/hide", &json!(null)).await.problem(401);
    let verdict = json!({"kind": "keyword", "value": "bread", "verdict": "rejected"});
    site.json(Method::POST, "/api/v1/videos/bread-1/statements", &verdict).await.problem(401);
    assert_eq!(site.get("/api/v1/videos").await.status, StatusCode::OK);
    let post = |name: &'static str, value: String, body: String| {
        let request = request(Method::POST, "/api/v1/feedback")
            .header(header::CONTENT_TYPE, "application/json")
            .header(name, value);
        site.send(request.body(Body::from(body)).expect("a request"))
    };
    post("x-api-key", "wrong".to_owned(), like.to_string()).await.problem(401);
    assert_eq!(post("x-api-key", key, like.to_string()).await.status, StatusCode::OK);
    post("cookie", "vireo_viewer=maria".to_owned(), like.to_string()).await.problem(401);
    // A viewer gets a signed name at the page and may act for it, and no other.
    let cookie = site.form("/viewer/new", "", "").await.header("set-cookie").to_owned();
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let viewer = cookie.trim_start_matches("vireo_viewer=").split('~').next().expect("an id");
    let viewer = viewer.replace("%2D", "-");
    let own = json!({"user": viewer, "video": "bread-1", "kind": "like"}).to_string();
    assert_eq!(post("cookie", cookie.clone(), own).await.status, StatusCode::OK);
    post("cookie", cookie.clone(), like.to_string()).await.problem(401);
    let stolen = site.form("/viewer", &cookie, "viewer=maria").await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    let shared = site.form("/viewer", &cookie, "viewer=anna").await;
    assert_eq!(shared.status, StatusCode::SEE_OTHER, "simulated viewers are for everybody");
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let site = Site::new().await;
    let health = site.get("/health").await.value();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["videos"], 12);
    assert_eq!((&health["missing"], &health["notes"]), (&json!(0), &json!([])));
    let like = json!({"user": "maria", "video": "bread-1", "kind": "like"});
    site.json(Method::POST, "/api/v1/feedback", &like).await;
    site.get("/api/v1/videos/made-up-1").await;
    let text = site.get("/metrics").await.text();
    for line in [
        "vireo_videos 12",
        "vireo_feedback_accepted_total{kind=\"like\"} 1",
        "vireo_http_requests_total{method=\"GET\",route=\"/api/v1/videos/{video}\",status=\"404\"} 1",
        "vireo_http_request_seconds_bucket{",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("made-up"), "paths must not become labels");
}
