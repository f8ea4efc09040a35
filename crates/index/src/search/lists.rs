//! What each measure found, and one list of it all.

use crate::fusion::reciprocal_rank;
use crate::text::Words;
use std::collections::HashMap;
use std::hash::Hash;
use tantivy::DocAddress;

/// The constant of reciprocal rank fusion. Small: the first of a list is worth
/// much more than the tenth, as both lists seldom agree below their heads.
const RRF_K: f64 = 5.0;

/// The share of the best neighbour's likeness that one without a word in common
/// must reach.
pub(super) const STANDS_OUT: f32 = 0.6;

/// How well something matches, and the row that shows it.
#[derive(Clone, Copy)]
pub(super) struct Match {
    pub(super) score: f32,
    pub(super) row: DocAddress,
    /// What its rank counts for.
    pub(super) weight: f64,
}

/// What is near in meaning.
pub(super) struct Near<T> {
    pub(super) found: HashMap<T, Match>,
    /// The largest cosine of any video or scene.
    pub(super) peak: f32,
}

impl<T> Default for Near<T> {
    fn default() -> Self {
        Self { found: HashMap::new(), peak: f32::MIN }
    }
}

/// What is shown in pictures: each with its best one, and when that is seen.
pub(super) type Shown<T> = HashMap<T, (Match, f64)>;

/// Something in the fused list.
pub(super) struct Fused<T> {
    pub(super) name: T,
    pub(super) score: f64,
    pub(super) word_rank: Option<usize>,
    pub(super) meaning_rank: Option<usize>,
    /// Rank by pictures, and when the best of them is seen.
    pub(super) picture: Option<(usize, f64)>,
    /// The row that matched by words, else the one by meaning, else by a tag,
    /// else the one that the picture belongs to.
    pub(super) row: DocAddress,
}

/// What was found, each list by its own measure.
pub(super) struct Lists<T> {
    pub(super) by_words: HashMap<T, Match>,
    pub(super) near: Near<T>,
    pub(super) named: HashMap<T, Match>,
    pub(super) shown: Shown<T>,
}

impl<T: Clone + Ord + Hash> Lists<T> {
    /// One list of them all, best first.
    pub(super) fn fuse(self, floor: f32, words: &Words) -> Vec<Fused<T>> {
        let Self { by_words, near, named, shown } = self;
        let Near { found: mut by_meaning, peak } = near;
        let best = by_meaning.values().map(|found| found.score).fold(f32::MIN, f32::max);
        let is_near = peak >= floor && !words.is_exact();
        by_meaning.retain(|name, found| {
            by_words.contains_key(name) || (is_near && found.score >= STANDS_OUT * best)
        });
        let pictured: HashMap<T, Match> =
            shown.iter().map(|(name, (found, _))| (name.clone(), *found)).collect();
        let found = [&by_words, &by_meaning, &named, &pictured];
        let lists = found.map(ranked);
        let ranks = |list: &[(T, f64)]| -> HashMap<T, usize> {
            list.iter().map(|(name, _)| name.clone()).zip(1..).collect()
        };
        let [word_ranks, meaning_ranks, name_ranks, picture_ranks] =
            lists.each_ref().map(|list| ranks(list));
        let place = |(name, score): (T, f64)| {
            let row = found.iter().find_map(|list| list.get(&name))?.row;
            let meaning_rank = meaning_ranks.get(&name).or_else(|| name_ranks.get(&name));
            let picture_rank = picture_ranks.get(&name).copied();
            Some(Fused {
                score,
                word_rank: word_ranks.get(&name).copied(),
                meaning_rank: meaning_rank.copied(),
                picture: picture_rank.zip(shown.get(&name).map(|(_, at)| *at)),
                row,
                name,
            })
        };
        reciprocal_rank(&lists, RRF_K).into_iter().filter_map(place).collect()
    }
}

/// Names and weights, best first, ties by name.
fn ranked<T: Clone + Ord>(found: &HashMap<T, Match>) -> Vec<(T, f64)> {
    let mut list: Vec<(&T, &Match)> = found.iter().collect();
    list.sort_by(|(one, best), (other, next)| {
        next.score.total_cmp(&best.score).then_with(|| one.cmp(other))
    });
    list.into_iter().map(|(name, found)| (name.clone(), found.weight)).collect()
}
