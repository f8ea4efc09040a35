//! What nobody has liked yet, placed among what people like by what it is about.

use super::algebra::{add_scaled, dot, invert, wide};
use super::als::{Als, AlsConfig};
use super::{Event, Interactions, Model};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, s};
use serde::{Deserialize, Serialize};

/// The share of a vector's mean square that is added to the diagonal of the
/// map's equations.
const RIDGE: f32 = 1.0;

/// Items whose share of the equations is reckoned at once.
const TOGETHER: usize = 1_000;

/// [`Als`], and a learned map from what an item is about to where people's
/// likings put it: a linear one, by least squares over the items that somebody
/// liked, each counted by the square root of its likings (attribute-to-factor
/// mapping: Gantner et al., ICDM 2010). An item that nobody liked has the factor
/// that the map gives it; what is neither liked nor described comes last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContentAls {
    als: Als,
    /// Numbers of a vector.
    columns: usize,
    /// A row for each of them, and one for being an item at all.
    map: Vec<f32>,
    /// Whether an item has a factor.
    placed: Vec<bool>,
}

impl ContentAls {
    /// The factor of an item that is about this; `None` without a map for vectors
    /// of that length.
    fn factor(&self, content: &[f32]) -> Option<Vec<f32>> {
        if self.columns == 0 || content.len() != self.columns {
            return None;
        }
        let mut factor = vec![0.0; self.als.width()];
        let rows = self.map.chunks_exact(self.als.width());
        for (value, row) in content.iter().chain([&1.0]).zip(rows) {
            add_scaled(&mut factor, *value, row);
        }
        Some(factor)
    }

    /// What the person of a history likes things to be about: the product with an
    /// item's content is its score here, less what is the same for all of one
    /// person's. `None` without a map, or for who liked nothing that is known.
    pub fn direction(&self, history: &[Event]) -> Option<Vec<f32>> {
        let person = self.als.person(history);
        let is_known = self.columns > 0 && person.iter().any(|value| *value != 0.0);
        let rows = self.map.chunks_exact(self.als.width()).take(self.columns);
        is_known.then(|| rows.map(|row| wide(|| dot(row, &person))).collect())
    }
}

impl Model for ContentAls {
    type Config = AlsConfig;

    fn fit(data: &Interactions, config: &AlsConfig) -> Self {
        let (als, likings) = (Als::fit(data, config), data.popularity());
        let map = map(&als, data, &likings);
        let columns = if map.is_empty() { 0 } else { data.content.width() };
        let placed = likings.iter().map(|likings| *likings > 0.0).collect();
        let mut model = Self { als, columns, map, placed };
        for item in 0..data.items as u32 {
            if !model.placed[item as usize]
                && data.content.is_of(item)
                && let Some(factor) = model.factor(data.content.of(item))
            {
                model.als.place(item, &factor);
                model.placed[item as usize] = true;
            }
        }
        model
    }

    fn scores(&self, history: &[Event], at: i64, out: &mut [f32]) {
        self.als.scores(history, at, out);
        for (out, placed) in out.iter_mut().zip(&self.placed) {
            if !placed {
                *out = f32::MIN;
            }
        }
    }
}

/// From content to factors, by the items that are liked and described; empty
/// where there are none.
fn map(als: &Als, data: &Interactions, likings: &[f32]) -> Vec<f32> {
    let content = &data.content;
    let (columns, width) = (content.width(), als.width());
    if columns == 0 {
        return Vec::new();
    }
    let is_known = |item: &u32| likings[*item as usize] > 0.0 && content.is_of(*item);
    let known: Vec<u32> = (0..data.items as u32).filter(is_known).collect();
    if known.is_empty() {
        return Vec::new();
    }
    // Both sides of the equations are sums over items; some items at a time.
    let mut equations = Array2::<f32>::zeros((columns + 1, columns + 1));
    let mut right = Array2::<f32>::zeros((columns + 1, width));
    for some in known.chunks(TOGETHER) {
        // The last column is 1: what is liked has something in common, too.
        let mut vectors = Array2::<f32>::ones((some.len(), columns + 1));
        let mut factors = Array2::<f32>::zeros((some.len(), width));
        for (row, item) in some.iter().enumerate() {
            let root_of_weight = likings[*item as usize].sqrt().sqrt();
            vectors.slice_mut(s![row, ..columns]).assign(&ArrayView1::from(content.of(*item)));
            vectors.row_mut(row).mapv_inplace(|value| value * root_of_weight);
            factors.row_mut(row).scaled_add(root_of_weight, &ArrayView1::from(als.factor(*item)));
        }
        general_mat_mul(1.0, &vectors.t(), &vectors, 1.0, &mut equations);
        general_mat_mul(1.0, &vectors.t(), &factors, 1.0, &mut right);
    }
    // Vectors have length 1: this is the mean square of their numbers.
    let ridge = RIDGE * equations[[columns, columns]] / columns as f32;
    equations.diag_mut().mapv_inplace(|value| value + ridge);
    let mut inverse = equations.into_raw_vec_and_offset().0;
    invert(&mut inverse, columns + 1);
    let inverse = Array2::from_shape_vec((columns + 1, columns + 1), inverse).expect("a square");
    inverse.dot(&right).into_raw_vec_and_offset().0
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, worlds};
    use super::*;

    #[test]
    fn what_nobody_liked_is_found_by_what_it_is_about() {
        let (data, config) = (worlds(), AlsConfig::seeded(1));
        let model = ContentAls::fit(&data, &config);
        let mut out = vec![f32::NAN; 21];
        model.scores(&[event(11, 1), event(12, 2)], 99, &mut out);
        assert!((0..10).all(|other| out[19] > out[other] + 0.1), "{out:?}");
        assert_eq!(out[20], f32::MIN, "nothing is known of it");
        let direction = model.direction(&[event(11, 1), event(12, 2)]).expect("a map");
        let by_vector = |item: u32| dot(&direction, data.content.of(item));
        let (gap, same) = (out[19] - out[9], by_vector(19) - by_vector(9));
        assert!((gap - same).abs() < 1e-5, "{gap} by the factors, {same} by the vectors");
        assert_eq!(model.direction(&[]), None, "of nobody");
    }

    #[test]
    fn what_people_liked_is_as_without_content() {
        let (data, config) = (worlds(), AlsConfig::seeded(1));
        let (mut with, mut without) = (vec![0.0; 21], vec![0.0; 21]);
        let history = [event(3, 1), event(14, 2)];
        ContentAls::fit(&data, &config).scores(&history, 9, &mut with);
        Als::fit(&data, &config).scores(&history, 9, &mut without);
        for item in (0..9).chain(10..19) {
            assert_eq!(with[item], without[item]);
        }
        let nothing = ContentAls::fit(&data.without_content(), &config);
        assert_eq!(nothing.direction(&history), None);
        nothing.scores(&history, 9, &mut with);
        assert!(with[9] == f32::MIN && with[3] == without[3]);
    }
}
