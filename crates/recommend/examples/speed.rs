//! How long a feed takes: `cargo run --release -p vireo-recommend --example speed`.
//!
//! Random catalogues of 384-dimensional vectors in 40 subjects that came over a
//! thousand days, a viewer with a history of 60 actions on eight of them and one
//! of whom nothing is known; one thread. Prints milliseconds.

use std::sync::Arc;
use std::time::Instant;
use vireo_domain::{
    Embedding, Feedback, FeedbackKind, Language, Timestamp, UserId, Video, VideoId,
};
use vireo_interest::models::{Interactions, Run};
use vireo_interest::{
    Corrections, Crowd, MapConfig, Taste, TopicConfig, TopicInput, TopicModel, build_map,
};
use vireo_recommend::{Config, CursorKey, FeedRequest, Item, Recommender, Snapshot, Viewer};

const WIDTH: usize = 384;
const SUBJECTS: usize = 40;
const REQUESTS: usize = 200;

fn main() {
    for count in [10_000, 100_000] {
        measure(count);
    }
}

fn measure(count: usize) {
    let now = Timestamp::from_second(1_764_000_000).expect("a time");
    let mut items = catalogue(count, now);
    let start = Instant::now();
    let topics = topics(&items);
    for item in &mut items {
        let item = Arc::make_mut(item);
        item.topic = topics.nearest(&item.embedding);
    }
    let trained = start.elapsed().as_secs_f64();
    let log = history(count, now);
    let (data, ids) = Interactions::from_feedback(&log, now);
    let topics = Arc::new(topics);
    let untrained =
        Snapshot::new(items.clone(), Arc::clone(&topics), Arc::default(), Arc::default());
    let data = untrained.described(data, &ids, &topics.space);
    drop(untrained);
    let crowd = Arc::new(Crowd::train(&data, &ids, 14.0, 100));
    let taste = Arc::new(Taste::train(&data, &ids, 100, &Taste::default(), &Run::seeded(1)));
    println!("{}", taste.card().why);
    let start = Instant::now();
    let snapshot = Snapshot::new(items, topics, crowd, taste);
    let built = start.elapsed().as_secs_f64();

    let user = UserId::new("p0").expect("an id");
    let mut own: Vec<Feedback> = log.into_iter().filter(|action| action.user == user).collect();
    own.reverse();
    let embedding = |id: &VideoId| snapshot.item(id).map(|item| item.embedding.clone());
    let (none, config) = (Corrections::default(), MapConfig::default());
    let start = Instant::now();
    let map = build_map(&user, &own, &none, &snapshot.topics, &embedding, false, &config, now);
    let mapped = start.elapsed().as_secs_f64() * 1000.0;
    let viewer = Viewer { user, language: Language::english(), feedback: own, map };

    println!(
        "{count} videos: topics {trained:.1} s, snapshot {built:.2} s, map of {} interests {mapped:.2} ms",
        viewer.map.interests.len()
    );
    let recommender = Recommender::new(Config::default(), CursorKey([1; 32]));
    let user = UserId::new("new").expect("an id");
    let map = build_map(&user, &[], &none, &snapshot.topics, &embedding, false, &config, now);
    let somebody_new = Viewer { user, feedback: Vec::new(), map, ..viewer.clone() };
    let asked = [
        ("first page of 20", &viewer, 0),
        ("page 10", &viewer, 9),
        ("somebody new", &somebody_new, 0),
    ];
    for (name, viewer, page) in asked {
        let feed = |seed: u64, cursor: Option<String>, limit: usize| {
            let request =
                FeedRequest { limit, cursor, seed, exclude: Vec::new(), explain: false, now };
            recommender.feed(&snapshot, viewer, &request).expect("a page")
        };
        print_times(name, |seed| {
            let cursor = (page > 0).then(|| feed(seed, None, 20 * page).next).flatten();
            let start = Instant::now();
            assert_eq!(feed(seed, cursor, 20).items.len(), 20);
            start.elapsed().as_secs_f64()
        });
    }
    print_times("related", |seed| {
        let video = &snapshot.items[seed as usize * 37].video.id;
        let start = Instant::now();
        let page = recommender.related(&snapshot, video, Some(&viewer), 20, now);
        assert!(page.is_ok());
        start.elapsed().as_secs_f64()
    });
}

fn print_times(name: &str, mut once: impl FnMut(u64) -> f64) {
    let mut times: Vec<f64> = (0..REQUESTS).map(|seed| once(seed as u64) * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(REQUESTS as f64 * share) as usize];
    println!("  {name}: p50 {:.2} ms, p95 {:.2} ms", at(0.5), at(0.95));
}

fn catalogue(count: usize, now: Timestamp) -> Vec<Arc<Item>> {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut direction = || (0..WIDTH).map(|_| rng.f32() - 0.5).collect::<Vec<f32>>();
    let cone = direction();
    let subjects: Vec<Vec<f32>> = (0..SUBJECTS).map(|_| direction()).collect();
    let item = |number: usize| {
        let noise = direction();
        let subject = number % SUBJECTS;
        let value = |i: usize| 2.0 * cone[i] + 0.7 * subjects[subject][i] + 0.7 * noise[i];
        let age = jiff::SignedDuration::from_mins((number * 1_000 * 24 * 60 / count) as i64);
        let mut video = Video::new(id(number), format!("Video {number}"), now - age);
        video.channel = Some(format!("channel {}", number % 97));
        video.language = Some(Language::english());
        let embedding = Embedding::new((0..WIDTH).map(value).collect());
        Arc::new(Item { video, embedding, topic: None, keywords: vec![format!("s{subject}")] })
    };
    (0..count).map(item).collect()
}

/// Clusters up to ten thousand.
fn topics(items: &[Arc<Item>]) -> TopicModel {
    let inputs = items.iter().take(10_000).map(|item| TopicInput {
        video: item.video.id.clone(),
        embedding: item.embedding.clone(),
        keywords: item.keywords.clone(),
        language: item.video.language.clone(),
    });
    TopicModel::train(&inputs.collect::<Vec<_>>(), &TopicConfig::default(), None)
}

/// Five hundred people, 60 actions each, each on eight subjects.
fn history(count: usize, now: Timestamp) -> Vec<Feedback> {
    let mut rng = fastrand::Rng::with_seed(2);
    let mut log = Vec::new();
    for person in 0..500 {
        let user = UserId::new(format!("p{person}")).expect("an id");
        for step in 0..60 {
            let subject = (person + step % 8) % SUBJECTS;
            let video = id(rng.usize(..count / SUBJECTS) * SUBJECTS + subject);
            let at = now - jiff::SignedDuration::from_hours(600 - 10 * step as i64);
            let (kind, value) = (FeedbackKind::Finish, None);
            let key = Feedback::natural_id(&user, &video, kind, value, at);
            log.push(Feedback { id: key, user: user.clone(), video, kind, value, at });
        }
    }
    log
}

fn id(number: usize) -> VideoId {
    VideoId::new(format!("v{number}")).expect("an id")
}
