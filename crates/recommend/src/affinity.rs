//! How near every video is to what the viewer likes and dislikes.
//!
//! One exact dot product for each video and probe, in the centred space; the
//! sources, the ranker and the reasons read from the same table, so that what
//! is said of a video is what was reckoned with. Exact search costs some
//! milliseconds for ten thousand videos (`cargo run --release -p
//! vireo-recommend --example speed`).

use crate::{Error, Snapshot};
use std::collections::HashSet;
use vireo_domain::{Embedding, InterestMap, InterestOrigin};
use vireo_interest::{Evidence, Matrix, nearness};

/// The strongest interests that are searched with.
const INTERESTS: usize = 8;

/// The last liked and disliked videos that are searched around.
const LIKED: usize = 5;
const DISLIKED: usize = 3;

/// Liking from which "because you watched it" is said: half watched, 3.5 stars.
const CLEARLY: f64 = 0.35;

/// A direction to search in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// Which interest of the map, or which piece of evidence.
    pub of: usize,
    row: usize,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Affinity {
    /// Interests that aren't muted, strongest first.
    pub interests: Vec<Probe>,
    /// Videos clearly liked, newest first.
    pub liked: Vec<Probe>,
    /// Videos disliked or hidden, newest first.
    pub disliked: Vec<Probe>,
    /// Why the interests cannot be searched with, if they cannot.
    pub mismatch: Option<(usize, usize)>,
    videos: usize,
    /// By probe and place: nearness to interests, cosines to videos.
    near: Vec<f32>,
}

impl Affinity {
    pub(crate) fn new(snapshot: &Snapshot, map: &InterestMap, evidence: &[Evidence<'_>]) -> Self {
        let width = snapshot.centred.columns();
        let mut made = Self { videos: snapshot.items.len(), ..Self::default() };
        let mut queries = Matrix::new(width);
        if width == 0 {
            return made;
        }
        let unmuted =
            map.interests.iter().enumerate().filter(|(_, interest)| interest.weight > 0.0);
        for (of, interest) in unmuted.take(INTERESTS) {
            let vector: &Embedding = &interest.vector;
            if vector.dimensions() == width {
                made.interests.push(Probe { of, row: queries.rows() });
                queries.push(snapshot.space.centred(vector).as_slice());
            } else if !vector.is_zero() {
                made.mismatch = Some((vector.dimensions(), width));
            }
        }
        let mut around = |wanted: usize, is_wanted: fn(f64) -> bool| {
            let mut probes = Vec::new();
            let wanted_evidence =
                evidence.iter().enumerate().filter(|(_, evidence)| is_wanted(evidence.strength));
            for (of, evidence) in wanted_evidence.take(wanted) {
                if let Some(place) = snapshot.places.get(evidence.video) {
                    probes.push(Probe { of, row: queries.rows() });
                    queries.push(&snapshot.centred.row(*place)[..width]);
                }
            }
            probes
        };
        made.liked = around(LIKED, |strength| strength >= CLEARLY);
        made.disliked = around(DISLIKED, |strength| strength <= -CLEARLY);

        // What an interest was learned from is near to it and says nothing: a
        // video that was opened for a moment would be recommended for itself.
        let learned = made
            .interests
            .iter()
            .filter(|probe| map.interests[probe.of].origin == InterestOrigin::Learned);
        let learned: Vec<usize> = learned.map(|probe| probe.row).collect();
        let met = evidence.iter().filter_map(|evidence| snapshot.places.get(evidence.video));
        let met: HashSet<usize> = met.copied().collect();

        // Videos outside, probes inside: a video's row is read once.
        let probes = queries.rows();
        made.near = vec![0.0; probes * made.videos];
        let mut row = vec![0.0; probes];
        for place in 0..made.videos {
            queries.products(snapshot.centred.row(place), &mut row);
            nearness(&mut row[..made.interests.len()]);
            if met.contains(&place) {
                for learned in &learned {
                    row[*learned] = 0.0;
                }
            }
            for (probe, near) in row.iter().enumerate() {
                made.near[probe * made.videos + place] = *near;
            }
        }
        made
    }

    /// How near every video is to a probe, by place: by the rule of
    /// [`nearness`] to an interest, by cosine to a video.
    pub(crate) fn to(&self, probe: Probe) -> &[f32] {
        &self.near[probe.row * self.videos..(probe.row + 1) * self.videos]
    }

    /// The interest that a video is nearest to, and how near; `None` if it has
    /// to do with none.
    pub(crate) fn nearest_interest(&self, place: usize) -> Option<(usize, f32)> {
        let near = self.interests.iter().map(|probe| (probe.of, self.to(*probe)[place]));
        near.filter(|(_, near)| *near > 0.0)
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The error of a source that needs the interests.
    pub(crate) fn check(&self) -> crate::Result<()> {
        match self.mismatch {
            Some((viewer, catalogue)) => Err(Error::Dimensions { viewer, catalogue }),
            None => Ok(()),
        }
    }
}
