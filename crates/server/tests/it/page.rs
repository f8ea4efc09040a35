//! The page as a browser without JavaScript sees it.

use crate::site::{Site, request, video_id};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use vireo_domain::{Annotation, AnnotationKind, Cue, Source, Span};

const ANNA: &str = "vireo_viewer=anna";

#[tokio::test]
async fn somebody_new_gets_a_name_and_a_start() {
    let site = Site::new().await;
    for path in ["/", "/watch/bread-1", "/video/bread-1/about", "/interests", "/search?q=bread"] {
        let read = site.open(path, "").await;
        assert_eq!(read.status, StatusCode::OK, "{}", read.text());
        assert_eq!(read.header("set-cookie"), "", "who only reads {path} stays nobody");
        assert!(read.text().contains("data-viewer=\"\""), "{path}");
    }
    let text = site.open("/", "").await.text();
    assert!(text.contains("What do you like to watch?"), "{text}");
    assert!(text.contains("name=\"pick\""));
    let begun = site.form("/start", "", "text=chess+endgames").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let cookie = begun.header("set-cookie");
    assert!(cookie.starts_with("vireo_viewer=guest") && cookie.contains("HttpOnly"), "{cookie}");
    let own = cookie.split(';').next().expect("a cookie").to_owned();
    let then = site.open("/", &own).await;
    assert!(then.header("set-cookie").is_empty());
    assert!(!then.text().contains("What do you like to watch?"));
    let interests = site.open("/interests", &own).await.text();
    assert!(interests.contains("chess endgames") && interests.contains(">as you said<"));
    let id = own.strip_prefix("vireo_viewer=").expect("the id").replace("%2D", "-");
    assert!(interests.contains(&format!("<code>{id}</code>")), "who it is, for those who ask");
}

#[tokio::test]
async fn three_picks_make_a_start_too() {
    let site = Site::new().await;
    let own = "vireo_viewer=guest-picks";
    let begun = site.form("/start", own, "pick=chess-1&pick=chess-2&pick=bread-1").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    assert!(!site.open("/", own).await.text().contains("What do you like to watch?"));
}

#[tokio::test]
async fn readers_who_do_nothing_leave_no_trace() {
    let site = Site::new().await;
    for _ in 0..5 {
        site.open("/", "").await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let store = &site.app.store;
    assert_eq!(store.feedback_count().await.expect("a count"), 0);
    assert_eq!(store.user_count().await.expect("a count"), 3);

    // The first action gets a name, and keeps it.
    let named = site.form("/viewer/new", "", "").await;
    let viewer = named.value()["viewer"].as_str().expect("a name").to_owned();
    assert!(viewer.starts_with("guest-"), "{viewer}");
    let cookie = named.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let again = site.form("/viewer/new", &cookie, "").await;
    assert_eq!(again.value()["viewer"], viewer);
    assert_eq!(again.header("set-cookie"), "");
}

/// Opens a page as a browser that prefers Chinese.
async fn in_chinese(site: &Site, path: &str) -> String {
    let request = request(Method::GET, path)
        .header(header::ACCEPT, "text/html")
        .header(header::ACCEPT_LANGUAGE, "zh-CN,zh;q=0.9,en;q=0.5");
    site.send(request.body(Body::empty()).expect("a request")).await.text()
}

#[tokio::test]
async fn a_first_visit_is_in_the_language_of_the_browser() {
    let site = Site::new().await;
    let page = in_chinese(&site, "/").await;
    let picks: Vec<&str> = page
        .split("name=\"pick\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(picks.len(), 12, "{picks:?}");
    assert!(picks[..3].iter().all(|id| id.starts_with("zh-")), "{picks:?}");

    // Without a pick the same page says what is wanted.
    let begun = site.form("/start", "", "").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER);
    assert_eq!(site.form("/start", "", "text=+").await.header("location"), "/?start=nothing");
    let page = in_chinese(&site, begun.header("location")).await;
    assert!(page.contains("还没有选择") && page.contains("name=\"pick\""), "{page}");

    // Errors are in the reader's language, with the detail folded away.
    let lost = in_chinese(&site, "/watch/nowhere").await;
    assert!(lost.contains("没有这个页面或视频") && lost.contains("技术细节"), "{lost}");
    let before = lost.split("<details class=\"box\">").next().expect("a beginning");
    assert!(!before.contains("there is no video"), "{before}");
    let bad = in_chinese(&site, "/?cursor=made-up").await;
    assert!(bad.contains("请求里有无法理解的内容"), "{bad}");
}

#[tokio::test]
async fn a_description_comes_before_our_summary() {
    let site = Site::new().await;
    let mut video = site.app.store.video(&video_id("chess-2")).await.expect("read").expect("there");
    video.description = format!("By its owner.\n\n{}", "Much more. ".repeat(60));
    site.app.store.put_videos(&[video]).await.expect("put");
    site.app.refresh().await.expect("followed");
    let page = site.open("/watch/chess-2", ANNA).await.text();
    let (owner, ours) = (page.find("By its owner."), page.find("Summary by Vireo"));
    assert!(owner.is_some() && owner < ours, "{page}");
    assert!(page.contains("The whole description"), "{page}");
    let feed = site.open("/", ANNA).await.text();
    assert!(feed.contains("<p class=\"about\">By its owner.</p>"), "{feed}");
}

#[tokio::test]
async fn the_line_of_time_has_a_lane_for_each_kind_and_keeps_verdicts() {
    let site = Site::new().await;
    let page = site.open("/watch/bread-1", ANNA).await.text();
    let lane = page.split("class=\"marks\"").collect::<Vec<_>>();
    assert_eq!(lane.len(), 3, "speech and keywords: {page}");
    assert!(lane[1].contains("href=\"?t=0.5\"") && lane[1].contains("href=\"?t=12.5\""));
    assert!(lane[2].contains("aria-label=\"0:02 bread\""), "{page}");

    let path = "/api/v1/videos/bread-1/statements";
    let judge = async |value: &str, verdict: Value| {
        let body = json!({"kind": "keyword", "value": value, "verdict": verdict});
        site.json(Method::POST, path, &body).await
    };
    judge("caviar", json!("rejected")).await.problem(404);
    judge("bread", json!("perhaps")).await.problem(422);
    assert_eq!(judge("bread", json!("rejected")).await.status, StatusCode::NO_CONTENT);
    let page = site.open("/watch/bread-1", ANNA).await.text();
    assert_eq!(page.matches("class=\"marks\"").count(), 1, "{page}");
    let page = site.open("/video/bread-1/about", ANNA).await.text();
    assert!(page.contains("data-value=\"bread\" class=\"rejected\""), "{page}");
    let stated = site.get("/api/v1/videos/bread-1").await.value();
    assert_eq!(stated["analysis"]["annotations"][0]["verdict"], "rejected");
    let item = |site: &Site| site.app.snapshot().item(&video_id("bread-1")).cloned();
    // The owner's tag of the same name is the owner's.
    assert!(item(&site).expect("there").keywords.contains(&"bread".to_owned()));
    assert_eq!(judge("bread", json!(null)).await.status, StatusCode::NO_CONTENT);
    let stated = site.get("/api/v1/videos/bread-1").await.value();
    assert_eq!(stated["analysis"]["annotations"][0]["verdict"], json!(null));
}

#[tokio::test]
async fn what_is_seen_has_lanes_in_the_language_of_the_reader() {
    let site = Site::new().await;
    let (video, analysis) =
        site.app.video(&video_id("bread-1")).await.expect("read").expect("there");
    let mut analysis = analysis.expect("described");
    let seen = |kind, value: &str, start, end| Annotation {
        kind,
        value: value.to_owned(),
        span: Some(Span::new(start, end)),
        source: Source::Pictures,
        evidence: None,
        confidence: 0.75,
        model: "a network".to_owned(),
    };
    analysis.annotations.push(seen(AnnotationKind::Label, "giant panda", 20.0, 30.0));
    analysis.annotations.push(seen(AnnotationKind::UnsafeContent, "unsafe", 40.0, 50.0));
    site.app.store.put_analysis(&video, &analysis).await.expect("put");
    site.app.refresh().await.expect("followed");

    let page = site.open("/watch/bread-1", ANNA).await.text();
    assert!(page.contains("aria-label=\"0:20 giant panda\""), "{page}");
    assert!(page.contains("aria-label=\"0:40 please look at it\""), "{page}");
    let page = in_chinese(&site, "/watch/bread-1").await;
    assert!(page.contains("画面内容") && page.contains("aria-label=\"0:20 大熊猫\""), "{page}");
    assert!(page.contains("可能不宜") && page.contains("aria-label=\"0:40 建议查看\""), "{page}");
    let page = in_chinese(&site, "/video/bread-1/about").await;
    assert!(
        page.contains("data-value=\"giant panda\"") && page.contains("<td>大熊猫</td>"),
        "{page}"
    );

    // Found by either name, and no reason to recommend it.
    for name in ["panda", "%E7%86%8A%E7%8C%AB"] {
        let found = site.get(&format!("/api/v1/search?q={name}")).await.value();
        assert_eq!(found["videos"][0]["video"]["id"], "bread-1", "{found}");
    }
    let item = site.app.snapshot().item(&video_id("bread-1")).cloned().expect("there");
    assert!(!item.keywords.iter().any(|word| word.contains("panda")), "{:?}", item.keywords);
    // Nothing is hidden for a warning.
    assert!(site.feed("maria").await.contains(&"bread-1".to_owned()));
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
        let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let is_halved = chinese.split(':').any(|part| part.ends_with(is_han));
        assert!(!is_halved, "a half-width colon on {path}: {chinese}");
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
    for name in [
        "style.css",
        "app.js",
        "player.js",
        "interests.js",
        "statements.js",
        "icons.svg",
        "logo.svg",
    ] {
        let file = site.get(&format!("/assets/{name}")).await;
        assert_eq!(file.status, StatusCode::OK, "{name}");
        assert!(file.header("cache-control").contains("immutable"));
        let outside = file.text().replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("http://") && !outside.contains("https://"), "{name}");
    }
}

#[tokio::test]
async fn words_whose_time_is_known_can_be_gone_to() {
    let site = Site::new().await;
    let id = video_id("bread-1");
    let store = &site.app.store;
    let video = store.video(&id).await.expect("read").expect("a video");
    let mut analysis = store.analysis(&id).await.expect("read").expect("an analysis");
    let times = [(1.5, 1.75), (1.75, 2.0), (2.5, 3.0)].map(|(from, to)| Span::new(from, to));
    let cue = Cue::new(Span::new(1.5, 3.0), "Rye & 揉。").with_times(times);
    analysis.transcripts[0].cues = vec![cue, Cue::new(Span::new(4.0, 5.0), "Then wait.")];
    store.put_analysis(&video, &analysis).await.expect("put");
    let page = site.open("/watch/bread-1", ANNA).await.text();
    let words = "<i data-start=\"1.5\">Rye </i><i data-start=\"1.75\">&#38; </i>\
                 <i data-start=\"2.5\">揉。</i>";
    assert!(page.contains(words), "{page}");
    assert!(page.contains("<i data-start=\"4\">Then wait.</i>"), "{page}");
    let told = site.get("/api/v1/videos/bread-1").await.value();
    let cues = &told["analysis"]["transcripts"][0]["cues"];
    assert_eq!(cues[0]["words"][2], json!({"start": 2.5, "end": 3.0, "text": "揉。"}), "{told}");
    assert_eq!(cues[1].get("words"), None);
}

#[tokio::test]
async fn an_empty_catalogue_says_how_to_fill_it_and_waits_for_the_first_video() {
    const WAITS: &str = "http-equiv=\"refresh\"";
    let text = Site::empty().await.open("/", "").await.text();
    assert!(text.contains("vireo ingest /path/to/videos") && text.contains(WAITS), "{text}");
    let text = Site::new().await.open("/", "").await.text();
    assert!(!text.contains(WAITS), "a page that somebody reads stays as it is");
}
