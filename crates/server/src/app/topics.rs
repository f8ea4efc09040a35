//! The topics of the catalogue, to look around in it.

use super::{App, Refusal};
use anyhow::{Context, Result};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use vireo_domain::{Topic, TopicId, VideoId};
use vireo_interest::{GivenName, OWNER, TopicModel};
use vireo_recommend::{Item, Snapshot};

/// Videos in the middle of a topic by which a name that it was given is held on to.
const MIDDLE: usize = 30;

/// Kind and key of the document of the owner's names.
const OWNERS_NAMES: &str = "topic-names";

/// Covers that stand for a topic.
const COVERS: usize = 4;

/// A topic with what is shown of it.
#[derive(Debug, Clone)]
pub struct TopicShown {
    /// The topic.
    pub topic: Topic,
    /// Who named it; `None`: its keywords are its name.
    pub named_by: Option<String>,
    /// Number of its videos that can be watched.
    pub videos: usize,
    /// Those whose covers stand for it.
    pub covers: Vec<VideoId>,
    /// The topics that it is made of, the largest first; empty where it is not
    /// a wider one.
    pub parts: Vec<TopicShown>,
}

impl App {
    /// The topics, the largest first, those that are part of a wider one in it.
    /// Topics of which nothing can be watched are left out.
    pub fn topics(&self) -> Vec<TopicShown> {
        let snapshot = self.snapshot();
        let mut items = by_topic(&snapshot);
        let whole = snapshot.topics.all().filter(|topic| topic.within.is_none());
        sorted(whole.map(|topic| shown(&snapshot, &mut items, topic)).collect())
    }

    /// One of them, wide or not, also where nothing of it can be watched.
    ///
    /// # Errors
    /// [`Refusal::NoTopic`] if there is none of this number.
    pub fn topic(&self, id: TopicId) -> Result<TopicShown> {
        let snapshot = self.snapshot();
        let topic = snapshot.topics.topic(id).ok_or(Refusal::NoTopic(id))?;
        Ok(shown(&snapshot, &mut by_topic(&snapshot), topic))
    }

    /// The videos of a topic that can be watched: the most popular first; of
    /// those that nobody knows yet the ones in its middle.
    ///
    /// # Errors
    /// [`Refusal::NoTopic`] if there is none of this number.
    pub fn topic_videos(&self, id: TopicId) -> Result<Vec<VideoId>> {
        let snapshot = self.snapshot();
        let topic = snapshot.topics.topic(id).ok_or(Refusal::NoTopic(id))?;
        let is_part = |own: &TopicId| snapshot.topics.is_within(*own, id);
        let items = by_topic(&snapshot).into_iter().filter(|(own, _)| is_part(own));
        let mut items: Vec<&Item> = items.flat_map(|(_, items)| items).collect();
        in_order(&snapshot, topic, &mut items);
        Ok(items.into_iter().map(|item| item.video.id.clone()).collect())
    }

    /// The owner's name for a topic. It goes with the videos that are its middle
    /// now, from training to training. An empty one leaves that language's as it
    /// is; `None` takes back what the owner said.
    ///
    /// # Errors
    /// If there is no such topic, the name is empty, or it cannot be kept.
    pub async fn name_topic(&self, id: TopicId, names: Option<[&str; 2]>) -> Result<()> {
        let turn = self.editing().await;
        self.refresh().await?;
        let snapshot = self.snapshot();
        let topic = snapshot.topics.topic(id).ok_or(Refusal::NoTopic(id))?;
        // Nothing is kept of what could not be published then.
        let published = self.published().await?.ok_or(Refusal::NoTopic(id))?;
        let trained = self.trained(&published).await?.context("the models were just replaced")?;
        if trained.is_partial {
            return Err(Refusal::Partial.into());
        }
        let is_owners = |it: &&GivenName| it.by == OWNER;
        let before = snapshot.topics.given.get(&id).filter(is_owners);
        let mut all = self.owners_names().await?;
        all.retain(|known| Some(known) != before);
        if let Some(names) = names {
            if names.iter().all(|name| name.trim().is_empty()) {
                return Err(Refusal::Name.into());
            }
            let [name, name_zh] = names.map(str::trim);
            let or_before = |name: &str, before: Option<&String>| match name {
                "" => before.cloned().unwrap_or_default(),
                name => name.to_owned(),
            };
            all.push(GivenName {
                name: or_before(name, before.map(|it| &it.name)),
                name_zh: or_before(name_zh, before.map(|it| &it.name_zh)),
                by: OWNER.to_owned(),
                is_wide: snapshot.topics.wider.iter().any(|wide| wide.id == id),
                middle: middle(&snapshot, &snapshot.topics, topic),
            });
        }
        let kept = serde_json::to_value(&all)?;
        self.store.put_document(OWNERS_NAMES, OWNERS_NAMES, &kept).await?;
        // Published anew, so that every process reads it.
        let mut topics = TopicModel::clone(&trained.topics);
        for given in &all {
            topics.name_again(given);
        }
        if names.is_none() {
            topics.unname(id);
        }
        let trained = super::Trained { topics: Arc::new(topics), ..trained };
        self.publish(&trained, published.facts).await?;
        drop(turn);
        self.refresh().await?;
        Ok(())
    }

    /// The names that the owner gave, which outlive every training.
    pub(super) async fn owners_names(&self) -> Result<Vec<GivenName>> {
        let kept = self.store.document(OWNERS_NAMES, OWNERS_NAMES).await?;
        let kept = kept.map(serde_json::from_value).transpose();
        Ok(kept.context("the document of topic names")?.unwrap_or_default())
    }
}

/// The videos in the middle of a topic.
pub(crate) fn middle(snapshot: &Snapshot, topics: &TopicModel, topic: &Topic) -> Vec<VideoId> {
    let items = snapshot.items.iter().map(|item| (&item.video.id, &item.embedding));
    topics.middle(topic, items, MIDDLE).into_iter().cloned().collect()
}

/// The videos that can be watched, by their topic.
fn by_topic(snapshot: &Snapshot) -> HashMap<TopicId, Vec<&Item>> {
    let mut items: HashMap<TopicId, Vec<&Item>> = HashMap::new();
    for item in snapshot.items.iter().filter(|item| !item.video.hidden) {
        if let Some(topic) = item.topic {
            items.entry(topic).or_default().push(item);
        }
    }
    items
}

/// A topic with its parts; takes its videos out of `items`.
fn shown(
    snapshot: &Snapshot,
    items: &mut HashMap<TopicId, Vec<&Item>>,
    topic: &Topic,
) -> TopicShown {
    let parts = snapshot.topics.topics.iter().filter(|part| part.within == Some(topic.id));
    let parts = sorted(parts.map(|part| shown(snapshot, items, part)).collect());
    let mut own = items.remove(&topic.id).unwrap_or_default();
    in_order(snapshot, topic, &mut own);
    // A whole is shown by the first of each part, then by the second.
    let of_parts = (0..COVERS).flat_map(|n| parts.iter().filter_map(move |it| it.covers.get(n)));
    let covers = own.iter().map(|item| &item.video.id).chain(of_parts).take(COVERS).cloned();
    let is_named = |it: &&GivenName| !it.name.is_empty() || !it.name_zh.is_empty();
    let given = snapshot.topics.given.get(&topic.id).filter(is_named);
    TopicShown {
        topic: topic.clone(),
        named_by: given.map(|given| given.by.clone()),
        videos: own.len() + parts.iter().map(|part| part.videos).sum::<usize>(),
        covers: covers.collect(),
        parts,
    }
}

fn sorted(mut topics: Vec<TopicShown>) -> Vec<TopicShown> {
    topics.retain(|it| it.videos > 0);
    topics.sort_by_key(|it| (Reverse(it.videos), it.topic.id));
    topics
}

/// The most popular first; of those that nobody knows yet the ones in the
/// middle of the topic.
fn in_order(snapshot: &Snapshot, topic: &Topic, items: &mut [&Item]) {
    let key = |item: &&Item| {
        let near = topic.centre.cosine(&snapshot.topics.space.centred(&item.embedding));
        (snapshot.crowd.popularity(&item.video.id), near)
    };
    let mut keyed: Vec<_> = items.iter().map(|item| (key(item), *item)).collect();
    keyed.sort_by(|(a, one), (b, other)| {
        let by_popularity = b.0.total_cmp(&a.0);
        by_popularity.then(b.1.total_cmp(&a.1)).then_with(|| one.video.id.cmp(&other.video.id))
    });
    items.iter_mut().zip(keyed).for_each(|(place, (_, item))| *place = item);
}
