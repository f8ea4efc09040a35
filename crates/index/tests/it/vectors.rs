//! Conformance of both vector indexes, and how near the approximate one comes.

use proptest::prelude::*;
use std::collections::BTreeMap;
use vireo_domain::Embedding;
use vireo_index::vector::{Exact, Hnsw, VectorIndex};

const DIMENSIONS: usize = 32;
const LARGEST: u64 = u64::MAX - 1;

fn both() -> [(&'static str, Box<dyn VectorIndex>); 2] {
    let hnsw = Hnsw::new(DIMENSIONS, 0).expect("made");
    [("exact", Box::new(Exact::new(DIMENSIONS, 0))), ("hnsw", Box::new(hnsw))]
}

/// Vectors in clusters around a common part, as those of text models lie.
fn clustered(random: &mut fastrand::Rng, dimensions: usize, clusters: u64) -> Embedding {
    let mut centre = fastrand::Rng::with_seed(random.u64(0..clusters));
    let values = (0..dimensions).map(|_| 1.0 + 2.0 * centre.f32() + random.f32());
    Embedding::new(values.collect())
}

fn brute_force(
    vectors: &BTreeMap<u64, Embedding>,
    query: &Embedding,
    k: usize,
    keep: impl Fn(u64) -> bool,
) -> Vec<(u64, f32)> {
    let mut found: Vec<(u64, f32)> = vectors
        .iter()
        .filter(|(key, _)| keep(**key))
        .map(|(key, vector)| (*key, vector.cosine(query)))
        .collect();
    found.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    found.truncate(k);
    found
}

/// The same cosines; keys may differ where cosines are too near to tell.
fn assert_same(name: &str, found: &[(u64, f32)], expected: &[(u64, f32)], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one.1 - other.1).abs() < tolerance, "{name}: {found:?} {expected:?}");
    }
}

#[test]
fn puts_replaces_removes() {
    for (name, mut index) in both() {
        let mut random = fastrand::Rng::with_seed(1);
        let vectors: Vec<Embedding> =
            (0..3).map(|_| clustered(&mut random, DIMENSIONS, 9)).collect();
        assert!(index.is_empty(), "{name}");
        assert!(index.nearest(&vectors[0], 3, &|_| true).expect("search").is_empty());
        assert!(!index.remove(1).expect("remove"));
        index.put(1, &vectors[0]).expect("put");
        index.put(LARGEST, &vectors[1]).expect("put");
        assert_eq!(index.len(), 2, "{name}");
        index.put(1, &vectors[2]).expect("replace");
        assert_eq!(index.len(), 2, "{name}");
        assert!(index.get(1).expect("is there").cosine(&vectors[2]) > 0.999, "{name}");
        let nearest = index.nearest(&vectors[2], 1, &|_| true).expect("search");
        assert_eq!(nearest[0].0, 1, "{name}");
        assert!((nearest[0].1 - 1.0).abs() < 2e-3, "{name}: {nearest:?}");
        assert!(index.remove(1).expect("remove") && !index.remove(1).expect("remove"));
        assert_eq!((index.len(), index.get(1)), (1, None), "{name}");
        let all = index.nearest(&vectors[2], 9, &|_| true).expect("search");
        assert_eq!(all.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [LARGEST], "{name}");
    }
}

#[test]
fn refuses_other_lengths_and_takes_any_k() {
    for (name, mut index) in both() {
        let short = Embedding::new(vec![1.0; 3]);
        assert!(index.put(1, &short).is_err(), "{name}");
        assert!(index.nearest(&short, 1, &|_| true).is_err(), "{name}");
        let vector = Embedding::new(vec![1.0; DIMENSIONS]);
        index.put(1, &vector).expect("put");
        assert!(index.nearest(&vector, 0, &|_| true).expect("search").is_empty(), "{name}");
        assert_eq!(index.nearest(&vector, usize::MAX, &|_| true).expect("search").len(), 1);
        assert!(index.nearest(&vector, 5, &|_| false).expect("search").is_empty(), "{name}");
    }
}

#[test]
fn equal_cosines_are_ordered_by_key() {
    for (name, mut index) in both() {
        let vector = Embedding::new((0..DIMENSIONS).map(|n| n as f32).collect());
        for key in [5, 3, 9, 1, 7] {
            index.put(key, &vector).expect("put");
        }
        let found = index.nearest(&vector, 9, &|key| key != 3).expect("search");
        assert_eq!(found.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [1, 5, 7, 9], "{name}");
    }
}

#[test]
fn many_search_at_once() {
    for (name, mut index) in both() {
        let mut random = fastrand::Rng::with_seed(2);
        for key in 0..500 {
            index.put(key, &clustered(&mut random, DIMENSIONS, 9)).expect("put");
        }
        let query = clustered(&mut random, DIMENSIONS, 9);
        let expected = index.nearest(&query, 5, &|_| true).expect("search");
        std::thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let found = index.nearest(&query, 5, &|_| true).expect(name);
                        assert_eq!(found, expected, "{name}");
                    }
                });
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn exact_equals_brute_force(
        seed in any::<u64>(),
        steps in prop::collection::vec((0u64..40, any::<bool>()), 0..120),
        k in 0usize..50,
        odd in any::<bool>(),
    ) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut index = Exact::new(DIMENSIONS, 0);
        let mut vectors = BTreeMap::new();
        for (key, remove) in steps {
            if remove {
                prop_assert_eq!(index.remove(key).expect("remove"), vectors.remove(&key).is_some());
            } else {
                let vector = clustered(&mut random, DIMENSIONS, 5);
                index.put(key, &vector).expect("put");
                vectors.insert(key, vector);
            }
        }
        prop_assert_eq!(index.len(), vectors.len());
        let keep = |key: u64| !odd || key % 2 == 1;
        let query = clustered(&mut random, DIMENSIONS, 5);
        let found = index.nearest(&query, k, &keep).expect("search");
        assert_same("exact", &found, &brute_force(&vectors, &query, k, keep), 1e-5);
        prop_assert!(found.iter().all(|(key, _)| keep(*key)));
    }
}

fn recall(
    index: &dyn VectorIndex,
    vectors: &BTreeMap<u64, Embedding>,
    keep: impl Fn(u64) -> bool,
) -> f64 {
    let (k, queries) = (10, 50);
    let mut random = fastrand::Rng::with_seed(99);
    let mut hit = 0;
    for _ in 0..queries {
        let query = clustered(&mut random, DIMENSIONS, 60);
        let expected = brute_force(vectors, &query, k, &keep);
        let found = index.nearest(&query, k, &keep).expect("search");
        assert_eq!(found.len(), k);
        // By cosine: what is as near as the tenth is as good.
        let tenth = expected[k - 1].1 - 2e-3;
        hit += found.iter().filter(|(key, _)| vectors[key].cosine(&query) >= tenth).count();
        assert!(found.iter().all(|(key, _)| keep(*key)));
        let exact: Vec<u64> = expected.iter().map(|(key, _)| *key).collect();
        let overlap = found.iter().filter(|(key, _)| exact.contains(key)).count();
        assert!(overlap >= 5, "{found:?} {expected:?}");
    }
    f64::from(hit as u32) / f64::from(queries * k as u32)
}

#[test]
fn hnsw_finds_nearly_all_even_when_filtered_and_after_removals() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut index = Hnsw::new(DIMENSIONS, 100).expect("made");
    let mut vectors = BTreeMap::new();
    for key in 0..6_000 {
        let vector = clustered(&mut random, DIMENSIONS, 60);
        index.put(key, &vector).expect("put");
        vectors.insert(key, vector);
    }
    for key in (0..6_000).step_by(3) {
        assert!(index.remove(key).expect("remove"));
        vectors.remove(&key);
    }
    assert_eq!(index.len(), 4_000);
    let all = recall(&index, &vectors, |_| true);
    let few = recall(&index, &vectors, |key| key % 50 == 1);
    eprintln!("recall@10 of 4,000: {all:.3}; of one in fifty: {few:.3}");
    assert!(all >= 0.95 && few >= 0.95, "{all} {few}");
}
