//! Lists: feeds, related videos, and why something is or is not there.

use super::{App, Explanation, FeedQuery, blocking};
use anyhow::Result;
use std::sync::Arc;
use vireo_domain::{
    Feedback, FeedbackId, FeedbackKind, InterestMap, Language, Timestamp, UserId, VideoId,
};
use vireo_interest::{Corrections, build_map};
use vireo_recommend::{FeedRequest, Page, Snapshot, Viewer};

/// Actions of a person that are looked at.
const ACTIONS: usize = 1000;

/// Most items of a page.
const PAGE_LIMIT: usize = 100;

/// Places of the feed that an explanation looks through.
const EXPLAINED: usize = 500;

/// Within this time the same video at the top of a reopened feed is the same impression.
const IMPRESSION_SECONDS: i64 = 600;

impl App {
    /// A page of a person's feed. Unknown people are new people.
    pub async fn feed(&self, user: &UserId, query: &FeedQuery) -> Result<Page> {
        let mut query = query.clone();
        query.limit = query.limit.clamp(1, PAGE_LIMIT);
        let page = self.list(user, &query).await?;
        if query.log_impressions && !page.items.is_empty() {
            let impressions = impressions(user, &page, query.cursor.as_deref(), self.now());
            let app = self.clone();
            // After the answer: nobody waits for it.
            tokio::spawn(async move {
                if let Err(error) = app.store.append(&impressions).await {
                    tracing::warn!("impressions were not logged: {error}");
                }
            });
        }
        Ok(page)
    }

    async fn list(&self, user: &UserId, query: &FeedQuery) -> Result<Page> {
        let snapshot = self.snapshot();
        let now = self.now();
        // Later pages are cut from the list as it was when it was opened.
        let opened = self.shared.recommender.opened_at(user, query.cursor.as_deref(), now)?;
        let viewer = self.viewer_at(&snapshot, user, query.language.as_ref(), opened).await?;
        let request = FeedRequest {
            limit: query.limit,
            cursor: query.cursor.clone(),
            seed: now.as_nanosecond() as u64,
            exclude: query.exclude.clone(),
            explain: query.explain,
            now,
        };
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.recommender.feed(&snapshot, &viewer, &request)).await
    }

    /// Videos like this one.
    pub async fn related(
        &self,
        video: &VideoId,
        user: Option<&UserId>,
        limit: usize,
    ) -> Result<Page> {
        let snapshot = self.snapshot();
        let viewer = match user {
            Some(user) => Some(self.viewer(&snapshot, user, None).await?),
            None => None,
        };
        let (shared, video, now) = (Arc::clone(&self.shared), video.clone(), self.now());
        let limit = limit.clamp(1, PAGE_LIMIT);
        blocking(move || shared.recommender.related(&snapshot, &video, viewer.as_ref(), limit, now))
            .await
    }

    /// Why this video is or is not in that person's feed.
    pub async fn explain(&self, user: &UserId, video: &VideoId) -> Result<Explanation> {
        if self.store.video(video).await?.is_none() {
            return Err(super::Refusal::NoVideo(video.clone()).into());
        }
        let query = FeedQuery { limit: EXPLAINED, explain: true, ..FeedQuery::default() };
        let page = self.list(user, &query).await?;
        let shown = page.items.into_iter().find(|item| item.video == *video);
        let removed = page.removed.into_iter().find(|removed| removed.video == *video);
        Ok(match (shown, removed) {
            (Some(item), _) => Explanation::Shown(item),
            (None, Some(removed)) => Explanation::Removed(removed),
            (None, None) => Explanation::NotProposed,
        })
    }

    /// The person as they are now. Nothing is kept between two requests, so
    /// what they just did counts in the next one.
    pub(super) async fn viewer(
        &self,
        snapshot: &Arc<Snapshot>,
        user: &UserId,
        language: Option<&Language>,
    ) -> Result<Viewer> {
        self.viewer_at(snapshot, user, language, self.now()).await
    }

    /// The person with all their actions, and with the map that they had at `moment`.
    async fn viewer_at(
        &self,
        snapshot: &Arc<Snapshot>,
        user: &UserId,
        language: Option<&Language>,
        moment: Timestamp,
    ) -> Result<Viewer> {
        let language = if let Some(language) = language {
            language.clone()
        } else {
            let known = self.store.user(user).await?.and_then(|user| user.language);
            known.unwrap_or_else(Language::english)
        };
        let feedback = self.actions_of(user).await?;
        let corrections = self.corrections(user).await?;
        let (snapshot, user, config) =
            (Arc::clone(snapshot), user.clone(), self.config.interests.clone());
        blocking(move || {
            let before: Vec<Feedback> =
                feedback.iter().filter(|action| action.at <= moment).cloned().collect();
            let map = map_of(&snapshot, &user, &before, &corrections, &language, &config, moment);
            anyhow::Ok(Viewer { user, language, feedback, map })
        })
        .await
    }

    /// A person's last actions, newest first. Impressions are most of what is
    /// logged; looking only at the last thousand records would forget what
    /// somebody did before they scrolled through a few pages.
    async fn actions_of(&self, user: &UserId) -> Result<Vec<Feedback>> {
        let mut limit = 2 * ACTIONS as u32;
        loop {
            let mut records = self.store.of_user(user, limit).await?;
            let is_all = records.len() < limit as usize;
            let is_action = |record: &Feedback| record.kind != FeedbackKind::Impression;
            let actions = records.iter().filter(|record| is_action(record)).count();
            if is_all || actions >= ACTIONS || limit >= 64 * ACTIONS as u32 {
                let mut room = [ACTIONS; 2];
                records.retain(|record| {
                    let room = &mut room[usize::from(is_action(record))];
                    let is_kept = *room > 0;
                    *room -= usize::from(is_kept);
                    is_kept
                });
                return Ok(records);
            }
            limit *= 4;
        }
    }
}

pub(super) fn map_of(
    snapshot: &Snapshot,
    user: &UserId,
    feedback: &[Feedback],
    corrections: &Corrections,
    language: &Language,
    config: &vireo_interest::MapConfig,
    now: Timestamp,
) -> InterestMap {
    let embedding_of = |video: &VideoId| {
        let item = snapshot.item(video)?;
        (!item.embedding.is_zero()).then(|| item.embedding.clone())
    };
    let is_chinese = language.is_chinese();
    build_map(user, feedback, corrections, &snapshot.topics, &embedding_of, is_chinese, config, now)
}

/// What was shown, with the chance of being shown. The ids follow from the
/// page, so that loading it again logs nothing new.
fn impressions(user: &UserId, page: &Page, cursor: Option<&str>, now: Timestamp) -> Vec<Feedback> {
    let list = cursor.map_or_else(
        || format!("opened {}", now.as_second() / IMPRESSION_SECONDS),
        |cursor| format!("cursor {cursor}"),
    );
    let impression = |item: &vireo_recommend::Recommended| {
        let name = format!("{user}\n{}\n{list}", item.video);
        let hash = blake3::hash(name.as_bytes()).to_hex();
        Feedback {
            id: FeedbackId::new(format!("impression-{}", &hash[..32])).expect("hex is a valid id"),
            user: user.clone(),
            video: item.video.clone(),
            kind: FeedbackKind::Impression,
            value: Some(item.trace.propensity).filter(|chance| chance.is_finite()),
            at: now,
        }
    };
    page.items.iter().map(impression).collect()
}
