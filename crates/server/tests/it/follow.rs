//! Two processes on one data folder, and training.

use crate::installation::{Installation, action, catalogue, open, user, video};
use std::sync::Mutex;
use std::time::Duration;
use vireo_domain::{Feedback, FeedbackKind, Timestamp, Video};
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

    let report = train::run(&one.app, false, &|_, _, _| {}).await.expect("trains");
    assert_eq!((report.described, report.videos, report.feedback), (12, 12, 6));
    assert!(!report.topics.is_empty());
    assert_eq!(report.neighbours, 2);
    assert!(report.taste.why.starts_with("co-watching is used"), "{}", report.taste);
    assert!(!one.app.data_dir.join("training").exists(), "what is complete is not kept");
    let card = std::fs::read_to_string(one.app.data_dir.join("model-card.md")).expect("a card");
    assert!(card.contains(&report.taste.why), "{card}");
    other.refresh().await.expect("follows");
    let snapshot = other.snapshot();
    assert_eq!(snapshot.topics.topics.len(), report.topics.len());
    assert!(snapshot.items.iter().all(|item| item.topic.is_some()));
    assert!(snapshot.crowd.popularity(&video("bread-0")) > 0.0);

    // A second training describes nothing anew, and replaces the models.
    let again = train::run(&one.app, false, &|_, _, _| {}).await.expect("trains");
    assert_eq!(again.described, 0);
    assert_eq!(one.app.store.documents("model").await.expect("documents").len(), 4);

    // A video that comes later has the topic of its like.
    let mut late = Video::new(video("late"), "Sourdough bread dough", one.app.now());
    late.tags = vec!["bread".to_owned()];
    one.app.store.put_videos(&[late]).await.expect("puts");
    train::run(&other, false, &|_, _, _| {}).await.expect("trains");
    let map = other.interests(&user("ann"), None).await.expect("map");
    assert!(!map.interests.is_empty());
}

/// Everybody goes on through the videos by strides of their own, which a network sees.
fn strides(steps: std::ops::Range<i64>) -> Vec<Feedback> {
    let step = |step: i64| {
        (0..160).map(move |person| {
            let stride = [1, 3, 5, 7, 9, 11, 13][person as usize % 7];
            let video = video(&format!("v{}", (person * 5 + step * stride) % 37));
            let at = Timestamp::from_second(step * 86_400 + person).expect("a time");
            let user = user(&format!("p{person}"));
            let id = Feedback::natural_id(&user, &video, FeedbackKind::Like, None, at);
            Feedback { id, user, video, kind: FeedbackKind::Like, value: None, at }
        })
    };
    steps.flat_map(step).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_heard_while_it_trains_and_goes_on_unless_it_is_to_begin_anew() {
    let one = Installation::new().await;
    let now = one.app.now();
    let videos = (0..37).map(|number| video(&format!("v{number}")));
    let videos: Vec<Video> = videos.map(|id| Video::new(id, "Untitled", now)).collect();
    one.app.store.put_videos(&videos).await.expect("puts");
    one.app.record(&strides(0..14)).await.expect("records");
    let heard = Mutex::new(Vec::new());
    let progress = |stage: &str, done: usize, total: usize| {
        heard.lock().expect("heard").push((stage.to_owned(), done, total));
    };
    let first = train::run(&one.app, false, &progress).await.expect("trains").taste;
    assert_eq!((&*first.chosen, first.tried_since), ("blend", None), "{first}");
    let heard = heard.into_inner().expect("heard");
    let epochs = heard.iter().filter(|(stage, ..)| stage.starts_with("transformer: loss "));
    assert!(epochs.clone().count() > 5, "{heard:?}");
    assert!(epochs.clone().all(|(_, done, total)| (1..=*total).contains(done)), "{heard:?}");

    one.app.record(&strides(14..16)).await.expect("records");
    let second = train::run(&one.app, false, &|_, _, _| {}).await.expect("trains").taste;
    assert_eq!(second.chosen, "blend", "{second}");
    assert!(second.tried_since.is_some_and(|known| known < second.newest), "{second}");
    let same = train::run(&one.app, false, &|_, _, _| {}).await.expect("trains").taste;
    assert_eq!(same, second, "nothing is new");
    one.app.record(&strides(16..18)).await.expect("records");
    let anew = train::run(&one.app, true, &|_, _, _| {}).await.expect("trains").taste;
    assert_eq!((&*anew.chosen, anew.tried_since), ("blend", None), "{anew}");

    // Another training beside it, or a folder that cannot be made, stops none.
    std::fs::write(one.app.data_dir.join("training"), "no folder").expect("written");
    one.app.record(&strides(18..20)).await.expect("records");
    let third = train::run(&one.app, false, &|_, _, _| {}).await.expect("trains").taste;
    assert!(third.tried_since.is_some(), "{third}");
    std::fs::remove_file(one.app.data_dir.join("training")).expect("removed");
    std::fs::create_dir(one.app.data_dir.join("training")).expect("made");
    let lock = std::fs::File::create(one.app.data_dir.join("training/lock")).expect("made");
    lock.lock().expect("locked");
    train::run(&one.app, true, &|_, _, _| {}).await.expect("trains");
    assert!(one.app.data_dir.join("training/lock").exists(), "it is the other's");
}

/// As after an update that saves models in another form.
#[tokio::test(flavor = "multi_thread")]
async fn models_that_cannot_be_read_are_trained_anew_at_once() {
    let one = Installation::new().await;
    one.app.store.put_videos(&catalogue()).await.expect("puts");
    one.app.record(&[action("ann", "bread-0", FeedbackKind::Like, None)]).await.expect("records");
    train::run(&one.app, false, &|_, _, _| {}).await.expect("trains");
    let models = one.app.store.documents("model").await.expect("documents");
    // As long as topics can be read, they can be asked to be named.
    let (crowd, _) = models.iter().find(|(key, _)| key.starts_with("crowd")).expect("a crowd");
    one.app.store.put_document("model", crowd, &"damaged".into()).await.expect("puts");
    let topic = one.app.snapshot().topics.topics[0].id;
    let refused = one.app.name_topic(topic, Some(["Bread", ""])).await.expect_err("refused");
    assert!(refused.to_string().contains("run vireo train first"), "{refused}");
    assert!(one.app.store.documents("topic-names").await.expect("documents").is_empty());
    for (key, _) in models.iter().filter(|(key, _)| key != "published") {
        one.app.store.put_document("model", key, &"of another form".into()).await.expect("puts");
    }
    let other = open(one.dir.path()).await;
    other.refresh().await.expect("follows all the same");
    assert!(other.snapshot().topics.topics.is_empty());
    let following = other.follow();
    for _ in 0..200 {
        if !other.snapshot().topics.topics.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    following.abort();
    let snapshot = other.snapshot();
    assert!(!snapshot.topics.topics.is_empty(), "no training came");
    assert!(snapshot.crowd.popularity(&video("bread-0")) > 0.0);
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
