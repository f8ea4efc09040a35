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

/// A topic with what is shown of it.
#[derive(Debug, Clone)]
pub struct TopicShown {
    /// The topic.
    pub topic: Topic,
    /// Who named it; `None`: its keywords are its name.
    pub named_by: Option<String>,
    /// Its videos that can be watched, as [`App::topic_videos`] has them.
    pub videos: Vec<VideoId>,
    /// The topics that it is made of, the largest first; empty where it is not
    /// a wider one.
    pub parts: Vec<TopicShown>,
}

impl App {
    /// The topics, the largest first, those that are part of a wider one in it.
    /// Topics of which nothing can be watched are left out.
    pub fn topics(&self) -> Vec<TopicShown> {
        let snapshot = self.snapshot();
        let model = &snapshot.topics;
        let mut of_topic: HashMap<TopicId, Vec<&Item>> = HashMap::new();
        for item in snapshot.items.iter().filter(|item| !item.video.hidden) {
            if let Some(topic) = item.topic {
                of_topic.entry(topic).or_default().push(item);
            }
        }
        let shown = |topic: &Topic, parts: Vec<TopicShown>| {
            let own = |id: TopicId| of_topic.get(&id).into_iter().flatten().copied();
            let mut items: Vec<&Item> = if parts.is_empty() {
                own(topic.id).collect()
            } else {
                parts.iter().flat_map(|part| own(part.topic.id)).collect()
            };
            in_order(&snapshot, topic, &mut items);
            let given = model.given.get(&topic.id);
            let is_named = |it: &&GivenName| !it.name.is_empty() || !it.name_zh.is_empty();
            TopicShown {
                topic: topic.clone(),
                named_by: given.filter(is_named).map(|given| given.by.clone()),
                videos: items.into_iter().map(|item| item.video.id.clone()).collect(),
                parts,
            }
        };
        let of = |whole: Option<TopicId>| {
            let topics = model.topics.iter().filter(move |topic| topic.within == whole);
            sorted(topics.map(|topic| shown(topic, Vec::new())).collect())
        };
        let wider = model.wider.iter().map(|topic| shown(topic, of(Some(topic.id))));
        sorted(wider.chain(of(None)).collect())
    }

    /// One of them, wide or not.
    ///
    /// # Errors
    /// [`Refusal::NoTopic`] if there is none of this number.
    pub fn topic(&self, id: TopicId) -> Result<TopicShown> {
        let all = self.topics().into_iter();
        let mut all = all.flat_map(|mut topic| {
            let parts = topic.parts.clone();
            if topic.topic.id != id {
                topic.parts.clear();
            }
            std::iter::once(topic).chain(parts)
        });
        Ok(all.find(|it| it.topic.id == id).ok_or(Refusal::NoTopic(id))?)
    }

    /// The owner's name for a topic; it stays while most of the topic's middle
    /// does. An empty one leaves that language's as it is.
    ///
    /// # Errors
    /// If there is no such topic, or the name cannot be kept.
    pub async fn name_topic(&self, id: TopicId, english: &str, chinese: &str) -> Result<()> {
        self.refresh().await?;
        let published = self.published().await?.ok_or(Refusal::NoTopic(id))?;
        let trained = self.trained(&published).await?.context("the models were just replaced")?;
        let mut topics = TopicModel::clone(&trained.topics);
        let topic = topics.topic(id).ok_or(Refusal::NoTopic(id))?.clone();
        let before = topics.given.get(&id);
        let or_before = |name: &str, before: Option<&String>| match name.trim() {
            "" => before.cloned().unwrap_or_default(),
            name => name.to_owned(),
        };
        let given = GivenName {
            name: or_before(english, before.map(|it| &it.name)),
            name_zh: or_before(chinese, before.map(|it| &it.name_zh)),
            by: OWNER.to_owned(),
            middle: middle(&self.snapshot(), &topics, &topic),
        };
        topics.name(id, given);
        let trained = super::Trained { topics: Arc::new(topics), ..trained };
        self.publish(&trained, published.facts).await?;
        self.refresh().await?;
        Ok(())
    }
}

/// The videos in the middle of a topic.
pub(crate) fn middle(snapshot: &Snapshot, topics: &TopicModel, topic: &Topic) -> Vec<VideoId> {
    let items = snapshot.items.iter().map(|item| (&item.video.id, &item.embedding));
    topics.middle(topic, items, MIDDLE).into_iter().cloned().collect()
}

fn sorted(mut topics: Vec<TopicShown>) -> Vec<TopicShown> {
    topics.retain(|it| !it.videos.is_empty());
    topics.sort_by_key(|it| (Reverse(it.videos.len()), it.topic.id));
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
