//! One look at the index: words and vectors of the same commit.

use super::fields::Fields;
use super::segment::{SceneFacts, Segment, VideoFacts};
use crate::vector::VectorIndex;
use std::collections::HashMap;
use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::index::SegmentId;
use tantivy::query::Query;
use tantivy::schema::{Field, Value};
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
    /// Mean of all vectors.
    mean: Vec<f32>,
}

impl Snapshot {
    /// A look that sees nothing, to begin with.
    pub(super) fn empty(searcher: Searcher) -> Self {
        Self { watermark: 0, searcher, segments: Vec::new(), mean: Vec::new() }
    }

    /// A look through `searcher`; segments that this one knows are not read again.
    pub(super) fn next(
        &self,
        searcher: Searcher,
        fields: &Fields,
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
                None => Arc::new(Segment::read(reader, fields, dimensions)?),
            };
            segments.push((id, segment));
        }
        let mut mean = vec![0.0; dimensions];
        let mut count = 0;
        for (_, segment) in &segments {
            count += segment.video_vectors.len() + segment.scene_vectors.len();
            for (mean, sum) in mean.iter_mut().zip(&segment.sum) {
                *mean += sum;
            }
        }
        for value in &mut mean {
            *value /= count.max(1) as f32;
        }
        Ok(Self { watermark, searcher, segments, mean })
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

    /// Videos nearest in meaning, nearest first, with their cosine.
    pub(super) fn nearest_videos(
        &self,
        to: &Embedding,
        k: usize,
        keep: &dyn Fn(&VideoFacts) -> bool,
    ) -> Result<Vec<(DocAddress, f32)>, crate::Error> {
        self.nearest(|segment| segment.video_vectors.as_ref(), to, k, keep)
    }

    /// Scenes nearest in meaning, nearest first, with their cosine.
    pub(super) fn nearest_scenes(
        &self,
        to: &Embedding,
        k: usize,
        keep: &dyn Fn(&VideoFacts) -> bool,
    ) -> Result<Vec<(DocAddress, f32)>, crate::Error> {
        self.nearest(|segment| segment.scene_vectors.as_ref(), to, k, keep)
    }

    fn nearest(
        &self,
        vectors: impl Fn(&Segment) -> &dyn VectorIndex,
        to: &Embedding,
        k: usize,
        keep: &dyn Fn(&VideoFacts) -> bool,
    ) -> Result<Vec<(DocAddress, f32)>, crate::Error> {
        let mut found = Vec::new();
        for (ordinal, (_, segment)) in (0..).zip(&self.segments) {
            let reader = self.searcher.segment_reader(ordinal);
            let keep = |key: u64| {
                let doc = key as DocId;
                !reader.is_deleted(doc) && segment.video(doc).is_some_and(keep)
            };
            let nearest = vectors(segment).nearest(to, k, &keep)?;
            found.extend(
                nearest
                    .into_iter()
                    .map(|(doc, near)| (DocAddress::new(ordinal, doc as DocId), near)),
            );
        }
        found.sort_by(|(one, near), (other, far)| {
            let name = |row: &DocAddress| (&self.video(*row).id, self.scene(*row).map(|s| s.index));
            far.total_cmp(near).then_with(|| name(one).cmp(&name(other)))
        });
        found.truncate(k);
        Ok(found)
    }

    /// The mean cosine of `query` with every vector of the index.
    pub(super) fn mean_cosine(&self, query: &Embedding) -> f32 {
        self.mean.iter().zip(query.as_slice()).map(|(mean, value)| mean * value).sum()
    }

    /// The meaning of a video.
    pub(super) fn embedding(&self, video: &VideoId) -> Option<Embedding> {
        (0..).zip(&self.segments).find_map(|(ordinal, (_, segment))| {
            let doc = segment.video_row(video)?;
            let alive = !self.searcher.segment_reader(ordinal).is_deleted(doc);
            alive.then(|| segment.video_vectors.get(u64::from(doc)))?
        })
    }

    /// The video of a row that a search gave.
    pub(super) fn video(&self, row: DocAddress) -> &VideoFacts {
        self.get_video(row).expect("searches give living rows of this look")
    }

    /// The scene of a row, if it is one's.
    pub(super) fn scene(&self, row: DocAddress) -> Option<SceneFacts> {
        self.segments[row.segment_ord as usize].1.scene(row.doc_id)
    }

    /// The text of a field of a row, empty if it has none.
    pub(super) fn text(&self, row: DocAddress, field: Field) -> Result<String, Fault> {
        let stored: TantivyDocument = self.searcher.doc(row)?;
        let text = stored.get_first(field).and_then(|value| value.as_str());
        Ok(text.unwrap_or_default().to_owned())
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
