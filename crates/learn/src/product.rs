//! Products of matrices, by the `gemm` crate (see `docs/decisions/042-learn.md`).

#![allow(unsafe_code, reason = "the library takes pointers")]

use gemm::Parallelism;

/// A matrix that is read: some columns of some rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> View<'a> {
    /// Row after row of so many columns.
    pub(crate) fn new(values: &'a [f32], columns: usize) -> Self {
        Self::part(values, values.len() / columns.max(1), columns, columns)
    }

    /// The first columns of rows that are `row_step` apart.
    pub(crate) fn part(values: &'a [f32], rows: usize, columns: usize, row_step: usize) -> Self {
        assert_fits(values.len(), rows, columns, row_step);
        Self { values, rows, columns, row_step, column_step: 1 }
    }

    /// Columns as rows.
    pub(crate) fn turned(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
            ..self
        }
    }
}

/// A matrix that is written.
#[derive(Debug)]
pub(crate) struct ViewMut<'a> {
    values: &'a mut [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
}

impl<'a> ViewMut<'a> {
    /// Row after row of so many columns.
    pub(crate) fn new(values: &'a mut [f32], columns: usize) -> Self {
        let rows = values.len() / columns.max(1);
        Self::part(values, rows, columns, columns)
    }

    /// The first columns of rows that are `row_step` apart.
    pub(crate) fn part(
        values: &'a mut [f32],
        rows: usize,
        columns: usize,
        row_step: usize,
    ) -> Self {
        assert_fits(values.len(), rows, columns, row_step);
        Self { values, rows, columns, row_step }
    }
}

fn assert_fits(count: usize, rows: usize, columns: usize, row_step: usize) {
    assert!(columns <= row_step || rows <= 1, "rows overlap");
    assert!(rows == 0 || (rows - 1) * row_step + columns <= count, "a matrix leaves its memory");
}

/// `out = a b`.
pub(crate) fn multiply(a: View<'_>, b: View<'_>, mut out: ViewMut<'_>) {
    run(1.0, a, b, false, &mut out);
}

/// `out = factor a b`.
pub(crate) fn multiply_scaled(factor: f32, a: View<'_>, b: View<'_>, mut out: ViewMut<'_>) {
    run(factor, a, b, false, &mut out);
}

/// `out += a b`.
pub(crate) fn add_product(a: View<'_>, b: View<'_>, mut out: ViewMut<'_>) {
    run(1.0, a, b, true, &mut out);
}

fn run(factor: f32, a: View<'_>, b: View<'_>, onto: bool, out: &mut ViewMut<'_>) {
    assert_eq!((a.rows, a.columns, b.columns), (out.rows, b.rows, out.columns), "shapes");
    // SAFETY: a view's rows and columns lie in its memory (`assert_fits`;
    // turning one swaps its steps with its sides), and `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            out.rows,
            out.columns,
            a.columns,
            out.values.as_mut_ptr(),
            1,
            out.row_step as isize,
            onto,
            a.values.as_ptr(),
            a.column_step as isize,
            a.row_step as isize,
            b.values.as_ptr(),
            b.column_step as isize,
            b.row_step as isize,
            1.0,
            factor,
            false,
            false,
            false,
            // Threads have their own sequences: see `SequenceModel::gradient`.
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One number of a matrix.
    fn at(view: &View<'_>, row: usize, column: usize) -> f64 {
        f64::from(view.values[row * view.row_step + column * view.column_step])
    }

    proptest! {
        #[test]
        fn products_are_what_the_definition_says(
            (m, n, k) in (1usize..20, 1usize..20, 0usize..20), gap in 0usize..3,
            turned in any::<[bool; 2]>(), onto in any::<bool>(), seed in any::<u64>(),
        ) {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut numbers = |rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * (columns + gap)).map(|_| random.f32() - 0.5).collect()
            };
            let (a, b, before) = (numbers(m.max(k), m.max(k)), numbers(n.max(k), n.max(k)), numbers(m, n));
            let view = |values, rows: usize, columns: usize, turned: bool| {
                if turned {
                    View::part(values, columns, rows, rows + gap).turned()
                } else {
                    View::part(values, rows, columns, columns + gap)
                }
            };
            let (a, b) = (view(&a, m, k, turned[0]), view(&b, k, n, turned[1]));
            let mut out = before.clone();
            run(2.0, a, b, onto, &mut ViewMut::part(&mut out, m, n, n + gap));
            let mut wanted: Vec<f64> = before.iter().map(|value| f64::from(*value)).collect();
            for (row, column) in (0..m).flat_map(|row| (0..n).map(move |column| (row, column))) {
                let product: f64 = (0..k).map(|deep| at(&a, row, deep) * at(&b, deep, column)).sum();
                let place = row * (n + gap) + column;
                wanted[place] = 2.0 * product + if onto { wanted[place] } else { 0.0 };
            }
            for (found, wanted) in out.iter().zip(wanted) {
                prop_assert!((f64::from(*found) - wanted).abs() < 1e-5);
            }
        }
    }
}
