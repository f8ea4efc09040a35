//! How long a step of training takes:
//! `cargo run --release -p vireo-learn --example step -- [ITEMS]`.
//!
//! 128 sequences without gaps, width 64, two blocks of one head with 128 gated
//! units, dropout 0.2, over a catalogue of 12,101 items.

use std::time::Instant;
use vireo_learn::{
    Adam, AdamConfig, Negatives, SequenceModel, Transformer, TransformerConfig, Window,
};

const BATCH: usize = 128;
const NEGATIVES: usize = 1024;

fn main() {
    let items = std::env::args().nth(1).and_then(|items| items.parse().ok()).unwrap_or(12_101);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{items} items, {threads} threads; seconds of the fastest and the median step");
    println!("| length | softmax | fastest | median | steps/s |\n|---:|---|---:|---:|---:|");
    for length in [50, 200] {
        for negatives in [Some(NEGATIVES), None] {
            let mut seconds = measure(items, length, negatives);
            seconds.sort_by(f64::total_cmp);
            let (least, median) = (seconds[0], seconds[seconds.len() / 2]);
            let kind = negatives.map_or("full".to_owned(), |count| format!("{count} drawn"));
            let rate = 1.0 / median;
            println!("| {length} | {kind} | {least:.3} | {median:.3} | {rate:.2} |");
        }
    }
}

fn measure(items: usize, length: usize, negatives: Option<usize>) -> Vec<f64> {
    let config =
        TransformerConfig { width: 64, heads: 1, blocks: 2, hidden: 128, length, dropout: 0.2 };
    let model = SequenceModel::new(Transformer::new(config).expect("a valid shape"), items);
    let mut random = fastrand::Rng::with_seed(1);
    let mut draw = |count: usize| (0..count).map(|_| random.u32(..items as u32)).collect();
    let windows: Vec<Window> =
        (0..BATCH).map(|_| Window { inputs: draw(length), targets: draw(length) }).collect();
    let negatives = negatives.map(|count| Negatives {
        items: draw(count),
        logs: vec![(count as f32 / items as f32).ln(); count],
    });
    let mut parameters = model.initial(1);
    let (mut adam, mut gradient) = (Adam::new(parameters.len()), vec![0.0; parameters.len()]);
    let step = |number: u64| {
        let started = Instant::now();
        let loss = model.gradient(&parameters, &windows, negatives.as_ref(), number, &mut gradient);
        assert!(loss.is_finite() && adam.step(&mut parameters, &gradient, &AdamConfig::default()));
        started.elapsed().as_secs_f64()
    };
    (0..9).map(step).skip(1).collect()
}
