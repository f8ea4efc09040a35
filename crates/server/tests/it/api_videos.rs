//! `/api/v1/videos`.

use crate::site::Site;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use vireo_server::jobs::presence;

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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_is_understood_within_seconds() {
    let site = Site::new().await;
    let following = site.app.follow();
    let knots = json!({"title": "Knots for sailors", "tags": ["sailing"], "language": "en"});
    site.json(Method::PUT, "/api/v1/videos/knots", &knots).await;
    let found = site.get("/api/v1/search?q=sailors").await.value();
    let hits = found["videos"].as_array().expect("videos").iter();
    let by_words = hits.filter(|hit| !hit["word_rank"].is_null()).map(|hit| &hit["video"]["id"]);
    assert_eq!(by_words.collect::<Vec<_>>(), ["knots"], "by its words at once: {found}");
    let understood = async |words: &str| {
        for _ in 0..100 {
            let video = site.get("/api/v1/videos/knots").await.value();
            if video["analysis"].to_string().contains(words) {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        false
    };
    assert!(understood("sailing").await);
    let near = site.get("/api/v1/search?q=sailor").await.value();
    assert!(near.to_string().contains("knots"), "by its vector: {near}");
    let rope = json!({"title": "Splicing rope", "tags": ["ropework"], "language": "en"});
    site.json(Method::PUT, "/api/v1/videos/knots", &rope).await;
    assert!(understood("ropework").await, "changed words are understood anew");
    following.abort();
}

#[tokio::test]
async fn a_video_whose_file_is_gone_is_left_out_until_it_is_back() {
    let site = Site::new().await;
    let lists = async || {
        let feed = site.feed("maria").await;
        let related = site.get("/api/v1/videos/bread-2/related").await.text();
        let found = site.get("/api/v1/search?q=sourdough").await.text();
        (
            feed.contains(&"bread-1".to_owned()),
            related.contains("bread-1"),
            found.contains("bread-1"),
        )
    };
    assert_eq!(lists().await, (true, true, true));
    let film = site.app.data_dir.with_file_name("film.mp4");
    let away = film.with_file_name("elsewhere.mp4");
    std::fs::rename(&film, &away).expect("moved");
    // Whoever wants to play it finds out, and from then on nobody is offered it.
    site.get("/api/v1/videos/bread-1/media").await.problem(404);
    assert_eq!(lists().await, (false, false, false));
    let video = site.get("/api/v1/videos/bread-1").await.value();
    assert_eq!((&video["missing"], &video["hidden"]), (&json!(true), &json!(false)));
    assert_eq!(site.get("/health").await.value()["missing"], 1);
    let why = site.get("/api/v1/users/maria/explain/bread-1").await.value();
    assert_eq!((&why["outcome"], &why["filter"]), (&json!("removed"), &json!("missing")));
    let page = site.open("/watch/bread-1", "vireo_viewer=anna").await.text();
    assert!(page.contains("The file of this video is gone") && !page.contains("<video"), "{page}");
    let feed = site.open("/", "vireo_viewer=anna").await.text();
    assert!(feed.contains("left out because their file is gone (vireo doctor names them): 1"));
    std::fs::rename(&away, &film).expect("moved back");
    assert_eq!(presence::look(&site.app).await.expect("looks"), []);
    assert_eq!(lists().await, (true, true, true));
}

#[tokio::test]
async fn a_rejected_statement_is_not_searched() {
    let site = Site::new().await;
    let id = crate::site::video_id("chess-3");
    let (video, analysis) = site.app.video(&id).await.expect("read").expect("is there");
    let mut analysis = analysis.expect("understood");
    let card = analysis.card.as_mut().expect("a card");
    card.keywords.push("zugzwang".to_owned());
    analysis.annotations[0].value = "zugzwang".to_owned();
    site.app.store.put_analysis(&video, &analysis).await.expect("put");
    site.app.refresh().await.expect("followed");
    let is_first = async || {
        let found = site.get("/api/v1/search?q=zugzwang").await.value();
        let rank = &found["videos"][0]["word_rank"];
        found["videos"][0]["video"]["id"] == "chess-3" && !rank.is_null()
    };
    assert!(is_first().await);
    let reject = json!({"kind": "keyword", "value": "zugzwang", "verdict": "rejected"});
    let path = "/api/v1/videos/chess-3/statements";
    assert_eq!(site.json(Method::POST, path, &reject).await.status, StatusCode::NO_CONTENT);
    assert!(!is_first().await, "no word of it is left");
    let item = site.app.snapshot().item(&id).cloned().expect("is there");
    assert!(!item.keywords.contains(&"zugzwang".to_owned()), "{:?}", item.keywords);
    // The next analysis says it again, and is not believed.
    site.app.store.put_analysis(&video, &analysis).await.expect("put");
    site.app.refresh().await.expect("followed");
    assert!(!is_first().await);
}
