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
    /// Added to the lengths' product, so that a few people in common say little.
    pub shrinkage: f32,
}

impl Default for ItemKnnConfig {
    fn default() -> Self {
        Self { neighbours: 400, shrinkage: 10.0 }
    }
}

/// The nearest neighbours of each item by the cosine of who liked them
/// (Sarwar et al., WWW 2001); a score is the sum over the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemKnn {
    neighbours: Rows,
}

impl Model for ItemKnn {
    type Config = ItemKnnConfig;

    fn fit(data: &Interactions, config: &ItemKnnConfig) -> Self {
        let people = data.liked();
        let items = people.transposed();
        let length =
            |row: &[(u32, f32)]| row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        let lengths: Vec<f32> = items.iter().map(length).collect();
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); data.items];
        let chunks = rows.chunks_mut(64).enumerate();
        each(chunks, |(chunk, rows)| {
            let mut sums = vec![0.0_f32; data.items];
            for (place, row) in rows.iter_mut().enumerate() {
                let item = chunk * 64 + place;
                for (person, value) in items.row(item) {
                    for (other, other_value) in people.row(*person as usize) {
                        sums[*other as usize] += value * other_value;
                    }
                }
                sums[item] = 0.0;
                let near = sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0);
                *row = near
                    .map(|(other, sum)| {
                        let cosine = sum / (lengths[item] * lengths[other] + config.shrinkage);
                        (other as u32, cosine)
                    })
                    .collect();
                keep_largest(row, config.neighbours);
                sums.fill(0.0);
            }
        });
        Self { neighbours: Rows::new(data.items, rows.into_iter()) }
    }

    fn scores(&self, history: &[Event], out: &mut [f32]) {
        out.fill(0.0);
        for event in history {
            for (item, similarity) in self.neighbours.row(event.item as usize) {
                out[*item as usize] += event.weight * similarity;
            }
        }
    }
}

/// Keeps the entries of the largest values, in order of their column; of equal
/// ones the first.
pub(super) fn keep_largest(row: &mut Vec<(u32, f32)>, count: usize) {
    if row.len() > count {
        row.select_nth_unstable_by(count, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
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
        let model = ItemKnn::fit(&data, &ItemKnnConfig { shrinkage: 0.0, ..Default::default() });
        model.scores(&[event(0, 9)], &mut out);
        assert!((out[1] - 2.0 / (3.0_f32 * 2.0).sqrt()).abs() < 1e-6, "{out:?}");
        assert!(out[1] > out[2] && out[2] > 0.0);
        assert_eq!((out[0], out[3]), (0.0, 0.0));
    }

    #[test]
    fn only_the_largest_are_kept() {
        let mut row = vec![(1, 0.5), (2, 0.9), (3, 0.5), (4, 0.1)];
        keep_largest(&mut row, 2);
        assert_eq!(row, [(1, 0.5), (2, 0.9)]);
    }
}
