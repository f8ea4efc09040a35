//! What is shown beside a video.

use crate::world::*;
use vireo_domain::Embedding;
use vireo_domain::FeedbackKind::{Finish, Hide, Like};
use vireo_recommend::{Error, Reason};

#[test]
fn the_same_subject_comes_first_and_the_video_itself_never() {
    let snapshot = snapshot(catalogue(), &[]);
    let page = recommender().related(&snapshot, &id("stars-2"), None, 5, now()).expect("a page");
    assert_eq!(count(&page.items, "stars"), 5, "{:?}", videos(&page.items));
    assert!(!videos(&page.items).contains(&id("stars-2")));
    let sentence = &page.items[0].sentence;
    assert!(sentence.starts_with("Similar to “stars no. 2”"), "{sentence}");
}

#[test]
fn hidden_ones_are_out_and_seen_ones_last() {
    let snapshot = snapshot(catalogue(), &[]);
    let log =
        vec![act("ann", "stars-0", Finish, days_ago(1)), act("ann", "stars-1", Hide, days_ago(1))];
    let viewer = viewer(&snapshot, log);
    let page = recommender().related(&snapshot, &id("stars-2"), Some(&viewer), 60, now());
    let shown = videos(&page.expect("a page").items);
    assert!(!shown.contains(&id("stars-1")));
    assert_eq!(shown.last(), Some(&id("stars-0")));
}

#[test]
fn co_watching_and_labels_stand_in_for_content() {
    let mut items = catalogue();
    for item in &mut items {
        item.embedding = Embedding::new(Vec::new());
        item.keywords.clear();
    }
    let mut log = Vec::new();
    for person in ["a", "b", "c"] {
        log.push(act(person, "stars-2", Like, days_ago(1)));
        log.push(act(person, "chess-7", Like, days_ago(1)));
    }
    let snapshot = snapshot(items, &log);
    let related = |video: &str| {
        let page = recommender().related(&snapshot, &id(video), None, 5, now());
        page.expect("a page").items
    };
    let watched = related("stars-2");
    assert_eq!(videos(&watched), [id("chess-7")]);
    assert!(matches!(watched[0].reason, Reason::AlsoWatched { .. }));
    assert_eq!(count(&related("code-3"), "code"), 5, "by tag and channel");
    let unknown = recommender().related(&snapshot, &id("nothing"), None, 5, now());
    assert!(matches!(unknown, Err(Error::UnknownVideo(_))));
}
