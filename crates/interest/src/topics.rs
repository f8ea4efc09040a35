//! Topics: clusters of the catalogue's content vectors, with names, and wider
//! ones that they are a part of.

mod ids;
mod wider;

use crate::Matrix;
use crate::clusters::{Clusters, cluster};
use crate::half_life;
use crate::models::Interactions;
use crate::names::{Keywords, Name, name_groups};
use ids::Ids;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use vireo_domain::{Embedding, Language, Space, Topic, TopicId, VideoId};

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

/// A name that a topic was given by a language model or by the owner. It goes
/// with the topic that has most of what was the middle of the one it was given to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenName {
    /// For who reads English; empty: the keywords stay.
    pub name: String,
    /// The same in Chinese.
    pub name_zh: String,
    /// Who gave it: the name of a model, or [`OWNER`].
    pub by: String,
    /// Whether it is of a wider topic.
    #[serde(default)]
    pub is_wide: bool,
    /// The videos in the middle of the topic when it was named.
    pub middle: Vec<VideoId>,
}

/// Who gives a name that no model takes away.
pub const OWNER: &str = "owner";

/// The topics of a catalogue. Topic centres are in the centred space.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TopicModel {
    /// The space that the centres live in.
    pub space: Space,
    /// The topics, by id.
    pub topics: Vec<Topic>,
    /// The wider topics that some of them are a part of, by id. Their centres
    /// are means of centres.
    #[serde(default)]
    pub wider: Vec<Topic>,
    /// Topic of each video.
    pub of_video: HashMap<VideoId, TopicId>,
    /// The id of the next new topic. Ids are never given twice, so that what a
    /// person says of a topic never falls on another one.
    #[serde(default)]
    pub next_id: u32,
    /// Names that topics were given by more than their keywords.
    #[serde(default)]
    pub given: BTreeMap<TopicId, GivenName>,
    /// Days after which a liking counts half in people's maps of these topics,
    /// where the log tells ([`Self::fit_half_life`]).
    #[serde(default)]
    pub half_life_days: Option<f64>,
}

impl TopicModel {
    /// Clusters the catalogue (average linkage, then spherical k-means), and
    /// where there are many topics those, too. Names are the keywords that set a
    /// topic apart (class-based TF-IDF), in English and Chinese, unless it was
    /// given a name and is still the same. Ids follow `previous` where the videos do.
    ///
    /// Videos without a meaning get no topic, nor do those whose vector is of
    /// another width than the first (an older embedder's).
    pub fn train(items: &[TopicInput], config: &TopicConfig, previous: Option<&Self>) -> Self {
        // What is drawn follows from the videos alone, not from when they came.
        let mut items: Vec<&TopicInput> =
            items.iter().filter(|item| !item.embedding.is_zero()).collect();
        items.sort_by(|a, b| a.video.cmp(&b.video));
        let width = items.first().map_or(0, |item| item.embedding.dimensions());
        items.retain(|item| item.embedding.dimensions() == width);
        let space = Space::fit(items.iter().map(|item| (&item.embedding, item.language.as_ref())));
        let mut rows = Matrix::new(width);
        for item in &items {
            rows.push(space.centred(&item.embedding).as_slice());
        }
        let Clusters { centres, of_row, .. } = cluster(&rows, config.count, config.seed);
        let mut groups: Vec<Group<'_>> = (0..centres.rows())
            .map(|number| Group::new(Embedding::new(centres.row(number)[..width].to_vec())))
            .collect();
        for (item, group) in items.iter().zip(&of_row) {
            groups[*group].items.push(item);
        }
        groups.retain(|group| !group.items.is_empty());

        let mut ids = Ids::after(previous);
        let mut topics = level(&groups, &mut ids, previous.map(Self::narrow).as_ref());
        let mut wider_groups: Vec<Group<'_>> = Vec::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for together in wider::together(&topics) {
            let centres = together.iter().map(|number| (&topics[*number].centre, 1.0));
            let Some(centre) = Embedding::mean(centres) else { continue };
            let mut group = Group::new(centre);
            let items = together.iter().flat_map(|number| &groups[*number].items);
            group.items.extend(items);
            wider_groups.push(group);
            members.push(together);
        }
        let mut wider = level(&wider_groups, &mut ids, previous.map(Self::broad).as_ref());
        for (topic, members) in wider.iter_mut().zip(&members) {
            let parts: Vec<&Topic> = members.iter().map(|number| &topics[*number]).collect();
            if let Some((name, name_zh)) = wider::name_of_few(&parts) {
                (topic.name, topic.name_zh) = (name, name_zh);
            }
            for number in members {
                topics[*number].within = Some(topic.id);
            }
        }
        let of_video = groups.iter().zip(&topics).flat_map(|(group, topic)| {
            group.items.iter().map(|item| (item.video.clone(), topic.id))
        });
        let of_video = of_video.collect();
        topics.sort_by_key(|topic| topic.id);
        wider.sort_by_key(|topic| topic.id);
        let given = BTreeMap::new();
        let next_id = ids.next;
        let mut model =
            Self { space, topics, wider, of_video, next_id, given, half_life_days: None };
        for given in previous.iter().flat_map(|previous| previous.given.values()) {
            model.name_again(given);
        }
        model
    }

    /// Finds out how long interests in these topics last, by what people liked.
    pub fn fit_half_life(&mut self, data: &Interactions, ids: &[&VideoId]) {
        let places: HashMap<TopicId, usize> =
            self.topics.iter().zip(0..).map(|(topic, place)| (topic.id, place)).collect();
        let topic_of = ids.iter().map(|id| places.get(self.of_video.get(*id)?).copied());
        let topic_of: Vec<Option<usize>> = topic_of.collect();
        self.half_life_days = half_life::fitted(data, &topic_of, self.topics.len());
    }

    /// The topic nearest to a vector (not centred), for videos that came after the training.
    pub fn nearest(&self, embedding: &Embedding) -> Option<TopicId> {
        let centred = self.space.centred(embedding);
        let fits = |topic: &&Topic| topic.centre.dimensions() == centred.dimensions();
        let near = |topic: &Topic| topic.centre.cosine(&centred);
        let topics = self.topics.iter().filter(fits).filter(|_| !centred.is_zero());
        topics.max_by(|a, b| near(a).total_cmp(&near(b))).map(|topic| topic.id)
    }

    /// One topic, wide or not.
    pub fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.all().find(|topic| topic.id == id)
    }

    /// All topics, the wider ones first.
    pub fn all(&self) -> impl Iterator<Item = &Topic> {
        self.wider.iter().chain(&self.topics)
    }

    /// The videos of a topic, wide or not, those in its middle first, at most `most`.
    pub fn middle<'a>(
        &self,
        topic: &Topic,
        items: impl Iterator<Item = (&'a VideoId, &'a Embedding)>,
        most: usize,
    ) -> Vec<&'a VideoId> {
        let of_topic = items.filter(|(video, _)| {
            self.of_video.get(video).is_some_and(|own| self.is_within(*own, topic.id))
        });
        let near = |embedding| topic.centre.cosine(&self.space.centred(embedding));
        let mut videos: Vec<_> =
            of_topic.map(|(video, embedding)| (near(embedding), video)).collect();
        videos.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        videos.into_iter().take(most).map(|(_, video)| video).collect()
    }

    /// Whether what is of `topic` is of `whole`: the same, or a part of it.
    pub fn is_within(&self, topic: TopicId, whole: TopicId) -> bool {
        let is_part = |it: &Topic| it.id == topic && it.within == Some(whole);
        topic == whole || self.topics.iter().any(is_part)
    }

    /// Gives a topic a name; false if there is none of this id.
    pub fn name(&mut self, id: TopicId, given: GivenName) -> bool {
        let mut topics = self.wider.iter_mut().chain(&mut self.topics);
        let Some(topic) = topics.find(|topic| topic.id == id) else { return false };
        let names = [(&mut topic.name, &given.name), (&mut topic.name_zh, &given.name_zh)];
        for (name, given) in names {
            if !given.is_empty() {
                name.clone_from(given);
            }
        }
        self.given.insert(id, given);
        true
    }

    /// Takes a topic's given name away; its keywords are back after the next training.
    pub fn unname(&mut self, id: TopicId) {
        self.given.remove(&id);
    }

    /// Gives a name that was given before to the topic of its level that has
    /// most of its middle, as far as that is still there; false if none has.
    /// What the owner gave is taken away by no other name.
    pub fn name_again(&mut self, given: &GivenName) -> bool {
        let mut counts: BTreeMap<TopicId, usize> = BTreeMap::new();
        let mut there = 0;
        for video in &given.middle {
            let Some(topic) = self.of_video.get(video).and_then(|id| self.topic(*id)) else {
                continue;
            };
            there += 1;
            let of_level = if given.is_wide { topic.within } else { Some(topic.id) };
            if let Some(id) = of_level {
                *counts.entry(id).or_default() += 1;
            }
        }
        let most = counts.into_iter().max_by_key(|(id, count)| (*count, Reverse(*id)));
        let Some((id, _)) = most.filter(|(_, count)| 2 * count > there) else { return false };
        let is_owners = |known: &GivenName| known.by == OWNER;
        if given.by != OWNER && self.given.get(&id).is_some_and(is_owners) {
            return false;
        }
        self.name(id, given.clone())
    }

    fn narrow(&self) -> HashMap<&VideoId, TopicId> {
        self.of_video.iter().map(|(video, topic)| (video, *topic)).collect()
    }

    fn broad(&self) -> HashMap<&VideoId, TopicId> {
        let within: HashMap<TopicId, Option<TopicId>> =
            self.topics.iter().map(|topic| (topic.id, topic.within)).collect();
        let of_video = self.of_video.iter();
        of_video.filter_map(|(video, topic)| Some((video, (*within.get(topic)?)?))).collect()
    }
}

/// Videos that belong together.
struct Group<'a> {
    centre: Embedding,
    items: Vec<&'a TopicInput>,
}

impl Group<'_> {
    fn new(centre: Embedding) -> Self {
        Self { centre, items: Vec::new() }
    }
}

/// A topic of each group, in their order.
fn level(
    groups: &[Group<'_>],
    ids: &mut Ids,
    before: Option<&HashMap<&VideoId, TopicId>>,
) -> Vec<Topic> {
    let keywords = groups.iter().map(|group| {
        let items = group.items.iter();
        items
            .map(|item| Keywords { words: &item.keywords, language: item.language.as_ref() })
            .collect()
    });
    let names = name_groups(&keywords.collect::<Vec<_>>());
    let videos = groups.iter().map(|group| group.items.iter().map(|item| &item.video).collect());
    let ids = ids.follow(&videos.collect::<Vec<_>>(), before);
    let topic = |((group, name), id): ((&Group<'_>, Name), TopicId)| {
        let or_number = |name: String, word: &str| {
            if name.is_empty() { format!("{word} {}", id.0) } else { name }
        };
        Topic {
            id,
            within: None,
            name: or_number(name.english, "Topic"),
            name_zh: or_number(name.chinese, "主题"),
            centre: group.centre.clone(),
            size: group.items.len() as u32,
        }
    };
    groups.iter().zip(names).zip(ids).map(topic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

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
    fn the_order_of_videos_changes_nothing() {
        let mut items = many();
        let model = TopicModel::train(&items, &TopicConfig::default(), None);
        fastrand::Rng::with_seed(5).shuffle(&mut items);
        assert!(TopicModel::train(&items, &TopicConfig::default(), None) == model);
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

    /// Six arts of three, six sciences of three, and something by itself.
    fn many() -> Vec<TopicInput> {
        let mut items = Vec::new();
        for subject in 0..13 {
            for number in 0..8 {
                let mut values = vec![0.0; 40];
                values[0] = 4.0;
                values[1 + subject / 6] = 0.8;
                values[4 + subject] = 1.0;
                values[20 + number] = 0.2;
                let field = ["arts", "science", "knots"][subject / 6];
                items.push(TopicInput {
                    video: VideoId::new(format!("{subject}-{number}")).expect("id"),
                    embedding: Embedding::new(values),
                    keywords: vec![format!("subject{subject}"), field.to_owned()],
                    language: Some(Language::english()),
                });
            }
        }
        items
    }

    #[test]
    fn topics_that_are_alike_are_of_a_wider_one() {
        let config = TopicConfig { count: 13, ..TopicConfig::default() };
        let model = TopicModel::train(&many(), &config, None);
        let wide = |name: &str| {
            let mut wide = model.wider.iter().filter(|topic| topic.name.starts_with(name));
            wide.next().filter(|_| wide.next().is_none()).expect("one of this name")
        };
        let (arts, science) = (wide("arts"), wide("science"));
        assert_eq!((arts.size, science.size, model.topics.len()), (48, 48, 13));
        let alone: Vec<_> = model.topics.iter().filter(|topic| topic.within.is_none()).collect();
        assert!(alone.len() == 1 && alone[0].name.contains("subject12"), "{alone:?}");
        let one = model.of_video[&many()[0].video];
        assert!(model.is_within(one, arts.id) && model.is_within(one, one));
        assert!(!model.is_within(one, science.id));
        // The next training has the same ones.
        let again = TopicModel::train(&many(), &TopicConfig { seed: 5, ..config }, Some(&model));
        assert_eq!(again.of_video, model.of_video);
        let ids = |model: &TopicModel| model.wider.iter().map(|it| it.id).collect::<Vec<_>>();
        assert_eq!(ids(&again), ids(&model));
        // Few topics are surveyed as they are.
        assert!(
            TopicModel::train(&many(), &TopicConfig { count: 8, seed: 1 }, None).wider.is_empty()
        );
    }

    #[test]
    fn a_name_that_was_given_stays_with_the_middle_of_its_topic() {
        let config = TopicConfig { count: 3, ..TopicConfig::default() };
        let all = catalogue(0..3, 6);
        let mut model = TopicModel::train(&all, &config, None);
        let id = model.of_video[&item(1, 1).video];
        let items = || all.iter().map(|item| (&item.video, &item.embedding));
        let middle = model.middle(model.topic(id).expect("a topic"), items(), 4);
        assert!(middle.len() == 4 && middle.iter().all(|video| video.as_str().starts_with("1-")));
        let middle = middle.into_iter().cloned().collect();
        let given = GivenName {
            name: "Baking".to_owned(),
            name_zh: String::new(),
            by: OWNER.to_owned(),
            is_wide: false,
            middle,
        };
        assert!(model.name(id, given.clone()) && !model.name(TopicId(99), given.clone()));
        // A model's name does not take it away, and another embedder's topics have it, too.
        assert!(!model.name_again(&GivenName { by: "a model".to_owned(), ..given.clone() }));
        let mut other = TopicModel::train(&all, &config, None);
        assert!(
            other.name_again(&given) && !other.name_again(&GivenName { is_wide: true, ..given })
        );
        assert_eq!(other.topic(other.of_video[&item(1, 1).video]).expect("it").name, "Baking");
        let named = |model: &TopicModel| {
            let topic = model.topic(id).expect("the topic");
            (topic.name.clone(), topic.name_zh.clone())
        };
        let wanted = ("Baking".to_owned(), "酸面团".to_owned());
        assert_eq!(named(&model), wanted);
        let after = TopicModel::train(&catalogue(0..3, 12), &config, Some(&model));
        assert_eq!(named(&after), wanted);
        // Its middle is another subject's now: not what was named.
        let mut moved = catalogue(0..3, 6);
        for number in [0, 1, 2, 5] {
            moved[6 + number].embedding = item(0, number).embedding;
        }
        let after = TopicModel::train(&moved, &config, Some(&model));
        let own = after.topic(after.of_video[&item(1, 3).video]).expect("what is left of it");
        assert!(own.name != "Baking", "{:?}", after.given);
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
