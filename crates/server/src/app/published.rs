//! Trained models, published as documents.
//!
//! Each training writes its models under keys of its own version and then
//! moves the one pointer (`model/published`) to it. So a reader sees either
//! all of the old or all of the new, and a training that dies changes nothing.

use super::{App, Refusal};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use vireo_domain::Timestamp;
use vireo_interest::{Crowd, Taste, TopicModel};

const PARTS: [&str; 3] = ["topics", "crowd", "taste"];

/// The form in which models are saved. One more wherever what is saved of crowd or
/// taste changes: bytes of another form may be read as nonsense.
const FORM: u32 = 2;

/// What is learned from the whole store.
#[derive(Default, Clone)]
pub(crate) struct Trained {
    pub(crate) topics: Arc<TopicModel>,
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) taste: Arc<Taste>,
    /// Whether something of it could not be read, and is empty.
    pub(crate) is_partial: bool,
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
    /// Of the models, [`FORM`] of the program that saved them.
    #[serde(default)]
    form: u32,
    pub(crate) facts: Facts,
}

impl Published {
    /// Where it and the models are kept.
    pub(crate) const KIND: &str = "model";
    /// Its key there.
    pub(crate) const POINTER: &str = "published";

    /// Whether a newer program than this one saved them; it is not to be outdone.
    pub(crate) fn is_newer(&self) -> bool {
        self.form > FORM
    }
}

impl App {
    /// The models in use; `None` before the first training.
    pub(crate) async fn published(&self) -> Result<Option<Published>> {
        let pointer = self.store.document(Published::KIND, Published::POINTER).await?;
        pointer
            .map(|value| serde_json::from_value(value).context("the document model/published"))
            .transpose()
    }

    /// Makes `trained` the models in use, if all of it is there.
    pub(crate) async fn publish(&self, trained: &Trained, facts: Facts) -> Result<()> {
        if trained.is_partial {
            return Err(Refusal::Partial.into());
        }
        let before = self.published().await?;
        let version = Timestamp::now().as_microsecond().unsigned_abs();
        let values = [
            serde_json::to_value(&*trained.topics)?,
            packed(&*trained.crowd)?,
            packed(&*trained.taste)?,
        ];
        for (part, value) in PARTS.iter().zip(&values) {
            self.store.put_document(Published::KIND, &key(part, version), value).await?;
        }
        let pointer = serde_json::to_value(Published { version, form: FORM, facts })?;
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
        let (Some(topics), Some(crowd), Some(taste)) = (
            self.part(PARTS[0], version).await?,
            self.part(PARTS[1], version).await?,
            self.part(PARTS[2], version).await?,
        ) else {
            return Ok(None);
        };
        let topics = serde_json::from_value(topics).map_err(anyhow::Error::from);
        let is_known = published.form == FORM;
        let (crowd, taste) = (unpacked(&crowd, is_known), unpacked(&taste, is_known));
        let mut is_partial = false;
        let topics: TopicModel = read(PARTS[0], topics, &mut is_partial);
        let crowd = read(PARTS[1], crowd, &mut is_partial);
        let taste = read(PARTS[2], taste, &mut is_partial);
        let is_comparable = published.facts.embedding_model == self.embedding_model();
        let mut topics = if is_comparable { topics } else { TopicModel::default() };
        for given in self.owners_names().await? {
            if !topics.name_again(&given) {
                tracing::debug!(name = given.name, "no topic is what the owner named so");
            }
        }
        Ok(Some(Trained {
            topics: Arc::new(topics),
            crowd: Arc::new(crowd),
            taste: Arc::new(taste),
            is_partial,
        }))
    }

    async fn part(&self, part: &str, version: u64) -> Result<Option<Value>> {
        Ok(self.store.document(Published::KIND, &key(part, version)).await?)
    }
}

/// A model of millions of numbers as a document: a tenth of its size as JSON.
fn packed<T: Serialize>(model: &T) -> Result<Value> {
    Ok(Value::String(BASE64_STANDARD.encode(postcard::to_stdvec(model)?)))
}

/// The model in a document, if that is of a known form.
fn unpacked<T: DeserializeOwned>(document: &Value, is_known: bool) -> Result<T> {
    ensure!(is_known, "another version of this program saved it");
    let bytes = BASE64_STANDARD.decode(document.as_str().context("it is no text")?)?;
    let (model, rest) = postcard::take_from_bytes(&bytes)?;
    ensure!(rest.is_empty(), "{} bytes are left over", rest.len());
    Ok(model)
}

/// A part that was read. One that cannot be, as of another version of this
/// program, is as if there were none: the next training makes it anew.
fn read<T: Default>(part: &str, found: Result<T>, is_partial: &mut bool) -> T {
    found.unwrap_or_else(|error| {
        *is_partial = true;
        tracing::warn!(
            "the document model/{part} cannot be read and is to be trained anew (vireo train, or \
             a server by itself): {error:#}"
        );
        T::default()
    })
}

fn key(part: &str, version: u64) -> String {
    format!("{part}-{version}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::{Feedback, FeedbackKind, UserId, VideoId};
    use vireo_interest::models::{Interactions, Run};

    #[test]
    fn a_packed_model_is_the_same_and_a_damaged_one_is_none() {
        let log: Vec<Feedback> = (0..4)
            .map(|number| {
                let user = UserId::new(format!("p{}", number % 2)).expect("an id");
                let video = VideoId::new(format!("v{}", number / 2)).expect("an id");
                let (kind, at) = (FeedbackKind::Like, Timestamp::UNIX_EPOCH);
                let id = Feedback::natural_id(&user, &video, kind, None, at);
                Feedback { id, user, video, kind, value: None, at }
            })
            .collect();
        let (data, ids) = Interactions::from_feedback(&log, Timestamp::UNIX_EPOCH);
        let crowd = Crowd::train(&data, &ids, 14.0, 9);
        let taste = Taste::train(&data, &ids, 9, &Taste::default(), &Run::seeded(1));
        assert_eq!(crowd.co_watched_videos(), 2);
        assert_eq!(unpacked::<Crowd>(&packed(&crowd).expect("packed"), true).expect("read"), crowd);
        assert_eq!(unpacked::<Taste>(&packed(&taste).expect("packed"), true).expect("read"), taste);
        assert!(unpacked::<Crowd>(&packed(&crowd).expect("packed"), false).is_err());
        let longer = packed(&(&crowd, 1)).expect("packed");
        for damaged in [Value::Null, "!".into(), "/////w==".into(), longer] {
            let mut is_partial = false;
            let found: Crowd = read("crowd", unpacked(&damaged, true), &mut is_partial);
            assert!(is_partial && found == Crowd::default());
        }
    }
}
