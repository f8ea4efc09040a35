//! The catalogue in memory, as the recommender sees it.

use std::collections::HashMap;
use std::sync::Arc;
use vireo_domain::{Embedding, TopicId, Video, VideoId};
use vireo_interest::TopicModel;
use vireo_interest::models::{item_to_item::ItemToItem, popular::Popular};

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
    /// Popularity.
    pub popular: Arc<Popular>,
    /// Co-watching.
    pub item_to_item: Arc<ItemToItem>,
}

impl Snapshot {
    /// Of these videos and models.
    pub fn new(
        items: Vec<Arc<Item>>,
        topics: Arc<TopicModel>,
        popular: Arc<Popular>,
        item_to_item: Arc<ItemToItem>,
    ) -> Self {
        let places =
            items.iter().enumerate().map(|(place, item)| (item.video.id.clone(), place)).collect();
        Self { items, places, topics, popular, item_to_item }
    }

    /// One video.
    pub fn item(&self, id: &VideoId) -> Option<&Arc<Item>> {
        self.places.get(id).map(|place| &self.items[*place])
    }
}
