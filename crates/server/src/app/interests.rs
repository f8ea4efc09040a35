//! A person's interest map: read, and corrected by the person.

use super::{App, InterestChange, Refusal, blocking};
use anyhow::{Context, Result};
use vireo_domain::{Embedding, InterestMap, Language, UserId};
use vireo_interest::{Corrections, Said};

/// Where corrections are kept.
const KIND: &str = "interests";

/// Largest boost.
const LARGEST_BOOST: f64 = 4.0;

/// Sentences and picks kept for a person.
const MOST_SAID: usize = 20;

/// Longest sentence, in characters.
const LONGEST: usize = 300;

impl App {
    /// A person's interest map.
    pub async fn interests(
        &self,
        user: &UserId,
        language: Option<&Language>,
    ) -> Result<InterestMap> {
        Ok(self.viewer(&self.snapshot(), user, language).await?.map)
    }

    /// Changes a person's interest map; returns the new one. [`Refusal`] when
    /// it names something that is not there.
    pub async fn change_interests(
        &self,
        user: &UserId,
        change: InterestChange,
    ) -> Result<InterestMap> {
        let _turn = self.shared.correcting.lock().await;
        let mut corrections = self.corrections(user).await?;
        match change {
            InterestChange::Boost { key, boost } => {
                let map = self.interests(user, None).await?;
                if !map.interests.iter().any(|interest| interest.key == key) {
                    return Err(Refusal::NoInterest(key).into());
                }
                let boost = if boost.is_finite() { boost.clamp(0.0, LARGEST_BOOST) } else { 1.0 };
                corrections.boosts.insert(key, boost);
            }
            InterestChange::Say(text) => {
                let said = self.said(&corrections, text.trim()).await?;
                corrections.said.retain(|other| other.text != said.text);
                corrections.said.push(said);
            }
            InterestChange::Unsay(key) => {
                let named = |said: &Said| said.key == key || said.text == key;
                let Some(place) = corrections.said.iter().position(named) else {
                    return Err(Refusal::NoInterest(key).into());
                };
                let said = corrections.said.remove(place);
                corrections.boosts.remove(&said.key);
            }
            InterestChange::Pick(videos) => {
                let snapshot = self.snapshot();
                for video in videos {
                    if snapshot.item(&video).is_none() {
                        return Err(Refusal::NoVideo(video).into());
                    }
                    if !corrections.picks.contains(&video) {
                        corrections.picks.push(video);
                    }
                }
                let surplus = corrections.picks.len().saturating_sub(MOST_SAID);
                corrections.picks.drain(..surplus);
            }
        }
        let value = serde_json::to_value(&corrections)?;
        self.store.put_document(KIND, user.as_str(), &value).await?;
        self.interests(user, None).await
    }

    /// What a person said of their own map.
    pub(crate) async fn corrections(&self, user: &UserId) -> Result<Corrections> {
        let kept = self.store.document(KIND, user.as_str()).await?;
        let read = |value| {
            serde_json::from_value(value)
                .with_context(|| format!("the document {KIND}/{user} is damaged"))
        };
        let mut corrections: Corrections = kept.map(read).transpose()?.unwrap_or_default();
        for said in &mut corrections.said {
            // Said when another embedding model was in use.
            if said.embedding.dimensions() != self.shared.embedding_model.1 {
                said.embedding = self.embed(&said.text).await?;
            }
        }
        Ok(corrections)
    }

    async fn embed(&self, text: &str) -> Result<Embedding> {
        let (app, words) = (self.clone(), text.to_owned());
        blocking(move || app.shared.understander.embed_query(&words)).await
    }

    async fn said(&self, corrections: &Corrections, text: &str) -> Result<Said> {
        if text.is_empty() {
            return Err(Refusal::Sentence("say in a few words what you like").into());
        }
        if text.chars().count() > LONGEST {
            return Err(Refusal::Sentence("say it shorter: at most 300 characters").into());
        }
        if corrections.said.len() >= MOST_SAID {
            return Err(Refusal::Sentence("remove a sentence first: 20 are kept").into());
        }
        let number = |said: &Said| said.key.strip_prefix("said-")?.parse::<u32>().ok();
        let last = corrections.said.iter().filter_map(number).max().unwrap_or(0);
        let embedding = self.embed(text).await?;
        let key = format!("said-{}", last + 1);
        Ok(Said { key, text: text.to_owned(), embedding, at: self.now() })
    }
}
