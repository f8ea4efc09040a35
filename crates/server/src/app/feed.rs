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
        let (snapshot, missing) = (self.snapshot(), self.missing());
        let now = self.now();
        let (opened_in, cursor) = query.cursor.as_deref().map(opened).unwrap_or_default();
        // Later pages are cut from the list as it was when it was opened.
        let opened_at = self.shared.recommender.opened_at(user, cursor, now)?;
        let language = match opened_in {
            Some(language) => language,
            None => self.language_of(user, query.language.as_ref()).await?,
        };
        let viewer = self.viewer_at(&snapshot, user, Some(&language), opened_at).await?;
        let request = FeedRequest {
            limit: query.limit,
            cursor: cursor.map(str::to_owned),
            seed: now.as_nanosecond() as u64,
            exclude: query.exclude.clone(),
            explain: query.explain,
            now,
        };
        let shared = Arc::clone(&self.shared);
        let made = blocking(move || shared.recommender.feed(&snapshot, &viewer, &request));
        let mut page = made.await?;
        page.next = page.next.map(|next| format!("{}.{next}", language.code()));
        if let Some(asked) = query.language.as_ref().filter(|asked| **asked != language) {
            for item in &mut page.items {
                item.sentence = item.reason.sentence(asked);
            }
        }
        for removed in page.removed.iter_mut().filter(|it| missing.contains(&it.video)) {
            // The recommender knows it as a hidden one.
            if removed.filter == "vetoed" {
                "missing".clone_into(&mut removed.filter);
                "its file is gone".clone_into(&mut removed.why);
            }
        }
        Ok(page)
    }

    /// The language that a new list is made in: of somebody whose language is
    /// not known and who said in Chinese what they like, Chinese, whatever
    /// their browser asks for.
    async fn language_of(&self, user: &UserId, asked: Option<&Language>) -> Result<Language> {
        let known = self.store.user(user).await?.and_then(|user| user.language);
        let said = match &known {
            None => self.corrections(user).await?.said,
            Some(_) => Vec::new(),
        };
        let is_chinese = said.last().is_some_and(|said| reads_chinese(&said.text));
        Ok(match (asked, known) {
            (_, None) if is_chinese => Language::chinese(),
            (Some(asked), _) => asked.clone(),
            (None, known) => known.unwrap_or_else(Language::english),
        })
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
    // What the admin hid still says what somebody likes, but is not named.
    let is_named = |video: &VideoId| snapshot.item(video).is_none_or(|item| !item.video.hidden);
    let embedding_of = |video: &VideoId| {
        let item = snapshot.item(video)?;
        (!item.embedding.is_zero()).then(|| item.embedding.clone())
    };
    let is_chinese = language.is_chinese();
    let (topics, embedding_of) = (&snapshot.topics, &embedding_of);
    let mut map =
        build_map(user, feedback, corrections, topics, embedding_of, is_chinese, config, now);
    for interest in &mut map.interests {
        interest.evidence.retain(is_named);
    }
    map
}

/// A cursor of ours: the language that its list was opened in, and the
/// recommender's cursor. The language has its say in the order, so a page in
/// another one would not go on where the last one ended. (The recommender's
/// cursor has no dot in it; without one it was opened by an earlier version.)
fn opened(cursor: &str) -> (Option<Language>, Option<&str>) {
    match cursor.rsplit_once('.') {
        Some((language, cursor)) => (Some(Language::new(language)), Some(cursor)),
        None => (None, Some(cursor)),
    }
}

/// Whether a sentence is Chinese: Han characters, and no kana beside them.
fn reads_chinese(text: &str) -> bool {
    let is_han = |c: char| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}');
    let is_kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}');
    text.chars().any(is_han) && !text.chars().any(is_kana)
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
