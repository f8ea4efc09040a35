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
        let model = &snapshot.topics;
        let mut of_topic: HashMap<TopicId, Vec<&Item>> = HashMap::new();
        for item in snapshot.items.iter().filter(|item| !item.video.hidden) {
            if let Some(topic) = item.topic {
                of_topic.entry(topic).or_default().push(item);
            }
        }
        let mut shown = |topic: &Topic, parts: Vec<TopicShown>| {
            let mut items = of_topic.remove(&topic.id).unwrap_or_default();
            in_order(&snapshot, topic, &mut items);
            let own = items.iter().take(COVERS).map(|item| item.video.id.clone());
            // A whole is shown by the first of each part, then by the second.
            let of_parts =
                (0..COVERS).flat_map(|n| parts.iter().filter_map(move |it| it.covers.get(n)));
            let covers = own.chain(of_parts.cloned()).take(COVERS).collect();
            let given = model.given.get(&topic.id);
            let is_named = |it: &&GivenName| !it.name.is_empty() || !it.name_zh.is_empty();
            TopicShown {
                topic: topic.clone(),
                named_by: given.filter(is_named).map(|given| given.by.clone()),
                videos: items.len() + parts.iter().map(|part| part.videos).sum::<usize>(),
                covers,
                parts,
            }
        };
        let mut all = Vec::new();
        let mut of_whole: HashMap<TopicId, Vec<TopicShown>> = HashMap::new();
        for topic in &model.topics {
            let shown = shown(topic, Vec::new());
            match topic.within {
                Some(whole) => of_whole.entry(whole).or_default().push(shown),
                None => all.push(shown),
            }
        }
        for topic in &model.wider {
            let parts = of_whole.remove(&topic.id).unwrap_or_default();
            all.push(shown(topic, sorted(parts)));
        }
        sorted(all)
    }

    /// One of them, wide or not, also where nothing of it can be watched.
    ///
    /// # Errors
    /// [`Refusal::NoTopic`] if there is none of this number.
    pub fn topic(&self, id: TopicId) -> Result<TopicShown> {
        for topic in self.topics() {
            if topic.topic.id == id {
                return Ok(topic);
            }
            if let Some(part) = topic.parts.into_iter().find(|part| part.topic.id == id) {
                return Ok(part);
            }
        }
        let snapshot = self.snapshot();
        let topic = snapshot.topics.topic(id).ok_or(Refusal::NoTopic(id))?.clone();
        let (named_by, covers, parts) = (None, Vec::new(), Vec::new());
        Ok(TopicShown { topic, named_by, videos: 0, covers, parts })
    }

    /// The videos of a topic that can be watched: the most popular first; of
    /// those that nobody knows yet the ones in its middle.
    ///
    /// # Errors
    /// [`Refusal::NoTopic`] if there is none of this number.
    pub fn topic_videos(&self, id: TopicId) -> Result<Vec<VideoId>> {
        let snapshot = self.snapshot();
        let topic = snapshot.topics.topic(id).ok_or(Refusal::NoTopic(id))?;
        let is_part = |it: &TopicId| snapshot.topics.is_within(*it, id);
        let items = snapshot.items.iter().filter(|item| !item.video.hidden);
        let items = items.filter(|item| item.topic.as_ref().is_some_and(is_part));
        let mut items: Vec<&Item> = items.map(|item| &**item).collect();
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
        let published = self.published().await?.ok_or(Refusal::NoTopic(id))?;
        let trained = self.trained(&published).await?.context("the models were just replaced")?;
        let mut topics = TopicModel::clone(&trained.topics);
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
