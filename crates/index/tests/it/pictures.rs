//! Search by what pictures show.

use super::{Applied, Document, Query, ask, document, names, nothing, open, scenes};
use vireo_domain::{Embedding, PictureVector};
use vireo_index::{Error, PictureQuery, SearchIndex};

const RED: [f32; 3] = [1.0, 0.0, 0.0];
const BLUE: [f32; 3] = [0.0, 0.0, 1.0];

/// A video with a picture at each of these seconds.
fn film(name: &str, model: &str, pictures: &[(f64, [f32; 3])]) -> Document {
    let picture = |(at, colour): &(f64, [f32; 3])| PictureVector {
        at: *at,
        embedding: Embedding::new(colour.to_vec()),
    };
    Document {
        scenes: scenes(&["the first half minute", "the second half minute"]),
        pictures: pictures.iter().map(picture).collect(),
        picture_model: model.to_owned(),
        ..document(name, name)
    }
}

fn look(text: &str, colour: [f32; 3]) -> Query {
    let embedding = Embedding::new(colour.to_vec());
    let picture = PictureQuery { model: "clip".to_owned(), embedding, floor: 0.5 };
    Query { picture: Some(picture), ..ask(text) }
}

fn films(dir: &std::path::Path) -> SearchIndex {
    let index = open(dir);
    let sunset = film("sunset", "clip", &[(3.0, BLUE), (41.0, RED), (44.0, [0.9, 0.0, 0.5])]);
    let sea = film("sea", "clip", &[(7.0, BLUE)]);
    let other = film("other", "another", &[(1.0, RED)]);
    index.applied(&[sunset, sea, other], &[], 1);
    index
}

#[test]
fn a_picture_is_found_with_its_second_and_its_scene() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = films(dir.path());
    let hits = index.search_videos(&look("nichts", RED)).expect("search");
    assert_eq!(names(&hits), ["sunset"], "the sea is below the floor, the other of another model");
    assert_eq!((hits[0].picture_rank, hits[0].picture_at), (Some(1), Some(41.0)));
    assert_eq!((hits[0].word_rank, hits[0].meaning_rank), (None, None));
    let hits = index.search_scenes(&look("nichts", RED)).expect("search");
    assert_eq!(names(&hits), ["sunset#1"], "41 s is in the second half minute");
    assert_eq!(hits[0].span.map(|span| span.start), Some(30.0));
    // What was removed is not found.
    index.applied(&[], &[super::id("sunset")], 2);
    assert!(index.search_videos(&look("nichts", RED)).expect("search").is_empty());
}

#[test]
fn pictures_and_words_are_one_list() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = films(dir.path());
    let hits = index.search_videos(&look("sea", RED)).expect("search");
    assert_eq!(names(&hits).len(), 2);
    let hits = index.search_videos(&look("sea", BLUE)).expect("search");
    assert_eq!(names(&hits), ["sea", "sunset"], "found by both before found by one");
    assert_eq!((hits[0].word_rank, hits[0].picture_rank.is_some()), (Some(1), true));
    // What is quoted must be there; without a picture to compare with, words alone find.
    let quoted = index.search_videos(&look("\"sunset\"", BLUE)).expect("search");
    assert_eq!(names(&quoted), ["sunset"]);
    assert_eq!(index.search_videos(&ask("red")).expect("search").len(), 0);
}

#[test]
fn pictures_outlive_the_index_and_vectors_of_other_lengths_do_no_harm() -> Result<(), Error> {
    let dir = tempfile::tempdir().expect("a folder");
    films(dir.path());
    let index = open(dir.path());
    assert_eq!(names(&index.search_videos(&look("", RED))?), ["sunset"]);
    let mut odd = film("odd", "clip", &[]);
    let embedding = Embedding::new(vec![1.0; 5]);
    odd.pictures = vec![PictureVector { at: 0.0, embedding }];
    odd.pictures.push(PictureVector { at: 1.0, embedding: nothing() });
    index.applied(&[odd], &[], 2);
    assert_eq!(names(&index.search_videos(&look("", RED))?), ["sunset"]);
    let mut longer = look("", RED);
    longer.picture.as_mut().expect("set").embedding = Embedding::new(vec![1.0; 5]);
    assert_eq!(names(&index.search_videos(&longer)?), ["odd"]);
    Ok(())
}
