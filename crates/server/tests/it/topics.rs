//! What the catalogue is about: the interface, the page, and names.

use crate::site::{Site, request};
use axum::http::{Method, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vireo_domain::TopicId;
use vireo_pretrained::language_model::endpoint;
use vireo_server::jobs::train;

async fn topics(site: &Site) -> Vec<Value> {
    let answer = site.get("/api/v1/topics").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.value().as_array().expect("a list").clone()
}

/// The topic that a video is of.
async fn of(site: &Site, video: &str) -> Value {
    for topic in topics(site).await {
        let videos = site.get(&format!("/api/v1/topics/{}?limit=100", topic["id"])).await.value();
        let videos = videos["videos"].as_array().expect("videos").clone();
        assert_eq!(topic["videos"], videos.len(), "{topic}");
        if videos.iter().any(|it| it["id"] == video) {
            return topic;
        }
    }
    panic!("{video} has no topic");
}

#[tokio::test]
async fn every_video_that_can_be_watched_is_of_a_topic() {
    let site = Site::new().await;
    let count = |topics: &[Value]| -> u64 {
        topics
            .iter()
            .filter(|it| it["within"].is_null())
            .filter_map(|it| it["videos"].as_u64())
            .sum()
    };
    assert_eq!(count(&topics(&site).await), 12);
    let bread = of(&site, "bread-1").await;
    assert!(bread["name"].as_str().is_some_and(|name| name.contains("bread")), "{bread}");
    assert_eq!(bread["named_by"], Value::Null);
    let hidden = request(Method::POST, "/api/v1/videos/bread-1/hide");
    let hidden = site.send(hidden.body(axum::body::Body::empty()).expect("a request")).await;
    assert!(hidden.status.is_success(), "{}", hidden.text());
    assert_eq!(count(&topics(&site).await), 11, "nobody sees what the admin hid");

    let path = format!("/api/v1/topics/{}", bread["id"]);
    let one = site.get(&format!("{path}?limit=1&offset=0")).await.value();
    assert_eq!(one["videos"].as_array().map(Vec::len), Some(1));
    assert_eq!(site.get(&format!("{path}?limit=0")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.get("/api/v1/topics/999").await.status, StatusCode::NOT_FOUND);
    assert!(site.get("/api/v1/topics/-1").await.status.is_client_error());
}

#[tokio::test]
async fn the_page_shows_topics_and_their_videos() {
    let site = Site::new().await;
    let chess = of(&site, "chess-1").await;
    let (id, name) = (&chess["id"], chess["name"].as_str().expect("a name"));
    let page = site.open("/topics", "").await.text();
    assert!(page.contains(&format!("href=\"/topics/{id}\"")) && page.contains(name), "{page}");
    let page = site.open(&format!("/topics/{id}"), "").await.text();
    assert!(page.contains("Chess tactics: the fork") && !page.contains("Rye bread"), "{page}");
    let watch = site.open("/watch/chess-1", "").await.text();
    assert!(watch.contains(&format!("<a href=\"/topics/{id}\">")), "{watch}");
    assert!(site.open(&format!("/topics/{id}?page=99"), "").await.text().contains(name));
    let missing = site.open("/topics/999", "").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    // Before any training there are none, and it says what makes them.
    let empty = Site::empty().await;
    assert!(empty.open("/topics", "").await.text().contains("vireo train"));
}

#[tokio::test]
async fn the_owners_name_outlives_a_training() {
    let site = Site::new().await;
    let bread = of(&site, "bread-1").await;
    let id = TopicId(bread["id"].as_u64().expect("a number") as u32);
    let name = |names| site.app.name_topic(id, names);
    name(Some([" Baking ", ""])).await.expect("named");
    name(Some(["", "烘焙"])).await.expect("named");
    let assert_named = |topic: Value| {
        let names = [&topic["name"], &topic["name_zh"], &topic["named_by"]];
        assert_eq!(names, ["Baking", "烘焙", "owner"], "{topic}");
    };
    assert_named(of(&site, "bread-1").await);
    train::run(&site.app, false, &|_, _, _| {}).await.expect("trained");
    assert_named(of(&site, "bread-1").await);
    let refused = site.app.name_topic(TopicId(999), Some(["x", ""])).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("no topic 999")));
    assert!(name(Some([" ", ""])).await.is_err(), "an empty name is none");
    name(None).await.expect("taken back");
    train::run(&site.app, false, &|_, _, _| {}).await.expect("trained");
    assert_eq!(of(&site, "bread-1").await["named_by"], Value::Null);
}

#[tokio::test]
async fn parts_are_shown_within_their_whole() {
    let site = Site::with(|config| config.topics.count = 10).await;
    let all = topics(&site).await;
    let part = all.iter().find(|it| !it["within"].is_null()).expect("a part of a whole");
    let whole = all.iter().find(|it| it["id"] == part["within"]).expect("the whole");
    let parts = all.iter().filter(|it| it["within"] == whole["id"]);
    assert_eq!(whole["videos"], parts.filter_map(|it| it["videos"].as_u64()).sum::<u64>());
    let page = site.open("/topics", "").await.text();
    assert!(page.contains(&format!("<h2 id=\"topic-{}\">", whole["id"])), "{page}");
    let page = site.open(&format!("/topics/{}", part["id"]), "").await.text();
    assert!(page.contains(&format!("› <a href=\"/topics/{}\">", whole["id"])), "{page}");
    let page = site.open(&format!("/topics/{}", whole["id"]), "").await.text();
    assert!(page.contains(&format!("class=\"chip\" href=\"/topics/{}\"", part["id"])), "{page}");
    let last = format!("/topics/{}?page={}", whole["id"], usize::MAX);
    assert_eq!(site.open(&last, "").await.status, StatusCode::OK);
}

/// An endpoint that calls whatever it is asked for bread, or repeats an example.
async fn endpoint(asked: Arc<AtomicUsize>) -> String {
    let answer = move |Json(question): Json<Value>| async move {
        asked.fetch_add(1, Ordering::Relaxed);
        // The last of the videos in the prompt are the topic's own.
        let prompt = question.to_string();
        let own = prompt.rsplit("Videos: ").next().unwrap_or_default();
        let name = if own.contains("Rye bread") {
            json!({"english": "Bread baking", "chinese": "面包烘焙 bread"})
        } else {
            json!({"english": "Mountain hiking", "chinese": "plain English"})
        };
        Json(json!({
            "choices": [{"message": {"role": "assistant", "content": name.to_string()}}],
            "usage": {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320},
        }))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/v1/chat/completions", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

#[tokio::test]
async fn a_language_model_names_what_its_words_support_and_is_asked_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let url = endpoint(Arc::clone(&asked)).await;
    let site = Site::with(|config| {
        config.models.endpoint = Some(endpoint::Config {
            url,
            model: "somebody".to_owned(),
            key_variable: None,
            daily_tokens: 0,
            context_tokens: 8192,
        });
    })
    .await;
    let bread = of(&site, "bread-2").await;
    assert_eq!(bread["name"], "Bread baking");
    assert!(bread["named_by"].as_str().is_some_and(|by| by.contains("somebody")), "{bread}");
    // What repeats an example, or is in another language, is no name.
    for topic in topics(&site).await {
        assert!(topic["name"] != "Mountain hiking", "{topic}");
        assert!(topic["name_zh"] != "plain English", "{topic}");
    }
    let so_far = asked.load(Ordering::Relaxed);
    assert!(so_far >= topics(&site).await.len(), "{so_far}");
    train::run(&site.app, false, &|_, _, _| {}).await.expect("trained");
    assert_eq!(asked.load(Ordering::Relaxed), so_far, "what has a name is not asked for again");
    assert_eq!(of(&site, "bread-2").await["name"], "Bread baking");
}
