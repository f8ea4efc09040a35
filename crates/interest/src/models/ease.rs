//! EASE: each item predicted from all others by ridge regression.

use super::algebra::{add_scaled, dot, each, invert, wide};
use super::interactions::distinct;
use super::item_knn::keep_largest;
use super::sparse::Rows;
use super::{Event, Interactions, Model};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// Settings of [`Ease`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EaseConfig {
    /// The ridge, λ.
    pub ridge: f32,
    /// Items that are modelled, at most: the most popular. Memory is four bytes
    /// times its square, time is its cube.
    pub most_items: usize,
    /// Weights kept of each item, the largest; [`usize::MAX`]: all.
    pub kept: usize,
}

impl EaseConfig {
    /// Quick to ask and small to keep: what `vireo train` uses.
    pub const KEPT: Self = Self { ridge: 500.0, most_items: 8_000, kept: 100 };

    /// With a ridge, and a gigabyte at most.
    pub const fn ridge(ridge: f32) -> Self {
        Self { ridge, most_items: 16_000, kept: usize::MAX }
    }
}

/// The linear model of Steck (Embarrassingly Shallow Autoencoders for Sparse
/// Data, WWW 2019): `B = I - P / diag(P)`, `P = (XᵀX + λI)⁻¹`.
///
/// Where there are fewer people than items, `P` is never formed: by the
/// identity of Woodbury `P = (I - Xᵀ(XXᵀ + λI)⁻¹X) / λ`, so the inversion is
/// as wide as there are people, and what is kept is people times items. The
/// model is the same to rounding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Ease {
    /// The weights themselves.
    Items {
        /// Number of each modelled item.
        items: Vec<u32>,
        /// Place of each item among them.
        places: Vec<Option<u32>>,
        /// `B` over them, row after row.
        weights: Vec<f32>,
    },
    /// Through people.
    People {
        /// `X` by item: who liked it.
        fans: Rows,
        /// People.
        people: usize,
        /// `(XXᵀ + λI)⁻¹X`, item after item.
        influence: Vec<f32>,
        /// `λ diag(P)`.
        own: Vec<f32>,
    },
    /// Only the largest weights of each item: small to keep and quick to ask.
    Sparse {
        /// `B`, row after row.
        weights: Rows,
    },
}

impl Model for Ease {
    type Config = EaseConfig;

    fn fit(data: &Interactions, config: &EaseConfig) -> Self {
        let people = data.liked();
        let fits = people.len() * data.items <= config.most_items.pow(2);
        let full = if people.len() < data.items && fits {
            through_people(&people, config.ridge)
        } else {
            through_items(data, &people, config)
        };
        if config.kept < data.items { full.pruned(config.kept) } else { full }
    }

    fn scores(&self, history: &[Event], _at: i64, out: &mut [f32]) {
        out.fill(0.0);
        match self {
            Self::Items { items, places, weights } => {
                let mut found = vec![0.0; items.len()];
                for (item, weight) in distinct(history) {
                    if let Some(place) = places[item as usize] {
                        let row = place as usize * items.len();
                        add_scaled(&mut found, weight, &weights[row..row + items.len()]);
                    }
                }
                items.iter().zip(found).for_each(|(item, score)| out[*item as usize] = score);
            }
            Self::People { fans, people, influence, own } => {
                let history = distinct(history);
                let mut shared = vec![0.0; *people];
                for (item, weight) in &history {
                    for (person, value) in fans.row(*item as usize) {
                        shared[*person as usize] += weight * value;
                    }
                }
                // h B = h - h P / diag(P), with a zero where h itself would speak.
                for ((out, row), own) in
                    out.iter_mut().zip(influence.chunks_exact((*people).max(1))).zip(own)
                {
                    *out = wide(|| dot(row, &shared)) / own;
                }
                for (item, weight) in history {
                    let own = own[item as usize];
                    out[item as usize] -= weight * (1.0 - own) / own;
                }
            }
            Self::Sparse { weights } => {
                for (item, weight) in distinct(history) {
                    for (other, value) in weights.row(item as usize) {
                        out[*other as usize] += weight * value;
                    }
                }
            }
        }
    }
}

impl Ease {
    /// With the `kept` largest weights of each item, by their size.
    fn pruned(self, kept: usize) -> Self {
        let largest = |mut row: Vec<(u32, f32)>| {
            row.retain(|(_, weight)| *weight != 0.0);
            keep_largest(&mut row, kept, f32::abs);
            row
        };
        let rows = match self {
            Self::Items { items, places, weights } => {
                let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); places.len()];
                each(rows.iter_mut().zip(&places), |(row, place)| {
                    if let Some(place) = place {
                        let weights = &weights[*place as usize * items.len()..][..items.len()];
                        *row =
                            largest(items.iter().copied().zip(weights.iter().copied()).collect());
                    }
                });
                rows
            }
            Self::People { fans, people, influence, own } => {
                let count = own.len();
                let influence = ArrayView2::from_shape((count, people), &influence);
                let influence = influence.expect("items by people").reversed_axes();
                let influence = influence.as_standard_layout();
                let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); count];
                each(rows.iter_mut().enumerate(), |(item, row)| {
                    let mut weights = vec![0.0; count];
                    for (person, value) in fans.row(item) {
                        let person = influence.row(*person as usize);
                        let person = person.to_slice().expect("row after row");
                        wide(|| add_scaled(&mut weights, *value, person));
                    }
                    weights.iter_mut().zip(&own).for_each(|(weight, own)| *weight /= own);
                    weights[item] = 0.0;
                    *row = largest((0..).zip(weights).collect());
                });
                rows
            }
            Self::Sparse { weights } => weights.iter().map(|row| largest(row.to_vec())).collect(),
        };
        Self::Sparse { weights: Rows::new(rows.len(), rows.into_iter()) }
    }
}

/// `rowsᵀ · rows + ridge`, where `rows` are of `width` columns: row after row,
/// from the transposed rows.
fn gram(rows: &Rows, turned: &Rows, ridge: f32) -> Vec<f32> {
    let width = turned.len();
    let mut gram = vec![0.0; width * width];
    each(gram.chunks_mut(width.max(1)).enumerate(), |(column, out)| {
        for (row, value) in turned.row(column) {
            for (other, other_value) in rows.row(*row as usize) {
                out[*other as usize] += value * other_value;
            }
        }
        out[column] += ridge;
    });
    gram
}

fn through_people(people: &Rows, ridge: f32) -> Ease {
    let fans = people.transposed();
    let count = people.len();
    let mut inverse = gram(&fans, people, ridge);
    invert(&mut inverse, count);
    let mut influence = vec![0.0; fans.len() * count];
    let mut own = vec![1.0; fans.len()];
    let work = influence.chunks_mut(count.max(1)).zip(&mut own).enumerate();
    each(work, |(item, (row, own))| {
        for (person, value) in fans.row(item) {
            let from = *person as usize * count;
            wide(|| add_scaled(row, *value, &inverse[from..from + count]));
        }
        let explained: f32 =
            fans.row(item).iter().map(|(person, value)| value * row[*person as usize]).sum();
        *own = 1.0 - explained;
    });
    Ease::People { fans, people: count, influence, own }
}

fn through_items(data: &Interactions, people: &Rows, config: &EaseConfig) -> Ease {
    let popularity = data.popularity();
    let mut items: Vec<u32> = (0..data.items as u32).collect();
    items.sort_by(|a, b| popularity[*b as usize].total_cmp(&popularity[*a as usize]));
    items.truncate(config.most_items);
    let mut places = vec![None; data.items];
    items.iter().zip(0..).for_each(|(item, place)| places[*item as usize] = Some(place));
    let kept = people.iter().map(|row| {
        row.iter().filter_map(|(item, value)| Some((places[*item as usize]?, *value))).collect()
    });
    let kept = Rows::new(items.len(), kept);
    let mut weights = gram(&kept, &kept.transposed(), config.ridge);
    let width = items.len();
    invert(&mut weights, width);
    let diagonal: Vec<f32> = (0..width).map(|place| weights[place * width + place]).collect();
    each(weights.chunks_mut(width.max(1)).enumerate(), |(place, row)| {
        row.iter_mut().zip(&diagonal).for_each(|(value, own)| *value /= -own);
        row[place] = 0.0;
    });
    Ease::Items { items, places, weights }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::event;
    use super::*;

    fn random(people: usize, items: usize) -> Interactions {
        let mut random = fastrand::Rng::with_seed(3);
        let mut history = |_| (0..8).map(|at| event(random.u32(..items as u32), at)).collect();
        let histories = (0..people).map(&mut history).collect();
        Interactions { histories, items, ..Interactions::default() }
    }

    fn scores(model: &Ease, history: &[Event], items: usize) -> Vec<f32> {
        let mut out = vec![0.0; items];
        model.scores(history, 99, &mut out);
        out
    }

    #[test]
    fn people_and_items_give_the_same_model() {
        let data = random(40, 150);
        let few = through_people(&data.liked(), 5.0);
        let many = through_items(&data, &data.liked(), &EaseConfig::ridge(5.0));
        assert!(matches!(Ease::fit(&data, &EaseConfig::ridge(5.0)), Ease::People { .. }));
        for history in &data.histories {
            let (a, b) = (scores(&few, history, 150), scores(&many, history, 150));
            for (item, (a, b)) in a.iter().zip(&b).enumerate() {
                assert!((a - b).abs() < 1e-4, "item {item}: {a} and {b}");
            }
        }
    }

    /// Each column of `B` is the ridge regression of the item on all others.
    #[test]
    fn the_normal_equations_hold() {
        let data = random(60, 12);
        let (items, ridge) = (12, 5.0);
        let Ease::Items { items: order, weights, .. } = Ease::fit(&data, &EaseConfig::ridge(ridge))
        else {
            panic!("more people than items");
        };
        let people = data.liked();
        let gram = gram(&people, &people.transposed(), ridge);
        let entry =
            |i: usize, j: usize| f64::from(gram[order[i] as usize * items + order[j] as usize]);
        for j in 0..items {
            for i in (0..items).filter(|i| *i != j) {
                let fitted: f64 =
                    (0..items).map(|k| entry(i, k) * f64::from(weights[k * items + j])).sum();
                assert!((fitted - entry(i, j)).abs() < 1e-3, "({i}, {j}): {fitted}");
            }
        }
    }

    #[test]
    fn rare_items_beyond_the_cap_score_nothing() {
        let data = Interactions { items: 3, ..random(10, 2) };
        let config = EaseConfig { most_items: 2, ..EaseConfig::ridge(1.0) };
        let model = through_items(&data, &data.liked(), &config);
        let found = scores(&model, &data.histories[0], 3);
        assert_eq!(found[2], 0.0);
        assert!(found.iter().all(|score| score.is_finite()));
    }
    #[test]
    fn the_largest_weights_are_kept() {
        let data = random(60, 12);
        let full = Ease::fit(&data, &EaseConfig::ridge(5.0));
        let few = Ease::fit(&data, &EaseConfig { kept: 3, ..EaseConfig::ridge(5.0) });
        let wide = random(40, 150);
        let config = EaseConfig { kept: 149, ..EaseConfig::ridge(5.0) };
        let (people, same) = (through_people(&wide.liked(), 5.0), Ease::fit(&wide, &config));
        let (a, b) =
            (scores(&people, &wide.histories[0], 150), scores(&same, &wide.histories[0], 150));
        assert!(
            a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4),
            "nothing was cut: {a:?} {b:?}"
        );
        for item in 0..12 {
            let (all, found) =
                (scores(&full, &[event(item, 1)], 12), scores(&few, &[event(item, 1)], 12));
            let is_kept = |place: &usize| found[*place] != 0.0;
            assert_eq!((0..12).filter(is_kept).count(), 3, "{found:?}");
            let least = (0..12).filter(is_kept).map(|p| all[p].abs()).fold(f32::MAX, f32::min);
            for place in 0..12 {
                assert!(is_kept(&place) || all[place].abs() <= least);
                assert!(!is_kept(&place) || all[place] == found[place]);
            }
        }
    }
}
