//! `/api/v1/users/{user}/feed`, `…/explain/{video}`, `/api/v1/videos/{video}/related`.

use crate::site::Site;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[tokio::test]
async fn pages_are_stable_and_do_not_overlap() {
    let site = Site::new().await;
    let mut seen = BTreeSet::new();
    let mut path = "/api/v1/users/maria/feed?limit=4".to_owned();
    let mut pages = 0;
    loop {
        let page = site.get(&path).await.value();
        for item in page["items"].as_array().expect("items") {
            let id = item["video"]["id"].as_str().expect("an id").to_owned();
            assert!(seen.insert(id.clone()), "{id} came twice");
            assert!(!item["sentence"].as_str().unwrap_or_default().is_empty(), "no reason: {item}");
        }
        pages += 1;
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/users/maria/feed?limit=4&cursor={next}"),
            None => break,
        }
        assert!(pages < 10, "paging does not end");
    }
    assert!(pages > 1);
}

#[tokio::test]
async fn reasons_come_in_the_wanted_language() {
    let site = Site::new().await;
    let page = site.get("/api/v1/users/maria/feed?lang=zh").await.value();
    let sentence = page["items"][0]["sentence"].as_str().expect("a sentence").to_owned();
    assert!(sentence.chars().any(is_han), "{sentence}");
}

#[tokio::test]
async fn another_language_on_page_two_does_not_shuffle_the_list() {
    let site = Site::new().await;
    let ids = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("items").iter();
        items.map(|item| item["video"]["id"].as_str().expect("an id").to_owned()).collect()
    };
    let first = site.get("/api/v1/users/new/feed?limit=4&lang=en").await.value();
    let next = first["next"].as_str().expect("a second page");
    let path = format!("/api/v1/users/new/feed?limit=8&cursor={next}");
    let english = site.get(&path).await.value();
    let chinese = site.get(&format!("{path}&lang=zh")).await.value();
    assert_eq!(ids(&english), ids(&chinese));
    let sentence = chinese["items"][0]["sentence"].as_str().expect("a sentence");
    assert!(sentence.chars().any(is_han), "{sentence}");
    assert!(ids(&english).iter().all(|id| !ids(&first).contains(id)), "{english}");
    site.get("/api/v1/users/new/feed?cursor=zh.made-up").await.problem(400);
}

#[tokio::test]
async fn a_chinese_sentence_makes_a_chinese_welcome() {
    let site = Site::new().await;
    let first_of = async |user: &str| site.feed(user).await.remove(0);
    let said = json!({"text": "我想看番茄"});
    site.json(Method::POST, "/api/v1/users/guest-zh/interests", &said).await;
    let first = first_of("guest-zh").await;
    assert!(first.starts_with("zh-"), "{first}");
    let page = site.get("/api/v1/users/guest-zh/feed").await.value();
    let sentence = page["items"][0]["sentence"].as_str().expect("a sentence").to_owned();
    assert!(sentence.chars().any(is_han), "{sentence}");
    // Somebody whose language is known keeps it.
    site.json(Method::PUT, "/api/v1/users/guest-en", &json!({"language": "en"})).await;
    site.json(Method::POST, "/api/v1/users/guest-en/interests", &said).await;
    let page = site.get("/api/v1/users/guest-en/feed").await.value();
    let sentence = page["items"][0]["sentence"].as_str().expect("a sentence").to_owned();
    assert!(sentence.is_ascii() || sentence.contains(' '), "{sentence}");
}

#[tokio::test]
async fn explains_what_was_taken_out() {
    let site = Site::new().await;
    let like = json!({"user": "maria", "video": "bread-1", "kind": "like"});
    site.json(Method::POST, "/api/v1/feedback", &like).await;
    let page = site.get("/api/v1/users/maria/feed?explain=true&exclude=chess-1").await.value();
    let removed = page["removed"].as_array().expect("removed").clone();
    let removed: Vec<_> = removed.iter().map(|it| it["video"].as_str().unwrap_or("")).collect();
    assert!(removed.contains(&"bread-1"), "{removed:?}");
    assert!(page["items"][0]["trace"]["sources"].is_array());
    let why = site.get("/api/v1/users/maria/explain/bread-1").await.value();
    assert_eq!(why["outcome"], "removed", "{why}");
    assert!(!why["why"].as_str().unwrap_or_default().is_empty());
    site.get("/api/v1/users/maria/explain/nowhere").await.problem(404);
}

#[tokio::test]
async fn related_videos_leave_the_video_itself_out() {
    let site = Site::new().await;
    let page = site.get("/api/v1/videos/chess-1/related?limit=3&user=maria").await.value();
    let items = page["items"].as_array().expect("items").clone();
    assert!(!items.is_empty() && items.len() <= 3);
    assert!(items.iter().all(|item| item["video"]["id"] != "chess-1"));
    site.get("/api/v1/videos/nowhere/related").await.problem(404);
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let site = Site::new().await;
    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=99999999999999999999",
        "limit=x",
        "cursor=made-up",
        "lang=%3Cscript%3E",
        "explain=perhaps",
    ] {
        let answer = site.get(&format!("/api/v1/users/maria/feed?{query}")).await;
        assert!(!answer.problem(400).is_empty(), "{query}");
    }
    let exclude = format!("/api/v1/users/maria/feed?exclude={}", "x".repeat(300));
    site.get(&exclude).await.problem(400);
}
