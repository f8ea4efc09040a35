//! Words and meaning, fused.
//!
//! Two lists are made, one by BM25 and one by cosine, and fused by reciprocal
//! rank. A rank by words counts as far as the match covers what was asked: in
//! another language than the video's, the words that are shared by accident
//! would else outdo the meaning. Nothing is found by meaning alone unless some
//! video or scene lies above the floor of [`MeaningSpace`], or a query of
//! nonsense would return the whole catalogue; then those are found that are not
//! far below the best. A query of a word or two is compared with each tag and
//! topic of a video besides: a third list. What pictures show is a fourth, where
//! there is a model that has pictures and words in one space. The figures behind
//! the constants are in `docs/decisions/022-search-fusion.md`; those of pictures
//! have none yet (`docs/decisions/051-pictures-and-words.md`).

use super::coverage::{Coverage, WordSet};
use super::fields::Fields;
use super::lists::{Fused, Lists, Match, Near, STANDS_OUT, Shown};
use super::segment::{Of, VideoFacts};
use super::snapshot::{Fault, Snapshot};
use super::{Hit, Query, Target};
use crate::MeaningSpace;
use crate::text::{Words, matched, passage, snippet};
use std::collections::HashMap;
use std::hash::Hash;
use tantivy::DocAddress;
use vireo_domain::{Embedding, SceneId, VideoId};

/// The power of the covered share that a rank by words is weighed by.
const COVERAGE_POWER: i32 = 3;

/// Pictures looked at for each video wanted.
const PICTURES_PER_VIDEO: usize = 8;

/// Shortest list to fuse, however few hits are wanted: the second list may
/// lift what stands low in the first.
const FEWEST_CANDIDATES: usize = 60;

/// Scenes looked at for each video wanted: several may be of one video.
const SCENES_PER_VIDEO: usize = 8;

/// Most scenes of one video in an answer: a long talk on a subject must not be
/// all there is about it.
const SCENES_OF_ONE: usize = 3;

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
    let said = word_matches(snapshot, fields, &words, &keep)?;
    let by_words: HashMap<SceneId, Match> = said
        .rows
        .into_iter()
        .filter_map(|(row, score, set)| {
            Some((name(row)?, Match { score, row, weight: weight(&said.coverage, set) }))
        })
        .collect();
    let mut near = Near::default();
    if let Some(meaning) = meaning(space, query) {
        for (row, own) in snapshot.nearest(Of::Scenes, &meaning, candidates(query), &keep)? {
            let video = snapshot.likeness(row, &meaning);
            near.peak = near.peak.max(own).max(video.unwrap_or(f32::MIN));
            let found = Match { score: likeness(video, Some(own)), row, weight: 1.0 };
            near.found.extend(name(row).map(|name| (name, found)));
        }
    }
    let shown = shown(snapshot, query, &words, &keep, |picture| {
        let row = snapshot.scene_of(picture)?;
        Some((name(row)?, row))
    })?;
    let lists = Lists { by_words, near, named: HashMap::new(), shown };
    let mut fused = lists.fuse(space.floor(), &words);
    let mut of_video: HashMap<VideoId, usize> = HashMap::new();
    fused.retain(|found| {
        let count = of_video.entry(found.name.video.clone()).or_default();
        *count += 1;
        *count <= SCENES_OF_ONE
    });
    fused.truncate(query.limit);
    fused
        .into_iter()
        .map(|found| hit(snapshot, fields, &words, Target::Scene(found.name.clone()), &found))
        .collect()
}

/// Hybrid search over videos. A video's score by words is that of its own row
/// (title, keywords, description) and of its best scene together; by meaning
/// likewise.
pub(super) fn videos(
    snapshot: &Snapshot,
    fields: &Fields,
    space: &MeaningSpace,
    query: &Query,
) -> Result<Vec<Hit>, Fault> {
    let words = Words::parse(&query.text);
    let keep = |video: &VideoFacts| in_language(video, query);
    let said = word_matches(snapshot, fields, &words, &keep)?;
    let (mut own, mut scene) = (HashMap::new(), HashMap::new());
    for (row, score, _) in said.rows {
        let video = snapshot.video(row).id.clone();
        let weight = weight(&said.coverage, said.of_video[&video]);
        let best = if snapshot.scene(row).is_some() { &mut scene } else { &mut own };
        put_better(best, video, Match { score, row, weight });
    }
    let mut by_words: HashMap<VideoId, Match> = own;
    for (video, scene) in scene {
        let whole = by_words.entry(video).or_insert(Match { score: 0.0, ..scene });
        let row = if scene.score >= whole.score { scene.row } else { whole.row };
        *whole = Match { score: whole.score + scene.score, row, ..scene };
    }
    let near = match meaning(space, query) {
        Some(meaning) => near_videos(snapshot, &meaning, candidates(query), &keep)?,
        None => Near::default(),
    };
    let named = named(snapshot, space, query, &words, &keep);
    let shown = shown(snapshot, query, &words, &keep, |picture| {
        Some((snapshot.video(picture).id.clone(), snapshot.own_row(picture)?))
    })?;
    let lists = Lists { by_words, near, named, shown };
    let mut fused = lists.fuse(space.floor(), &words);
    fused.truncate(query.limit);
    fused
        .into_iter()
        .map(|found| hit(snapshot, fields, &words, Target::Video(found.name.clone()), &found))
        .collect()
}

/// Videos near in meaning, shown by the nearer of themselves and their best scene.
fn near_videos(
    snapshot: &Snapshot,
    to: &Embedding,
    wanted: usize,
    keep: &dyn Fn(&VideoFacts) -> bool,
) -> Result<Near<VideoId>, Fault> {
    let name = |row| snapshot.video(row).id.clone();
    let found = |(row, score)| (name(row), Match { score, row, weight: 1.0 });
    let videos = snapshot.nearest(Of::Videos, to, wanted, keep)?;
    let most = wanted.saturating_mul(SCENES_PER_VIDEO);
    let scenes = snapshot.nearest(Of::Scenes, to, most, keep)?;
    let nearest = videos.first().into_iter().chain(scenes.first());
    let peak = nearest.map(|(_, cosine)| *cosine).fold(f32::MIN, f32::max);
    let mut near: HashMap<VideoId, Match> = videos.into_iter().map(found).collect();
    // Of a video without a scene among these it is only known that none is nearer.
    let furthest = scenes.last().map(|(_, score)| *score).filter(|_| scenes.len() == most);
    let mut best = HashMap::new();
    for (video, scene) in scenes.into_iter().map(found) {
        put_better(&mut best, video, scene);
    }
    for (video, own) in &mut near {
        if !best.contains_key(video) {
            own.score = likeness(Some(own.score), furthest);
        }
    }
    for (video, scene) in best {
        let own = near.get(&video).map(|own| own.score);
        let own = own.or_else(|| snapshot.likeness(scene.row, to));
        let score = likeness(own, Some(scene.score));
        let shown = near.entry(video).or_insert(scene);
        if own.is_none_or(|own| scene.score >= own) {
            shown.row = scene.row;
        }
        shown.score = score;
    }
    Ok(Near { found: near, peak })
}

/// Videos with a tag or topic that means what the one or two words mean.
fn named(
    snapshot: &Snapshot,
    space: &MeaningSpace,
    query: &Query,
    words: &Words,
    keep: &dyn Fn(&VideoFacts) -> bool,
) -> HashMap<VideoId, Match> {
    let word = query.embedding.as_ref().filter(|vector| query.is_word && !vector.is_zero());
    let Some(word) = word.filter(|_| !words.is_exact()) else { return HashMap::new() };
    let found = snapshot.named(&space.word(word), space.word_floor(), keep);
    let name = |row| snapshot.video(row).id.clone();
    found.into_iter().map(|(row, score)| (name(row), Match { score, row, weight: 1.0 })).collect()
}

/// What has a picture that shows what is looked for; `name` tells of which video
/// or scene a picture is, and the row of that.
fn shown<T: Eq + Hash>(
    snapshot: &Snapshot,
    query: &Query,
    words: &Words,
    keep: &dyn Fn(&VideoFacts) -> bool,
    name: impl Fn(DocAddress) -> Option<(T, DocAddress)>,
) -> Result<Shown<T>, Fault> {
    let mut shown = HashMap::new();
    let Some(look) = query.picture.as_ref().filter(|_| !words.is_exact()) else {
        return Ok(shown);
    };
    let most = candidates(query).saturating_mul(PICTURES_PER_VIDEO);
    let found = snapshot.nearest(Of::Pictures(look), &look.embedding, most, keep)?;
    let least = found.first().map_or(look.floor, |(_, best)| look.floor.max(STANDS_OUT * best));
    for (picture, score) in found.into_iter().take_while(|(_, score)| *score >= least) {
        let at = snapshot.picture_at(picture).unwrap_or_default();
        if let Some((name, row)) = name(picture) {
            // Best first: the first of each is its best.
            shown.entry(name).or_insert((Match { score, row, weight: 1.0 }, at));
        }
    }
    Ok(shown)
}

/// How near a video with such a scene is: both count alike, since the whole
/// tells what a scene is about and the scene what the whole leaves out.
fn likeness(video: Option<f32>, scene: Option<f32>) -> f32 {
    match (video, scene) {
        (Some(video), Some(scene)) => f32::midpoint(video, scene),
        (one, other) => one.or(other).unwrap_or(f32::MIN),
    }
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

/// Matches by words.
#[derive(Default)]
struct WordMatches {
    /// Rows with their scores and the words that they have.
    rows: Vec<(DocAddress, f32, WordSet)>,
    /// The words that each video has in any of these rows.
    of_video: HashMap<VideoId, WordSet>,
    coverage: Coverage,
}

fn word_matches(
    snapshot: &Snapshot,
    fields: &Fields,
    words: &Words,
    keep: &dyn Fn(&VideoFacts) -> bool,
) -> Result<WordMatches, Fault> {
    if words.is_empty() {
        return Ok(WordMatches::default());
    }
    let fields = fields.weighted();
    let each = words.each(&fields);
    let mut sets: HashMap<DocAddress, WordSet> = HashMap::new();
    for (place, word) in each.iter().enumerate() {
        for (row, _) in snapshot.matches(word, keep)? {
            *sets.entry(row).or_default() |= 1 << place;
        }
    }
    let (mut rows, mut of_video) = (Vec::new(), HashMap::new());
    for (row, score) in snapshot.matches(&words.query(&fields), keep)? {
        let set = sets.get(&row).copied().unwrap_or_default();
        *of_video.entry(snapshot.video(row).id.clone()).or_default() |= set;
        rows.push((row, score, set));
    }
    let coverage = Coverage::new(each.len(), &of_video, snapshot.video_count());
    Ok(WordMatches { rows, of_video, coverage })
}

fn weight(coverage: &Coverage, set: WordSet) -> f64 {
    coverage.share(set).powi(COVERAGE_POWER)
}

fn put_better<T: Eq + Hash>(best: &mut HashMap<T, Match>, name: T, found: Match) {
    let entry = best.entry(name).or_insert(found);
    if found.score > entry.score {
        *entry = found;
    }
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
        picture_rank: found.picture.map(|(rank, _)| rank),
        picture_at: found.picture.map(|(_, at)| at),
        matched: matched(&texts, &terms),
        snippet: snippet(text, &terms).or_else(|| passage(text)),
    })
}
