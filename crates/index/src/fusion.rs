//! Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

use std::collections::BTreeMap;

/// Fuses ranked lists of items with their weights: the score of an item is the
/// sum of `weight / (k + rank)` over the lists that have it, rank from 1. Best
/// first; ties by item.
pub fn reciprocal_rank<T: Clone + Ord>(lists: &[Vec<(T, f64)>], k: f64) -> Vec<(T, f64)> {
    let mut scores: BTreeMap<&T, f64> = BTreeMap::new();
    for list in lists {
        for (index, (item, weight)) in list.iter().enumerate() {
            *scores.entry(item).or_default() += weight / (k + (index + 1) as f64);
        }
    }
    let mut fused: Vec<(T, f64)> =
        scores.into_iter().map(|(item, score)| (item.clone(), score)).collect();
    // The sort is stable and the map was in order of item.
    fused.sort_by(|one, other| other.1.total_cmp(&one.1));
    fused
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn agreement_beats_a_single_first_place() {
        let lists = [vec![("a", 1.0), ("b", 1.0)], vec![("c", 1.0), ("b", 1.0)]];
        let fused = reciprocal_rank(&lists, 60.0);
        let order: Vec<&str> = fused.iter().map(|(item, _)| *item).collect();
        assert_eq!(order, ["b", "a", "c"]);
        assert_eq!(fused[0].1, 2.0 / 62.0);
        let fused = reciprocal_rank(&[vec![("a", 0.1)], vec![("b", 1.0), ("a", 1.0)]], 1.0);
        assert_eq!(fused[0], ("b", 0.5), "what weighs little is outweighed");
    }

    fn list() -> impl Strategy<Value = Vec<(u8, f64)>> {
        prop::collection::btree_map(0u8..30, 0.1f64..2.0, 0..20)
            .prop_map(|items| items.into_iter().collect::<Vec<_>>())
            .prop_shuffle()
    }

    proptest! {
        #[test]
        fn has_each_item_once_best_first(lists in prop::collection::vec(list(), 0..4)) {
            let fused = reciprocal_rank(&lists, 60.0);
            let items: BTreeSet<u8> = lists.iter().flatten().map(|(item, _)| *item).collect();
            prop_assert_eq!(fused.iter().map(|(item, _)| *item).collect::<BTreeSet<_>>(), items.clone());
            prop_assert_eq!(fused.len(), items.len());
            let best_first = fused.is_sorted_by(|one, next| {
                one.1 > next.1 || (one.1 == next.1 && one.0 < next.0)
            });
            prop_assert!(best_first);
        }

        #[test]
        fn one_list_keeps_its_order(list in list()) {
            let items: Vec<u8> = list.into_iter().map(|(item, _)| item).collect();
            let fused = reciprocal_rank(&[items.iter().map(|item| (*item, 1.0)).collect()], 60.0);
            prop_assert_eq!(fused.into_iter().map(|(item, _)| item).collect::<Vec<_>>(), items);
        }
    }
}
