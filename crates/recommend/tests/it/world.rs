//! A small catalogue and its people.

use std::sync::Arc;
use vireo_domain::{
    Embedding, Feedback, FeedbackKind, Language, Timestamp, UserId, Video, VideoId,
};
use vireo_interest::models::{Interactions, Run};
use vireo_interest::{
    Corrections, Crowd, MapConfig, Taste, TopicConfig, TopicInput, TopicModel, build_map,
};
use vireo_recommend::{
    Config, CursorKey, FeedRequest, Item, Page, Recommended, Recommender, Snapshot, Viewer,
};

pub(crate) const SUBJECTS: [&str; 6] = ["chess", "bread", "stars", "code", "garden", "football"];
const CHINESE: [&str; 6] = ["国际象棋", "面包", "天文", "编程", "园艺", "足球"];

/// Videos of each subject; every fourth one is Chinese.
pub(crate) const EACH: usize = 12;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_764_000_000).expect("a time")
}

pub(crate) fn days_ago(days: i64) -> Timestamp {
    now() - jiff::SignedDuration::from_hours(24 * days)
}

pub(crate) fn id(name: &str) -> VideoId {
    VideoId::new(name).expect("an id")
}

pub(crate) fn subject(video: &VideoId) -> &str {
    video.as_str().split('-').next().expect("a subject")
}

fn item(subject: usize, number: usize) -> Item {
    let mut values = vec![0.0; 24];
    values[0] = 4.0;
    values[1 + subject] = 1.0;
    values[8 + number] = 0.6;
    let mut video = Video::new(
        id(&format!("{}-{number}", SUBJECTS[subject])),
        format!("{} no. {number}", SUBJECTS[subject]),
        days_ago(400),
    );
    video.channel = Some(format!("{} channel {}", SUBJECTS[subject], number % 2));
    video.tags = vec![SUBJECTS[subject].to_owned()];
    let chinese = number % 4 == 3;
    video.language = Some(if chinese { Language::chinese() } else { Language::english() });
    let keyword = if chinese { CHINESE[subject] } else { SUBJECTS[subject] };
    Item {
        video,
        embedding: Embedding::new(values),
        topic: None,
        keywords: vec![keyword.to_owned(), format!("{keyword} {}", number % 3)],
    }
}

pub(crate) fn catalogue() -> Vec<Item> {
    let numbers = (0..SUBJECTS.len()).flat_map(|s| (0..EACH).map(move |number| (s, number)));
    numbers.map(|(subject, number)| item(subject, number)).collect()
}

pub(crate) fn snapshot(mut items: Vec<Item>, log: &[Feedback]) -> Snapshot {
    let inputs: Vec<TopicInput> = items
        .iter()
        .map(|item| TopicInput {
            video: item.video.id.clone(),
            embedding: item.embedding.clone(),
            keywords: item.keywords.clone(),
            language: item.video.language.clone(),
        })
        .collect();
    let topics = TopicModel::train(&inputs, &TopicConfig { count: 6, seed: 1 }, None);
    for item in &mut items {
        item.topic = topics.of_video.get(&item.video.id).copied();
    }
    let items: Vec<Arc<Item>> = items.into_iter().map(Arc::new).collect();
    let topics = Arc::new(topics);
    let untrained =
        Snapshot::new(items.clone(), Arc::clone(&topics), Arc::default(), Arc::default());
    let (data, ids) = Interactions::from_feedback(log, now());
    let data = untrained.described(data, &ids, &topics.space);
    let crowd = Crowd::train(&data, &ids, 14.0, 20);
    let taste = Taste::train(&data, &ids, 20, &Taste::default(), &Run::seeded(1));
    untrained.relearned(topics, Arc::new(crowd), Arc::new(taste))
}

pub(crate) fn act(user: &str, video: &str, kind: FeedbackKind, at: Timestamp) -> Feedback {
    let (user, video) = (UserId::new(user).expect("an id"), id(video));
    let id = Feedback::natural_id(&user, &video, kind, None, at);
    Feedback { id, user, video, kind, value: None, at }
}

/// A viewer as of `opened_at`, who knows all their actions up to now.
pub(crate) fn viewer_at(
    snapshot: &Snapshot,
    mut feedback: Vec<Feedback>,
    corrections: &Corrections,
    opened_at: Timestamp,
) -> Viewer {
    feedback.sort_by_key(|action| std::cmp::Reverse(action.at));
    let before: Vec<Feedback> =
        feedback.iter().filter(|action| action.at <= opened_at).cloned().collect();
    let user = UserId::new("ann").expect("an id");
    let embedding = |id: &VideoId| snapshot.item(id).map(|item| item.embedding.clone());
    let (topics, config) = (&snapshot.topics, MapConfig::default());
    let map = build_map(&user, &before, corrections, topics, &embedding, false, &config, opened_at);
    Viewer { user, language: Language::english(), feedback, map }
}

pub(crate) fn viewer(snapshot: &Snapshot, feedback: Vec<Feedback>) -> Viewer {
    viewer_at(snapshot, feedback, &Corrections::default(), now())
}

pub(crate) fn recommender() -> Recommender {
    with(Config::default())
}

pub(crate) fn with(config: Config) -> Recommender {
    Recommender::new(config, CursorKey([9; 32]))
}

pub(crate) fn request(limit: usize, seed: u64) -> FeedRequest {
    let exclude = Vec::new();
    FeedRequest { limit, cursor: None, seed, exclude, explain: false, now: now() }
}

pub(crate) fn feed(snapshot: &Snapshot, viewer: &Viewer, limit: usize, seed: u64) -> Page {
    recommender().feed(snapshot, viewer, &request(limit, seed)).expect("a page")
}

pub(crate) fn videos(items: &[Recommended]) -> Vec<VideoId> {
    items.iter().map(|item| item.video.clone()).collect()
}

/// How many are of a subject.
pub(crate) fn count(items: &[Recommended], wanted: &str) -> usize {
    items.iter().filter(|item| subject(&item.video) == wanted).count()
}
