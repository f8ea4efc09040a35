//! One look at the index: words and vectors of the same commit.

use super::fields::Fields;
use super::segment::{Of, SceneFacts, Segment, VideoFacts, vector_of};
use crate::MeaningSpace;
use std::collections::HashMap;
use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::index::SegmentId;
use tantivy::query::Query;
use tantivy::schema::Value;
use tantivy::{DocAddress, DocId, Score, Searcher, SegmentOrdinal, SegmentReader, TantivyDocument};
use vireo_domain::{Embedding, VideoId};

/// What can go wrong in here; the index knows in which folder.
pub(super) enum Fault {
    Words(tantivy::TantivyError),
    Vectors(crate::Error),
    Row(String),
}

impl From<tantivy::TantivyError> for Fault {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Words(error)
    }
}

impl From<crate::Error> for Fault {
    fn from(error: crate::Error) -> Self {
        Self::Vectors(error)
    }
}

/// One look at the index.
pub(super) struct Snapshot {
    pub(super) watermark: i64,
    searcher: Searcher,
    /// In the order of the searcher's segments.
    segments: Vec<(SegmentId, Arc<Segment>)>,
}

impl Snapshot {
    /// A look that sees nothing, to begin with.
    pub(super) fn empty(searcher: Searcher) -> Self {
        Self { watermark: 0, searcher, segments: Vec::new() }
    }

    /// A look through `searcher`; segments that this one knows are not read again.
    pub(super) fn next(
        &self,
        searcher: Searcher,
        fields: &Fields,
        space: &MeaningSpace,
        dimensions: usize,
        watermark: i64,
    ) -> Result<Self, Fault> {
        let known: HashMap<SegmentId, &Arc<Segment>> =
            self.segments.iter().map(|(id, segment)| (*id, segment)).collect();
        let mut segments = Vec::new();
        for reader in searcher.segment_readers() {
            let id = reader.segment_id();
            let segment = match known.get(&id) {
                Some(segment) => Arc::clone(segment),
                None => Arc::new(Segment::read(reader, fields, space, dimensions)?),
            };
            segments.push((id, segment));
        }
        Ok(Self { watermark, searcher, segments })
    }

    /// Every row that matches, with its score, for videos that `keep` accepts.
    pub(super) fn matches(
        &self,
        query: &dyn Query,
        keep: &dyn Fn(&VideoFacts) -> bool,
    ) -> Result<Vec<(DocAddress, Score)>, Fault> {
        let mut found = self.searcher.search(query, &EveryMatch)?;
        found.retain(|(row, _)| self.get_video(*row).is_some_and(keep));
        Ok(found)
    }

    /// Rows whose vectors are nearest, nearest first, with their cosine.
    pub(super) fn nearest(
        &self,
        of: Of<'_>,
        to: &Embedding,
        k: usize,
        keep: &dyn Fn(&VideoFacts) -> bool,
    ) -> Result<Vec<(DocAddress, f32)>, crate::Error> {
        let mut found = Vec::new();
        for (ordinal, (_, segment)) in (0..).zip(&self.segments) {
            let Some(vectors) = segment.vectors(of) else { continue };
            let reader = self.searcher.segment_reader(ordinal);
            let keep = |key: u64| {
                let doc = key as DocId;
                !reader.is_deleted(doc) && segment.video(doc).is_some_and(keep)
            };
            let nearest = vectors.nearest(to, k, &keep)?;
            found.extend(
                nearest
                    .into_iter()
                    .map(|(doc, near)| (DocAddress::new(ordinal, doc as DocId), near)),
            );
        }
        found.sort_by(|(one, near), (other, far)| {
            let name = |row: &DocAddress| {
                let place = self.scene(*row).map(|scene| scene.index);
                (&self.video(*row).id, place, row.doc_id)
            };
            far.total_cmp(near).then_with(|| name(one).cmp(&name(other)))
        });
        found.truncate(k);
        Ok(found)
    }

    /// Videos that have a word of this meaning among their tags and topics, each
    /// by its own row, with the cosine of the nearest word.
    pub(super) fn named(
        &self,
        word: &Embedding,
        floor: f32,
        keep: &dyn Fn(&VideoFacts) -> bool,
    ) -> Vec<(DocAddress, f32)> {
        let mut found = Vec::new();
        for (ordinal, (_, segment)) in (0..).zip(&self.segments) {
            let reader = self.searcher.segment_reader(ordinal);
            let near = segment.subjects.near(word, floor).into_iter().filter(|(doc, _)| {
                !reader.is_deleted(*doc) && segment.video(*doc).is_some_and(keep)
            });
            found.extend(near.map(|(doc, cosine)| (DocAddress::new(ordinal, doc), cosine)));
        }
        found
    }

    /// The cosine of the video itself, given any of its rows; `None` if it has
    /// no meaning of its own.
    pub(super) fn likeness(&self, row: DocAddress, to: &Embedding) -> Option<f32> {
        let own = self.own_row(row)?;
        let vectors = &self.segments[own.segment_ord as usize].1.vectors(Of::Videos)?;
        Some(vectors.get(u64::from(own.doc_id))?.cosine(to))
    }

    /// How many videos there are.
    pub(super) fn video_count(&self) -> usize {
        self.segments.iter().map(|(_, segment)| segment.video_count()).sum()
    }

    /// The meaning of a video, as it was put.
    pub(super) fn embedding(
        &self,
        video: &VideoId,
        fields: &Fields,
    ) -> Result<Option<Embedding>, Fault> {
        let row = (0..).zip(&self.segments).find_map(|(ordinal, (_, segment))| {
            let doc = segment.video_row(video)?;
            let is_alive = !self.searcher.segment_reader(ordinal).is_deleted(doc);
            is_alive.then(|| DocAddress::new(ordinal, doc))
        });
        let Some(row) = row else { return Ok(None) };
        vector_of(&self.searcher.doc(row)?, fields)
    }

    /// The video of a row that a search gave.
    pub(super) fn video(&self, row: DocAddress) -> &VideoFacts {
        self.get_video(row).expect("searches give living rows of this look")
    }

    /// The scene of a row, if it is one's.
    pub(super) fn scene(&self, row: DocAddress) -> Option<SceneFacts> {
        self.segments[row.segment_ord as usize].1.scene(row.doc_id)
    }

    /// When the picture of a row is seen, if it is one's.
    pub(super) fn picture_at(&self, row: DocAddress) -> Option<f64> {
        self.segments[row.segment_ord as usize].1.pictures.at(row.doc_id)
    }

    /// The row of the scene during which the picture of a row is seen.
    pub(super) fn scene_of(&self, picture: DocAddress) -> Option<DocAddress> {
        let segment = &self.segments[picture.segment_ord as usize].1;
        Some(DocAddress::new(picture.segment_ord, segment.scene_of(picture.doc_id)?))
    }

    /// The row of the video itself, given any of its rows.
    pub(super) fn own_row(&self, row: DocAddress) -> Option<DocAddress> {
        let segment = &self.segments[row.segment_ord as usize].1;
        let doc = segment.video_row(&self.video(row).id)?;
        Some(DocAddress::new(row.segment_ord, doc))
    }

    /// The texts of a row that words are looked up in; last the one to show a
    /// passage of: what is said in a scene, the description of a video.
    pub(super) fn texts(&self, row: DocAddress, fields: &Fields) -> Result<Vec<String>, Fault> {
        let stored: TantivyDocument = self.searcher.doc(row)?;
        let shown = if self.scene(row).is_some() { fields.text } else { fields.description };
        let of = |field| stored.get_all(field).filter_map(|value| value.as_str());
        let texts = [fields.title, fields.keywords, shown].into_iter().flat_map(of);
        Ok(texts.map(str::to_owned).collect())
    }

    fn get_video(&self, row: DocAddress) -> Option<&VideoFacts> {
        self.segments[row.segment_ord as usize].1.video(row.doc_id)
    }
}

/// Collects all matches: a video's score is made of several rows, so the best
/// rows alone would not do.
struct EveryMatch;

struct SegmentMatches {
    segment: SegmentOrdinal,
    found: Vec<(DocAddress, Score)>,
}

impl Collector for EveryMatch {
    type Fruit = Vec<(DocAddress, Score)>;
    type Child = SegmentMatches;

    fn for_segment(
        &self,
        segment: SegmentOrdinal,
        _reader: &SegmentReader,
    ) -> tantivy::Result<SegmentMatches> {
        Ok(SegmentMatches { segment, found: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, parts: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        Ok(parts.concat())
    }
}

impl SegmentCollector for SegmentMatches {
    type Fruit = Vec<(DocAddress, Score)>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.found.push((DocAddress::new(self.segment, doc), score));
    }

    fn harvest(self) -> Self::Fruit {
        self.found
    }
}
