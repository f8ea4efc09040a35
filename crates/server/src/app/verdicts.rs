//! What the admin says of statements about a video: true or not.
//!
//! Kept apart from the analysis, by what a statement says, so that a verdict
//! outlives the next analysis. What was rejected is in no index and no list.

use super::App;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use vireo_domain::{Analysis, Annotation, AnnotationKind, VideoId};

/// Documents of this kind hold the verdicts on a video's statements.
const KIND: &str = "verdicts";

/// The admin's word on a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is true.
    Approved,
    /// It is not true.
    Rejected,
}

/// The verdicts on the statements about one video: by kind, then by what is stated.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Verdicts(BTreeMap<AnnotationKind, BTreeMap<String, Verdict>>);

impl Verdicts {
    /// The verdict on a statement.
    pub fn on(&self, kind: AnnotationKind, value: &str) -> Option<Verdict> {
        self.0.get(&kind)?.get(value).copied()
    }

    /// What is stated, of a kind, with this verdict.
    pub(super) fn of(&self, kind: AnnotationKind, verdict: Verdict) -> impl Iterator<Item = &str> {
        let of_kind = self.0.get(&kind).into_iter().flatten();
        of_kind.filter(move |(_, given)| **given == verdict).map(|(value, _)| value.as_str())
    }

    fn rejects(&self, kind: AnnotationKind, value: &str) -> bool {
        self.on(kind, value) == Some(Verdict::Rejected)
    }

    /// Takes out what was rejected.
    pub fn apply(&self, analysis: &mut Analysis) {
        if self.0.is_empty() {
            return;
        }
        let stands = |it: &Annotation| !self.rejects(it.kind, &it.value);
        analysis.annotations.retain(stands);
        let Some(card) = &mut analysis.card else { return };
        card.keywords.retain(|word| !self.rejects(AnnotationKind::Keyword, word));
        card.topics.retain(|topic| !self.rejects(AnnotationKind::Topic, topic));
        let stands = |kind, value: &str| !self.rejects(kind, value);
        card.category = card.category.take().filter(|it| stands(AnnotationKind::Category, it));
        card.audience = card.audience.take().filter(|it| stands(AnnotationKind::Audience, it));
        card.mood = card.mood.filter(|it| stands(AnnotationKind::Mood, &name(it)));
        card.sentiment = card.sentiment.filter(|it| stands(AnnotationKind::Sentiment, &name(it)));
        if self.rejects(AnnotationKind::Summary, &card.summary) {
            card.summary.clear();
        }
    }
}

/// The name of a closed set's member, as statements have it.
fn name(member: &impl Serialize) -> String {
    let name = serde_json::to_value(member).ok();
    name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

impl App {
    /// The verdicts on a video's statements.
    pub async fn verdicts(&self, video: &VideoId) -> Result<Verdicts> {
        match self.store.document(KIND, video.as_str()).await? {
            Some(kept) => read(video.as_str(), kept),
            None => Ok(Verdicts::default()),
        }
    }

    /// Those of all videos that have any.
    pub(super) async fn all_verdicts(&self) -> Result<BTreeMap<String, Verdicts>> {
        let kept = self.store.documents(KIND).await?;
        kept.into_iter().map(|(video, kept)| Ok((video.clone(), read(&video, kept)?))).collect()
    }

    /// Gives (or, with `None`, takes back) a verdict on a statement. False if
    /// nothing of the kind is stated about the video.
    pub async fn judge(
        &self,
        video: &VideoId,
        kind: AnnotationKind,
        value: &str,
        verdict: Option<Verdict>,
    ) -> Result<bool> {
        let turn = self.editing().await;
        let Some((record, Some(analysis))) = self.video(video).await? else { return Ok(false) };
        if !analysis.annotations.iter().any(|it| it.kind == kind && it.value == value) {
            return Ok(false);
        }
        let mut verdicts = self.verdicts(video).await?;
        let of_kind = verdicts.0.entry(kind).or_default();
        match verdict {
            Some(verdict) => of_kind.insert(value.to_owned(), verdict),
            None => of_kind.remove(value),
        };
        verdicts.0.retain(|_, of_kind| !of_kind.is_empty());
        let kept = serde_json::to_value(&verdicts)?;
        self.store.put_document(KIND, video.as_str(), &kept).await?;
        // The same once more, so that every process looks at the video again.
        self.store.put_analysis(&record, &analysis).await?;
        drop(turn);
        self.refresh().await?;
        Ok(true)
    }

    /// A removed video has no statements.
    pub(super) async fn forget_verdicts(&self, video: &VideoId) -> Result<()> {
        self.store.remove_document(KIND, video.as_str()).await?;
        Ok(())
    }
}

fn read(video: &str, kept: serde_json::Value) -> Result<Verdicts> {
    serde_json::from_value(kept)
        .with_context(|| format!("the document {KIND}/{video} is damaged; remove it"))
}
