//! `/api/v1/search`.

use crate::site::Site;

#[tokio::test]
async fn finds_scenes_at_their_second() {
    let site = Site::new().await;
    let found = site.get("/api/v1/search?q=levain").await.value();
    let scene = &found["scenes"][0];
    assert_eq!(scene["video"]["id"], "bread-1", "{found}");
    assert_eq!(scene["start"], 12.5);
    assert!(scene["snippet"].as_str().unwrap_or_default().contains("<b>levain</b>"), "{scene}");
}

#[tokio::test]
async fn finds_chinese_words_and_keeps_to_a_language() {
    let site = Site::new().await;
    let found = site.get("/api/v1/search?q=%E7%95%AA%E8%8C%84&lang=zh").await.value();
    let videos = found["videos"].as_array().expect("videos").clone();
    assert!(videos.iter().any(|hit| hit["video"]["id"] == "zh-1"), "{found}");
    assert!(videos.iter().all(|hit| hit["video"]["language"] == "zh"), "{found}");
}

#[tokio::test]
async fn empty_and_endless_searches_are_refused() {
    let site = Site::new().await;
    site.get("/api/v1/search").await.problem(400);
    site.get("/api/v1/search?q=%20").await.problem(400);
    let refused = site.get("/api/v1/search?q=bread&lang=klingon").await.problem(400);
    assert!(refused.contains("such as en, zh"), "{refused}");
    site.get(&format!("/api/v1/search?q={}", "x".repeat(501))).await.problem(400);
    // Words of a query language are words like others.
    let odd = site.get("/api/v1/search?q=%22AND%20(%5B*%3A%20title%3A%5E~%5C").await;
    assert!(odd.status.is_success(), "{}", odd.text());
}

#[tokio::test]
async fn a_video_answers_with_its_own_words() {
    let site = Site::new().await;
    let answer = site.get("/api/v1/videos/bread-1/ask?q=how%20often%20is%20levain%20fed").await;
    let answer = answer.value();
    let quote = &answer["quotes"][0];
    assert!(quote["text"].as_str().is_some_and(|text| text.contains("levain")), "{answer}");
    assert_eq!(quote["shared"][0], "levain", "{answer}");
    site.get("/api/v1/videos/bread-1/ask?q=").await.problem(400);
    site.get("/api/v1/videos/nobody/ask?q=bread").await.problem(404);
    // A video without a word says nothing.
    let silent = site.get("/api/v1/videos/chess-1/ask?q=rook").await.value();
    assert_eq!(silent["quotes"], serde_json::json!([]));
}
