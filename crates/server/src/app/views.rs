//! A video as the search index and as the recommender see it.

use super::App;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use vireo_domain::{Analysis, AnnotationKind, Embedding, TopicId, Video};
use vireo_index::{Document, SceneDocument};
use vireo_interest::TopicModel;
use vireo_pretrained::names::in_chinese;
use vireo_recommend::Item;

impl App {
    /// A video as it is indexed. Vectors of another model are left away. `words`
    /// are the vectors of its subjects.
    pub(super) fn document(
        &self,
        video: Video,
        analysis: Option<Analysis>,
        words: &HashMap<String, Embedding>,
    ) -> Document {
        let (model, dimensions) = &self.shared.embedding_model;
        let keywords = keywords(&video, analysis.as_ref());
        let subjects = subjects(&video, analysis.as_ref());
        let subjects = subjects.into_iter().filter_map(|word| words.get(word).cloned()).collect();
        let mut document = Document {
            subjects,
            video: video.id,
            title: video.title,
            keywords,
            description: video.description,
            language: video.language,
            embedding: Embedding::new(vec![0.0; *dimensions]),
            scenes: Vec::new(),
            pictures: Vec::new(),
            picture_model: String::new(),
        };
        document.keywords.extend(video.channel);
        let Some(analysis) = analysis else { return document };
        document.keywords.extend(labels(&analysis));
        // A summary by rules is often the description itself.
        let summary = analysis.card.map(|card| card.summary);
        if let Some(summary) = summary.filter(|text| !document.description.contains(&**text)) {
            if !document.description.is_empty() {
                document.description.push('\n');
            }
            document.description.push_str(&summary);
        }
        let is_usable = analysis.embedding_model == *model;
        if is_usable {
            document.embedding = analysis.embedding;
        }
        let scenes = analysis.scenes.into_iter().map(|scene| SceneDocument {
            span: scene.span,
            text: scene.text,
            embedding: if is_usable {
                scene.embedding
            } else {
                Embedding::new(vec![0.0; *dimensions])
            },
        });
        document.scenes = scenes.collect();
        document.pictures = analysis.pictures;
        document.picture_model = analysis.picture_model;
        document
    }

    /// A video as the recommender sees it, without a topic yet.
    pub(super) fn item(&self, video: Video, analysis: Option<&Analysis>) -> Item {
        let (model, dimensions) = &self.shared.embedding_model;
        let keywords = keywords(&video, analysis);
        let embedding = match analysis.filter(|analysis| analysis.embedding_model == *model) {
            Some(analysis) => analysis.embedding.clone(),
            None => Embedding::new(vec![0.0; *dimensions]),
        };
        Item { video, embedding, topic: None, keywords }
    }
}

/// The topic found in training, else (for what came later) the nearest.
pub(super) fn topic_of(topics: &TopicModel, item: &Item) -> Option<TopicId> {
    let trained = topics.of_video.get(&item.video.id).copied();
    trained.or_else(|| (!item.embedding.is_zero()).then(|| topics.nearest(&item.embedding))?)
}

pub(super) fn with_topic(item: Arc<Item>, topic: Option<TopicId>) -> Arc<Item> {
    if item.topic == topic {
        return item;
    }
    let mut item = Arc::unwrap_or_clone(item);
    item.topic = topic;
    Arc::new(item)
}

/// Names of what is seen, each once, in English and in Chinese. They are looked
/// up like keywords, but are no reason to recommend anything: that two videos
/// show a dog tells little.
fn labels(analysis: &Analysis) -> Vec<String> {
    let seen = analysis.annotations.iter().filter(|it| it.kind == AnnotationKind::Label);
    let mut names: Vec<&str> = seen.map(|it| it.value.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let both = names.into_iter().flat_map(|name| [Some(name), in_chinese(name)]);
    both.flatten().map(str::to_owned).collect()
}

/// The words that say what a video is about: the owner's tags and the card's
/// topics. Its keywords are many, and by chance near anything.
pub(super) fn subjects<'a>(video: &'a Video, analysis: Option<&'a Analysis>) -> Vec<&'a str> {
    let card = analysis.and_then(|analysis| analysis.card.as_ref());
    let topics = card.into_iter().flat_map(|card| &card.topics);
    let mut words: Vec<&str> = video.tags.iter().chain(topics).map(String::as_str).collect();
    words.retain(|word| !word.trim().is_empty());
    words.sort_unstable();
    words.dedup();
    words
}

/// Keywords and topics of the card and the owner's tags, each once.
fn keywords(video: &Video, analysis: Option<&Analysis>) -> Vec<String> {
    let card = analysis.and_then(|analysis| analysis.card.as_ref());
    let from_card = card.into_iter().flat_map(|card| card.keywords.iter().chain(&card.topics));
    let mut seen = HashSet::new();
    from_card.chain(&video.tags).filter(|word| seen.insert(word.to_lowercase())).cloned().collect()
}
