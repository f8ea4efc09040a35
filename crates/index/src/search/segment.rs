//! What is kept in memory of one segment of the full-text index. A segment
//! never changes; rows that are deleted later are skipped when it is read.

use super::fields::Fields;
use super::pictures::Pictures;
use super::query::PictureQuery;
use super::snapshot::Fault;
use super::subjects::Subjects;
use crate::MeaningSpace;
use crate::vector::{self, VectorIndex};
use std::collections::HashMap;
use tantivy::schema::Value;
use tantivy::{DocId, SegmentReader, TantivyDocument};
use vireo_domain::{Embedding, Language, Span, VideoId};

/// A video as its rows know it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct VideoFacts {
    pub(super) id: VideoId,
    pub(super) language: Option<Language>,
}

/// A scene as its row knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SceneFacts {
    pub(super) index: u32,
    pub(super) span: Span,
}

/// A row: a video, a scene of one, or a picture of one.
struct Row {
    /// Place in [`Segment::videos`].
    video: usize,
    scene: Option<SceneFacts>,
}

/// Whose vectors are compared.
#[derive(Clone, Copy)]
pub(super) enum Of<'a> {
    Videos,
    Scenes,
    Pictures(&'a PictureQuery),
}

/// The rows and vectors of one segment.
pub(super) struct Segment {
    videos: Vec<VideoFacts>,
    /// By row number; `None` where the row was deleted before this was read.
    rows: Vec<Option<Row>>,
    /// The row of each video itself.
    video_rows: HashMap<VideoId, DocId>,
    /// In the index's space, as those of scenes.
    video_vectors: Box<dyn VectorIndex>,
    scene_vectors: Box<dyn VectorIndex>,
    pub(super) subjects: Subjects,
    pub(super) pictures: Pictures,
}

impl Segment {
    /// Reads every row of the segment.
    pub(super) fn read(
        reader: &SegmentReader,
        fields: &Fields,
        space: &MeaningSpace,
        dimensions: usize,
    ) -> Result<Self, Fault> {
        let count = reader.num_docs() as usize;
        let mut segment = Self {
            videos: Vec::new(),
            rows: Vec::new(),
            video_rows: HashMap::new(),
            video_vectors: vector::for_count(dimensions, 0)?,
            scene_vectors: vector::for_count(dimensions, count)?,
            subjects: Subjects::default(),
            pictures: Pictures::default(),
        };
        segment.rows.resize_with(reader.max_doc() as usize, || None);
        let store = reader.get_store_reader(1).map_err(tantivy::TantivyError::from)?;
        let stored = store.iter::<TantivyDocument>(reader.alive_bitset());
        for (doc, stored) in reader.doc_ids_alive().zip(stored) {
            segment.add(doc, &stored?, fields, space)?;
        }
        Ok(segment)
    }

    fn add(
        &mut self,
        doc: DocId,
        stored: &TantivyDocument,
        fields: &Fields,
        space: &MeaningSpace,
    ) -> Result<(), Fault> {
        let text = |field| stored.get_first(field).and_then(|value| value.as_str());
        let number = |field| stored.get_first(field).and_then(|value| value.as_f64());
        let id = VideoId::new(text(fields.video).unwrap_or_default())
            .map_err(|error| Fault::Row(format!("row {doc}: {error}")))?;
        let scene = stored.get_first(fields.scene).and_then(|value| value.as_u64()).map(|index| {
            let at = |field| number(field).unwrap_or_default();
            SceneFacts { index: index as u32, span: Span::new(at(fields.start), at(fields.end)) }
        });
        if let Some(vector) = vector_of(stored, fields)? {
            let vectors =
                if scene.is_some() { &mut self.scene_vectors } else { &mut self.video_vectors };
            vectors.put(u64::from(doc), &space.passage(&vector))?;
        }
        for bytes in stored.get_all(fields.subject).filter_map(|value| value.as_bytes()) {
            if !self.subjects.add(doc, bytes, space) {
                return Err(Fault::Row(no_vector(bytes)));
            }
        }
        let picture = stored.get_first(fields.picture).and_then(|value| value.as_bytes());
        if let Some(bytes) = picture {
            let vector =
                Embedding::from_bytes(bytes).ok_or_else(|| Fault::Row(no_vector(bytes)))?;
            let at = number(fields.start).unwrap_or_default();
            let model = text(fields.picture_model).unwrap_or_default();
            self.pictures.add(doc, at, model, &vector)?;
        }
        // The rows of a video stand together.
        let facts = VideoFacts { id, language: text(fields.language).map(Language::new) };
        if scene.is_none() && picture.is_none() {
            self.video_rows.insert(facts.id.clone(), doc);
        }
        if self.videos.last() != Some(&facts) {
            self.videos.push(facts);
        }
        self.rows[doc as usize] = Some(Row { video: self.videos.len() - 1, scene });
        Ok(())
    }

    /// The video of a living row.
    pub(super) fn video(&self, doc: DocId) -> Option<&VideoFacts> {
        self.rows[doc as usize].as_ref().map(|row| &self.videos[row.video])
    }

    /// The scene of a living row; `None` for a video's own.
    pub(super) fn scene(&self, doc: DocId) -> Option<SceneFacts> {
        self.rows[doc as usize].as_ref().and_then(|row| row.scene)
    }

    /// The scene during which a picture is seen, if there is one: the rows of a
    /// video stand together, its pictures after its scenes.
    pub(super) fn scene_of(&self, picture: DocId) -> Option<DocId> {
        let at = self.pictures.at(picture)?;
        let own = self.video_row(&self.video(picture)?.id)?;
        (own + 1..picture).find(|doc| {
            let scene = self.rows[*doc as usize].as_ref().and_then(|row| row.scene);
            scene.is_some_and(|scene| scene.span.start <= at && at < scene.span.end)
        })
    }

    /// Vectors by their rows; `None` if no picture here can be compared.
    pub(super) fn vectors(&self, of: Of<'_>) -> Option<&dyn VectorIndex> {
        match of {
            Of::Videos => Some(&*self.video_vectors),
            Of::Scenes => Some(&*self.scene_vectors),
            Of::Pictures(look) => self.pictures.of(&look.model, look.embedding.dimensions()),
        }
    }

    /// Videos when it was read; those deleted later count.
    pub(super) fn video_count(&self) -> usize {
        self.video_rows.len()
    }

    /// The row of a video itself.
    pub(super) fn video_row(&self, video: &VideoId) -> Option<DocId> {
        self.video_rows.get(video).copied()
    }
}

/// The vector of a row as it was put; `None` if there was nothing to embed.
pub(super) fn vector_of(
    stored: &TantivyDocument,
    fields: &Fields,
) -> Result<Option<Embedding>, Fault> {
    let bytes = stored.get_first(fields.vector).and_then(|value| value.as_bytes());
    let read =
        |bytes: &[u8]| Embedding::from_bytes(bytes).ok_or_else(|| Fault::Row(no_vector(bytes)));
    bytes.map(read).transpose()
}

fn no_vector(bytes: &[u8]) -> String {
    format!("{} bytes are no vector", bytes.len())
}
