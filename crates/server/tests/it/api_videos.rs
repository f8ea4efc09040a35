//! `/api/v1/videos`.

use crate::site::Site;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn pages_through_the_whole_catalogue() {
    let site = Site::new().await;
    let (mut seen, mut path) = (Vec::new(), "/api/v1/videos?limit=5".to_owned());
    loop {
        let page = site.get(&path).await.value();
        assert_eq!(page["total"], 12);
        let videos = page["videos"].as_array().expect("videos").clone();
        seen.extend(videos.iter().map(|video| video["id"].as_str().expect("an id").to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/videos?limit=5&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 12);
    assert!(seen.is_sorted(), "{seen:?}");
}

#[tokio::test]
async fn tells_everything_understood_but_no_path() {
    let site = Site::new().await;
    let answer = site.get("/api/v1/videos/bread-1").await;
    assert!(!answer.text().contains("film.mp4"), "the path of the file got out");
    assert!(!answer.text().contains("\"embedding\""));
    insta::assert_json_snapshot!(answer.value());
}

#[tokio::test]
async fn metadata_can_be_put_changed_and_removed() {
    let site = Site::new().await;
    let put = async |body: Value| site.json(Method::PUT, "/api/v1/videos/new%20one", &body).await;
    let created = put(json!({"title": " Knots ", "tags": ["sailing"], "language": "en"})).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    assert_eq!(created.value()["title"], "Knots");
    let changed = put(json!({"title": "Better knots"})).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.value()["language"], "en", "what is known is not forgotten");
    put(json!({"title": "  "})).await.problem(400);
    put(json!({"title": "x", "url": "javascript:alert(1)"})).await.problem(400);
    put(json!({"title": "x", "media": {"path": "/etc/passwd"}})).await.problem(422);
    let gone = site.json(Method::DELETE, "/api/v1/videos/new%20one", &json!(null)).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    site.get("/api/v1/videos/new%20one").await.problem(404);
    site.json(Method::DELETE, "/api/v1/videos/new%20one", &json!(null)).await.problem(404);
}

#[tokio::test]
async fn a_hidden_video_is_not_recommended_until_it_is_shown_again() {
    let site = Site::new().await;
    let before = site.feed("maria").await;
    assert!(before.contains(&"chess-1".to_owned()), "{before:?}");
    let hidden = site.json(Method::POST, "/api/v1/videos/chess-1/hide", &json!(null)).await;
    assert_eq!(hidden.status, StatusCode::NO_CONTENT);
    assert!(!site.feed("maria").await.contains(&"chess-1".to_owned()));
    site.json(Method::POST, "/api/v1/videos/chess-1/unhide", &json!(null)).await;
    assert!(site.feed("maria").await.contains(&"chess-1".to_owned()));
    site.json(Method::POST, "/api/v1/videos/nowhere/hide", &json!(null)).await.problem(404);
}
