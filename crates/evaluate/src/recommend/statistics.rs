//! How sure a figure is.

/// Resamples of a bootstrap.
const RESAMPLES: usize = 1000;

/// Assignments of signs in a paired test.
const FLIPS: usize = 10_000;

/// 95 % percentile intervals of the means of each column, by drawing people
/// with replacement (Efron's bootstrap). `rows` has the same columns for each person.
pub fn intervals(rows: &[Vec<f64>], seed: u64) -> Vec<(f64, f64)> {
    intervals_of(rows, seed, <[f64]>::to_vec)
}

/// The same of figures that are made of the means.
pub fn intervals_of(
    rows: &[Vec<f64>],
    seed: u64,
    figures: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<(f64, f64)> {
    let Some(columns) = rows.first().map(Vec::len) else { return Vec::new() };
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drawn: Vec<Vec<f64>> = Vec::new();
    for _ in 0..RESAMPLES {
        let mut means = vec![0.0; columns];
        for _ in 0..rows.len() {
            let row = &rows[random.usize(..rows.len())];
            means.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        for sum in &mut means {
            *sum /= rows.len() as f64;
        }
        let figures = figures(&means);
        drawn.resize(figures.len(), Vec::with_capacity(RESAMPLES));
        drawn.iter_mut().zip(figures).for_each(|(drawn, figure)| drawn.push(figure));
    }
    let interval = |mut drawn: Vec<f64>| {
        drawn.sort_by(f64::total_cmp);
        (drawn[RESAMPLES * 25 / 1000], drawn[RESAMPLES * 975 / 1000 - 1])
    };
    drawn.into_iter().map(interval).collect()
}

/// Two-sided p-value that the mean of paired differences is not 0: the share
/// of random assignments of signs with a mean at least as far from it
/// (Fisher's randomisation test, as Smucker et al., CIKM 2007, advise).
pub fn p_value(differences: &[f64], seed: u64) -> f64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let observed = differences.iter().sum::<f64>().abs();
    // Equal pairs change no sum.
    let differences: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    let extreme = (0..FLIPS).filter(|_| {
        let sum: f64 = differences
            .chunks(64)
            .map(|chunk| {
                let signs = random.u64(..);
                let signed = chunk.iter().enumerate();
                signed.map(|(bit, d)| if (signs >> bit) & 1 == 0 { *d } else { -d }).sum::<f64>()
            })
            .sum();
        sum.abs() >= observed - 1e-12
    });
    (extreme.count() + 1) as f64 / (FLIPS + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_mean_and_narrows() {
        let rows = |count: usize| -> Vec<Vec<f64>> {
            (0..count).map(|place| vec![(place % 2) as f64, 1.0]).collect()
        };
        let (few, many) = (intervals(&rows(40), 1), intervals(&rows(4000), 1));
        for found in [&few, &many] {
            assert!(found[0].0 < 0.5 && 0.5 < found[0].1);
            assert_eq!(found[1], (1.0, 1.0));
        }
        // 1.96 · 0.5 / √n on either side.
        assert!((many[0].1 - 0.5 - 0.0155).abs() < 0.002, "{many:?}");
        assert!(few[0].1 - few[0].0 > 5.0 * (many[0].1 - many[0].0));
        assert_eq!(few, intervals(&rows(40), 1), "a seed repeats it");
    }

    #[test]
    fn a_test_tells_a_difference_from_none() {
        let noise: Vec<f64> =
            (0..400).map(|place| if place % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!(p_value(&noise, 1) > 0.9);
        let shifted: Vec<f64> = noise.iter().map(|value| value + 0.3).collect();
        assert!(p_value(&shifted, 1) < 1e-3);
        assert_eq!(p_value(&[0.0; 10], 1), 1.0);
    }
}
