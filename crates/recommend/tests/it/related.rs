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
fn the_row_is_never_empty_and_says_when_nothing_is_alike() {
    let mut items = catalogue();
    // A subject of its own, nearer to one video than to any other.
    let mut values = vec![0.0; 24];
    (values[0], values[7], values[8 + 5]) = (4.0, 1.0, 0.1);
    items[0].embedding = Embedding::new(values);
    items[0].keywords = vec!["knitting".to_owned()];
    let alone = items[0].video.id.clone();
    let snapshot = snapshot(items, &[]);
    let page = recommender().related(&snapshot, &alone, None, 12, now()).expect("a page");
    assert_eq!(page.items.len(), 5);
    for item in &page.items {
        assert!(item.sentence.starts_with("The nearest here to “chess no. 0”"), "{item:?}");
    }
    let page = recommender().related(&snapshot, &alone, None, 3, now()).expect("a page");
    assert_eq!(page.items.len(), 3);
}

#[test]
fn of_a_handful_of_videos_only_their_words_tell_what_is_alike() {
    let mut items = catalogue();
    items.truncate(6);
    for (item, word) in items.iter_mut().zip(["dog", "make-up", "dog", "moon", "king", "cake"]) {
        item.keywords = vec![word.to_owned()];
    }
    let open = items[0].video.id.clone();
    let alike = items[2].video.id.clone();
    let snapshot = snapshot(items, &[]);
    let page = recommender().related(&snapshot, &open, None, 5, now()).expect("a page");
    assert_eq!((page.items.len(), &page.items[0].video), (5, &alike), "{page:?}");
    assert!(page.items[0].sentence.starts_with("Similar to"), "{page:?}");
    assert!(page.items[1..].iter().all(|item| item.sentence.starts_with("The nearest here")));
}

#[test]
fn other_languages_come_in_between() {
    let snapshot = snapshot(catalogue(), &[]);
    let page = recommender().related(&snapshot, &id("stars-2"), None, 11, now()).expect("a page");
    let is_chinese = |item: &&vireo_recommend::Recommended| {
        let known = snapshot.item(&item.video).expect("there");
        known.video.language == Some(vireo_domain::Language::chinese())
    };
    assert_eq!(count(&page.items, "stars"), 11, "{:?}", videos(&page.items));
    assert!(page.items[..8].iter().any(|item| is_chinese(&item)), "{:?}", videos(&page.items));
}

#[test]
fn hidden_and_seen_ones_are_out() {
    let snapshot = snapshot(catalogue(), &[]);
    let log =
        vec![act("ann", "stars-0", Finish, days_ago(1)), act("ann", "stars-1", Hide, days_ago(1))];
    let viewer = viewer(&snapshot, log);
    let page = recommender().related(&snapshot, &id("stars-2"), Some(&viewer), 60, now());
    let shown = videos(&page.expect("a page").items);
    assert!(!shown.contains(&id("stars-1")) && !shown.contains(&id("stars-0")), "{shown:?}");
}

#[test]
fn a_series_is_watched_again_where_there_is_little_else() {
    let stars = catalogue().into_iter().filter(|item| item.video.id.as_str() < "stars-4");
    let snapshot = snapshot(stars.filter(|item| item.video.id.as_str() >= "stars").collect(), &[]);
    let viewer = viewer(&snapshot, vec![act("ann", "stars-0", Finish, days_ago(1))]);
    let page = recommender().related(&snapshot, &id("stars-2"), Some(&viewer), 60, now());
    let shown = videos(&page.expect("a page").items);
    assert_eq!(shown.last(), Some(&id("stars-0")), "{shown:?}");
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
    assert_eq!((watched[0].video.clone(), count(&watched, "stars")), (id("chess-7"), 4));
    assert!(matches!(watched[0].reason, Reason::AlsoWatched { .. }));
    assert_eq!(count(&related("code-3"), "code"), 5, "by tag and channel");
    let unknown = recommender().related(&snapshot, &id("nothing"), None, 5, now());
    assert!(matches!(unknown, Err(Error::UnknownVideo(_))));
}
