//! A small site in a temporary folder: a few described videos, one with an
//! analysis and a file, three people. No models are needed.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use std::path::Path;
use tower::ServiceExt;
use vireo_domain::{
    Analysis, Annotation, AnnotationKind, Card, CardAuthor, Cue, Embedding, Language, MediaFacts,
    Mood, Scene, Sentiment, Source, Span, StageTime, Timestamp, Transcript, TranscriptOrigin, User,
    UserId, Video, VideoId,
};
use vireo_pretrained::embedding::hashing::HashingEmbedder;
use vireo_pretrained::embedding::{Purpose, TextEmbedder};
use vireo_server::{App, Config};

/// Id, title, description, tags, channel, language.
type Row =
    (&'static str, &'static str, &'static str, [&'static str; 2], &'static str, &'static str);

const VIDEOS: [Row; 12] = [
    (
        "bread-1",
        "Sourdough for beginners",
        "Feeding a starter and baking the first sourdough loaf.",
        ["bread", "cooking"],
        "Slow Kitchen",
        "en",
    ),
    (
        "bread-2",
        "Rye bread with seeds",
        "A dense rye bread, baked in a tin.",
        ["bread", "cooking"],
        "Slow Kitchen",
        "en",
    ),
    (
        "bread-3",
        "Why bread rises",
        "What yeast does in bread dough.",
        ["bread", "science"],
        "Slow Kitchen",
        "en",
    ),
    (
        "chess-1",
        "Chess endgames with one pawn",
        "King and pawn against king: the opposition in chess.",
        ["chess", "games"],
        "Sixty-four",
        "en",
    ),
    (
        "chess-2",
        "The Sicilian defence in chess",
        "Chess openings: the open Sicilian.",
        ["chess", "games"],
        "Sixty-four",
        "en",
    ),
    (
        "chess-3",
        "Chess tactics: the fork",
        "Knights that attack two chess pieces at once.",
        ["chess", "games"],
        "Sixty-four",
        "en",
    ),
    (
        "garden-1",
        "Tomatoes on a balcony",
        "Growing tomatoes in pots, from seed to harvest.",
        ["gardening", "plants"],
        "Green Hour",
        "en",
    ),
    (
        "garden-2",
        "Pruning roses in winter",
        "Where to cut roses, and when.",
        ["gardening", "plants"],
        "Green Hour",
        "en",
    ),
    (
        "stars-1",
        "How stars are born",
        "Clouds of gas collapse into stars.",
        ["astronomy", "science"],
        "Night Sky",
        "en",
    ),
    ("zh-1", "番茄炒蛋怎么做", "家常菜番茄炒蛋的做法。", ["烹饪", "家常菜"], "慢厨房", "zh"),
    ("zh-2", "围棋入门：气和眼", "围棋的基本规则。", ["围棋", "游戏"], "黑白", "zh"),
    ("zh-3", "阳台种番茄", "在阳台上用花盆种番茄。", ["园艺", "植物"], "慢厨房", "zh"),
];

/// The moment everything here was added.
pub(crate) fn added() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a timestamp")
}

/// An id.
pub(crate) fn video_id(id: &str) -> VideoId {
    VideoId::new(id).expect("a valid id")
}

fn described(row: Row) -> Video {
    let (id, title, description, tags, channel, language) = row;
    let mut video = Video::new(video_id(id), title, added());
    description.clone_into(&mut video.description);
    video.tags = tags.map(str::to_owned).to_vec();
    video.channel = Some(channel.to_owned());
    video.language = Some(Language::new(language));
    video.duration_seconds = Some(95.0);
    video.url = Some(format!("https://videos.example/{id}"));
    video
}

fn embed(text: &str) -> Embedding {
    let vectors = HashingEmbedder.embed(&[text], Purpose::Passage).expect("the hashing embedder");
    vectors.into_iter().next().expect("one vector a text")
}

/// What was understood of a video that has these cues.
pub(crate) fn analysis(video: &Video, cues: &[(f64, f64, &str)]) -> Analysis {
    let cue = |(start, end, text): &(f64, f64, &str)| Cue::new(Span::new(*start, *end), *text);
    let scene = |(start, end, text): &(f64, f64, &str)| Scene {
        span: Span::new(*start, *end),
        text: (*text).to_owned(),
        embedding: embed(text),
    };
    let language = video.language.clone().unwrap_or_else(Language::english);
    // The built-in embedder knows spelling only: the tags make relatives.
    let tags = video.tags.join(" ");
    let transcript = Transcript {
        language: language.clone(),
        origin: TranscriptOrigin::Sidecar,
        detail: "words.vtt".to_owned(),
        cues: cues.iter().map(cue).collect(),
    };
    Analysis {
        video: video.id.clone(),
        facts: video.media.clone(),
        transcripts: if cues.is_empty() { Vec::new() } else { vec![transcript] },
        scenes: cues.iter().map(scene).collect(),
        card: Some(Card {
            language,
            summary: video.description.clone(),
            keywords: video.tags.clone(),
            topics: vec![video.tags[0].clone()],
            mood: Some(Mood::Calm),
            sentiment: Some(Sentiment::Positive),
            category: Some("cooking".to_owned()),
            audience: None,
            author: CardAuthor::Rules,
            dropped_claims: 1,
        }),
        annotations: vec![Annotation {
            kind: AnnotationKind::Keyword,
            value: video.tags[0].clone(),
            span: Some(Span::new(2.0, 4.0)),
            source: Source::Metadata,
            evidence: Some(video.description.clone()),
            confidence: 0.8,
            model: "rules".to_owned(),
        }],
        embedding: embed(&format!("{} {tags} {tags} {tags}", video.title)),
        embedding_model: HashingEmbedder.name().to_owned(),
        pictures: Vec::new(),
        picture_model: String::new(),
        keyframes: vec![1.5],
        cover: None,
        warnings: Vec::new(),
        times: vec![StageTime { stage: "facts".to_owned(), seconds: 0.25 }],
    }
}

fn person(id: &str, name: &str, simulated: bool) -> User {
    User {
        id: UserId::new(id).expect("a valid id"),
        name: Some(name.to_owned()),
        language: None,
        labels: Vec::new(),
        simulated,
    }
}

/// The installation in `dir`. The profile has no models, so that the built-in
/// embedder is used on every machine.
pub(crate) async fn app(dir: &Path, change: impl FnOnce(&mut Config)) -> App {
    let mut config = Config::default();
    "tiny".clone_into(&mut config.models.profile);
    config.models.dir = Some(dir.join("no-models"));
    change(&mut config);
    App::open(&dir.join("data"), config).await.expect("a new installation opens")
}

/// A site with everything in it; its folder is removed with it.
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) router: Router,
    _dir: tempfile::TempDir,
}

impl Site {
    /// Without a video.
    pub(crate) async fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let app = app(dir.path(), |_| {}).await;
        let router = vireo_server::serve::router(app.clone());
        Self { app, router, _dir: dir }
    }

    /// With the default settings.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let app = app(dir.path(), change).await;
        let file = dir.path().join("film.mp4");
        std::fs::write(&file, b"0123456789").expect("a file");
        for row in VIDEOS {
            let mut video = described(row);
            let mut cues: &[(f64, f64, &str)] = &[];
            if row.0 == "bread-1" {
                video.media = Some(MediaFacts {
                    path: file.to_string_lossy().into_owned(),
                    size_bytes: 10,
                    container: "mov,mp4,m4a,3gp,3g2,mj2".to_owned(),
                    duration_seconds: 95.0,
                    ..MediaFacts::default()
                });
                cues = &[
                    (0.5, 4.0, "Welcome to the slow kitchen."),
                    (12.5, 16.0, "Feed the levain twice a day."),
                ];
            }
            app.store.put_analysis(&video, &analysis(&video, cues)).await.expect("stored");
        }
        let people = [
            person("anna", "Anna", true),
            person("wei", "小伟", true),
            person("maria", "Maria", false),
        ];
        app.store.put_users(&people).await.expect("stored");
        app.refresh().await.expect("refreshed");
        vireo_server::jobs::train::run(&app, false, &|_, _, _| {}).await.expect("trained");
        app.refresh().await.expect("refreshed");
        let router = vireo_server::serve::router(app.clone());
        Self { app, router, _dir: dir }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.expect("a body");
        Answer { status: head.status, headers: head.headers, body: body.to_vec() }
    }

    /// Gets `path`.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).body(Body::empty()).expect("a request")).await
    }

    /// Gets `path` as a browser whose cookies are `cookies`.
    pub(crate) async fn open(&self, path: &str, cookies: &str) -> Answer {
        let request = request(Method::GET, path)
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(header::COOKIE, cookies);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Sends JSON.
    pub(crate) async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Sends a form as a browser on our own page does.
    pub(crate) async fn form(&self, path: &str, cookies: &str, body: &str) -> Answer {
        let request = request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies);
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// Ids of the feed of a person.
    pub(crate) async fn feed(&self, user: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/v1/users/{user}/feed?limit=50")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let items = answer.value()["items"].as_array().expect("items").clone();
        items.iter().map(|item| item["video"]["id"].as_str().expect("an id").to_owned()).collect()
    }
}

/// The beginning of a request to this server.
pub(crate) fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080")
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("?"))
    }

    /// Holds it to RFC 9457 and returns the detail.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let value = self.value();
        assert_eq!(value["status"], status);
        assert!(!value["title"].as_str().unwrap_or_default().is_empty());
        let detail = value["detail"].as_str().unwrap_or_default().to_owned();
        assert!(!detail.is_empty());
        detail
    }
}
