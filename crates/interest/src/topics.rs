//! Topics: clusters of the catalogue's content vectors, with names.

use crate::Matrix;
use crate::clusters::{Clusters, cluster};
use crate::names::{Keywords, name_groups};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use vireo_domain::{Embedding, Language, Space, Topic, TopicId, VideoId};

/// A topic keeps its name in the log when it shares at least this much with one
/// of the training before.
const SAME_TOPIC: f64 = 0.25;

/// A video as the clustering sees it.
#[derive(Debug, Clone)]
pub struct TopicInput {
    /// Which.
    pub video: VideoId,
    /// Its meaning (not centred).
    pub embedding: Embedding,
    /// Keywords, topics and tags, most telling first.
    pub keywords: Vec<String>,
    /// Its language.
    pub language: Option<Language>,
}

/// How topics are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopicConfig {
    /// Number of topics; 0: chosen by the size of the catalogue and the silhouette.
    pub count: usize,
    /// Seed.
    pub seed: u64,
}

impl Default for TopicConfig {
    fn default() -> Self {
        Self { count: 0, seed: 7 }
    }
}

/// The topics of a catalogue. Topic centres are in the centred space.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TopicModel {
    /// The space that the centres live in.
    pub space: Space,
    /// The topics, by id.
    pub topics: Vec<Topic>,
    /// Topic of each video.
    pub of_video: HashMap<VideoId, TopicId>,
    /// The id of the next new topic. Ids are never given twice, so that what a
    /// person says of a topic never falls on another one.
    #[serde(default)]
    pub next_id: u32,
}

impl TopicModel {
    /// Clusters the catalogue (average linkage, then spherical k-means). Names are the
    /// keywords that set a topic apart (class-based TF-IDF), in English and
    /// Chinese. Ids follow `previous` where the videos do.
    ///
    /// Videos without a meaning get no topic, nor do those whose vector is of
    /// another width than the first (an older embedder's).
    pub fn train(items: &[TopicInput], config: &TopicConfig, previous: Option<&Self>) -> Self {
        let width = items.iter().find(|item| !item.embedding.is_zero());
        let width = width.map_or(0, |item| item.embedding.dimensions());
        let items: Vec<&TopicInput> = items
            .iter()
            .filter(|item| item.embedding.dimensions() == width && !item.embedding.is_zero())
            .collect();
        let space = Space::fit(items.iter().map(|item| (&item.embedding, item.language.as_ref())));
        let mut rows = Matrix::new(width);
        for item in &items {
            rows.push(space.centred(&item.embedding).as_slice());
        }
        let Clusters { centres, of_row, .. } = cluster(&rows, config.count, config.seed);

        let mut groups: Vec<Vec<&TopicInput>> = vec![Vec::new(); centres.rows()];
        for (item, group) in items.iter().zip(&of_row) {
            groups[*group].push(item);
        }
        let keywords = groups.iter().map(|group| {
            let keywords = group
                .iter()
                .map(|item| Keywords { words: &item.keywords, language: item.language.as_ref() });
            keywords.collect()
        });
        let names = name_groups(&keywords.collect::<Vec<_>>());
        let (ids, next_id) = ids(&groups, previous);

        let mut model = Self { space, next_id, ..Self::default() };
        for (number, ((group, name), id)) in groups.iter().zip(names).zip(ids).enumerate() {
            if group.is_empty() {
                continue;
            }
            let or_number = |name: String, word: &str| {
                if name.is_empty() { format!("{word} {}", id.0) } else { name }
            };
            model.topics.push(Topic {
                id,
                name: or_number(name.english, "Topic"),
                name_zh: or_number(name.chinese, "主题"),
                centre: Embedding::new(centres.row(number)[..width].to_vec()),
                size: group.len() as u32,
            });
            model.of_video.extend(group.iter().map(|item| (item.video.clone(), id)));
        }
        model.topics.sort_by_key(|topic| topic.id);
        model
    }

    /// The topic nearest to a vector (not centred), for videos that came after the training.
    pub fn nearest(&self, embedding: &Embedding) -> Option<TopicId> {
        let centred = self.space.centred(embedding);
        let fits = |topic: &&Topic| topic.centre.dimensions() == centred.dimensions();
        let near = |topic: &Topic| topic.centre.cosine(&centred);
        let topics = self.topics.iter().filter(fits).filter(|_| !centred.is_zero());
        topics.max_by(|a, b| near(a).total_cmp(&near(b))).map(|topic| topic.id)
    }

    /// One topic.
    pub fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == id)
    }
}

/// An id for each group, and the next free one. Of the pairs of a group and a
/// topic of before the most alike (Jaccard, over the videos that were there
/// before) is matched first.
fn ids(groups: &[Vec<&TopicInput>], previous: Option<&TopicModel>) -> (Vec<TopicId>, u32) {
    let mut sizes: BTreeMap<TopicId, usize> = BTreeMap::new();
    for topic in previous.iter().flat_map(|model| model.of_video.values()) {
        *sizes.entry(*topic).or_default() += 1;
    }
    let mut pairs: Vec<(f64, usize, TopicId)> = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        let mut shared: BTreeMap<TopicId, usize> = BTreeMap::new();
        for topic in group.iter().filter_map(|item| previous?.of_video.get(&item.video)) {
            *shared.entry(*topic).or_default() += 1;
        }
        let old: usize = shared.values().sum();
        for (topic, both) in shared {
            pairs.push((both as f64 / (old + sizes[&topic] - both) as f64, number, topic));
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    let mut ids: Vec<Option<TopicId>> = vec![None; groups.len()];
    let mut taken: HashSet<TopicId> = HashSet::new();
    for (overlap, number, topic) in pairs {
        if overlap >= SAME_TOPIC && ids[number].is_none() && taken.insert(topic) {
            ids[number] = Some(topic);
        }
    }
    let highest = sizes.keys().next_back().map_or(0, |topic| topic.0 + 1);
    let mut next = previous.map_or(0, |model| model.next_id).max(highest);
    let fresh = |id: Option<TopicId>| {
        id.unwrap_or_else(|| {
            next += 1;
            TopicId(next - 1)
        })
    };
    (ids.into_iter().map(fresh).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(subject: usize, number: usize) -> TopicInput {
        let mut values = vec![0.0; 16];
        values[0] = 4.0;
        values[1 + subject] = 1.0;
        values[10 + number % 5] = 0.2;
        let (subjects, language) = if number.is_multiple_of(3) {
            (["国际象棋", "酸面团", "足球", "天文", "园艺", "编程"], Language::chinese())
        } else {
            let subjects = ["chess", "sourdough", "football", "astronomy", "gardening", "code"];
            (subjects, Language::english())
        };
        TopicInput {
            video: VideoId::new(format!("{subject}-{number}")).expect("id"),
            embedding: Embedding::new(values),
            keywords: vec![subjects[subject].to_owned()],
            language: Some(language),
        }
    }

    fn catalogue(subjects: std::ops::Range<usize>, each: usize) -> Vec<TopicInput> {
        subjects.flat_map(|subject| (0..each).map(move |number| item(subject, number))).collect()
    }

    #[test]
    fn subjects_become_topics_with_names_in_both_languages() {
        let model = TopicModel::train(&catalogue(0..6, 6), &TopicConfig::default(), None);
        assert_eq!(model.topics.len(), 6);
        let chess = model.nearest(&item(0, 1).embedding).and_then(|id| model.topic(id));
        let chess = chess.expect("a topic");
        assert_eq!((chess.name.as_str(), chess.name_zh.as_str()), ("chess", "国际象棋"));
        assert_eq!(chess.size, 6);
        assert_eq!(model.of_video.len(), 36);
    }

    #[test]
    fn tiny_catalogues_are_fine() {
        for count in 0..4 {
            let items: Vec<TopicInput> = (0..count).map(|subject| item(subject, 1)).collect();
            let model = TopicModel::train(&items, &TopicConfig::default(), None);
            assert_eq!(model.topics.len(), count);
            assert_eq!(model.of_video.len(), count);
        }
        let nothing = TopicInput { embedding: Embedding::new(vec![0.0; 16]), ..item(0, 0) };
        let model =
            TopicModel::train(std::slice::from_ref(&nothing), &TopicConfig::default(), None);
        assert_eq!(model.topics.len(), 0);
        assert_eq!(model.nearest(&nothing.embedding), None);
    }

    #[test]
    fn ids_follow_the_videos_and_are_never_given_twice() {
        let config = TopicConfig { count: 3, ..TopicConfig::default() };
        let before = TopicModel::train(&catalogue(0..3, 6), &config, None);
        let id = |model: &TopicModel, subject| model.of_video[&item(subject, 1).video];
        // Another seed, three times the videos, one subject gone and two new.
        let config = TopicConfig { count: 4, seed: 99 };
        let after = TopicModel::train(&catalogue(1..5, 18), &config, Some(&before));
        assert_eq!(id(&after, 1), id(&before, 1));
        assert_eq!(id(&after, 2), id(&before, 2));
        let old: HashSet<TopicId> = before.topics.iter().map(|topic| topic.id).collect();
        assert!(!old.contains(&id(&after, 3)) && !old.contains(&id(&after, 4)));
        let last = TopicModel::train(&catalogue(0..1, 6), &config, Some(&after));
        assert!(id(&last, 0).0 >= after.next_id, "a dead topic's id is not used again");
    }
}
