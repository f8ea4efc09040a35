//! Items liked by the same people.

use super::algebra::each;
use super::sparse::Rows;
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};

/// Settings of [`ItemKnn`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemKnnConfig {
    /// Neighbours kept of each item.
    pub neighbours: usize,
    /// A similarity that rests on this many people is halved.
    pub damping: f32,
    /// Fewer people in common are no similarity.
    pub fewest_people: u32,
    /// How the two items' popularity is divided by, 0 to 1: at a half both
    /// count the same (the cosine), below it popular neighbours count less.
    pub asymmetry: f32,
}

impl ItemKnnConfig {
    /// "People who watched this also watched": by the cosine, of two people or
    /// more, with so many neighbours.
    pub const fn co_watching(neighbours: usize) -> Self {
        Self { neighbours, damping: 10.0, fewest_people: 2, asymmetry: 0.5 }
    }
}

impl Default for ItemKnnConfig {
    /// Chosen on validation by the mean of NDCG@10 over two data sets, two
    /// splits and three recencies (docs/decisions/040).
    fn default() -> Self {
        Self { neighbours: 400, damping: 30.0, fewest_people: 1, asymmetry: 0.3 }
    }
}

/// The nearest neighbours of each item by the cosine of who liked them
/// (Sarwar et al., WWW 2001), in its asymmetric form (Aiolli, RecSys 2013) and
/// damped for small counts by `n / (n + damping)` (Bell and Koren, ICDM 2007);
/// a score is the sum over the history.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemKnn {
    neighbours: Rows,
}

impl ItemKnn {
    /// Neighbours of an item with their similarities, 0 to 1.
    pub(crate) fn of(&self, item: u32) -> &[(u32, f32)] {
        self.neighbours.row(item as usize)
    }
}

impl Model for ItemKnn {
    type Config = ItemKnnConfig;

    fn fit(data: &Interactions, config: &ItemKnnConfig) -> Self {
        let people = data.liked();
        let items = people.transposed();
        let squares = items.iter().map(|row| row.iter().map(|(_, v)| v * v).sum::<f32>());
        let squares: Vec<f32> = squares.collect();
        let powers = |power: f32| -> Vec<f32> {
            squares.iter().map(|square| square.max(f32::MIN_POSITIVE).powf(power)).collect()
        };
        let (known, next) = (powers(config.asymmetry), powers(1.0 - config.asymmetry));
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); data.items];
        let chunks = rows.chunks_mut(64).enumerate();
        each(chunks, |(chunk, rows)| {
            let mut sums = vec![(0.0_f32, 0_u32); data.items];
            for (place, row) in rows.iter_mut().enumerate() {
                let item = chunk * 64 + place;
                for (person, value) in items.row(item) {
                    for (other, other_value) in people.row(*person as usize) {
                        let (sum, count) = &mut sums[*other as usize];
                        *sum += value * other_value;
                        *count += 1;
                    }
                }
                sums[item] = (0.0, 0);
                let near = sums.iter().enumerate();
                let near = near.filter(|(_, (_, count))| *count >= config.fewest_people.max(1));
                *row = near
                    .map(|(other, (sum, count))| {
                        let damped = *count as f32 / (*count as f32 + config.damping);
                        (other as u32, damped * sum / (known[item] * next[other]))
                    })
                    .collect();
                keep_largest(row, config.neighbours, |value| value);
                sums.fill((0.0, 0));
            }
        });
        Self { neighbours: Rows::new(data.items, rows.into_iter()) }
    }

    fn scores(&self, history: &[Event], _at: i64, out: &mut [f32]) {
        out.fill(0.0);
        for event in history {
            for (item, similarity) in self.neighbours.row(event.item as usize) {
                out[*item as usize] += event.weight * similarity;
            }
        }
    }
}

/// Keeps the entries of the largest values by `size`, in order of their
/// column; of equal ones the first.
pub(super) fn keep_largest(row: &mut Vec<(u32, f32)>, count: usize, size: impl Fn(f32) -> f32) {
    if row.len() > count {
        row.select_nth_unstable_by(count, |a, b| {
            size(b.1).total_cmp(&size(a.1)).then(a.0.cmp(&b.0))
        });
        row.truncate(count);
        row.sort_unstable_by_key(|(column, _)| *column);
    }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, liked};
    use super::*;

    #[test]
    fn what_the_same_people_like_is_near() {
        let data = liked(&[&[0, 1], &[0, 1], &[0, 2], &[2, 3]], 4);
        let mut out = vec![0.0; 4];
        let config =
            ItemKnnConfig { neighbours: 9, damping: 0.0, fewest_people: 1, asymmetry: 0.5 };
        let model = ItemKnn::fit(&data, &config);
        model.scores(&[event(0, 9)], 99, &mut out);
        assert!((out[1] - 2.0 / (3.0_f32 * 2.0).sqrt()).abs() < 1e-6, "{out:?}");
        assert!(out[1] > out[2] && out[2] > 0.0);
        assert_eq!((out[0], out[3]), (0.0, 0.0));
        let config = ItemKnnConfig { damping: 2.0, fewest_people: 2, ..config };
        ItemKnn::fit(&data, &config).scores(&[event(0, 9)], 99, &mut out);
        assert!((out[1] - 1.0 / (3.0_f32 * 2.0).sqrt()).abs() < 1e-6, "halved at two: {out:?}");
        assert_eq!(out[2], 0.0, "one person is not people");
        let config = ItemKnnConfig { asymmetry: 0.3, ..config };
        ItemKnn::fit(&data, &config).scores(&[event(0, 9)], 99, &mut out);
        assert!((out[1] - 1.0 / (3.0_f32.powf(0.3) * 2.0_f32.powf(0.7))).abs() < 1e-6, "{out:?}");
    }

    #[test]
    fn only_the_largest_are_kept() {
        let mut row = vec![(1, 0.5), (2, 0.9), (3, 0.5), (4, 0.1)];
        keep_largest(&mut row, 2, |value| value);
        assert_eq!(row, [(1, 0.5), (2, 0.9)]);
    }
}
