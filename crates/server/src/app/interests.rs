//! A person's interest map: read, and corrected by the person.

use super::{App, InterestChange, LARGEST_BOOST, Refusal, blocking};
use anyhow::{Context, Result};
use vireo_domain::{Embedding, InterestMap, Language, UserId};
use vireo_interest::{Corrections, Said, liked_clauses, split_sentence};

/// Where corrections are kept.
const KIND: &str = "interests";

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
                if !(0.0..=LARGEST_BOOST).contains(&boost) {
                    return Err(Refusal::Boost(boost).into());
                }
                let map = self.interests(user, None).await?;
                if !map.interests.iter().any(|interest| interest.key == key) {
                    return Err(Refusal::NoInterest(key).into());
                }
                corrections.boosts.insert(key, boost);
            }
            InterestChange::Say(text) => {
                let said = self.said(&corrections, text.trim()).await?;
                corrections.said.retain(|known| said.iter().all(|new| new.text != known.text));
                corrections.said.extend(said);
            }
            InterestChange::Unsay(key) => {
                let parts = split_sentence(&key);
                let named = |said: &Said| said.key == key || parts.contains(&said.text.as_str());
                let (gone, kept) = corrections.said.into_iter().partition::<Vec<_>, _>(named);
                corrections.said = kept;
                if gone.is_empty() {
                    return Err(Refusal::NoInterest(key).into());
                }
                for said in gone {
                    corrections.boosts.remove(&said.key);
                }
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

    /// The interests in a sentence. What was said before keeps its key, and with
    /// it its boost.
    async fn said(&self, corrections: &Corrections, text: &str) -> Result<Vec<Said>> {
        if text.is_empty() {
            return Err(Refusal::Sentence("say in a few words what you like").into());
        }
        let liked = liked_clauses(text);
        if liked.is_empty() {
            let advice =
                "say what you like; to see less of something, mute its interest or hide a video";
            return Err(Refusal::Sentence(advice).into());
        }
        if text.chars().count() > LONGEST {
            return Err(Refusal::Sentence("say it shorter: at most 300 characters").into());
        }
        let number = |said: &Said| said.key.strip_prefix("said-")?.parse::<u32>().ok();
        let mut last = corrections.said.iter().filter_map(number).max().unwrap_or(0);
        let mut found: Vec<Said> = Vec::new();
        for text in liked.into_iter().flat_map(split_sentence) {
            if found.iter().any(|said| said.text == text) {
                continue;
            }
            let before = corrections.said.iter().find(|said| said.text == text);
            let key = if let Some(before) = before {
                before.key.clone()
            } else {
                last += 1;
                format!("said-{last}")
            };
            let (text, embedding) = (text.to_owned(), self.embed(text).await?);
            found.push(Said { key, text, embedding, at: self.now() });
        }
        let is_new = |said: &&Said| corrections.said.iter().all(|known| known.key != said.key);
        if corrections.said.len() + found.iter().filter(is_new).count() > MOST_SAID {
            return Err(Refusal::Sentence("remove a sentence first: 20 are kept").into());
        }
        Ok(found)
    }
}
