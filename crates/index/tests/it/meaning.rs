//! Vectors, and words and vectors together.

use super::{
    Applied, DIMENSIONS, Document, SceneDocument, SearchIndex, about, ask, document, id, language,
    meaning, names, open, scenes,
};
use std::sync::LazyLock;
use tempfile::TempDir;
use vireo_domain::{Embedding, Language, Span};
use vireo_index::Error;

/// Ten subjects of six videos each, `s3-2` is the third of subject 3.
static CATALOGUE: LazyLock<(TempDir, SearchIndex)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    let mut put = Vec::new();
    for subject in 0..10 {
        for n in 0..6 {
            let of_scene = |(i, scene)| SceneDocument {
                embedding: about(subject, n as f32 * 0.1 + i as f32 * 0.05),
                ..scene
            };
            put.push(Document {
                language: Some(Language::new(if n % 2 == 0 { "en" } else { "zh" })),
                embedding: about(subject, n as f32 * 0.1),
                scenes: scenes(&["first words", "second words"])
                    .into_iter()
                    .enumerate()
                    .map(of_scene)
                    .collect(),
                ..document(&format!("s{subject}-{n}"), &format!("Title {n} of subject{subject}"))
            });
        }
    }
    index.applied(&put, &[], 60);
    (dir, index)
});

#[test]
fn nearest_videos_by_cosine() {
    let found = CATALOGUE.1.nearest_videos(&about(3, 0.0), 3, &|_| true).expect("search");
    let order: Vec<&str> = found.iter().map(|(video, _)| video.as_str()).collect();
    assert_eq!(order, ["s3-0", "s3-1", "s3-2"]);
    assert!((found[0].1 - 1.0).abs() < 1e-5 && found[0].1 >= found[1].1);

    let others = |video: &vireo_domain::VideoId| !video.as_str().starts_with("s3");
    let found = CATALOGUE.1.nearest_videos(&about(3, 0.0), 60, &others).expect("search");
    assert_eq!(found.len(), 54);
    assert!(found.iter().all(|(video, _)| others(video)));
}

#[test]
fn vectors_can_be_had_again() {
    let vector = CATALOGUE.1.embedding(&id("s4-2")).expect("reads").expect("is there");
    assert!(vector.cosine(&about(4, 0.2)) > 0.999_99);
    assert_eq!(CATALOGUE.1.embedding(&id("nobody")).expect("reads"), None);
}

#[test]
fn meaning_finds_what_shares_no_word() {
    let hits = CATALOGUE.1.search_videos(&meaning("nichts davon", about(7, 0.0))).expect("search");
    let found = names(&hits);
    assert_eq!(found[0], "s7-0");
    assert!(found.iter().all(|name| name.starts_with("s7")), "{found:?}");
    assert_eq!(found.len(), 6);
    assert_eq!((hits[0].word_rank, hits[0].meaning_rank), (None, Some(1)));
    assert!(hits.iter().all(|hit| hit.matched.is_empty()));
    let hits = CATALOGUE.1.search_scenes(&meaning("nichts", about(7, 0.0))).expect("search");
    assert_eq!(names(&hits)[..2], ["s7-0#0", "s7-0#1"]);
    assert_eq!(hits[1].span, Some(Span::new(30.0, 60.0)));
    assert_eq!(hits[1].snippet.as_deref(), Some("second words"));
}

#[test]
fn what_matches_both_ways_comes_first() {
    let query = meaning("5 of subject5", about(5, 0.5));
    let hits = CATALOGUE.1.search_videos(&query).expect("search");
    assert_eq!(names(&hits)[0], "s5-5");
    assert_eq!((hits[0].word_rank, hits[0].meaning_rank), (Some(1), Some(1)));
    // Words say subject 2, meaning says subject 5.
    let hits = CATALOGUE.1.search_videos(&meaning("subject2", about(5, 0.0))).expect("search");
    let found = names(&hits);
    assert!(found.contains(&"s2-0".to_owned()) && found.contains(&"s5-0".to_owned()), "{found:?}");
}

#[test]
fn a_word_shared_by_accident_does_not_beat_the_meaning() {
    // Every title has the one word; no text has the others.
    let query = meaning("title merveilleux inconnu", about(7, 0.0));
    let hits = CATALOGUE.1.search_videos(&query).expect("search");
    assert!(names(&hits)[..6].iter().all(|name| name.starts_with("s7")), "{:?}", names(&hits));
    assert!(hits[0].word_rank.is_some(), "the word is shown all the same");
}

#[test]
fn one_long_talk_is_not_all_there_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    let talk = |name: &str, tint: f32| {
        let mut video = Document { embedding: about(4, tint), ..document(name, name) };
        video.scenes = scenes(&["one", "two", "three", "four", "five", "six"]);
        video.scenes.iter_mut().for_each(|scene| scene.embedding = about(4, tint));
        video
    };
    index.applied(&[talk("a", 0.0), talk("b", 0.6)], &[], 1);
    let found = names(&index.search_scenes(&meaning("", about(4, 0.0))).expect("search"));
    assert_eq!(found, ["a#0", "a#1", "a#2", "b#0", "b#1", "b#2"]);
}

#[test]
fn nonsense_does_not_return_the_catalogue() {
    // As near to one subject as to any other.
    let mut values = vec![1.0; DIMENSIONS];
    values[12] = 1.5;
    let query = super::Query { limit: 60, ..meaning("qwxz", Embedding::new(values)) };
    let hits = CATALOGUE.1.search_videos(&query).expect("search");
    assert!(hits.is_empty(), "{} of 60", hits.len());
}

#[test]
fn a_word_finds_the_videos_that_are_tagged_with_its_like() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    let tagged = |name: &str, subjects: &[usize]| Document {
        subjects: subjects.iter().map(|subject| about(*subject, 0.0)).collect(),
        ..document(name, name)
    };
    let both = [tagged("guitar", &[3, 5]), tagged("song", &[5])];
    index.applied(&both, &[], 1);
    let word = super::Query { is_word: true, ..meaning("吉他", about(3, 0.2)) };
    let hits = index.search_videos(&word).expect("search");
    assert_eq!(names(&hits), ["guitar"]);
    assert_eq!((hits[0].word_rank, hits[0].meaning_rank), (None, Some(1)));
    let shared = super::Query { is_word: true, ..meaning("音乐", about(5, 0.2)) };
    assert_eq!(index.search_videos(&shared).expect("search").len(), 2);
    // A sentence is not taken apart, and what is quoted must be there.
    let sentence = meaning("吉他", about(3, 0.2));
    assert!(index.search_videos(&sentence).expect("search").is_empty());
    let quoted = super::Query { is_word: true, ..meaning("「吉他」", about(3, 0.2)) };
    assert!(index.search_videos(&quoted).expect("search").is_empty());
    // Nor is what was removed found, or put again with other tags.
    index.applied(&[tagged("song", &[7])], &[id("guitar")], 2);
    assert!(index.search_videos(&shared).expect("search").is_empty());
}

#[test]
fn quotes_and_language_bind_meaning_too() {
    let hits = CATALOGUE.1.search_videos(&meaning("\"subject2\"", about(5, 0.0))).expect("search");
    assert!(names(&hits).iter().all(|name| name.starts_with("s2")));
    let query = language(meaning("x", about(7, 0.0)), "zh");
    let found = names(&CATALOGUE.1.search_videos(&query).expect("search"));
    assert_eq!(found, ["s7-1", "s7-3", "s7-5"]);
}

#[test]
fn the_scene_that_is_nearer_than_its_video_is_shown() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    let mut video = Document { embedding: about(1, 0.0), ..document("a", "A") };
    video.scenes = scenes(&["one", "two"]);
    video.scenes[1].embedding = about(4, 0.0);
    let other = Document { embedding: about(9, 0.0), ..document("b", "B") };
    index.applied(&[video, other], &[], 1);
    let hits = index.search_videos(&meaning("", about(4, 0.0))).expect("search");
    assert_eq!((names(&hits)[0].as_str(), hits[0].span), ("a", Some(Span::new(30.0, 60.0))));
    let hits = index.search_videos(&meaning("", about(1, 0.0))).expect("search");
    assert_eq!((names(&hits)[0].as_str(), hits[0].span), ("a", None));
}

#[test]
fn vectors_of_another_length_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    let short = Embedding::new(vec![1.0; 3]);
    let wrong = Document { embedding: short.clone(), ..document("a", "A") };
    let refused = index.apply(&[document("b", "B"), wrong], &[], 1);
    assert!(matches!(refused, Err(Error::Dimensions { expected: DIMENSIONS, found: 3 })));
    assert_eq!(index.watermark(), 0);
    assert!(index.search_videos(&ask("b")).expect("search").is_empty());
    assert!(index.search_videos(&meaning("b", short.clone())).is_err());
    assert!(index.nearest_videos(&short, 1, &|_| true).is_err());
}
