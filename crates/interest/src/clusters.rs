//! Spherical k-means (Dhillon and Modha, Machine Learning 2001), begun from
//! average linkage and from k-means++ (Arthur and Vassilvitskii, SODA 2007).

use crate::Matrix;
use crate::linkage::Linkage;
use fastrand::Rng;

/// Rounds after which k-means is stopped; it is done sooner nearly always.
const ROUNDS: usize = 30;

/// The number of clusters is chosen, and the restarts are made, on no more
/// rows than this.
const SAMPLE: usize = 2000;

/// Restarts of k-means++ with other seeds; the best fit is kept.
const RESTARTS: usize = 4;

/// Silhouettes of texts hardly differ over many numbers of clusters: chance would
/// choose among those that are so little below the best.
const FLAT: f64 = 0.01;

/// The rows of a matrix in groups.
#[derive(Debug, Clone)]
pub(crate) struct Clusters {
    /// A centre a row, of length 1.
    pub centres: Matrix,
    /// The group of each row.
    pub of_row: Vec<usize>,
    /// Mean cosine of the rows to their centres.
    fit: f64,
}

/// Groups rows of length 1 into `count` clusters, or if that is 0 into as many as
/// suit them: of the numbers whose silhouette is about the best, the one nearest
/// to the square root of the rows. Fewer come out if fewer rows differ.
pub(crate) fn cluster(rows: &Matrix, count: usize, seed: u64) -> Clusters {
    let mut rng = Rng::with_seed(seed);
    let sample = sample(rows, &mut rng);
    let sample = sample.as_ref().unwrap_or(rows);
    let counts = match count {
        0 if rows.rows() <= 3 => vec![rows.rows()],
        0 => counts(rows.rows()),
        count => vec![count.min(rows.rows())],
    };
    let linkage = Linkage::new(sample);
    let tries = counts.into_iter().map(|count| {
        let begun = best_of_restarts(sample, count, &mut rng);
        // k-means++ stops where there are no more different rows.
        let is_whole = begun.centres.rows() == count;
        let linked =
            is_whole.then(|| lloyd(sample, centres(sample, &linkage.groups(count), count)));
        let both = [Some(begun), linked].into_iter().flatten().map(|clusters| {
            (silhouette(sample, &clusters.of_row, clusters.centres.rows()), clusters)
        });
        both.reduce(|best, next| if next.0 > best.0 { next } else { best })
            .expect("there is at least one try")
    });
    let mut tries: Vec<(f64, Clusters)> = tries.collect();
    let best = tries.iter().map(|(silhouette, _)| *silhouette).fold(f64::MIN, f64::max);
    tries.retain(|(silhouette, _)| *silhouette >= best - FLAT);
    let root = (rows.rows() as f64).sqrt();
    let from_root = |clusters: &Clusters| (clusters.centres.rows() as f64 / root).ln().abs();
    let best = tries.into_iter().map(|(_, clusters)| clusters);
    let best = best.min_by(|a, b| from_root(a).total_cmp(&from_root(b)));
    let best = best.expect("the best is as good as itself");
    if sample.rows() == rows.rows() { best } else { lloyd(rows, best.centres) }
}

/// The numbers of clusters worth trying for `rows` videos: about half to twice
/// the square root, never more than a person can survey.
fn counts(rows: usize) -> Vec<usize> {
    let root = (rows as f64).sqrt();
    let first = (root / 2.0).clamp(2.0, 16.0) as usize;
    let last = (root * 2.0).min(rows as f64 / 2.0).clamp(2.0, 64.0) as usize;
    let next = |count: &usize| Some(count + (count / 6).max(1)).filter(|count| *count < last);
    let mut counts: Vec<usize> = std::iter::successors(Some(first), next).collect();
    counts.push(last);
    counts.dedup();
    counts
}

fn sample(rows: &Matrix, rng: &mut Rng) -> Option<Matrix> {
    if rows.rows() <= SAMPLE {
        return None;
    }
    let mut order: Vec<usize> = (0..rows.rows()).collect();
    rng.shuffle(&mut order);
    let mut sample = Matrix::new(rows.columns());
    for row in &order[..SAMPLE] {
        sample.push(&rows.row(*row)[..rows.columns()]);
    }
    Some(sample)
}

fn best_of_restarts(rows: &Matrix, count: usize, rng: &mut Rng) -> Clusters {
    let tries = (0..RESTARTS).map(|_| lloyd(rows, seeds(rows, count, rng)));
    tries
        .reduce(|best, next| if next.fit > best.fit { next } else { best })
        .expect("there is at least one restart")
}

/// k-means++: each next centre is a row drawn by its squared distance to the
/// nearest centre so far, which on the sphere is `2 (1 - cosine)`.
fn seeds(rows: &Matrix, count: usize, rng: &mut Rng) -> Matrix {
    let mut centres = Matrix::new(rows.columns());
    if rows.rows() == 0 {
        return centres;
    }
    let mut next = rng.usize(..rows.rows());
    let mut distances = vec![f32::INFINITY; rows.rows()];
    let mut products = vec![0.0; rows.rows()];
    loop {
        centres.push(&rows.row(next)[..rows.columns()]);
        if centres.rows() == count {
            return centres;
        }
        rows.products(rows.row(next), &mut products);
        for (distance, product) in distances.iter_mut().zip(&products) {
            *distance = distance.min((1.0 - product).max(0.0));
        }
        // What rounding leaves between equal rows is no distance.
        let far = |distance: f32| if distance > 1e-5 { f64::from(distance) } else { 0.0 };
        let total: f64 = distances.iter().map(|distance| far(*distance)).sum();
        if total == 0.0 {
            return centres;
        }
        let mut drawn = rng.f64() * total;
        next = distances
            .iter()
            .position(|distance| {
                drawn -= far(*distance);
                drawn < 0.0 && far(*distance) > 0.0
            })
            .unwrap_or(next);
    }
}

/// The normalised means of groups of rows.
fn centres(rows: &Matrix, of_row: &[usize], count: usize) -> Matrix {
    let mut centres = Matrix::new(rows.columns());
    for _ in 0..count {
        centres.push(&vec![0.0; rows.columns()]);
    }
    for (index, group) in of_row.iter().enumerate() {
        for (sum, value) in centres.row_mut(*group).iter_mut().zip(rows.row(index)) {
            *sum += value;
        }
    }
    for group in 0..count {
        normalise(centres.row_mut(group));
    }
    centres
}

/// Moves each centre to the mean of its rows and each row to its nearest
/// centre, until nothing moves.
fn lloyd(rows: &Matrix, mut centres: Matrix) -> Clusters {
    let mut of_row = vec![usize::MAX; rows.rows()];
    let mut cosines = vec![0.0_f32; rows.rows()];
    let mut products = vec![0.0; centres.rows()];
    for _ in 0..ROUNDS {
        let mut moved = false;
        for index in 0..rows.rows() {
            centres.products(rows.row(index), &mut products);
            let (nearest, cosine) = largest(&products);
            moved |= of_row[index] != nearest;
            of_row[index] = nearest;
            cosines[index] = cosine;
        }
        if !moved {
            break;
        }
        let mut sizes = vec![0_u32; centres.rows()];
        for centre in 0..centres.rows() {
            centres.row_mut(centre).fill(0.0);
        }
        for (index, centre) in of_row.iter().enumerate() {
            sizes[*centre] += 1;
            let sum = centres.row_mut(*centre);
            for (sum, value) in sum.iter_mut().zip(rows.row(index)) {
                *sum += value;
            }
        }
        for (centre, size) in sizes.into_iter().enumerate() {
            if size == 0 {
                // An empty cluster starts again at the row that fits worst.
                let worst = (0..rows.rows()).min_by(|a, b| cosines[*a].total_cmp(&cosines[*b]));
                if let Some(worst) = worst {
                    cosines[worst] = 1.0;
                    centres.row_mut(centre).copy_from_slice(rows.row(worst));
                }
            }
            normalise(centres.row_mut(centre));
        }
    }
    let fit = cosines.iter().map(|cosine| f64::from(*cosine)).sum::<f64>();
    Clusters { centres, of_row, fit: fit / rows.rows().max(1) as f64 }
}

fn largest(values: &[f32]) -> (usize, f32) {
    let start = (0, f32::NEG_INFINITY);
    values.iter().enumerate().fold(
        start,
        |best, (index, value)| {
            if *value > best.1 { (index, *value) } else { best }
        },
    )
}

fn normalise(row: &mut [f32]) {
    let length = Matrix::dot(row, row).sqrt();
    if length > f32::MIN_POSITIVE {
        for value in row {
            *value /= length;
        }
    }
}

/// The mean silhouette (Rousseeuw 1987) by cosine distance, exact: on the
/// sphere the mean distance of a row to a cluster is `1 - row · sum / size`, so
/// no pair of rows need be compared. A row alone in its cluster counts 0.
pub(crate) fn silhouette(rows: &Matrix, of_row: &[usize], count: usize) -> f64 {
    let mut sizes = vec![0.0_f32; count];
    let mut sums = Matrix::new(rows.columns());
    for _ in 0..count {
        sums.push(&vec![0.0; rows.columns()]);
    }
    for (index, own) in of_row.iter().enumerate() {
        sizes[*own] += 1.0;
        for (sum, value) in sums.row_mut(*own).iter_mut().zip(rows.row(index)) {
            *sum += value;
        }
    }
    let mut products = vec![0.0; count];
    let mut total = 0.0;
    for (index, own) in of_row.iter().enumerate() {
        if sizes[*own] < 2.0 {
            continue;
        }
        sums.products(rows.row(index), &mut products);
        let within = (sizes[*own] - products[*own]) / (sizes[*own] - 1.0);
        let others = (0..count).filter(|other| other != own && sizes[*other] > 0.0);
        let without = others.map(|other| 1.0 - products[other] / sizes[other]);
        let nearest = without.fold(f32::INFINITY, f32::min);
        if nearest.is_finite() && within.max(nearest) > 0.0 {
            total += f64::from((nearest - within) / within.max(nearest));
        }
    }
    total / rows.rows().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::Embedding;

    /// `groups` noisy groups of `each` rows around random directions.
    fn grouped(groups: usize, each: usize, width: usize) -> Matrix {
        let mut rng = Rng::with_seed(3);
        let mut direction = || (0..width).map(|_| rng.f32() - 0.5).collect::<Vec<f32>>();
        let centres: Vec<Vec<f32>> = (0..groups).map(|_| direction()).collect();
        let mut rows = Matrix::new(width);
        for index in 0..groups * each {
            let noise = direction();
            let row = centres[index % groups].iter().zip(noise).map(|(c, n)| c + 0.5 * n);
            rows.push(Embedding::new(row.collect()).as_slice());
        }
        rows
    }

    #[test]
    fn finds_the_groups_and_their_number() {
        let rows = grouped(9, 12, 48);
        let clusters = cluster(&rows, 0, 1);
        assert_eq!(clusters.centres.rows(), 9);
        for index in 9..rows.rows() {
            assert_eq!(clusters.of_row[index], clusters.of_row[index % 9]);
        }
    }

    #[test]
    fn few_of_each_are_told_apart_in_many_dimensions() {
        // As the demo's subjects: two to five videos each, cosines about 0.3.
        let mut rng = Rng::with_seed(5);
        let mut direction = || (0..384).map(|_| rng.f32() - 0.5).collect::<Vec<f32>>();
        let (mut rows, mut of_row) = (Matrix::new(384), Vec::new());
        for group in 0..13 {
            let centre = direction();
            for _ in 0..2 + group % 4 {
                let noise = direction();
                let row = centre.iter().zip(noise).map(|(c, n)| c + 1.5 * n).collect();
                rows.push(Embedding::new(row).as_slice());
                of_row.push(group);
            }
        }
        let clusters = cluster(&rows, 0, 1);
        assert_eq!(clusters.centres.rows(), 13);
        for (one, group) in of_row.iter().enumerate() {
            for (other, other_group) in of_row.iter().enumerate() {
                let is_together = clusters.of_row[one] == clusters.of_row[other];
                assert_eq!(is_together, group == other_group);
            }
        }
    }

    #[test]
    fn same_seed_same_clusters() {
        let rows = grouped(5, 9, 16);
        let (one, two) = (cluster(&rows, 0, 7), cluster(&rows, 0, 7));
        assert_eq!(one.of_row, two.of_row);
        assert_eq!(one.centres, two.centres);
    }

    #[test]
    fn more_clusters_than_different_rows_are_not_made() {
        let mut rows = Matrix::new(4);
        for _ in 0..6 {
            rows.push(&[1.0, 0.0, 0.0, 0.0]);
        }
        assert_eq!(cluster(&rows, 4, 1).centres.rows(), 1);
        assert_eq!(cluster(&Matrix::new(4), 0, 1).of_row.len(), 0);
    }

    #[test]
    fn numbers_to_try_stay_within_bounds() {
        assert_eq!(counts(4), [2]);
        assert_eq!(counts(75).last(), Some(&17));
        assert_eq!((counts(10_000)[0], counts(10_000).last()), (16, Some(&64)));
    }
}
