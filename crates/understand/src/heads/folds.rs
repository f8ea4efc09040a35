//! Stratified folds: every label in every fold, in its share.

use std::collections::BTreeMap;

/// The fold (from 0, below `folds`) of each example. The examples of each
/// label are shuffled by `seed` and dealt in turn; the deal goes on where the
/// label before ended, so that folds of rare labels are of one size too.
pub fn stratified<L: Ord>(labels: &[L], folds: usize, seed: u64) -> Vec<usize> {
    let folds = folds.max(1);
    let mut by_label: BTreeMap<&L, Vec<usize>> = BTreeMap::new();
    for (place, label) in labels.iter().enumerate() {
        by_label.entry(label).or_default().push(place);
    }
    let mut lot = fastrand::Rng::with_seed(seed);
    let mut of = vec![0; labels.len()];
    let mut turn = 0;
    for places in by_label.values_mut() {
        lot.shuffle(places);
        for place in places {
            of[*place] = turn % folds;
            turn += 1;
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn folds_are_even_in_all_and_in_each_label(
            labels in prop::collection::vec(0_u8..4, 1..120),
            folds in 2_usize..7,
        ) {
            let of = stratified(&labels, folds, 1);
            let even = |sizes: &[usize]| {
                sizes.iter().max().zip(sizes.iter().min()).is_none_or(|(most, fewest)| most - fewest <= 1)
            };
            let mut all = vec![0; folds];
            for fold in &of {
                all[*fold] += 1;
            }
            prop_assert!(even(&all));
            for label in 0..4 {
                let mut sizes = vec![0; folds];
                let own = of.iter().zip(&labels).filter(|(_, l)| **l == label);
                own.for_each(|(fold, _)| sizes[*fold] += 1);
                prop_assert!(even(&sizes));
            }
            prop_assert_eq!(of, stratified(&labels, folds, 1));
        }
    }
}
