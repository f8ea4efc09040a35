//! `/api/v1/feedback`.

use crate::site::{Site, request};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

#[tokio::test]
async fn the_same_action_counts_once() {
    let site = Site::new().await;
    let action = json!({"id": "a-1", "user": "maria", "video": "bread-1", "kind": "like"});
    let first = site.json(Method::POST, "/api/v1/feedback", &action).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert_eq!(first.value(), json!({"added": 1, "duplicates": 0, "unknown_videos": 0}));
    let again = site.json(Method::POST, "/api/v1/feedback", &action).await.value();
    assert_eq!(again, json!({"added": 0, "duplicates": 1, "unknown_videos": 0}));
}

#[tokio::test]
async fn the_idempotency_key_stands_for_missing_ids() {
    let site = Site::new().await;
    let send = |key: &'static str, path: &'static str, body: Value| {
        let request = request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", key);
        site.send(request.body(Body::from(body.to_string())).expect("a request"))
    };
    let action = json!({"user": "maria", "video": "bread-1", "kind": "start"});
    let batch = json!([action, action]);
    assert_eq!(send("k", "/api/v1/feedback", action.clone()).await.value()["added"], 1);
    assert_eq!(send("k", "/api/v1/feedback", action).await.value()["duplicates"], 1);
    assert_eq!(send("b", "/api/v1/feedback/batch", batch.clone()).await.value()["added"], 2);
    assert_eq!(send("b", "/api/v1/feedback/batch", batch).await.value()["duplicates"], 2);
}

#[tokio::test]
async fn an_action_that_says_when_counts_once_without_an_id() {
    let site = Site::new().await;
    let post = async |body: Value| site.json(Method::POST, "/api/v1/feedback", &body).await.value();
    let at = |at: &str| json!({"user": "maria", "video": "bread-1", "kind": "like", "at": at});
    assert_eq!(post(at("2026-01-02T03:04:05Z")).await["added"], 1);
    // The same moment, said with another offset.
    let again = post(at("2026-01-02T04:04:05+01:00")).await;
    assert_eq!((&again["added"], &again["duplicates"]), (&json!(0), &json!(1)));
    assert_eq!(post(at("2026-01-02T03:04:06Z")).await["added"], 1);
    let batch = json!([at("2026-01-02T03:04:05Z"), at("2026-01-02T03:04:07Z")]);
    let batch = site.json(Method::POST, "/api/v1/feedback/batch", &batch).await.value();
    assert_eq!((&batch["added"], &batch["duplicates"]), (&json!(1), &json!(1)));
    let bare = json!({"user": "maria", "video": "bread-1", "kind": "like"});
    assert_eq!(post(bare.clone()).await["added"], 1);
    assert_eq!(post(bare).await["added"], 1, "nothing tells it from another like");
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let site = Site::new().await;
    let batch = json!([
        {"user": "maria", "video": "bread-1", "kind": "like"},
        {"user": "maria", "video": "bread-1", "kind": "watch", "value": 7},
        {"user": "", "video": "bread-1", "kind": "like"},
        {"user": "maria", "video": "bread-1", "kind": "adore"},
        5,
    ]);
    let answer = site.json(Method::POST, "/api/v1/feedback/batch", &batch).await;
    let detail = answer.problem(422);
    assert!(detail.contains("4 of 5") && detail.contains("nothing was recorded"), "{detail}");
    let errors = answer.value()["errors"].as_array().expect("errors").clone();
    let places: Vec<_> = errors.iter().map(|error| error["index"].clone()).collect();
    assert_eq!(places, [1, 2, 3, 4]);
    assert_eq!(site.app.store.feedback_count().await.expect("a count"), 0);
}

#[tokio::test]
async fn unusable_actions_say_why() {
    let site = Site::new().await;
    let post = async |body: Value| site.json(Method::POST, "/api/v1/feedback", &body).await;
    let detail =
        post(json!({"user": "u", "video": "v", "kind": "rating", "value": 9})).await.problem(422);
    assert!(detail.contains("0 to 5"), "{detail}");
    let detail = post(json!({"user": "u", "video": "v", "kind": "adore"})).await.problem(422);
    assert!(detail.contains("adore"), "{detail}");
    let long = "x".repeat(201);
    post(json!({"user": long, "video": "v", "kind": "like"})).await.problem(422);
    let unknown = post(json!({"user": "u", "video": "not-here", "kind": "like"})).await.value();
    assert_eq!(unknown["unknown_videos"], 1);
}

#[tokio::test]
async fn a_like_changes_the_next_feed() {
    let site = Site::new().await;
    assert!(site.feed("maria").await.contains(&"bread-1".to_owned()));
    let like = json!({"user": "maria", "video": "bread-1", "kind": "like"});
    site.json(Method::POST, "/api/v1/feedback", &like).await;
    let hide = json!({"user": "maria", "video": "chess-1", "kind": "hide"});
    site.json(Method::POST, "/api/v1/feedback", &hide).await;
    let after = site.feed("maria").await;
    assert!(!after.contains(&"bread-1".to_owned()), "seen: {after:?}");
    assert!(!after.contains(&"chess-1".to_owned()), "hidden: {after:?}");
}
