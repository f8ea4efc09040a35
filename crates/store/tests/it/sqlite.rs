//! SQLite: conformance, damage, versions, several processes' worth of openings.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;
use tokio::task::JoinSet;
use vireo_domain::{Analysis, Embedding, Feedback, FeedbackId, FeedbackKind, Span, Timestamp};
use vireo_domain::{Scene, UserId, Video, VideoId};
use vireo_store::sqlite::SqliteStore;
use vireo_store::{Catalogue, Documents, Error, FeedbackLog, Jobs, Users};

async fn fresh() -> (TempDir, SqliteStore) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(&dir.path().join("new/data")).await.expect("opens");
    (dir, store)
}

vireo_store::store_conformance_tests!(fresh);

/// A second way in, to do harm.
async fn raw(dir: &Path) -> SqliteConnection {
    let file = dir.join("vireo.db");
    SqliteConnectOptions::new().filename(file).connect().await.expect("connects")
}

fn video(n: usize) -> Video {
    let id = VideoId::new(format!("v{n:06}")).expect("id");
    Video::new(id, format!("Title 标题 {n}"), Timestamp::UNIX_EPOCH)
}

fn analysis(of: &Video) -> Analysis {
    Analysis {
        video: of.id.clone(),
        facts: None,
        transcripts: Vec::new(),
        scenes: vec![Scene {
            span: Span::new(0.0, 1.0),
            text: "text".to_owned(),
            embedding: Embedding::new(vec![1.0; 384]),
        }],
        card: None,
        annotations: Vec::new(),
        embedding: Embedding::new(vec![1.0; 384]),
        embedding_model: "e5".to_owned(),
        pictures: Vec::new(),
        picture_model: String::new(),
        keyframes: Vec::new(),
        cover: None,
        warnings: Vec::new(),
        times: Vec::new(),
    }
}

#[tokio::test]
async fn damaged_records_are_said_to_be() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).await.expect("opens");
    store.put_analysis(&video(1), &analysis(&video(1))).await.expect("put");
    store.put_document("k", "a", &serde_json::json!(1)).await.expect("put");
    store.enqueue("q", "a", &serde_json::json!(1), None).await.expect("put");
    let mut raw = raw(dir.path()).await;
    for harm in [
        "UPDATE videos SET record = substr(record, 1, 20)",
        "UPDATE analyses SET scenes = x'010203'",
        "UPDATE embeddings SET vector = x'0102030405'",
        "UPDATE documents SET value = '{'",
        "UPDATE jobs SET state = 'asleep'",
        "INSERT INTO users VALUES ('u', '[]')",
        "INSERT INTO feedback VALUES (1, 'f', 'u', 'v', 'stare', NULL, 0, 0)",
    ] {
        raw.execute(harm).await.expect("harm is done");
    }
    let id = video(1).id;
    let user = UserId::new("u").expect("id");
    let damaged = |result: Result<(), Error>| matches!(result, Err(Error::Damaged { .. }));
    assert!(damaged(store.video(&id).await.map(drop)));
    assert!(damaged(store.videos(None, 9).await.map(drop)));
    assert!(damaged(store.analysis(&id).await.map(drop)));
    assert!(damaged(store.embeddings(None, 9).await.map(drop)));
    assert!(damaged(store.document("k", "a").await.map(drop)));
    assert!(damaged(store.documents("k").await.map(drop)));
    assert!(damaged(store.job("q", "a").await.map(drop)));
    assert!(damaged(store.user(&user).await.map(drop)));
    assert!(damaged(store.since(0, 9).await.map(drop)));
    assert!(damaged(store.of_user(&user, 9).await.map(drop)));
}

async fn refusal(dir: &Path) -> String {
    match SqliteStore::open(dir).await {
        Err(error @ Error::Open { .. }) => error.to_string(),
        other => panic!("it should not open: {other:?}"),
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(SqliteStore::open(dir.path()).await.expect("opens"));
    raw(dir.path())
        .await
        .execute(
            "INSERT INTO _sqlx_migrations
             SELECT 9000, 'future', installed_on, 1, checksum, 1 FROM _sqlx_migrations LIMIT 1",
        )
        .await
        .expect("a migration of the future");
    let said = refusal(dir.path()).await;
    assert!(said.contains("newer Vireo (schema 9000)"), "{said}");
}

#[tokio::test]
async fn what_is_no_data_base_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("vireo.db"), "not a data base at all".repeat(400)).expect("w");
    let said = refusal(dir.path()).await;
    assert!(said.contains("vireo.db is damaged or no SQLite file"), "{said}");

    let file = dir.path().join("a file");
    std::fs::write(&file, "x").expect("writes");
    let said = refusal(&file).await;
    assert!(said.contains("a file"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_open_a_new_folder_at_once_and_write() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut tasks = JoinSet::new();
    for n in 0..8 {
        let dir = dir.path().to_owned();
        tasks.spawn(async move {
            let store = SqliteStore::open(&dir).await.expect("opens");
            for m in 0..10 {
                store.put_videos(&[video(n * 10 + m)]).await.expect("writes");
            }
        });
    }
    tasks.join_all().await;
    let store = SqliteStore::open(dir.path()).await.expect("opens");
    assert_eq!(store.video_count().await.expect("count"), 80);
}

/// Ten thousand videos and a hundred thousand actions: seconds, not minutes.
/// `cargo test -p vireo-store --release bulk -- --nocapture` prints the figures.
#[tokio::test]
async fn bulk_writes_are_fast() {
    let (_dir, store) = fresh().await;
    let videos: Vec<Video> = (0..10_000).map(video).collect();
    let batch: Vec<Feedback> = (0..100_000)
        .map(|n| Feedback {
            id: FeedbackId::new(format!("{n:032x}")).expect("id"),
            user: UserId::new(format!("user {}", n % 943)).expect("id"),
            video: videos[n % 1_682].id.clone(),
            kind: FeedbackKind::Rating,
            value: Some((n % 6) as f64),
            at: Timestamp::from_second(n as i64 * 60).expect("a moment"),
        })
        .collect();
    let clock = Instant::now();
    store.put_videos(&videos).await.expect("put");
    let put = clock.elapsed();
    let clock = Instant::now();
    store.append(&batch).await.expect("append");
    let append = clock.elapsed();
    let clock = Instant::now();
    store.append(&batch).await.expect("append again");
    let again = clock.elapsed();
    let clock = Instant::now();
    store
        .append(&[Feedback { id: FeedbackId::new("new").expect("id"), ..batch[0].clone() }])
        .await
        .expect("append one");
    let one = clock.elapsed();
    eprintln!("10k videos {put:.2?}, 100k feedback {append:.2?}, again {again:.2?}, one {one:.2?}");
    // Generous: other tests run beside this one on a small machine.
    assert!(put.as_secs_f64() < 10.0 && append.as_secs_f64() < 10.0);
}

/// Reading all vectors must not page through the records beside them.
#[tokio::test]
async fn reading_all_vectors_is_fast() {
    let (_dir, store) = fresh().await;
    for n in 0..300 {
        let mut analysis = analysis(&video(n));
        analysis.warnings = vec!["transcript ".repeat(20_000)];
        store.put_analysis(&video(n), &analysis).await.expect("put");
    }
    let clock = Instant::now();
    let vectors = store.embeddings(None, 10_000).await.expect("read");
    let took = clock.elapsed();
    eprintln!("300 vectors beside 66 MB of records: {took:.2?}");
    assert_eq!(vectors.len(), 300);
    assert!(took.as_millis() < 500, "{took:?}");
}
