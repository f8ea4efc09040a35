//! People of the same taste.

use super::interactions::distinct;
use super::item_knn::keep_largest;
use super::sparse::Rows;
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};

/// Settings of [`UserKnn`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UserKnnConfig {
    /// Like-minded people asked.
    pub neighbours: usize,
}

impl Default for UserKnnConfig {
    fn default() -> Self {
        Self { neighbours: 100 }
    }
}

/// What the people with the most similar histories (by cosine) liked, each
/// weighing as much as they are alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserKnn {
    people: Rows,
    /// `people` by item.
    fans: Rows,
    lengths: Vec<f32>,
    neighbours: usize,
}

impl Model for UserKnn {
    type Config = UserKnnConfig;

    fn fit(data: &Interactions, config: &UserKnnConfig) -> Self {
        let people = data.liked();
        let length = |row: &[(u32, f32)]| row.iter().map(|(_, value)| value * value).sum::<f32>();
        let lengths = people.iter().map(|row| length(row).sqrt()).collect();
        Self { fans: people.transposed(), people, lengths, neighbours: config.neighbours }
    }

    fn scores(&self, history: &[Event], _at: i64, out: &mut [f32]) {
        out.fill(0.0);
        let mut alike = vec![0.0_f32; self.people.len()];
        for (item, weight) in distinct(history) {
            for (person, value) in self.fans.row(item as usize) {
                alike[*person as usize] += weight * value;
            }
        }
        let alike = alike.iter().zip(&self.lengths).enumerate();
        let mut nearest: Vec<(u32, f32)> = alike
            .filter(|(_, (sum, _))| **sum > 0.0)
            .map(|(person, (sum, length))| (person as u32, sum / length))
            .collect();
        keep_largest(&mut nearest, self.neighbours, |alike| alike);
        for (person, alike) in nearest {
            for (item, value) in self.people.row(person as usize) {
                out[*item as usize] += alike * value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, liked};
    use super::*;

    #[test]
    fn the_most_alike_are_asked() {
        let data = liked(&[&[0, 1, 2], &[0, 1, 3], &[1, 4, 5, 6, 7]], 8);
        let mut out = vec![0.0; 8];
        let model = UserKnn::fit(&data, &UserKnnConfig { neighbours: 2 });
        model.scores(&[event(0, 1), event(1, 2)], 99, &mut out);
        assert!(out[2] > 0.0 && out[2] == out[3], "{out:?}");
        assert_eq!(out[4], 0.0, "the third person is not among two");
        model.scores(&[], 99, &mut out);
        assert_eq!(out, [0.0; 8]);
    }
}
