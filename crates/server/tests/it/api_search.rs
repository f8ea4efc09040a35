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
    site.get(&format!("/api/v1/search?q={}", "x".repeat(501))).await.problem(400);
    // Words of a query language are words like others.
    let odd = site.get("/api/v1/search?q=%22AND%20(%5B*%3A%20title%3A%5E~%5C").await;
    assert!(odd.status.is_success(), "{}", odd.text());
}
