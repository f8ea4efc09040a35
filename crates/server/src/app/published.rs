//! Trained models, published as documents.
//!
//! Each training writes its models under keys of its own version and then
//! moves the one pointer (`model/published`) to it. So a reader sees either
//! all of the old or all of the new, and a training that dies changes nothing.

use super::App;
use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vireo_domain::Timestamp;
use vireo_interest::TopicModel;
use vireo_interest::models::{item_to_item::ItemToItem, popular::Popular};

const PARTS: [&str; 3] = ["topics", "popular", "item_to_item"];

/// What is learned from the whole store.
#[derive(Default, Clone)]
pub(crate) struct Trained {
    pub(crate) topics: Arc<TopicModel>,
    pub(crate) popular: Arc<Popular>,
    pub(crate) item_to_item: Arc<ItemToItem>,
}

/// Over what a training went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) videos: u64,
    pub(crate) feedback: u64,
    pub(crate) embedding_model: String,
}

/// The pointer to the models in use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Published {
    /// Microseconds of the moment of publication.
    pub(crate) version: u64,
    pub(crate) facts: Facts,
}

impl Published {
    /// Where it and the models are kept.
    pub(crate) const KIND: &str = "model";
    /// Its key there.
    pub(crate) const POINTER: &str = "published";
}

impl App {
    /// The models in use; `None` before the first training.
    pub(crate) async fn published(&self) -> Result<Option<Published>> {
        let pointer = self.store.document(Published::KIND, Published::POINTER).await?;
        pointer
            .map(|value| serde_json::from_value(value).context("the document model/published"))
            .transpose()
    }

    /// Makes `trained` the models in use.
    pub(crate) async fn publish(&self, trained: &Trained, facts: Facts) -> Result<()> {
        let before = self.published().await?;
        let version = Timestamp::now().as_microsecond().unsigned_abs();
        let values = [
            serde_json::to_value(&*trained.topics)?,
            serde_json::to_value(&*trained.popular)?,
            serde_json::to_value(&*trained.item_to_item)?,
        ];
        for (part, value) in PARTS.iter().zip(&values) {
            self.store.put_document(Published::KIND, &key(part, version), value).await?;
        }
        let pointer = serde_json::to_value(Published { version, facts })?;
        self.store.put_document(Published::KIND, Published::POINTER, &pointer).await?;
        if let Some(before) = before {
            for part in PARTS {
                self.store.remove_document(Published::KIND, &key(part, before.version)).await?;
            }
        }
        Ok(())
    }

    /// Reads the models in use; `None` if they were replaced meanwhile.
    /// Topics in the space of another embedding model are left empty.
    pub(crate) async fn trained(&self, published: &Published) -> Result<Option<Trained>> {
        let version = published.version;
        let (Some(topics), Some(popular), Some(item_to_item)) = (
            self.part::<TopicModel>(PARTS[0], version).await?,
            self.part(PARTS[1], version).await?,
            self.part(PARTS[2], version).await?,
        ) else {
            return Ok(None);
        };
        let is_comparable = published.facts.embedding_model == self.embedding_model();
        Ok(Some(Trained {
            topics: Arc::new(if is_comparable { topics } else { TopicModel::default() }),
            popular: Arc::new(popular),
            item_to_item: Arc::new(item_to_item),
        }))
    }

    async fn part<T: DeserializeOwned>(&self, part: &str, version: u64) -> Result<Option<T>> {
        let value = self.store.document(Published::KIND, &key(part, version)).await?;
        let read = |value| {
            serde_json::from_value(value).with_context(|| format!("the document model/{part}"))
        };
        value.map(read).transpose()
    }
}

fn key(part: &str, version: u64) -> String {
    format!("{part}-{version}")
}
