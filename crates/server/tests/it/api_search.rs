//! `/api/v1/search`.

use crate::site::{Site, analysis, video_id};
use vireo_domain::{Embedding, PictureVector};
use vireo_pretrained::picture::Picture;
use vireo_pretrained::picture_text::colours::{self, Export};

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

#[tokio::test]
async fn pictures_are_found_by_words_with_their_second() {
    let models = tempfile::tempdir().expect("a folder");
    if !colours::install(models.path(), Export::SigLip).expect("written") {
        return;
    }
    let site = Site::with(|config| config.models.dir = Some(models.path().to_owned())).await;
    let embedder = site.app.models.picture_text().expect("opens").expect("there");
    let of = |colour: [u8; 3]| -> Embedding {
        let pixels = colour.repeat(64);
        let picture = Picture::new(8, 8, &pixels).expect("whole");
        embedder.embed_pictures(&[picture]).expect("sees").remove(0)
    };
    let (video, _) = site.app.video(&video_id("chess-1")).await.expect("read").expect("there");
    let mut seen = analysis(&video, &[]);
    let at = [(4.0, [0, 0, 255]), (61.5, [255, 0, 0])];
    seen.pictures = at.map(|(at, colour)| PictureVector { at, embedding: of(colour) }).to_vec();
    embedder.name().clone_into(&mut seen.picture_model);
    site.app.store.put_analysis(&video, &seen).await.expect("stored");
    site.app.refresh().await.expect("refreshed");
    for words in ["red", "%E7%BA%A2%E8%89%B2"] {
        let found = site.get(&format!("/api/v1/search?q={words}")).await.value();
        let shown = found["videos"].as_array().expect("videos").iter();
        let shown: Vec<_> = shown.filter(|hit| !hit["picture_rank"].is_null()).collect();
        let [hit] = shown[..] else { panic!("{words}: {found}") };
        assert_eq!((&hit["video"]["id"], &hit["picture_at"]), (&"chess-1".into(), &61.5.into()));
    }
    let page = site.get("/search?q=%E7%BA%A2").await;
    let page = page.text();
    assert!(page.contains("/watch/chess-1?t=61.5"), "{page}");
    let found = site.get("/api/v1/search?q=green").await.value();
    let shown = found["videos"].as_array().expect("videos").iter();
    assert!(shown.clone().all(|hit| hit["picture_rank"].is_null()), "{found}");
    // Vectors of another model are not compared with.
    seen.picture_model = "another".to_owned();
    site.app.store.put_analysis(&video, &seen).await.expect("stored");
    site.app.refresh().await.expect("refreshed");
    let found = site.get("/api/v1/search?q=red").await.value();
    assert!(!found.to_string().contains("61.5"), "{found}");
}
