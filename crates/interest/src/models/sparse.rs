//! Rows of few entries in a wide matrix.

use serde::{Deserialize, Serialize};

/// A sparse matrix, row after row (compressed sparse rows).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rows {
    columns: usize,
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Rows {
    /// From rows of `(column, value)`; columns are below `columns`.
    pub(super) fn new(columns: usize, rows: impl Iterator<Item = Vec<(u32, f32)>>) -> Self {
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for row in rows {
            entries.extend(row);
            starts.push(entries.len());
        }
        Self { columns, starts, entries }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The entries of one row.
    pub(super) fn row(&self, index: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[index]..self.starts[index + 1]]
    }

    /// All rows.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        self.starts.windows(2).map(|ends| &self.entries[ends[0]..ends[1]])
    }

    /// Rows become columns; entries of a row are then in order of their column.
    pub(super) fn transposed(&self) -> Self {
        let mut starts = vec![0; self.columns + 1];
        for (column, _) in &self.entries {
            starts[*column as usize + 1] += 1;
        }
        for column in 0..self.columns {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); self.entries.len()];
        for (number, row) in self.iter().enumerate() {
            for (column, value) in row {
                let place = &mut next[*column as usize];
                entries[*place] = (number as u32, *value);
                *place += 1;
            }
        }
        Self { columns: self.len(), starts, entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_twice_changes_nothing() {
        let rows = vec![vec![(0, 1.0), (2, 2.0)], vec![], vec![(2, 3.0)]];
        let matrix = Rows::new(3, rows.into_iter());
        let turned = matrix.transposed();
        assert_eq!(turned.row(2), [(0, 2.0), (2, 3.0)]);
        assert!(turned.row(1).is_empty());
        assert_eq!(turned.transposed(), matrix);
    }
}
