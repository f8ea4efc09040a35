//! Two processes on one data folder, and training.

use crate::installation::{Installation, action, catalogue, open, user, video};
use vireo_domain::{FeedbackKind, Video};
use vireo_server::app::{SearchBy, SearchRequest};
use vireo_server::jobs::train;

#[tokio::test(flavor = "multi_thread")]
async fn one_follows_what_the_other_writes() {
    let one = Installation::new().await;
    let other = open(one.dir.path()).await;
    let request =
        SearchRequest { text: "gambit".to_owned(), language: None, limit: 5, by: SearchBy::Both };
    one.app.store.put_videos(&catalogue()).await.expect("puts");
    one.app.refresh().await.expect("follows");
    other.refresh().await.expect("follows");
    assert_eq!(other.snapshot().items.len(), 12);
    let found = other.search(&request).await.expect("found");
    assert_eq!(found.videos[0].video.id, video("chess-2"));

    // The veto of one holds in the other.
    assert!(other.set_hidden(&video("chess-2"), true).await.expect("hides"));
    one.app.refresh().await.expect("follows");
    assert!(
        one.app
            .search(&request)
            .await
            .expect("found")
            .videos
            .iter()
            .all(|hit| hit.video.id != video("chess-2"))
    );
    assert!(!one.app.set_hidden(&video("nobody"), true).await.expect("answers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn training_describes_finds_topics_and_is_followed() {
    let one = Installation::new().await;
    let other = open(one.dir.path()).await;
    one.app.store.put_videos(&catalogue()).await.expect("puts");
    let watched: Vec<_> = ["ann", "bob", "cat"]
        .iter()
        .flat_map(|who| {
            ["bread-0", "bread-1"].map(|what| action(who, what, FeedbackKind::Like, None))
        })
        .collect();
    one.app.record(&watched).await.expect("records");

    let report = train::run(&one.app, &|_, _, _| {}).await.expect("trains");
    assert_eq!((report.described, report.videos, report.feedback), (12, 12, 6));
    assert!(!report.topics.is_empty());
    assert_eq!(report.neighbours, 2);
    assert!(report.taste.why.starts_with("co-watching is used"), "{}", report.taste);
    let card = std::fs::read_to_string(one.app.data_dir.join("model-card.md")).expect("a card");
    assert!(card.contains(&report.taste.why), "{card}");
    other.refresh().await.expect("follows");
    let snapshot = other.snapshot();
    assert_eq!(snapshot.topics.topics.len(), report.topics.len());
    assert!(snapshot.items.iter().all(|item| item.topic.is_some()));
    assert!(snapshot.crowd.popularity(&video("bread-0")) > 0.0);

    // A second training describes nothing anew, and replaces the models.
    let again = train::run(&one.app, &|_, _, _| {}).await.expect("trains");
    assert_eq!(again.described, 0);
    assert_eq!(one.app.store.documents("model").await.expect("documents").len(), 4);

    // A video that comes later has the topic of its like.
    let mut late = Video::new(video("late"), "Sourdough bread dough", one.app.now());
    late.tags = vec!["bread".to_owned()];
    one.app.store.put_videos(&[late]).await.expect("puts");
    train::run(&other, &|_, _, _| {}).await.expect("trains");
    let map = other.interests(&user("ann"), None).await.expect("map");
    assert!(!map.interests.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_index_is_filled_from_the_store() {
    let one = Installation::new().await;
    one.app.store.put_videos(&catalogue()).await.expect("puts");
    one.app.refresh().await.expect("follows");
    one.app.rebuild_index().await.expect("rebuilds");
    let request =
        SearchRequest {
            text: "面包机".to_owned(), language: None, limit: 5, by: SearchBy::Both
        };
    let found = one.app.search(&request).await.expect("found");
    assert_eq!(found.videos[0].video.id, video("面包-2"));
}
