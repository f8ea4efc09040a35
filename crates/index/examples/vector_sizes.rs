//! Exact or approximate? Prints build time, recall, latency and throughput of
//! both vector indexes by size, for `docs/decisions/010`:
//! `cargo run -p vireo-index --release --example vector_sizes [-- N…]`.

use std::time::Instant;
use vireo_domain::Embedding;
use vireo_index::Result;
use vireo_index::vector::{Exact, Hnsw, VectorIndex};

const DIMENSIONS: usize = 384;
const K: usize = 10;
const QUERIES: usize = 200;

/// A vector near one of 500 centres around a common part: cosines between .7
/// and 1, as those of multilingual-e5 lie.
fn vector(random: &mut fastrand::Rng) -> Embedding {
    let mut centre = fastrand::Rng::with_seed(random.u64(0..500));
    Embedding::new((0..DIMENSIONS).map(|_| 0.5 + centre.f32() + random.f32()).collect())
}

fn main() -> Result<()> {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 100_000] } else { sizes };
    println!(
        "| index | vectors | build CPU s | recall@{K} | CPU ms | p50 ms | p95 ms | searches/s and core |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for size in sizes {
        let mut random = fastrand::Rng::with_seed(1);
        let vectors: Vec<Embedding> = (0..size).map(|_| vector(&mut random)).collect();
        let queries: Vec<Embedding> = (0..QUERIES).map(|_| vector(&mut random)).collect();
        let mut exact = Exact::new(DIMENSIONS, size);
        let mut hnsw = Hnsw::new(DIMENSIONS, size)?;
        let built = fill(&mut exact, &vectors)?;
        let truth = measure("exact", &exact, built, &queries, None)?;
        let built = fill(&mut hnsw, &vectors)?;
        measure("hnsw", &hnsw, built, &queries, Some(&truth))?;
    }
    Ok(())
}

fn fill(index: &mut dyn VectorIndex, vectors: &[Embedding]) -> Result<f64> {
    let before = cpu_seconds();
    for (key, vector) in (0..).zip(vectors) {
        index.put(key, vector)?;
    }
    Ok(cpu_seconds() - before)
}

/// Time this thread has had a processor: what a busy machine cannot blur.
/// Linux only; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    nanoseconds.unwrap_or_default() / 1e9
}

fn measure(
    name: &str,
    index: &dyn VectorIndex,
    built: f64,
    queries: &[Embedding],
    truth: Option<&[Vec<u64>]>,
) -> Result<Vec<Vec<u64>>> {
    let (mut times, mut answers) = (Vec::new(), Vec::new());
    let before = cpu_seconds();
    for query in queries {
        let clock = Instant::now();
        let found = index.nearest(query, K, &|_| true)?;
        times.push(clock.elapsed().as_secs_f64() * 1_000.0);
        answers.push(found.into_iter().map(|(key, _)| key).collect::<Vec<u64>>());
    }
    let cpu = cpu_seconds() - before;
    let pairs = answers.iter().zip(truth.unwrap_or(&answers));
    let hits: usize = pairs.map(|(a, b)| a.iter().filter(|key| b.contains(key)).count()).sum();
    times.sort_by(f64::total_cmp);
    println!(
        "| {name} | {} | {built:.2} | {:.3} | {:.2} | {:.2} | {:.2} | {:.0} |",
        index.len(),
        hits as f64 / (queries.len() * K) as f64,
        cpu * 1_000.0 / queries.len() as f64,
        times[times.len() / 2],
        times[times.len() * 95 / 100],
        queries.len() as f64 / cpu,
    );
    Ok(answers)
}
