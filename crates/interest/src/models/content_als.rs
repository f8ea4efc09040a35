//! What nobody has liked yet, placed among what people like by what it is about.

use super::algebra::{add_scaled, dot, invert, wide};
use super::als::{Als, AlsConfig};
use super::{Content, Direction, Event, Interactions, Model, Vocabulary};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, s};
use serde::{Deserialize, Serialize};

/// The share of a modality's mean square that is added to the diagonal of its
/// part of the map's equations, where its gate is 1.
const RIDGE: f32 = 1.0;

/// What the gate of a modality may be; of equals the first.
const GATES: [f32; 4] = [1.0, 0.5, 2.0, 0.0];

/// One in so many items is held back to choose a gate; where that is fewer than
/// these, chance would choose, and all gates are 1.
const HELD_BACK: usize = 10;
const FEWEST_HELD: usize = 50;

/// Items whose share of the equations is reckoned at once.
const TOGETHER: usize = 1_000;

/// [`Als`], and a learned map from what an item is about to where people's
/// likings put it: a linear one, by least squares over the items that somebody
/// liked, each counted by the square root of its likings (attribute-to-factor
/// mapping: Gantner et al., ICDM 2010). How much each modality counts, its gate, is
/// learned, too, by the factors of items that are held back. An item that
/// nobody liked has the factor that the map gives it; what is neither liked nor
/// described comes last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContentAls {
    als: Als,
    /// Columns of meanings.
    columns: usize,
    vocabulary: Vocabulary,
    /// A row for each column of content, and one for being an item at all.
    map: Vec<f32>,
    /// Whether an item has a factor.
    placed: Vec<bool>,
}

impl ContentAls {
    /// The factor of an item with this row of content.
    fn factor(&self, row: &[f32]) -> Vec<f32> {
        let mut factor = vec![0.0; self.als.width()];
        let rows = self.map.chunks_exact(self.als.width());
        for (value, row) in row.iter().chain([&1.0]).zip(rows).filter(|(value, _)| **value != 0.0) {
            add_scaled(&mut factor, *value, row);
        }
        factor
    }

    /// The names that it knows.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What the person of a history likes things to be about: the product with an
    /// item is its score here, less what is the same for all of one person's.
    /// `None` without a map, or for who liked nothing that is known.
    pub fn direction(&self, history: &[Event]) -> Option<Direction> {
        let person = self.als.person(history);
        if self.map.is_empty() || person.iter().all(|value| *value == 0.0) {
            return None;
        }
        let rows = self.map.chunks_exact(self.als.width());
        let mut values = rows.map(|row| wide(|| dot(row, &person)));
        let meaning = values.by_ref().take(self.columns).collect();
        Some(Direction { meaning, names: values.take(self.vocabulary.len()).collect() })
    }
}

impl Model for ContentAls {
    type Config = AlsConfig;

    fn fit(data: &Interactions, config: &AlsConfig) -> Self {
        let (als, likings) = (Als::fit(data, config), data.popularity());
        let (map, gates) = map(&als, data, &likings);
        let columns = data.content.modalities()[0].len();
        // Where names tell nothing, nothing is known of what has names alone.
        let vocabulary = Some(data.content.vocabulary()).filter(|_| gates[1] > 0.0);
        let vocabulary = vocabulary.cloned().unwrap_or_default();
        let placed = likings.iter().map(|likings| *likings > 0.0).collect();
        let mut model = Self { als, columns, vocabulary, map, placed };
        let mut row = vec![0.0; data.content.width()];
        for item in 0..data.items as u32 {
            if !model.map.is_empty() && !model.placed[item as usize] && data.content.is_of(item) {
                data.content.write(item, &mut row);
                model.als.place(item, &model.factor(&row));
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

/// From content to factors, by the items that are liked and described, with the
/// gates of meanings and names; empty where there are none.
fn map(als: &Als, data: &Interactions, likings: &[f32]) -> (Vec<f32>, [f32; 2]) {
    let (content, mut gates) = (&data.content, [1.0; 2]);
    if content.width() == 0 {
        return (Vec::new(), gates);
    }
    let is_known = |item: &u32| likings[*item as usize] > 0.0 && content.is_of(*item);
    let known: Vec<u32> = (0..data.items as u32).filter(is_known).collect();
    if known.is_empty() {
        return (Vec::new(), gates);
    }
    let is_held = |place: usize| place % HELD_BACK == HELD_BACK - 1;
    let (held, rest): (Vec<_>, Vec<_>) =
        known.into_iter().enumerate().partition(|(place, _)| is_held(*place));
    let are_enough = held.len() >= FEWEST_HELD;
    let [held, rest] = [held, rest].map(|items| {
        let items: Vec<u32> = items.into_iter().map(|(_, item)| item).collect();
        Equations::of(als, content, likings, &items)
    });
    let is_there = |modality: &usize| !content.modalities()[*modality].is_empty();
    for modality in (0..gates.len()).filter(|it| are_enough && is_there(it)) {
        let with = |gate: f32| {
            let mut gates = gates;
            gates[modality] = gate;
            (gates, held.error(&rest.solved(content, gates)))
        };
        let best = GATES.into_iter().map(with).min_by(|a, b| a.1.total_cmp(&b.1));
        gates = best.map_or(gates, |(gates, _)| gates);
    }
    tracing::debug!(?gates, "of meanings and names");
    (rest.with(&held).solved(content, gates).into_raw_vec_and_offset().0, gates)
}

/// What least squares need to know of some items.
struct Equations {
    /// Columns by columns; the last column is 1: what is liked has something in
    /// common, too.
    left: Array2<f32>,
    /// Columns by the factors' width.
    right: Array2<f32>,
    /// Sum of the weights.
    weight: f32,
}

impl Equations {
    fn of(als: &Als, content: &Content, likings: &[f32], items: &[u32]) -> Self {
        let (columns, width) = (content.width(), als.width());
        let mut left = Array2::<f32>::zeros((columns + 1, columns + 1));
        let mut right = Array2::<f32>::zeros((columns + 1, width));
        for some in items.chunks(TOGETHER) {
            let mut rows = Array2::<f32>::ones((some.len(), columns + 1));
            let mut factors = Array2::<f32>::zeros((some.len(), width));
            for (place, item) in some.iter().enumerate() {
                let root_of_weight = likings[*item as usize].sqrt().sqrt();
                let mut row = rows.row_mut(place);
                content.write(*item, &mut row.as_slice_mut().expect("a row")[..columns]);
                row.mapv_inplace(|value| value * root_of_weight);
                let factor = ArrayView1::from(als.factor(*item));
                factors.row_mut(place).scaled_add(root_of_weight, &factor);
            }
            general_mat_mul(1.0, &rows.t(), &rows, 1.0, &mut left);
            general_mat_mul(1.0, &rows.t(), &factors, 1.0, &mut right);
        }
        let weight = left[[columns, columns]];
        Self { left, right, weight }
    }

    fn with(&self, other: &Self) -> Self {
        Self {
            left: &self.left + &other.left,
            right: &self.right + &other.right,
            weight: self.weight + other.weight,
        }
    }

    /// The map, a row for each column, with such a gate for each modality.
    fn solved(&self, content: &Content, gates: [f32; 2]) -> Array2<f32> {
        let columns = content.width() + 1;
        let mut left = self.left.clone();
        for (modality, gate) in content.modalities().into_iter().zip(gates) {
            // Its rows have length 1: this is the mean square of their numbers.
            let ridge = RIDGE * self.weight / modality.len().max(1) as f32;
            // A gate g is to have rows that are g times as long.
            let ridge = ridge / (gate * gate).max(1e-6);
            left.diag_mut().slice_mut(s![modality]).mapv_inplace(|value| value + ridge);
        }
        left[[columns - 1, columns - 1]] += RIDGE * self.weight / columns as f32;
        let mut inverse = left.into_raw_vec_and_offset().0;
        invert(&mut inverse, columns);
        let inverse = Array2::from_shape_vec((columns, columns), inverse).expect("a square");
        inverse.dot(&self.right)
    }

    /// How far a map is from these items' factors: the weighted squares of the
    /// differences, less what is the same for all maps.
    fn error(&self, map: &Array2<f32>) -> f64 {
        let of_squares = (&self.left.dot(map) * map).sum();
        f64::from(of_squares) - 2.0 * f64::from((&self.right * map).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Description;
    use super::super::interactions::tests::{event, liked, worlds};
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
        let by_vector =
            |item: u32| direction.product(data.content.meaning(item), &[]).expect("it is known");
        let (gap, same) = (out[19] - out[9], by_vector(19) - by_vector(9));
        assert!((gap - same).abs() < 1e-5, "{gap} by the factors, {same} by the vectors");
        assert_eq!(model.direction(&[]), None, "of nobody");
    }

    /// People like what one of two studios makes; meanings say nothing.
    #[test]
    fn names_tell_where_meanings_do_not() {
        let mut data = worlds();
        let mut random = fastrand::Rng::with_seed(1);
        let mut described = |item: u32| Description {
            meaning: Some((0..3).map(|_| random.f32() - 0.5).collect()),
            names: match item {
                0..10 => vec!["Studio A".to_owned(), "film".to_owned()],
                10..20 => vec!["studio b".to_owned(), "film".to_owned()],
                _ => Vec::new(),
            },
        };
        let items: Vec<Description> = (0..21).map(&mut described).collect();
        data.content = Content::new(&items, |_| true);
        let model = ContentAls::fit(&data, &AlsConfig::seeded(1));
        let direction = model.direction(&[event(11, 1), event(12, 2)]).expect("a map");
        let product = |names: &[&str]| {
            direction.product(&[0.0; 3], &model.vocabulary().numbers(names)).expect("known names")
        };
        assert!(product(&["STUDIO B", "film"]) > product(&["studio a", "film"]) + 0.1);
        let mut out = vec![f32::NAN; 21];
        model.scores(&[event(11, 1), event(12, 2)], 99, &mut out);
        assert!((0..9).all(|other| out[19] > out[other] + 0.1) && out[19] > out[9], "{out:?}");
    }

    /// Of six hundred films people like what is of their world, which meanings tell or
    /// names do; the other of the two is drawn.
    #[test]
    fn a_gate_is_closed_where_a_modality_tells_nothing() {
        let mut random = fastrand::Rng::with_seed(1);
        let world = |item: u32| item % 2;
        let rows: Vec<Vec<u32>> = (0..300)
            .map(|person| (0..20).map(|_| 2 * random.u32(..300) + person % 2).collect())
            .collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let mut model = |by_names: bool| {
            let mut described = |item: u32| {
                let drawn = random.u32(..20);
                let [told, name] =
                    if by_names { [drawn, world(item)] } else { [world(item), drawn] };
                Description {
                    meaning: Some((0..20).map(|column| f32::from(column == told)).collect()),
                    names: vec![name.to_string()],
                }
            };
            let items: Vec<Description> = (0..600).map(&mut described).collect();
            let data =
                Interactions { content: Content::new(&items, |_| true), ..liked(&rows, 600) };
            ContentAls::fit(&data, &AlsConfig::seeded(1))
        };
        let (by_names, by_meanings) = (model(true), model(false));
        assert_eq!(by_names.vocabulary().len(), 2);
        assert!(by_meanings.vocabulary().is_empty());
        let direction = by_meanings.direction(&[event(1, 1), event(3, 2)]).expect("a map");
        assert_eq!(direction.product(&[0.0; 20], &[]), None, "names alone are nothing");
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
