//! Tests of the index from outside.

mod damage;
mod kill;
mod meaning;
mod pictures;
mod search;
mod sharing;
mod vectors;
mod writing;

use std::time::{Duration, Instant};
use vireo_domain::{Embedding, Language, Span, VideoId};
use vireo_index::{
    Document, Error, Hit, MeaningSpace, Query, Result, SceneDocument, SearchIndex, Target,
};

const MODEL: &str = "test-embedding 1";
const DIMENSIONS: usize = 16;

fn id(text: &str) -> VideoId {
    VideoId::new(text).expect("a valid id")
}

fn open_as(dir: &std::path::Path, model: &str, dimensions: usize) -> Result<SearchIndex> {
    SearchIndex::open(dir, model, dimensions, space(dimensions))
}

/// Of texts about all sorts of things in a language or two that differ in nothing.
fn space(dimensions: usize) -> MeaningSpace {
    let mut random = fastrand::Rng::with_seed(1);
    let mut text = || Embedding::new((0..dimensions).map(|_| 0.5 + random.f32()).collect());
    let texts: Vec<Embedding> = (0..40).map(|_| text()).collect();
    let languages = [texts.clone(), texts];
    MeaningSpace::fit(&languages, &languages).with_words(&languages)
}

fn open(dir: &std::path::Path) -> SearchIndex {
    open_as(dir, MODEL, DIMENSIONS).expect("opens")
}

trait Applied {
    /// Writes, and waits for the lock as every process does: a program that another
    /// test starts just now holds the lock file open until it runs.
    fn applied(&self, put: &[Document], remove: &[VideoId], watermark: i64);
}

impl Applied for SearchIndex {
    fn applied(&self, put: &[Document], remove: &[VideoId], watermark: i64) {
        let begun = Instant::now();
        while let Err(error) = self.apply(put, remove, watermark) {
            assert!(matches!(error, Error::Locked(_)), "{error}");
            assert!(begun.elapsed() < Duration::from_secs(10), "the lock is not free again");
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

/// A vector of a subject. Like those of real models they all share a large
/// part, so that cosines lie close together; `tint` sets two of a subject apart.
fn about(subject: usize, tint: f32) -> Embedding {
    let mut values = vec![1.0; DIMENSIONS];
    values[subject] += 3.0;
    values[(subject + 1) % DIMENSIONS] += tint;
    Embedding::new(values)
}

fn nothing() -> Embedding {
    Embedding::new(vec![0.0; DIMENSIONS])
}

fn document(video: &str, title: &str) -> Document {
    Document {
        video: id(video),
        title: title.to_owned(),
        keywords: Vec::new(),
        description: String::new(),
        language: None,
        embedding: nothing(),
        subjects: Vec::new(),
        scenes: Vec::new(),
        pictures: Vec::new(),
        picture_model: String::new(),
    }
}

/// Scenes of thirty seconds each.
fn scenes(texts: &[&str]) -> Vec<SceneDocument> {
    let scene = |(n, text): (usize, &&str)| SceneDocument {
        span: Span::new(n as f64 * 30.0, (n + 1) as f64 * 30.0),
        text: (*text).to_owned(),
        embedding: nothing(),
    };
    texts.iter().enumerate().map(scene).collect()
}

fn ask(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        embedding: None,
        is_word: false,
        picture: None,
        language: None,
        limit: 10,
    }
}

fn meaning(text: &str, embedding: Embedding) -> Query {
    Query { embedding: Some(embedding), ..ask(text) }
}

fn language(query: Query, code: &str) -> Query {
    Query { language: Some(Language::new(code)), ..query }
}

/// Names of what was found, best first; a scene as `video#number`.
fn names(hits: &[Hit]) -> Vec<String> {
    let name = |hit: &Hit| match &hit.target {
        Target::Video(video) => video.to_string(),
        Target::Scene(scene) => scene.to_string(),
    };
    hits.iter().map(name).collect()
}
