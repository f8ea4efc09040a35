//! How long a step of training takes, and how much memory:
//! `cargo run --release -p vireo-learn --example step -- [ITEMS | FILE]`.
//!
//! 128 sequences without gaps, width 64, two blocks of one head with 128 gated
//! units, dropout 0.2, over a catalogue of 12,101 items; of a FILE, whose first
//! columns are a person and an item, as many items as it has and sequences as
//! long as its people's, cut at the length.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Instant;
use vireo_learn::{
    Adam, AdamConfig, Negatives, SequenceModel, Token, Transformer, TransformerConfig, Window,
};

const BATCH: usize = 128;
const NEGATIVES: usize = 1024;

/// What is learned from.
struct Shape {
    items: usize,
    /// Lengths of the histories; empty where all fill the window.
    histories: Vec<usize>,
}

fn main() {
    let given = std::env::args().nth(1).unwrap_or_else(|| "12101".to_owned());
    let shape =
        given.parse().map_or_else(|_| read(&given), |items| Shape { items, histories: Vec::new() });
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "{} items, {threads} threads; seconds of the fastest and the median step",
        shape.items
    );
    println!(
        "| length | softmax | fastest | median | steps/s | peak MB |\n|---:|---|---:|---:|---:|---:|"
    );
    for length in [50, 200] {
        for negatives in [Some(NEGATIVES), None] {
            forget_peak();
            let mut seconds = measure(&shape, length, negatives);
            seconds.sort_by(f64::total_cmp);
            let (least, median) = (seconds[0], seconds[seconds.len() / 2]);
            let kind = negatives.map_or("full".to_owned(), |count| format!("{count} drawn"));
            let (rate, peak) = (1.0 / median, peak_megabytes());
            println!("| {length} | {kind} | {least:.3} | {median:.3} | {rate:.2} | {peak} |");
        }
    }
}

/// Lines of a person, an item and more, by tabs or commas, after a header or not.
fn read(file: &str) -> Shape {
    let text = fs::read_to_string(file).expect("a number of items or a file");
    let (mut people, mut items) = (HashMap::<&str, usize>::new(), HashSet::new());
    for line in text.lines() {
        let mut fields = line.split(['\t', ',']);
        let (Some(person), Some(item)) = (fields.next(), fields.next()) else { continue };
        if person.parse::<u64>().is_ok() {
            *people.entry(person).or_default() += 1;
            items.insert(item);
        }
    }
    let mut histories: Vec<usize> = people.into_values().filter(|length| *length > 1).collect();
    histories.sort_unstable();
    Shape { items: items.len(), histories }
}

fn measure(shape: &Shape, length: usize, negatives: Option<usize>) -> Vec<f64> {
    let items = shape.items;
    let config =
        TransformerConfig { width: 64, heads: 1, blocks: 2, hidden: 128, length, dropout: 0.2 };
    let model = SequenceModel::new(Transformer::new(config).expect("a valid shape"), items, 0);
    let mut random = fastrand::Rng::with_seed(1);
    let mut draw =
        |count: usize| (0..count).map(|_| random.u32(..items as u32)).collect::<Vec<u32>>();
    // Every so-manieth of the histories, from the shortest to the longest.
    let length_of = |place: usize| match &shape.histories[..] {
        [] => length,
        histories => (histories[(place * 2 + 1) * histories.len() / (2 * BATCH)] - 1).min(length),
    };
    let windows: Vec<Window> = (0..BATCH)
        .map(|place| Window {
            inputs: draw(length_of(place)).into_iter().map(Token::from).collect(),
            targets: draw(length_of(place)),
        })
        .collect();
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

/// From here on the peak is a new one; elsewhere than on Linux it stays.
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak_megabytes() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
