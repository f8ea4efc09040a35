//! Applying, replacing, removing, opening again.

use super::{
    Applied, DIMENSIONS, Document, MODEL, about, ask, document, id, names, open, open_as, scenes,
};
use std::time::Instant;
use vireo_index::SearchIndex;

#[test]
fn puts_replaces_and_removes() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    assert_eq!(index.watermark(), 0);
    let old = Document {
        embedding: about(1, 0.0),
        scenes: scenes(&["old words", "more old words"]),
        ..document("a", "Old title")
    };
    index.applied(&[old.clone(), document("b", "Other title")], &[], 7);
    assert_eq!(index.watermark(), 7);
    assert_eq!(names(&index.search_scenes(&ask("old")).expect("search")).len(), 2);

    let new = Document { embedding: about(2, 0.0), ..document("a", "New title") };
    // Twice in one batch: the last one counts.
    index.applied(&[old, new], &[id("b"), id("never there")], 9);
    assert_eq!(index.watermark(), 9);
    assert!(index.search_scenes(&ask("old")).expect("search").is_empty());
    assert_eq!(names(&index.search_videos(&ask("title")).expect("search")), ["a"]);
    assert!(
        index.embedding(&id("a")).expect("reads").expect("is there").cosine(&about(2, 0.0))
            > 0.999_99
    );
    let near = index.nearest_videos(&about(1, 0.0), 9, &|_| true).expect("search");
    assert_eq!(near.len(), 1);

    index.applied(&[], &[id("a")], 10);
    assert_eq!(index.embedding(&id("a")).expect("reads"), None);
    assert!(index.nearest_videos(&about(1, 0.0), 9, &|_| true).expect("search").is_empty());
}

#[test]
fn is_there_when_opened_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let video = Document {
        embedding: about(1, 0.0),
        scenes: scenes(&["揉面团"]),
        ..document("a", "Title")
    };
    open(dir.path()).applied(&[video], &[], 3);
    let index = open(dir.path());
    assert_eq!(index.watermark(), 3);
    assert_eq!(names(&index.search_scenes(&ask("面团")).expect("search")), ["a#0"]);
    assert_eq!(index.nearest_videos(&about(1, 0.0), 9, &|_| true).expect("search").len(), 1);

    index.clear().expect("clear");
    assert_eq!(index.watermark(), 0);
    assert!(index.search_videos(&ask("title")).expect("search").is_empty());
    assert_eq!(open(dir.path()).watermark(), 0);
}

#[test]
fn another_model_starts_anew() {
    let dir = tempfile::tempdir().expect("a folder");
    let video = Document { embedding: about(1, 0.0), ..document("a", "Title") };
    open(dir.path()).applied(std::slice::from_ref(&video), &[], 3);
    let index = open_as(dir.path(), "another model", DIMENSIONS).expect("opens");
    assert_eq!(index.watermark(), 0);
    assert!(index.search_videos(&ask("title")).expect("search").is_empty());
    index.applied(&[video], &[], 3);

    let index = open_as(dir.path(), "another model", 8).expect("opens");
    assert_eq!((index.watermark(), index.embedding(&id("a")).expect("reads")), (0, None));
}

#[test]
fn other_layouts_go() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(dir.path().join("v0/deep")).expect("made");
    open(dir.path());
    assert!(!dir.path().join("v0").exists() && dir.path().join("v3").exists());
}

/// A random walk of puts and removes against a plain map.
#[test]
fn agrees_with_a_map_through_merges() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    let mut random = fastrand::Rng::with_seed(4);
    let mut expected = std::collections::BTreeMap::new();
    for step in 0..60 {
        let put: Vec<Document> = (0..random.usize(0..6))
            .map(|_| {
                let n = random.usize(0..40);
                let (subject, tint) = (random.usize(0..DIMENSIONS), random.f32());
                expected.insert(format!("v{n:02}"), (step, about(subject, tint)));
                Document {
                    embedding: about(subject, tint),
                    scenes: scenes(&["some words", "other words"]),
                    ..document(&format!("v{n:02}"), &format!("edition{step}"))
                }
            })
            .collect();
        let gone = format!("v{:02}", random.usize(0..40));
        let remove = if put.iter().any(|one| one.video.as_str() == gone) {
            Vec::new()
        } else {
            expected.remove(&gone);
            vec![id(&gone)]
        };
        index.applied(&put, &remove, step);
    }
    let check = |index: &SearchIndex| {
        let all = super::Query { limit: 1_000, ..ask("words") };
        let mut found = names(&index.search_videos(&all).expect("search"));
        found.sort();
        assert!(found.iter().eq(expected.keys()));
        assert_eq!(index.search_scenes(&all).expect("search").len(), expected.len() * 2);
        for (name, (step, vector)) in &expected {
            let by_title = names(&index.search_videos(&ask(&format!("edition{step}"))).expect("s"));
            assert!(by_title.contains(name));
            assert!(
                index.embedding(&id(name)).expect("reads").expect("is there").cosine(vector)
                    > 0.999_9
            );
        }
        let near = index.nearest_videos(&about(0, 0.0), 1_000, &|_| true).expect("search");
        assert_eq!(near.len(), expected.len());
    };
    check(&index);
    check(&open(dir.path()));
}

/// `cargo test -p vireo-index --release one_video -- --nocapture` prints the figures.
#[test]
fn one_video_is_applied_quickly() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open_as(dir.path(), MODEL, 384).expect("opens");
    let mut random = fastrand::Rng::with_seed(5);
    let mut video = |n: usize| {
        let mut vector =
            || vireo_domain::Embedding::new((0..384).map(|_| random.f32() - 0.4).collect());
        let mut scenes =
            scenes(&["Some words that are said in this scene, 还有一些中文词语。"; 20]);
        for scene in &mut scenes {
            scene.embedding = vector();
        }
        let embedding = vector();
        Document { scenes, embedding, ..document(&format!("v{n:05}"), "A title 标题") }
    };
    let thousand: Vec<Document> = (0..1_000).map(&mut video).collect();
    let clock = Instant::now();
    index.applied(&thousand, &[], 1);
    let bulk = clock.elapsed();
    let mut times: Vec<_> = (0..30)
        .map(|n| {
            let one = video(n);
            let clock = Instant::now();
            index.applied(&[one], &[], n as i64);
            clock.elapsed()
        })
        .collect();
    times.sort();
    let clock = Instant::now();
    let again = open_as(dir.path(), MODEL, 384).expect("opens");
    let opened = clock.elapsed();
    let clock = Instant::now();
    let query = {
        let like = again.embedding(&id("v00007")).expect("reads").expect("is there");
        super::meaning("some words 中文", like)
    };
    again.search_videos(&query).expect("search");
    let searched = clock.elapsed();
    eprintln!(
        "1000 videos of 20 scenes {bulk:.2?}; one video: median {:.1?}, worst {:.1?}; \
         open {opened:.1?}; search that matches all 20,000 scenes {searched:.1?}",
        times[15], times[29],
    );
    // Some 15 ms on an idle machine; far more where everything else is built meanwhile.
    assert!(times[15].as_secs() < 3, "{times:?}");
}
