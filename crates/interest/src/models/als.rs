//! Matrix factorisation by implicit alternating least squares.

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use super::algebra::{add_scaled, dot, each, solve, wide};
use super::interactions::distinct;
use super::sparse::Rows;
use super::{Event, Interactions, Model};
use ndarray::ArrayView2;
use pulp::NullaryFnOnce;
use serde::{Deserialize, Serialize};

/// Settings of [`Als`]; the names are those of Rendle et al.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AlsConfig {
    /// Width of a factor, d.
    pub width: usize,
    /// Weight of every pair that was not seen, α₀ (a liked one weighs 1).
    pub unobserved: f32,
    /// Regularisation, λ, of a row with n likes: `λ (n + α₀ · columns)`.
    pub regularisation: f32,
    /// Passes over people and items.
    pub epochs: usize,
    /// Seed of the beginning.
    pub seed: u64,
}

impl AlsConfig {
    /// The default settings with a seed.
    pub const fn seeded(seed: u64) -> Self {
        Self { width: 64, unobserved: 0.1, regularisation: 0.01, epochs: 12, seed }
    }
}

/// Steps of conjugate gradients for a row in each pass; the row begins where
/// the last pass left it.
const STEPS: usize = 3;

/// Implicit ALS (Hu, Koren and Volinsky, ICDM 2008) with the regularisation of
/// Rendle et al. (Revisiting the Performance of iALS, RecSys 2022), solved by
/// conjugate gradients (Takács et al., RecSys 2011). A person is never stored:
/// their factor is solved from the history that is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Als {
    config: AlsConfig,
    /// Item after item.
    items: Vec<f32>,
    /// `α₀ VᵀV`.
    gram: Vec<f32>,
}

impl Model for Als {
    type Config = AlsConfig;

    fn fit(data: &Interactions, config: &AlsConfig) -> Self {
        let people_rows = data.liked();
        let item_rows = people_rows.transposed();
        let mut random = fastrand::Rng::with_seed(config.seed);
        let mut beginning = |rows: usize| -> Vec<f32> {
            let scale = 0.1 / (config.width as f32).sqrt();
            // Three uniforms make a good enough bell of variance 1.
            let mut bell = || (0..3).map(|_| random.f32() - 0.5).sum::<f32>() * 2.0;
            (0..rows * config.width).map(|_| bell() * scale).collect()
        };
        let mut people = beginning(people_rows.len());
        let mut items = beginning(data.items);
        for _ in 0..config.epochs {
            half(&people_rows, &items, &mut people, config);
            half(&item_rows, &people, &mut items, config);
        }
        Self { gram: gram(&items, config), items, config: *config }
    }

    fn scores(&self, history: &[Event], _at: i64, out: &mut [f32]) {
        let person = self.person(history);
        for (out, factor) in out.iter_mut().zip(self.items.chunks_exact(self.config.width)) {
            *out = wide(|| dot(factor, &person));
        }
    }
}

impl Als {
    /// Numbers of a factor.
    pub(super) fn width(&self) -> usize {
        self.config.width
    }

    /// The factor of an item; of one that nobody liked, all 0.
    pub(super) fn factor(&self, item: u32) -> &[f32] {
        row(&self.items, item, self.config.width)
    }

    /// Gives an item a factor; those of people stay what they are.
    pub(super) fn place(&mut self, item: u32, factor: &[f32]) {
        let width = self.config.width;
        self.items[item as usize * width..][..width].copy_from_slice(factor);
    }

    /// The factor of the person of a history.
    pub(super) fn person(&self, history: &[Event]) -> Vec<f32> {
        let width = self.config.width;
        let liked = distinct(history);
        let mut left: Vec<f64> = self.gram.iter().copied().map(f64::from).collect();
        let mut right = vec![0.0_f64; width];
        for (item, weight) in &liked {
            let factor = row(&self.items, *item, width);
            for (i, value) in factor.iter().enumerate() {
                let scaled = weight * value;
                right[i] += f64::from(scaled);
                for (left, other) in left[i * width..].iter_mut().zip(factor) {
                    *left += f64::from(scaled * other);
                }
            }
        }
        let columns = self.items.len() / width;
        let ridge = f64::from(ridge(&liked, columns, &self.config)).max(1e-6);
        for i in 0..width {
            left[i * width + i] += ridge;
        }
        solve(&mut left, &mut right);
        right.into_iter().map(|value| value as f32).collect()
    }
}

#[inline(always)]
fn row(factors: &[f32], index: u32, width: usize) -> &[f32] {
    &factors[index as usize * width..][..width]
}

fn ridge(liked: &[(u32, f32)], columns: usize, config: &AlsConfig) -> f32 {
    let liked: f32 = liked.iter().map(|(_, weight)| weight).sum();
    config.regularisation * (liked + config.unobserved * columns as f32)
}

fn gram(factors: &[f32], config: &AlsConfig) -> Vec<f32> {
    let shape = (factors.len() / config.width, config.width);
    let factors = ArrayView2::from_shape(shape, factors).expect("rows of one width");
    (factors.t().dot(&factors) * config.unobserved).into_raw_vec_and_offset().0
}

/// Solves every row against fixed columns.
fn half(rows: &Rows, fixed: &[f32], solved: &mut [f32], config: &AlsConfig) {
    const CHUNK: usize = 32;
    let width = config.width;
    let gram = gram(fixed, config);
    let columns = fixed.len() / width;
    each(solved.chunks_mut(CHUNK * width).enumerate(), |(chunk, solved)| {
        let mut work = [vec![0.0; width], vec![0.0; width], vec![0.0; width]];
        for (place, x) in solved.chunks_exact_mut(width).enumerate() {
            let liked = rows.row(chunk * CHUNK + place);
            if liked.is_empty() {
                x.fill(0.0);
                continue;
            }
            let system = System { gram: &gram, fixed, liked, ridge: ridge(liked, columns, config) };
            wide(Improvement { system, x, work: &mut work });
        }
    });
}

/// The normal equations of one row, never formed:
/// `(α₀ FᵀF + Σ w f fᵀ + ridge I) x = Σ w f`.
#[derive(Clone, Copy)]
struct System<'a> {
    gram: &'a [f32],
    fixed: &'a [f32],
    liked: &'a [(u32, f32)],
    ridge: f32,
}

impl System<'_> {
    #[inline(always)]
    fn times(&self, x: &[f32], out: &mut [f32]) {
        let width = x.len();
        out.iter_mut().zip(x).for_each(|(out, x)| *out = self.ridge * x);
        // It is symmetric, and sums of rows are faster than products with them.
        for (gram, x) in self.gram.chunks_exact(width).zip(x) {
            add_scaled(out, *x, gram);
        }
        for (item, weight) in self.liked {
            let factor = row(self.fixed, *item, width);
            add_scaled(out, weight * dot(factor, x), factor);
        }
    }

    /// A few steps of conjugate gradients from `x`.
    #[inline(always)]
    fn improve(&self, x: &mut [f32], [residual, direction, product]: &mut [Vec<f32>; 3]) {
        self.times(x, product);
        residual.iter_mut().zip(product.iter()).for_each(|(r, p)| *r = -p);
        for (item, weight) in self.liked {
            add_scaled(residual, *weight, row(self.fixed, *item, x.len()));
        }
        direction.copy_from_slice(residual);
        let mut error = dot(residual, residual);
        for _ in 0..STEPS {
            if error < 1e-12 {
                return;
            }
            self.times(direction, product);
            let step = error / dot(direction, product);
            add_scaled(x, step, direction);
            add_scaled(residual, -step, product);
            let before = std::mem::replace(&mut error, dot(residual, residual));
            let keep = error / before;
            direction.iter_mut().zip(residual.iter()).for_each(|(d, r)| *d = r + keep * *d);
        }
    }
}

/// One call of [`System::improve`].
struct Improvement<'a> {
    system: System<'a>,
    x: &'a mut [f32],
    work: &'a mut [Vec<f32>; 3],
}

impl NullaryFnOnce for Improvement<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.system.improve(self.x, self.work);
    }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, liked};
    use super::*;

    /// Two worlds that share nobody: each item's likely neighbours are its own.
    fn worlds() -> Interactions {
        let mut histories: Vec<Vec<u32>> = Vec::new();
        for left_out in 0..6 {
            for world in [0, 6] {
                histories.push((0..6).filter(|i| *i != left_out).map(|i| i + world).collect());
            }
        }
        let rows: Vec<&[u32]> = histories.iter().map(Vec::as_slice).collect();
        liked(&rows, 12)
    }

    #[test]
    fn a_stranger_gets_the_items_of_their_world() {
        // As wide as there are worlds: more would learn the people by heart.
        let model = Als::fit(&worlds(), &AlsConfig { width: 2, ..AlsConfig::seeded(1) });
        let mut out = vec![0.0; 12];
        model.scores(&[event(7, 1), event(8, 2)], 99, &mut out);
        let (other, own) = out.split_at(6);
        let best_other = other.iter().copied().fold(f32::MIN, f32::max);
        assert!(own.iter().all(|score| *score > best_other + 0.1), "{out:?}");
        model.scores(&[], 99, &mut out);
        assert!(out.iter().all(|score| score.abs() < 1e-6), "nothing known: {out:?}");
    }

    /// Conjugate gradients, repeated, find what Cholesky finds in the equations
    /// written out.
    #[test]
    fn enough_steps_solve_the_normal_equations() {
        let mut random = fastrand::Rng::with_seed(2);
        for width in [1, 5, 16, 37] {
            let config = AlsConfig { width, ..AlsConfig::seeded(1) };
            let fixed: Vec<f32> = (0..30 * width).map(|_| random.f32() - 0.5).collect();
            let liked: Vec<(u32, f32)> = (0..30).step_by(4).map(|i| (i, random.f32())).collect();
            let (gram, ridge) = (gram(&fixed, &config), ridge(&liked, 30, &config));
            let (mut left, mut right) = (vec![0.0; width * width], vec![0.0; width]);
            for i in 0..width {
                for j in 0..width {
                    let weighed = liked.iter().map(|(item, weight)| {
                        let factor = row(&fixed, *item, width);
                        f64::from(*weight) * f64::from(factor[i]) * f64::from(factor[j])
                    });
                    left[i * width + j] = f64::from(gram[i * width + j]) + weighed.sum::<f64>();
                }
                left[i * width + i] += f64::from(ridge);
                let of_item = |(item, weight): &(u32, f32)| weight * row(&fixed, *item, width)[i];
                right[i] = f64::from(liked.iter().map(of_item).sum::<f32>());
            }
            solve(&mut left, &mut right);
            let system = System { gram: &gram, fixed: &fixed, liked: &liked, ridge };
            let mut x = vec![0.0; width];
            let mut work = [x.clone(), x.clone(), x.clone()];
            for _ in 0..60 {
                wide(Improvement { system, x: &mut x, work: &mut work });
            }
            for (found, wanted) in x.iter().zip(&right) {
                assert!((f64::from(*found) - wanted).abs() < 1e-4, "{width}: {x:?} {right:?}");
            }
            // Whatever the processor, to the last bit.
            let mut same = vec![0.0; width];
            (0..60).for_each(|_| system.improve(&mut same, &mut work));
            assert_eq!(same, x);
        }
    }

    #[test]
    fn a_seed_repeats_a_training() {
        let config = AlsConfig { width: 8, ..AlsConfig::seeded(5) };
        assert_eq!(Als::fit(&worlds(), &config), Als::fit(&worlds(), &config));
    }
}
