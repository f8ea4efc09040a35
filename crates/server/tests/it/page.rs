//! The page as a browser without JavaScript sees it.

use crate::site::Site;
use axum::http::{Method, StatusCode};
use serde_json::json;

const ANNA: &str = "vireo_viewer=anna";

#[tokio::test]
async fn somebody_new_gets_a_name_and_a_start() {
    let site = Site::new().await;
    let first = site.open("/", "").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    let cookie = first.header("set-cookie");
    assert!(cookie.starts_with("vireo_viewer=guest") && cookie.contains("HttpOnly"), "{cookie}");
    let text = first.text();
    assert!(text.contains("What do you like to watch?"), "{text}");
    assert!(text.contains("name=\"pick\""));
    let own = cookie.split(';').next().expect("a cookie").to_owned();
    let begun = site.form("/start", &own, "text=chess+endgames").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let then = site.open("/", &own).await;
    assert!(then.header("set-cookie").is_empty());
    assert!(!then.text().contains("What do you like to watch?"));
    assert!(site.open("/interests", &own).await.text().contains("chess endgames"));
}

#[tokio::test]
async fn three_picks_make_a_start_too() {
    let site = Site::new().await;
    let own = "vireo_viewer=guest-picks";
    let begun = site.form("/start", own, "pick=chess-1&pick=chess-2&pick=bread-1").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    assert!(!site.open("/", own).await.text().contains("What do you like to watch?"));
    assert_eq!(site.form("/start", own, "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nothing_is_loaded_from_elsewhere_and_nothing_can_be_injected() {
    let site = Site::new().await;
    let evil = json!({"title": "<script>alert(1)</script>", "channel": "\"><img src=x>"});
    site.json(Method::PUT, "/api/v1/videos/evil%22%3E", &evil).await;
    for path in [
        "/",
        "/watch/bread-1",
        "/watch/evil%22%3E",
        "/video/bread-1/about",
        "/interests",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/nowhere",
    ] {
        let page = site.open(path, ANNA).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
        let text = page.text();
        assert!(!text.contains("<script>alert") && !text.contains("<img src=x>"), "{path}");
        for attribute in ["src=\"http", "<style", " style=\"", " onclick="] {
            assert!(!text.contains(attribute), "{path} has {attribute}");
        }
    }
}

#[tokio::test]
async fn the_watch_page_shows_what_was_understood() {
    let site = Site::new().await;
    let page = site.open("/watch/bread-1?t=12.5", ANNA).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let text = page.text();
    assert!(text.contains("/api/v1/videos/bread-1/media#t=12.5"));
    assert!(text.contains("subtitles.vtt?track=0"));
    assert!(text.contains("Feed the levain twice a day."));
    assert!(text.contains("href=\"/search?q=bread\""), "keywords lead to the search");
    assert!(text.contains("aria-pressed=\"false\""));
    let elsewhere = site.open("/watch/chess-1", ANNA).await.text();
    assert!(elsewhere.contains("https://videos.example/chess-1"));
    assert_eq!(site.open("/watch/nowhere", ANNA).await.status, StatusCode::NOT_FOUND);
    let about = site.open("/video/bread-1/about", ANNA).await;
    assert_eq!(about.status, StatusCode::OK, "{}", about.text());
    assert!(about.text().contains("80%") && !about.text().contains("/film.mp4"));
}

#[tokio::test]
async fn search_opens_at_the_second() {
    let site = Site::new().await;
    let text = site.open("/search?q=levain", ANNA).await.text();
    assert!(text.contains("/watch/bread-1?t=12.5"), "{text}");
    assert!(text.contains("<mark>levain</mark>"), "{text}");
    let nothing = site.open("/search?q=&lang=zh", ANNA).await;
    assert_eq!(nothing.status, StatusCode::OK);
}

#[tokio::test]
async fn both_languages_are_whole() {
    let site = Site::new().await;
    for path in ["/", "/watch/zh-1", "/video/zh-1/about", "/interests", "/search?q=a", "/nowhere"] {
        let chinese = site.open(path, "vireo_viewer=anna; vireo_language=zh").await.text();
        assert!(chinese.contains("lang=\"zh-Hans\""), "{path}");
        assert!(chinese.contains("我的兴趣") && chinese.contains("跳到正文"), "{path}");
        for english in ["My interests", "Skip to", "Not interested", "Why this"] {
            assert!(!chinese.contains(english), "{path} still says {english}");
        }
    }
    let chosen = site.form("/language", ANNA, "language=zh&back=%2Fsearch%3Fq%3Da").await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(chosen.header("location"), "/search?q=a");
    assert!(chosen.header("set-cookie").starts_with("vireo_language=zh"));
    let astray = site.form("/language", ANNA, "language=zh&back=%2F%2Fevil.example").await;
    assert_eq!(astray.header("location"), "/");
}

#[tokio::test]
async fn simulated_viewers_are_labelled() {
    let site = Site::new().await;
    let text = site.open("/", ANNA).await.text();
    assert!(text.contains("Anna<small>simulated viewer</small>"), "{text}");
    assert!(text.contains("小伟") && !text.contains(">Maria<"), "only simulated ones are listed");
    let switched = site.form("/viewer", ANNA, "viewer=wei").await;
    assert_eq!(switched.status, StatusCode::SEE_OTHER);
    assert!(switched.header("set-cookie").starts_with("vireo_viewer=wei;"));
    let new = site.form("/viewer", ANNA, "viewer=").await;
    assert!(new.header("set-cookie").starts_with("vireo_viewer=guest"));
}

#[tokio::test]
async fn an_opinion_is_remembered() {
    let site = Site::new().await;
    let like = json!({"user": "anna", "video": "bread-1", "kind": "like"});
    site.json(Method::POST, "/api/v1/feedback", &like).await;
    let text = site.open("/watch/bread-1", ANNA).await.text();
    assert!(text.contains("data-act=\"like\" aria-pressed=\"true\""), "{text}");
}

#[tokio::test]
async fn files_are_kept_by_browsers() {
    let site = Site::new().await;
    for name in ["style.css", "app.js", "player.js", "interests.js", "icons.svg", "logo.svg"] {
        let file = site.get(&format!("/assets/{name}")).await;
        assert_eq!(file.status, StatusCode::OK, "{name}");
        assert!(file.header("cache-control").contains("immutable"));
        let outside = file.text().replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("http://") && !outside.contains("https://"), "{name}");
    }
}
