//! Do the titles that come out share genres with what a person rated high?
//!
//! `cargo run --release -p vireo-recommend --example movielens -- DIR` with the
//! folder of ml-100k or ml-latest-small. There is no text to embed here, so a
//! film's vector is its bag of genres. The last fifth of each person's ratings
//! is held back from everybody, and every fifth person is asked (or, with
//! numbers below 5 after DIR, those fifths: settings are chosen on 1 to 4, the
//! figures told are of 0). Printed are the model card, the share of genres, the catalogue's base rate,
//! and how often a list of ten holds a film that the person went on to rate
//! high, beside plain popularity.

use std::collections::{HashMap, HashSet};
use std::path::Path;
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

const GENRES: [&str; 19] = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

/// People are asked by fifths.
const STEP: usize = 5;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = Path::new(&folder);
    let now = Timestamp::from_second(1_764_000_000).expect("a time");
    let (videos, log) = if folder.join("u.data").exists() {
        (ml_100k_films(folder, now), ratings(&folder.join("u.data"), "\t"))
    } else {
        (ml_latest_films(folder, now), ratings(&folder.join("ratings.csv"), ","))
    };
    let mut people: HashMap<UserId, Vec<Feedback>> = HashMap::new();
    for action in log {
        people.entry(action.user.clone()).or_default().push(action);
    }
    let mut people: Vec<(UserId, Vec<Feedback>)> = people.into_iter().collect();
    people.sort_by(|a, b| a.0.cmp(&b.0));
    let mut held_back: HashMap<UserId, HashSet<VideoId>> = HashMap::new();
    let mut moments: HashMap<UserId, Timestamp> = HashMap::new();
    for (user, actions) in &mut people {
        actions.sort_by_key(|action| action.at);
        let later = actions.split_off(actions.len() * 4 / 5);
        moments.extend(later.first().map(|action| (user.clone(), action.at)));
        let high = later.into_iter().filter(|action| action.value >= Some(4.0));
        held_back.insert(user.clone(), high.map(|action| action.video).collect());
    }

    let all: Vec<&Feedback> = people.iter().flat_map(|(_, actions)| actions).collect();
    let start = Instant::now();
    let (data, ids) = Interactions::from_feedback(all, now);
    let crowd = Crowd::train(&data, &ids, 0.0, 100);
    println!("popularity and co-watching {:.2} s", start.elapsed().as_secs_f64());
    let taste = Taste::train(&data, &ids, 100, &Taste::default(), &Run::seeded(1));
    println!("{}", taste.card());
    let snapshot = snapshot(videos, crowd, taste);
    let mut turns: Vec<usize> = std::env::args().skip(2).map(|text| turn(&text)).collect();
    if turns.is_empty() {
        turns.push(0);
    }
    let asked = people.iter().enumerate().filter(|(place, _)| turns.contains(&(place % STEP)));
    let asked: Vec<&(UserId, Vec<Feedback>)> = asked.map(|(_, person)| person).collect();
    report(&snapshot, &asked, &held_back, &moments);
}

fn turn(text: &str) -> usize {
    text.parse().ok().filter(|turn| *turn < STEP).expect("a number below 5")
}

fn report(
    snapshot: &Snapshot,
    people: &[&(UserId, Vec<Feedback>)],
    held_back: &HashMap<UserId, HashSet<VideoId>>,
    moments: &HashMap<UserId, Timestamp>,
) {
    let recommender = Recommender::new(Config::default(), CursorKey([1; 32]));
    let embedding = |id: &VideoId| snapshot.item(id).map(|item| item.embedding.clone());
    let (none, config) = (Corrections::default(), MapConfig::default());
    let (mut shared, mut base, mut hits, mut floor, mut asked) = (0.0, 0.0, 0, 0, 0);
    let mut sources: HashMap<&str, usize> = HashMap::new();
    let start = Instant::now();
    for (user, actions) in people {
        let mut feedback = actions.clone();
        feedback.reverse();
        // When they went on.
        let Some(&now) = moments.get(user) else { continue };
        let map =
            build_map(user, &feedback, &none, &snapshot.topics, &embedding, false, &config, now);
        let viewer = Viewer { user: user.clone(), language: Language::english(), feedback, map };
        let request = FeedRequest {
            limit: 10,
            cursor: None,
            seed: 1,
            exclude: Vec::new(),
            explain: false,
            now,
        };
        let page = recommender.feed(snapshot, &viewer, &request).expect("a page");
        let favourite = favourite_genres(snapshot, &viewer.feedback);
        let fits = |item: &Item| item.video.tags.iter().any(|tag| favourite.contains(tag));
        let share = |items: &[&Arc<Item>]| {
            items.iter().filter(|item| fits(item)).count() as f64 / items.len().max(1) as f64
        };
        let listed: Vec<&Arc<Item>> =
            page.items.iter().filter_map(|item| snapshot.item(&item.video)).collect();
        shared += share(&listed);
        base += share(&snapshot.items.iter().collect::<Vec<_>>());
        for item in &page.items {
            let reason = serde_json::to_value(&item.reason).expect("JSON");
            let name = ["related", "interest", "also_watched", "popular", "fresh", "exploration"];
            let name = name.into_iter().find(|name| reason["reason"] == *name).unwrap_or("?");
            *sources.entry(name).or_default() += 1;
        }
        let wanted = &held_back[user];
        let seen: HashSet<&VideoId> = viewer.feedback.iter().map(|action| &action.video).collect();
        hits += usize::from(page.items.iter().any(|item| wanted.contains(&item.video)));
        let unseen = snapshot.most_popular().filter(|video| !seen.contains(video)).take(10);
        floor += usize::from(unseen.into_iter().any(|video| wanted.contains(video)));
        asked += 1;
    }
    let count = f64::from(asked);
    let each = start.elapsed().as_secs_f64() * 1000.0 / count;
    println!("{asked} people, {} films, {each:.1} ms each", snapshot.items.len());
    println!("titles with one of the three genres rated highest: {:.3}", shared / count);
    println!("the same of the whole catalogue:                   {:.3}", base / count);
    println!("hit rate @10 of films rated high later:            {:.3}", hits as f64 / count);
    println!("the same by popularity alone:                      {:.3}", floor as f64 / count);
    println!("reasons: {sources:?}");
}

/// The three genres with the most liking above the person's mean.
fn favourite_genres(snapshot: &Snapshot, feedback: &[Feedback]) -> HashSet<String> {
    let values = feedback.iter().filter_map(|action| action.value);
    let mean = values.sum::<f64>() / feedback.len().max(1) as f64;
    let mut liking: HashMap<&String, f64> = HashMap::new();
    for action in feedback.iter().filter(|action| action.value.is_some_and(|v| v >= 4.0)) {
        for tag in snapshot.item(&action.video).iter().flat_map(|item| &item.video.tags) {
            *liking.entry(tag).or_default() += action.value.unwrap_or(0.0) - mean + 1.0;
        }
    }
    let mut liking: Vec<(&String, f64)> = liking.into_iter().collect();
    liking.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    liking.into_iter().take(3).map(|(tag, _)| tag.clone()).collect()
}

fn snapshot(videos: Vec<Video>, crowd: Crowd, taste: Taste) -> Snapshot {
    let embedding = |video: &Video| {
        let has = |genre: &&str| f32::from(u8::from(video.tags.iter().any(|tag| tag == *genre)));
        Embedding::new(GENRES.iter().map(has).collect())
    };
    let inputs: Vec<TopicInput> = videos
        .iter()
        .map(|video| TopicInput {
            video: video.id.clone(),
            embedding: embedding(video),
            keywords: video.tags.clone(),
            language: None,
        })
        .collect();
    let topics = TopicModel::train(&inputs, &TopicConfig::default(), None);
    let items = videos.into_iter().map(|video| {
        let topic = topics.of_video.get(&video.id).copied();
        let (embedding, keywords) = (embedding(&video), video.tags.clone());
        Arc::new(Item { video, embedding, topic, keywords })
    });
    Snapshot::new(items.collect(), Arc::new(topics), Arc::new(crowd), Arc::new(taste))
}

fn ml_100k_films(folder: &Path, now: Timestamp) -> Vec<Video> {
    let bytes = std::fs::read(folder.join("u.item")).expect("u.item");
    let text: String = bytes.into_iter().map(char::from).collect();
    let film = |line: &str| {
        let fields: Vec<&str> = line.split('|').collect();
        let mut video = Video::new(VideoId::new(fields[0]).expect("an id"), fields[1], now);
        // In the order of u.genre, which is that of GENRES.
        let flags = fields[5..].iter().zip(GENRES);
        video.tags = flags.filter(|(f, _)| **f == "1").map(|(_, g)| g.to_owned()).collect();
        video
    };
    text.lines().map(film).collect()
}

fn ml_latest_films(folder: &Path, now: Timestamp) -> Vec<Video> {
    let text = std::fs::read_to_string(folder.join("movies.csv")).expect("movies.csv");
    let film = |line: &str| {
        let (id, rest) = line.split_once(',').expect("an id");
        let (title, genres) = rest.rsplit_once(',').expect("genres");
        let title = title.trim_matches('"');
        let mut video = Video::new(VideoId::new(id).expect("an id"), title, now);
        video.tags = genres.split('|').map(str::to_owned).collect();
        video
    };
    text.lines().skip(1).map(film).collect()
}

fn ratings(path: &Path, separator: &str) -> Vec<Feedback> {
    let text = std::fs::read_to_string(path).expect("ratings");
    let rating = |line: &str| {
        let fields: Vec<&str> = line.split(separator).collect();
        let user = UserId::new(fields[0]).ok()?;
        let video = VideoId::new(fields[1]).ok()?;
        let value: Option<f64> = Some(fields[2].parse().ok()?);
        let at = Timestamp::from_second(fields[3].trim().parse().ok()?).ok()?;
        let kind = FeedbackKind::Rating;
        let id = Feedback::natural_id(&user, &video, kind, value, at);
        Some(Feedback { id, user, video, kind, value, at })
    };
    text.lines().filter_map(rating).collect()
}
