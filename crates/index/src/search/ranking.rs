//! Words and meaning, fused.
//!
//! Two lists are made, one by BM25 and one by cosine, and fused by reciprocal
//! rank. A neighbour in meaning that shares no word with the query must lie
//! above the floor of [`MeaningSpace`], or a query of nonsense would return the
//! whole catalogue, and stand out: not be far below the best neighbour.

use super::fields::Fields;
use super::segment::VideoFacts;
use super::snapshot::{Fault, Snapshot};
use super::{Hit, Query, Target};
use crate::MeaningSpace;
use crate::fusion::reciprocal_rank;
use crate::text::{Words, matched, passage, snippet};
use std::collections::HashMap;
use std::hash::Hash;
use tantivy::DocAddress;
use vireo_domain::{Embedding, SceneId, VideoId};

/// The constant of reciprocal rank fusion, from its paper.
const RRF_K: f64 = 60.0;

/// The share of the best neighbour's cosine that one without a word in common
/// must reach.
const STANDS_OUT: f32 = 0.5;

/// Shortest list to fuse, however few hits are wanted: the second list may
/// lift what stands low in the first.
const FEWEST_CANDIDATES: usize = 60;

/// Scenes looked at for each video wanted: several may be of one video.
const SCENES_PER_VIDEO: usize = 4;

/// How well something matches, and the row that shows it.
#[derive(Clone, Copy)]
struct Match {
    score: f32,
    row: DocAddress,
}

/// Hybrid search over scenes.
pub(super) fn scenes(
    snapshot: &Snapshot,
    fields: &Fields,
    space: &MeaningSpace,
    query: &Query,
) -> Result<Vec<Hit>, Fault> {
    let words = Words::parse(&query.text);
    let keep = |video: &VideoFacts| in_language(video, query);
    let name = |row| {
        let index = snapshot.scene(row)?.index;
        Some(SceneId { video: snapshot.video(row).id.clone(), index })
    };
    let by_words: HashMap<SceneId, Match> = word_matches(snapshot, fields, &words, &keep)?
        .into_iter()
        .filter_map(|found| Some((name(found.row)?, found)))
        .collect();
    let mut by_meaning = HashMap::new();
    if let Some(meaning) = meaning(space, query) {
        let near = snapshot.nearest_scenes(&meaning, candidates(query), &keep)?;
        let named =
            near.into_iter().filter_map(|(row, score)| Some((name(row)?, Match { score, row })));
        by_meaning.extend(named);
    }
    fuse(&by_words, by_meaning, space.floor(), query, &words)
        .into_iter()
        .map(|found| hit(snapshot, fields, &words, Target::Scene(found.name.clone()), &found))
        .collect()
}

/// Hybrid search over videos. A video's score by words is that of its own row
/// (title, keywords, description) and of its best scene together; by meaning
/// it is the better of the two.
pub(super) fn videos(
    snapshot: &Snapshot,
    fields: &Fields,
    space: &MeaningSpace,
    query: &Query,
) -> Result<Vec<Hit>, Fault> {
    let words = Words::parse(&query.text);
    let keep = |video: &VideoFacts| in_language(video, query);
    let name = |row| snapshot.video(row).id.clone();
    let (mut own, mut scene) = (HashMap::new(), HashMap::new());
    for found in word_matches(snapshot, fields, &words, &keep)? {
        let best = if snapshot.scene(found.row).is_some() { &mut scene } else { &mut own };
        put_better(best, name(found.row), found);
    }
    let mut by_words: HashMap<VideoId, Match> = own;
    for (video, scene) in scene {
        let whole = by_words.entry(video).or_insert(Match { score: 0.0, ..scene });
        let row = if scene.score >= whole.score { scene.row } else { whole.row };
        *whole = Match { score: whole.score + scene.score, row };
    }
    let mut by_meaning = HashMap::new();
    if let Some(meaning) = meaning(space, query) {
        let wanted = candidates(query);
        let scenes = wanted.saturating_mul(SCENES_PER_VIDEO);
        let mut near = snapshot.nearest_videos(&meaning, wanted, &keep)?;
        near.extend(snapshot.nearest_scenes(&meaning, scenes, &keep)?);
        for (row, score) in near {
            put_better(&mut by_meaning, name(row), Match { score, row });
        }
    }
    fuse(&by_words, by_meaning, space.floor(), query, &words)
        .into_iter()
        .map(|found| hit(snapshot, fields, &words, Target::Video(found.name.clone()), &found))
        .collect()
}

fn in_language(video: &VideoFacts, query: &Query) -> bool {
    query.language.is_none() || video.language == query.language
}

/// What is meant, in the index's space.
fn meaning(space: &MeaningSpace, query: &Query) -> Option<Embedding> {
    let vector = query.embedding.as_ref().filter(|vector| !vector.is_zero())?;
    Some(space.query(vector))
}

fn candidates(query: &Query) -> usize {
    query.limit.saturating_mul(2).max(FEWEST_CANDIDATES)
}

fn word_matches(
    snapshot: &Snapshot,
    fields: &Fields,
    words: &Words,
    keep: &dyn Fn(&VideoFacts) -> bool,
) -> Result<Vec<Match>, Fault> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let found = snapshot.matches(&words.query(&fields.weighted()), keep)?;
    Ok(found.into_iter().map(|(row, score)| Match { score, row }).collect())
}

fn put_better<T: Eq + Hash>(best: &mut HashMap<T, Match>, name: T, found: Match) {
    let entry = best.entry(name).or_insert(found);
    if found.score > entry.score {
        *entry = found;
    }
}

/// Something in the fused list.
struct Fused<T> {
    name: T,
    score: f64,
    word_rank: Option<usize>,
    meaning_rank: Option<usize>,
    /// The row that matched by words, else the one by meaning.
    row: DocAddress,
}

fn fuse<T: Clone + Ord + Hash>(
    by_words: &HashMap<T, Match>,
    mut by_meaning: HashMap<T, Match>,
    floor: f32,
    query: &Query,
    words: &Words,
) -> Vec<Fused<T>> {
    let best = by_meaning.values().map(|found| found.score).fold(f32::MIN, f32::max);
    let floor = floor.max(STANDS_OUT * best);
    by_meaning.retain(|name, found| {
        by_words.contains_key(name) || (found.score >= floor && !words.is_exact())
    });
    let lists = [(1.0, ranked(by_words)), (1.0, ranked(&by_meaning))];
    let ranks = |list: &[T]| -> HashMap<T, usize> { list.iter().cloned().zip(1..).collect() };
    let (word_ranks, meaning_ranks) = (ranks(&lists[0].1), ranks(&lists[1].1));
    let mut fused = reciprocal_rank(&lists, RRF_K);
    fused.truncate(query.limit);
    let place = |(name, score): (T, f64)| {
        let found = by_words.get(&name).or_else(|| by_meaning.get(&name))?;
        Some(Fused {
            score,
            word_rank: word_ranks.get(&name).copied(),
            meaning_rank: meaning_ranks.get(&name).copied(),
            row: found.row,
            name,
        })
    };
    fused.into_iter().filter_map(place).collect()
}

/// Best first, ties by name.
fn ranked<T: Clone + Ord>(found: &HashMap<T, Match>) -> Vec<T> {
    let mut list: Vec<(&T, f32)> = found.iter().map(|(name, found)| (name, found.score)).collect();
    list.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    list.into_iter().map(|(name, _)| name.clone()).collect()
}

fn hit<T>(
    snapshot: &Snapshot,
    fields: &Fields,
    words: &Words,
    target: Target,
    found: &Fused<T>,
) -> Result<Hit, Fault> {
    let scene = snapshot.scene(found.row);
    let terms = words.terms();
    let mut texts = Vec::new();
    // A video that is shown by a scene still has the words of its title.
    if scene.is_some()
        && matches!(target, Target::Video(_))
        && let Some(own) = snapshot.own_row(found.row)
    {
        texts.extend(snapshot.texts(own, fields)?);
    }
    texts.extend(snapshot.texts(found.row, fields)?);
    let text = texts.last().map_or("", String::as_str);
    Ok(Hit {
        target,
        span: scene.map(|scene| scene.span),
        score: found.score,
        word_rank: found.word_rank,
        meaning_rank: found.meaning_rank,
        matched: matched(&texts, &terms),
        snippet: snippet(text, &terms).or_else(|| passage(text)),
    })
}
