//! What the videos of a segment are about, word by word: their tags and topics.
//!
//! An embedder tells what a single word means less surely than what a sentence
//! does, and a whole video is far from any single word. Word against word, it
//! is surer: "吉他" lies near "guitar", and not near a talk about chords.

use crate::MeaningSpace;
use std::collections::HashMap;
use tantivy::DocId;
use vireo_domain::Embedding;

/// Distinct words, each with the rows of the videos that have it: many videos
/// share their tags.
#[derive(Default)]
pub(super) struct Subjects {
    words: Vec<(Embedding, Vec<DocId>)>,
    /// Place in `words` by the vector as it was put.
    places: HashMap<Vec<u8>, usize>,
}

impl Subjects {
    /// Adds a word of a video, given its vector as it was put.
    pub(super) fn add(&mut self, row: DocId, bytes: &[u8], space: &MeaningSpace) -> bool {
        if let Some(place) = self.places.get(bytes) {
            self.words[*place].1.push(row);
            return true;
        }
        let Some(vector) = Embedding::from_bytes(bytes) else { return false };
        self.places.insert(bytes.to_vec(), self.words.len());
        self.words.push((space.word(&vector), vec![row]));
        true
    }

    /// Rows whose nearest word reaches `floor`, with its cosine.
    pub(super) fn near(&self, to: &Embedding, floor: f32) -> HashMap<DocId, f32> {
        let mut near: HashMap<DocId, f32> = HashMap::new();
        for (word, rows) in &self.words {
            let cosine = word.cosine(to);
            if cosine < floor {
                continue;
            }
            for row in rows {
                let best = near.entry(*row).or_insert(cosine);
                *best = best.max(cosine);
            }
        }
        near
    }
}
