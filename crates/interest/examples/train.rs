//! How long topics take: `cargo run --release -p vireo-interest --example train -- 10000`.

use std::time::Instant;
use vireo_domain::{Embedding, VideoId};
use vireo_interest::{TopicConfig, TopicInput, TopicModel};

const WIDTH: usize = 384;
const SUBJECTS: usize = 40;

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let mut rng = fastrand::Rng::with_seed(1);
    let mut direction = || (0..WIDTH).map(|_| rng.f32() - 0.5).collect::<Vec<f32>>();
    let cone = direction();
    let subjects: Vec<Vec<f32>> = (0..SUBJECTS).map(|_| direction()).collect();
    let items: Vec<TopicInput> = (0..count)
        .map(|number| {
            let subject = &subjects[number % SUBJECTS];
            let noise = direction();
            let value = |i: usize| 2.0 * cone[i] + 0.7 * subject[i] + 0.7 * noise[i];
            TopicInput {
                video: VideoId::new(format!("v{number}")).expect("a valid id"),
                embedding: Embedding::new((0..WIDTH).map(value).collect()),
                keywords: vec![format!("subject {}", number % SUBJECTS)],
                language: None,
            }
        })
        .collect();
    let start = Instant::now();
    let model = TopicModel::train(&items, &TopicConfig::default(), None);
    let seconds = start.elapsed().as_secs_f64();
    println!("{count} videos, {WIDTH} dimensions: {} topics, {seconds:.2} s", model.topics.len());
}
