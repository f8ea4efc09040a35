//! Many vectors of one width, laid out for fast dot products.
//!
//! The loops are plain Rust over lanes. [`pulp`] compiles them once for every
//! kind of processor (SSE2, AVX2, NEON) and takes the best one at run time, so
//! that a shipped program is as fast as one compiled for its machine.

#![expect(clippy::inline_always, reason = "else the loops are compiled for one kind of processor")]

use pulp::Arch;

/// Numbers a processor multiplies at once; rows are padded to a multiple of it.
const LANES: usize = 8;

/// Rows one after the other in memory, padded with zeros.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    columns: usize,
    stride: usize,
    rows: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// Without rows yet.
    pub fn new(columns: usize) -> Self {
        Self { columns, stride: columns.next_multiple_of(LANES), rows: 0, values: Vec::new() }
    }

    /// Adds a row. One of another width becomes zeros: it lies in another
    /// space and is unlike everything here.
    pub fn push(&mut self, row: &[f32]) {
        let end = self.values.len() + self.stride;
        if row.len() == self.columns {
            self.values.extend_from_slice(row);
        }
        self.values.resize(end, 0.0);
        self.rows += 1;
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Width of a row, without the padding.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row, with its padding.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.stride..(index + 1) * self.stride]
    }

    pub(crate) fn row_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.values[index * self.stride..(index + 1) * self.stride]
    }

    /// Dot product of two rows (padded, as [`Matrix::row`] gives them).
    #[inline(always)]
    pub fn dot(a: &[f32], b: &[f32]) -> f32 {
        let mut sums = [0.0; LANES];
        for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                sums[lane] += a[lane] * b[lane];
            }
        }
        sums.iter().sum()
    }

    /// Dot products of `row` (padded) with every row here, into `out`.
    pub fn products(&self, row: &[f32], out: &mut [f32]) {
        Arch::new().dispatch(|| products(&self.values, self.stride, row, out));
    }
}

/// Four rows at a time, so that `row` is loaded once for four products.
#[inline(always)]
fn products(values: &[f32], stride: usize, row: &[f32], out: &mut [f32]) {
    if stride == 0 {
        out.fill(0.0);
        return;
    }
    for (block, out) in values.chunks(stride * 4).zip(out.chunks_mut(4)) {
        if let [first, second, third, fourth] = out {
            let (one, rest) = block.split_at(stride);
            let (two, rest) = rest.split_at(stride);
            let (three, four) = rest.split_at(stride);
            [*first, *second, *third, *fourth] = dot_four(row, one, two, three, four);
        } else {
            for (other, out) in block.chunks(stride).zip(out) {
                *out = Matrix::dot(row, other);
            }
        }
    }
}

#[inline(always)]
fn dot_four(row: &[f32], a: &[f32], b: &[f32], c: &[f32], d: &[f32]) -> [f32; 4] {
    let mut sums = [[0.0; LANES]; 4];
    let chunks = row.as_chunks::<LANES>().0.iter();
    let first = a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0);
    let last = c.as_chunks::<LANES>().0.iter().zip(d.as_chunks::<LANES>().0);
    for (row, ((a, b), (c, d))) in chunks.zip(first.zip(last)) {
        for lane in 0..LANES {
            sums[0][lane] += row[lane] * a[lane];
            sums[1][lane] += row[lane] * b[lane];
            sums[2][lane] += row[lane] * c[lane];
            sums[3][lane] += row[lane] * d[lane];
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_what_the_definition_says(
            width in 0usize..70, rows in 0usize..11, seed in any::<u64>(),
        ) {
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut random = || (0..width).map(|_| rng.f32() - 0.5).collect::<Vec<f32>>();
            let mut matrix = Matrix::new(width);
            let plain: Vec<Vec<f32>> = (0..rows).map(|_| random()).collect();
            for row in &plain {
                matrix.push(row);
            }
            let mut query = Matrix::new(width);
            let question = random();
            query.push(&question);
            let mut out = vec![f32::NAN; rows];
            matrix.products(query.row(0), &mut out);
            for (row, product) in plain.iter().zip(&out) {
                let expected: f32 = row.iter().zip(&question).map(|(a, b)| a * b).sum();
                prop_assert!((expected - product).abs() < 1e-4);
            }
            // Whatever the processor, to the last bit.
            let mut same = vec![f32::NAN; rows];
            products(&matrix.values, matrix.stride, query.row(0), &mut same);
            prop_assert_eq!(same, out);
        }
    }

    #[test]
    fn a_row_of_another_width_is_unlike_everything() {
        let mut matrix = Matrix::new(2);
        matrix.push(&[1.0, 0.0]);
        matrix.push(&[1.0, 0.0, 0.0]);
        assert_eq!(matrix.rows(), 2);
        assert!(matrix.row(1).iter().all(|value| *value == 0.0));
    }
}
