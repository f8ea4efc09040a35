//! The little linear algebra that the models share: single precision, all
//! cores, no BLAS. Products of blocks go through `ndarray` (whose
//! `matrixmultiply` picks the processor's vector instructions at run time); the
//! loops here are compiled for every kind of processor, as in [`crate::matrix`].

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use pulp::{Arch, NullaryFnOnce};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Rows and columns that are eliminated at once: wide enough for the product
/// to be bound by arithmetic, narrow enough for its own inversion not to count.
const BLOCK: usize = 128;

/// Runs loops compiled for this very processor. They must be inlined into it:
/// a long closure is not, what implements the trait itself can ask for it.
#[inline(always)]
pub(super) fn wide<W: NullaryFnOnce>(work: W) -> W::Output {
    Arch::new().dispatch(work)
}

/// Runs over the work on all cores, in no order.
pub(super) fn each<T: Send>(work: impl Iterator<Item = T> + Send, run: impl Fn(T) + Sync) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let work = Mutex::new(work);
    let next = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(piece) = next() {
                    run(piece);
                }
            });
        }
    });
}

/// Sum of products.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 16];
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    // In a row: added in halves, the compiler takes the sums apart above.
    sums.iter().sum::<f32>() + rest
}

/// `y += factor * x`.
#[inline(always)]
pub(super) fn add_scaled(y: &mut [f32], factor: f32, x: &[f32]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x);
}

/// Solves `a x = b` for a small symmetric positive definite `a` (row after
/// row, overwritten) by Cholesky; `b` becomes `x`.
pub(super) fn solve(a: &mut [f64], b: &mut [f64]) {
    let n = b.len();
    for j in 0..n {
        let (above, rest) = a.split_at_mut(j * n);
        let row = &mut rest[..n];
        for i in 0..j {
            let inner: f64 = (0..i).map(|k| row[k] * above[i * n + k]).sum();
            row[i] = (row[i] - inner) / above[i * n + i];
        }
        let square: f64 = row[..j].iter().map(|value| value * value).sum();
        row[j] = (row[j] - square).max(f64::MIN_POSITIVE).sqrt();
    }
    for i in 0..n {
        let inner: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - inner) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let inner: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - inner) / a[i * n + i];
    }
}

/// Inverts a symmetric positive definite matrix (`n` by `n`, row after row) in
/// place, from its lower triangle.
///
/// The symmetric sweep of Goodnight (The American Statistician 33, 1979), a
/// block of rows at a time: each sweep inverts the block on the diagonal and
/// takes its share from the rest, `A - P D⁻¹ Pᵀ`, of which only the lower
/// triangle is computed. `n³` operations, as Cholesky's inverse takes, with all
/// but a few in one matrix product. Such matrices need no pivoting.
pub(super) fn invert(a: &mut [f32], n: usize) {
    let mut a = ArrayViewMut2::from_shape((n, n), a).expect("n by n");
    for from in (0..n).step_by(BLOCK) {
        let to = (from + BLOCK).min(n);
        let mut panel = Array2::zeros((n, to - from));
        panel.slice_mut(s![..from, ..]).assign(&a.slice(s![from..to, ..from]).t());
        panel.slice_mut(s![to.., ..]).assign(&a.slice(s![to.., from..to]));
        let pivot = inverted_block(&a.slice(s![from..to, from..to]));
        let solved = panel.dot(&pivot);
        let rows =
            a.axis_chunks_iter_mut(Axis(0), BLOCK).zip(solved.axis_chunks_iter(Axis(0), BLOCK));
        each(rows.enumerate(), |(number, (mut rows, solved))| {
            let end = number * BLOCK + rows.nrows();
            let mut lower = rows.slice_mut(s![.., ..end]);
            general_mat_mul(-1.0, &solved, &panel.slice(s![..end, ..]).t(), 1.0, &mut lower);
        });
        a.slice_mut(s![from..to, ..from]).assign(&solved.slice(s![..from, ..]).t());
        a.slice_mut(s![to.., from..to]).assign(&solved.slice(s![to.., ..]));
        a.slice_mut(s![from..to, from..to]).assign(&pivot.mapv(|value| -value));
    }
    for i in 0..n {
        for j in 0..=i {
            let value = -a[[i, j]];
            a[[i, j]] = value;
            a[[j, i]] = value;
        }
    }
}

/// The inverse of one block, by the same sweep, a row at a time.
fn inverted_block(block: &ArrayView2<'_, f32>) -> Array2<f32> {
    let n = block.nrows();
    let mut a = block.mapv(f64::from);
    for i in 0..n {
        for j in 0..i {
            a[[j, i]] = a[[i, j]];
        }
    }
    for k in 0..n {
        let pivot = 1.0 / a[[k, k]].max(f64::MIN_POSITIVE);
        let column = a.column(k).to_owned();
        for i in (0..n).filter(|i| *i != k) {
            let factor = column[i] * pivot;
            let mut row = a.row_mut(i);
            for j in 0..n {
                row[j] -= factor * column[j];
            }
        }
        for i in 0..n {
            a[[i, k]] = column[i] * pivot;
            a[[k, i]] = column[i] * pivot;
        }
        a[[k, k]] = -pivot;
    }
    a.mapv(|value| -value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `M Mᵀ + n I` of random values.
    fn positive_definite(n: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(7);
        let m = Array2::from_shape_simple_fn((n, n), || random.f32() - 0.5);
        let mut a = m.dot(&m.t());
        a.diag_mut().mapv_inplace(|value| value + n as f32 / 10.0);
        a.into_raw_vec_and_offset().0
    }

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        for n in [1, 5, BLOCK, 2 * BLOCK + 37] {
            let a = positive_definite(n);
            let mut inverse = a.clone();
            invert(&mut inverse, n);
            let square = |values| Array2::from_shape_vec((n, n), values).expect("square");
            let product = square(a).dot(&square(inverse));
            for ((i, j), value) in product.indexed_iter() {
                let wanted = f32::from(u8::from(i == j));
                assert!((value - wanted).abs() < 1e-3, "n {n}: ({i}, {j}) is {value}");
            }
        }
    }

    #[test]
    fn solving_agrees_with_the_product() {
        let a: Vec<f64> = positive_definite(9).into_iter().map(f64::from).collect();
        let x: Vec<f64> = (0..9).map(f64::from).collect();
        let mut b: Vec<f64> = (0..9).map(|i| (0..9).map(|j| a[i * 9 + j] * x[j]).sum()).collect();
        solve(&mut a.clone(), &mut b);
        for (found, wanted) in b.iter().zip(&x) {
            assert!((found - wanted).abs() < 1e-9, "{b:?}");
        }
    }

    #[test]
    fn dot_takes_any_length() {
        let values: Vec<f32> = (0..35).map(|value| value as f32).collect();
        assert_eq!(dot(&values, &values), 13_685.0);
    }
}
