//! How videos and scenes lie in the full-text index.

use super::{Document, SceneDocument};
use crate::text::TOKENIZER;
use serde::{Deserialize, Serialize};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{IndexSettings, TantivyDocument};
use vireo_domain::{Embedding, PictureVector};

/// What a commit says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) embedding_model: String,
    pub(super) dimensions: usize,
    pub(super) watermark: i64,
}

/// The fields. A video is one row, each of its scenes another, and each of its
/// pictures one more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The video's id; on all its rows, so that one term removes them all.
    pub(super) video: Field,
    pub(super) language: Field,
    /// Number of the scene; a video's own row has none.
    pub(super) scene: Field,
    pub(super) start: Field,
    pub(super) end: Field,
    /// Little-endian f32; none when there was nothing to embed.
    pub(super) vector: Field,
    /// Of a video's own row: the vector of each of its subjects, one value each.
    pub(super) subject: Field,
    /// Of a picture's row: its vector, and the model that gave it.
    pub(super) picture: Field,
    pub(super) picture_model: Field,
    pub(super) title: Field,
    pub(super) keywords: Field,
    pub(super) description: Field,
    /// What is said in a scene.
    pub(super) text: Field,
}

impl Fields {
    /// Fields that words are looked up in, each with its weight.
    pub(super) fn weighted(&self) -> [(Field, f32); 4] {
        [(self.title, 3.0), (self.keywords, 2.0), (self.text, 1.0), (self.description, 0.7)]
    }

    /// The rows of a video: itself, then its scenes, then its pictures.
    pub(super) fn rows(&self, document: &Document) -> Vec<TantivyDocument> {
        let mut rows = vec![self.video_row(document)];
        for (number, scene) in (0..).zip(&document.scenes) {
            rows.push(self.scene_row(document, number, scene));
        }
        let pictures = document.pictures.iter().filter(|picture| !picture.embedding.is_zero());
        rows.extend(pictures.map(|picture| self.picture_row(document, picture)));
        rows
    }

    fn video_row(&self, document: &Document) -> TantivyDocument {
        let mut row = self.row(document, &document.embedding);
        row.add_text(self.title, &document.title);
        for keyword in &document.keywords {
            row.add_text(self.keywords, keyword);
        }
        row.add_text(self.description, &document.description);
        for subject in document.subjects.iter().filter(|vector| !vector.is_zero()) {
            row.add_bytes(self.subject, &subject.to_bytes());
        }
        row
    }

    fn scene_row(
        &self,
        document: &Document,
        number: u64,
        scene: &SceneDocument,
    ) -> TantivyDocument {
        let mut row = self.row(document, &scene.embedding);
        row.add_u64(self.scene, number);
        row.add_f64(self.start, scene.span.start);
        row.add_f64(self.end, scene.span.end);
        row.add_text(self.text, &scene.text);
        row
    }

    fn picture_row(&self, document: &Document, picture: &PictureVector) -> TantivyDocument {
        let mut row = self.named_row(document);
        row.add_f64(self.start, picture.at);
        row.add_bytes(self.picture, &picture.embedding.to_bytes());
        row.add_text(self.picture_model, &document.picture_model);
        row
    }

    fn named_row(&self, document: &Document) -> TantivyDocument {
        let mut row = TantivyDocument::new();
        row.add_text(self.video, document.video.as_str());
        if let Some(language) = &document.language {
            row.add_text(self.language, language.code());
        }
        row
    }

    fn row(&self, document: &Document, vector: &Embedding) -> TantivyDocument {
        let mut row = self.named_row(document);
        if !vector.is_zero() {
            row.add_bytes(self.vector, &vector.to_bytes());
        }
        row
    }
}

pub(super) fn schema() -> (Schema, Fields) {
    let words = TextOptions::default().set_stored().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let mut schema = Schema::builder();
    let fields = Fields {
        video: schema.add_text_field("video", STRING | STORED),
        language: schema.add_text_field("language", STORED),
        scene: schema.add_u64_field("scene", STORED),
        start: schema.add_f64_field("start", STORED),
        end: schema.add_f64_field("end", STORED),
        vector: schema.add_bytes_field("vector", STORED),
        subject: schema.add_bytes_field("subject", STORED),
        picture: schema.add_bytes_field("picture", STORED),
        picture_model: schema.add_text_field("picture_model", STORED),
        title: schema.add_text_field("title", words.clone()),
        keywords: schema.add_text_field("keywords", words.clone()),
        description: schema.add_text_field("description", words.clone()),
        text: schema.add_text_field("text", words),
    };
    (schema.build(), fields)
}

pub(super) fn settings() -> IndexSettings {
    // Commits are small; a thread for each to compress in costs more than it saves.
    IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() }
}
