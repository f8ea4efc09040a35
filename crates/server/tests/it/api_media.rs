//! File, subtitles, cover and sprite of a video.

use crate::site::{Site, request};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};

#[tokio::test]
async fn a_file_can_be_read_in_pieces() {
    let site = Site::new().await;
    let whole = site.get("/api/v1/videos/bread-1/media").await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(whole.header("content-type"), "video/mp4");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let piece = |range: &'static str| {
        let request =
            request(Method::GET, "/api/v1/videos/bread-1/media").header(header::RANGE, range);
        site.send(request.body(Body::empty()).expect("a request"))
    };
    let middle = piece("bytes=2-4").await;
    assert_eq!(middle.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(middle.body, b"234");
    assert_eq!(middle.header("content-range"), "bytes 2-4/10");
    let beyond = piece("bytes=50-60").await;
    beyond.problem(416);
    assert_eq!(beyond.header("content-range"), "bytes */10");
}

#[tokio::test]
async fn only_files_of_known_videos_are_served() {
    let site = Site::new().await;
    let detail = site.get("/api/v1/videos/chess-1/media").await.problem(404);
    assert!(detail.contains("url"), "{detail}");
    for id in [
        "..%2F..%2F..%2Fetc%2Fpasswd",
        "..%2Ffilm.mp4",
        "%2Fetc%2Fpasswd",
        "bread-1%00",
        "....//etc/passwd",
    ] {
        for what in ["media", "cover", "subtitles.vtt", "sprite.jpg", "sprite.vtt"] {
            let answer = site.get(&format!("/api/v1/videos/{id}/{what}")).await;
            assert!(answer.status.is_client_error(), "{id}/{what}: {}", answer.status);
            answer.problem(answer.status.as_u16());
        }
    }
    std::fs::remove_file(site.app.data_dir.with_file_name("film.mp4")).expect("removed");
    let detail = site.get("/api/v1/videos/bread-1/media").await.problem(404);
    assert!(detail.contains("gone"), "{detail}");
}

#[tokio::test]
async fn subtitles_come_in_both_formats() {
    let site = Site::new().await;
    let vtt = site.get("/api/v1/videos/bread-1/subtitles.vtt").await;
    assert_eq!(vtt.header("content-type"), "text/vtt; charset=utf-8");
    assert!(vtt.text().starts_with("WEBVTT"), "{}", vtt.text());
    assert!(vtt.text().contains("00:12.500"), "{}", vtt.text());
    let srt = site.get("/api/v1/videos/bread-1/subtitles.srt?lang=en").await;
    assert!(srt.text().contains("Feed the levain"), "{}", srt.text());
    site.get("/api/v1/videos/bread-1/subtitles.vtt?lang=zh").await.problem(404);
    site.get("/api/v1/videos/bread-1/subtitles.vtt?track=7").await.problem(404);
    site.get("/api/v1/videos/chess-1/subtitles.vtt").await.problem(404);
}

#[tokio::test]
async fn a_missing_cover_is_drawn() {
    let site = Site::new().await;
    let cover = site.get("/api/v1/videos/zh-1/cover").await;
    assert_eq!(cover.status, StatusCode::OK);
    assert_eq!(cover.header("content-type"), "image/svg+xml");
    // 番茄
    assert!(cover.text().contains("&#30058;&#33540;"), "{}", cover.text());
}

#[tokio::test]
async fn a_sprite_is_served_with_its_track() {
    let site = Site::new().await;
    let (sheet, track) = ("/api/v1/videos/bread-1/sprite.jpg", "/api/v1/videos/bread-1/sprite.vtt");
    for path in [sheet, track] {
        let detail = site.get(path).await.problem(404);
        assert!(detail.contains("no sprite"), "{detail}");
    }
    let covers = site.app.data_dir.join("covers");
    std::fs::create_dir_all(&covers).expect("a folder");
    let cue = "WEBVTT\n\n00:00:00.000 --> 00:00:05.000\nsprite.jpg#xywh=0,0,160,90\n";
    std::fs::write(covers.join("bread-1.sprite.vtt"), cue).expect("a track");
    std::fs::write(covers.join("bread-1.sprite.jpg"), [0xff, 0xd8]).expect("a sheet");
    let found = site.get(track).await;
    assert_eq!((found.status, found.text().as_str()), (StatusCode::OK, cue));
    assert_eq!(found.header("content-type"), "text/vtt; charset=utf-8");
    assert_eq!(found.header("cache-control"), "private, max-age=3600");
    let found = site.get(sheet).await;
    assert_eq!((found.status, found.header("content-type")), (StatusCode::OK, "image/jpeg"));
    let page = site.open("/watch/bread-1", "vireo_viewer=anna").await.text();
    assert!(page.contains(&format!("<track kind=\"metadata\" src=\"{track}\">")), "{page}");
    assert!(page.contains("id=\"glimpse\" aria-hidden=\"true\" hidden"), "{page}");
    let other = site.open("/watch/chess-1", "vireo_viewer=anna").await.text();
    assert!(!other.contains("glimpse") && !other.contains("metadata\" src"), "{other}");
    // It goes with its video.
    site.json(Method::DELETE, "/api/v1/videos/bread-1", &serde_json::Value::Null).await;
    assert!(std::fs::read_dir(&covers).expect("a folder").next().is_none());
}
