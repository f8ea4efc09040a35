//! Has the language model name topics that have no name but their keywords.

use crate::App;
use crate::app::{Facts, Trained, blocking, middle};
use anyhow::Result;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use vireo_domain::{Embedding, Topic, TopicId, VideoId};
use vireo_interest::{GivenName, TopicModel};
use vireo_recommend::Snapshot;
use vireo_understand::Unnamed;

/// No more names are asked for in one training after that; those of the largest
/// topics come first, and what is left has its turn at the next training.
const LONGEST: Duration = Duration::from_mins(2);

/// After so many failures in a row the model is left in peace.
const MOST_FAILED: usize = 3;

/// A name means what its topic does when at most so many others are nearer to it.
const NEARER: usize = 2;

/// Publishes `trained` again, with names; the number of topics that got one.
/// A model that fails leaves the rest with their keywords, and says so.
pub(crate) async fn name(
    app: &App,
    trained: &Trained,
    facts: Facts,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<usize> {
    let (snapshot, started) = (app.snapshot(), Instant::now());
    let mut topics = TopicModel::clone(&trained.topics);
    let mut unnamed: Vec<Topic> =
        topics.all().filter(|topic| !topics.given.contains_key(&topic.id)).cloned().collect();
    unnamed.sort_by_key(|topic| Reverse(topic.size));
    let version = app.published().await?.map(|published| published.version);
    let (mut asked, mut named, mut failed) = (0, 0, 0);
    for (done, topic) in unnamed.iter().enumerate() {
        if started.elapsed() > LONGEST || failed == MOST_FAILED {
            break;
        }
        if asked > 0 {
            progress("names", done, unnamed.len());
            // Whoever trains in the server goes on following the store.
            app.refresh().await?;
        }
        let middle = middle(&snapshot, &topics, topic);
        let (app, unnamed) = (app.clone(), said_of(&snapshot, topic, &middle));
        let answer = blocking(move || {
            let understander = app.understander();
            let Some(name) = understander.name_topic(&unnamed)? else { return Ok(None) };
            let names = [name.english, name.chinese];
            let meanings = names.each_ref().map(|name| understander.embed_query(name));
            let [english, chinese] = meanings;
            anyhow::Ok(Some((names, [english?, chinese?], name.by)))
        });
        let (mut names, meanings, by) = match answer.await {
            // There is nobody to ask.
            Ok(None) => break,
            Ok(Some(answer)) => answer,
            Err(error) => {
                tracing::warn!("the topic {} keeps its keywords as name: {error:#}", topic.name);
                failed += 1;
                continue;
            }
        };
        (asked, failed) = (asked + 1, 0);
        for (name, meaning) in names.iter_mut().zip(&meanings) {
            if !tells(&topics, topic.id, name, meaning) {
                name.clear();
            }
        }
        named += usize::from(names.iter().any(|name| !name.is_empty()));
        let [name, name_zh] = names;
        let is_wide = topics.wider.iter().any(|wide| wide.id == topic.id);
        topics.name(topic.id, GivenName { name, name_zh, by, is_wide, middle });
    }
    // A training that was published meanwhile asks for its own.
    let is_still = app.published().await?.map(|published| published.version) == version;
    if asked > 0 && is_still {
        let trained = Trained { topics: Arc::new(topics), ..trained.clone() };
        app.publish(&trained, facts).await?;
        app.refresh().await?;
    }
    Ok(named)
}

/// Whether a name tells a topic from its like: no other one has it, and few are
/// nearer to what it means.
fn tells(topics: &TopicModel, id: TopicId, name: &str, meaning: &Embedding) -> bool {
    let is_taken = |it: &Topic| it.id != id && [&it.name, &it.name_zh].iter().any(|it| *it == name);
    let like =
        if topics.topics.iter().any(|it| it.id == id) { &topics.topics } else { &topics.wider };
    let centred = topics.space.centred(meaning);
    let near = |topic: &Topic| topic.centre.cosine(&centred);
    let Some(own) = like.iter().find(|it| it.id == id).map(near) else { return false };
    let nearer = like.iter().filter(|it| near(it) > own).count();
    nearer <= NEARER && !topics.all().any(is_taken)
}

/// What the videos in the middle of a topic are called, and the words that most
/// of them have.
fn said_of(snapshot: &Snapshot, topic: &Topic, middle: &[VideoId]) -> Unnamed {
    let items: Vec<_> = middle.iter().filter_map(|video| snapshot.item(video)).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut words: Vec<String> = Vec::new();
    for word in items.iter().flat_map(|item| &item.keywords) {
        let count = counts.entry(word.to_lowercase()).or_default();
        *count += 1;
        if *count == 1 {
            words.push(word.clone());
        }
    }
    // Stable: of those that as many have, the more telling first.
    words.sort_by_key(|word| Reverse(counts[&word.to_lowercase()]));
    // What sets it apart from other topics comes before what is said often.
    let own = [&topic.name, &topic.name_zh].map(|name| name.split([',', '、']).map(str::trim));
    let mut all: Vec<String> = own.into_iter().flatten().map(str::to_owned).collect();
    all.extend(words);
    let mut seen = HashSet::new();
    all.retain(|word| seen.insert(word.to_lowercase()));
    let titles = items.iter().map(|item| item.video.title.clone()).collect();
    Unnamed { titles, words: all }
}
