//! The catalogue in memory, as the recommender sees it.

use crate::lot::key;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use vireo_domain::{Embedding, Space, TopicId, Video, VideoId};
use vireo_interest::models::{Content, Description, Interactions};
use vireo_interest::{Crowd, Matrix, Taste, TopicModel};

/// The popularity (liking people, decayed) of the most popular video at which
/// popularity counts half.
const HALF_SURE: f64 = 3.0;

/// A video that can be recommended.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its metadata.
    pub video: Video,
    /// Its meaning (not centred); zero when nothing is known.
    pub embedding: Embedding,
    /// Its topic.
    pub topic: Option<TopicId>,
    /// Keywords of its card and its tags, most telling first.
    pub keywords: Vec<String>,
}

/// The catalogue and what was trained over it. Immutable: replaced as a whole.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The videos, hidden ones included (filters remove them and say so).
    pub items: Vec<Arc<Item>>,
    /// Where each video is in `items`.
    pub places: HashMap<VideoId, usize>,
    /// Topics.
    pub topics: Arc<TopicModel>,
    /// Popularity and co-watching.
    pub crowd: Arc<Crowd>,
    /// What a person turns to next.
    pub taste: Arc<Taste>,
    /// What [`Snapshot::centred`] is centred by: the topics' space, or before
    /// any training that of these videos.
    pub(crate) space: Space,
    /// By place: the meaning, centred.
    pub(crate) centred: Matrix,
    /// By place: popularity on a logarithmic scale, 0 to below 1.
    pub(crate) popularity: Vec<f32>,
    /// By place: number in [`Taste::scores`].
    pub(crate) taste_numbers: Vec<Option<usize>>,
    /// By place: the names that the crowd's direction knows ([`Crowd::vocabulary`]).
    pub(crate) names: Vec<Vec<u32>>,
    /// By place: what chance is drawn by.
    pub(crate) keys: Vec<u64>,
    /// Places, the most popular first; only those with any popularity.
    pub(crate) by_popularity: Vec<usize>,
    /// Places, the newest first.
    pub(crate) by_age: Vec<usize>,
    /// Places by tag, category, channel or id, in lower case.
    pub(crate) labels: HashMap<String, Vec<usize>>,
    /// How many videos have a keyword, in lower case.
    pub(crate) keywords: HashMap<String, usize>,
    /// By place: the group of videos that show the same, where there is one.
    pub(crate) copies: HashMap<usize, usize>,
}

impl Snapshot {
    /// Of these videos and models. What every request needs is worked out
    /// here, once.
    pub fn new(
        items: Vec<Arc<Item>>,
        topics: Arc<TopicModel>,
        crowd: Arc<Crowd>,
        taste: Arc<Taste>,
    ) -> Self {
        let places: HashMap<VideoId, usize> =
            items.iter().enumerate().map(|(place, item)| (item.video.id.clone(), place)).collect();

        let known = items.iter().find(|item| !item.embedding.is_zero());
        let width = known.map_or(0, |item| item.embedding.dimensions());
        let space = if topics.space.mean.is_empty() {
            Space::fit(items.iter().map(|item| (&item.embedding, item.video.language.as_ref())))
        } else {
            topics.space.clone()
        };
        let width = if space.mean.is_empty() { width } else { space.mean.len() };
        let mut centred = Matrix::new(width);
        for item in &items {
            centred.push(space.centred(&item.embedding).as_slice());
        }

        let scores: Vec<f64> = items.iter().map(|item| crowd.popularity(&item.video.id)).collect();
        let most = scores.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        // One person's like is no popularity, and must not outweigh what a
        // viewer likes: the scale ends below 1 where few people speak.
        let sure = most / (most + HALF_SURE);
        let popularity =
            scores.iter().map(|score| (sure * score.ln_1p() / most.ln_1p()) as f32).collect();
        let taste_numbers = items.iter().map(|item| taste.number(&item.video.id)).collect();
        let named = |item: &Arc<Item>| {
            crowd.vocabulary().map_or_else(Vec::new, |known| known.numbers(names_of(&item.video)))
        };
        let names = items.iter().map(named).collect();
        let keys: Vec<u64> = items.iter().map(|item| key(item.video.id.as_str())).collect();
        let mut by_popularity: Vec<usize> =
            (0..items.len()).filter(|place| scores[*place] > 0.0).collect();
        by_popularity.sort_by(|a, b| {
            scores[*b].total_cmp(&scores[*a]).then_with(|| keys[*a].cmp(&keys[*b]))
        });
        let mut by_age: Vec<usize> = (0..items.len()).collect();
        by_age.sort_by_key(|place| (Reverse(items[*place].video.fresh_from()), keys[*place]));

        let mut labels: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, item) in items.iter().enumerate() {
            for label in labels_of(&item.video) {
                let places = labels.entry(label).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        let mut keywords: HashMap<String, usize> = HashMap::new();
        for item in &items {
            let own: HashSet<String> =
                item.keywords.iter().map(|word| word.trim().to_lowercase()).collect();
            for word in own {
                *keywords.entry(word).or_default() += 1;
            }
        }
        Self {
            items,
            places,
            topics,
            crowd,
            taste,
            space,
            centred,
            popularity,
            taste_numbers,
            names,
            keys,
            by_popularity,
            by_age,
            labels,
            keywords,
            copies: HashMap::new(),
        }
    }

    /// The same catalogue with something else learned from what people did; the
    /// topics are the same but for how long interests in them last.
    #[must_use]
    pub fn relearned(&self, topics: Arc<TopicModel>, crowd: Arc<Crowd>, taste: Arc<Taste>) -> Self {
        let learned = Self::new(self.items.clone(), topics, crowd, taste);
        Self { copies: self.copies.clone(), ..learned }
    }

    /// With groups of videos that show the same: a list shows one of each.
    #[must_use]
    pub fn with_copies(mut self, groups: &[Vec<VideoId>]) -> Self {
        let members = groups.iter().enumerate().flat_map(|(group, videos)| {
            videos
                .iter()
                .filter_map(|video| self.places.get(video))
                .map(move |place| (*place, group))
        });
        self.copies = members.collect();
        self
    }

    /// What everybody did, numbered by `ids`, with what these videos are about in
    /// the space of topics, as models are told it.
    #[must_use]
    pub fn described(&self, data: Interactions, ids: &[&VideoId], space: &Space) -> Interactions {
        let described = |id: &&VideoId| {
            let Some(item) = self.item(id) else { return Description::default() };
            let embedding = &item.embedding;
            let is_there = !embedding.is_zero() && embedding.dimensions() == space.mean.len();
            let meaning = is_there.then(|| space.centred(embedding).as_slice().to_vec());
            Description { meaning, names: names_of(&item.video).map(str::to_owned).collect() }
        };
        let content = Content::centred(&ids.iter().map(described).collect::<Vec<Description>>());
        Interactions { content, ..data }
    }

    /// One video.
    pub fn item(&self, id: &VideoId) -> Option<&Arc<Item>> {
        self.places.get(id).map(|place| &self.items[*place])
    }

    /// The videos with any popularity, the most popular first.
    pub fn most_popular(&self) -> impl Iterator<Item = &VideoId> {
        self.by_popularity.iter().map(|place| &self.items[*place].video.id)
    }

    /// The places that a label of the settings means: a tag, category, channel or id.
    pub(crate) fn labelled(&self, label: &str) -> &[usize] {
        self.labels.get(&label.trim().to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Where a topic's name is needed.
    pub(crate) fn topic_name(&self, topic: TopicId, chinese: bool) -> Option<String> {
        let topic = self.topics.topic(topic)?;
        Some(topic.name_for(chinese).to_owned())
    }
}

/// Category, channel and tags of a video.
fn names_of(video: &Video) -> impl Iterator<Item = &str> {
    video.category.iter().chain(&video.channel).chain(&video.tags).map(String::as_str)
}

/// Category, channel, tags and id of a video, in lower case.
pub(crate) fn labels_of(video: &Video) -> impl Iterator<Item = String> {
    names_of(video).chain([video.id.as_str()]).map(|label| label.trim().to_lowercase())
}
