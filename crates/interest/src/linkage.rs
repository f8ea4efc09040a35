//! Average linkage (Sokal and Michener 1958): rows come together pair by pair,
//! those groups first whose rows are most alike on average.
//!
//! Found by chains of nearest neighbours (Murtagh, The Computer Journal 1983) in
//! time and memory of the square of the rows.

use crate::Matrix;

/// How rows come together.
pub(crate) struct Linkage {
    rows: usize,
    /// How alike two groups are that become one, and a row of either; the most
    /// alike groups first.
    merges: Vec<(f32, usize, usize)>,
}

impl Linkage {
    /// Of rows of length 1, by cosine.
    pub(crate) fn new(rows: &Matrix) -> Self {
        let count = rows.rows();
        let mut alike = vec![0.0_f32; count * count];
        for (row, products) in alike.chunks_mut(count.max(1)).enumerate() {
            rows.products(rows.row(row), products);
        }
        let mut sizes = vec![1.0_f32; count];
        let mut open: Vec<usize> = (0..count).collect();
        let mut merges: Vec<(f32, usize, usize)> = Vec::new();
        let mut chain: Vec<usize> = Vec::new();
        while open.len() > 1 {
            let last = chain.pop().unwrap_or(open[0]);
            let to = |other: usize| alike[last * count + other];
            // The one before wins a tie, or the chain might run in a circle.
            let mut nearest = chain.last().copied();
            for other in open.iter().copied().filter(|other| *other != last) {
                if nearest.is_none_or(|nearest| to(other) > to(nearest)) {
                    nearest = Some(other);
                }
            }
            let Some(nearest) = nearest else { break };
            if chain.last() != Some(&nearest) {
                chain.extend([last, nearest]);
                continue;
            }
            chain.pop();
            merges.push((to(nearest), nearest, last));
            open.retain(|group| *group != last);
            let (one, other) = (sizes[nearest], sizes[last]);
            for group in &open {
                let (a, b) = (alike[nearest * count + group], alike[last * count + group]);
                let mean = (one * a + other * b) / (one + other);
                alike[nearest * count + group] = mean;
                alike[group * count + nearest] = mean;
            }
            sizes[nearest] += sizes[last];
        }
        // Stable: a group is made before it comes together with another.
        merges.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self { rows: count, merges }
    }

    /// How many groups are left when no two are as much alike as this.
    pub(crate) fn left(&self, alike: f32) -> usize {
        self.rows - self.merges.iter().filter(|merge| merge.0 >= alike).count()
    }

    /// The group of each row, when there are `count` groups left.
    pub(crate) fn groups(&self, count: usize) -> Vec<usize> {
        let mut parent: Vec<usize> = (0..self.rows).collect();
        let root = |parent: &[usize], mut row: usize| {
            while parent[row] != row {
                row = parent[row];
            }
            row
        };
        for (_, one, other) in self.merges.iter().take(self.rows.saturating_sub(count)) {
            let (one, other) = (root(&parent, *one), root(&parent, *other));
            parent[other] = one;
        }
        let mut numbers: Vec<Option<usize>> = vec![None; self.rows];
        let mut next = 0;
        let number = |row: usize| {
            *numbers[root(&parent, row)].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        };
        (0..self.rows).map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;
    use vireo_domain::Embedding;

    fn matrix(points: &[(f32, f32, f32)]) -> Matrix {
        let mut rows = Matrix::new(3);
        for (x, y, z) in points {
            rows.push(Embedding::new(vec![*x, *y, *z]).as_slice());
        }
        rows
    }

    /// The definition: the two groups that are most alike on average, again and
    /// again.
    fn plain(rows: &Matrix, count: usize) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = (0..rows.rows()).map(|row| vec![row]).collect();
        while groups.len() > count {
            let mut best = (f32::MIN, 0, 0);
            for one in 0..groups.len() {
                for other in 0..one {
                    let pairs = groups[one].iter().flat_map(|a| {
                        groups[other].iter().map(|b| Matrix::dot(rows.row(*a), rows.row(*b)))
                    });
                    let sum: f32 = pairs.sum();
                    let mean = sum / (groups[one].len() * groups[other].len()) as f32;
                    if mean > best.0 {
                        best = (mean, one, other);
                    }
                }
            }
            let gone = groups.swap_remove(best.1);
            groups[best.2].extend(gone);
        }
        groups
    }

    proptest! {
        #[test]
        fn groups_are_those_of_the_definition(
            points in prop::collection::vec((0.1f32..1.0, -1.0f32..1.0, -1.0f32..1.0), 1..14),
            count in 1usize..6,
        ) {
            let rows = matrix(&points);
            let count = count.min(points.len());
            let groups = Linkage::new(&rows).groups(count);
            let different: HashSet<usize> = groups.iter().copied().collect();
            prop_assert_eq!(different, (0..count).collect::<HashSet<usize>>());
            for together in plain(&rows, count) {
                prop_assert!(together.iter().all(|row| groups[*row] == groups[together[0]]));
            }
        }
    }

    #[test]
    fn nothing_has_no_groups() {
        assert!(Linkage::new(&Matrix::new(3)).groups(4).is_empty());
    }
}
