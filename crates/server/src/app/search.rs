//! Hybrid search over videos and scenes.

use super::{App, Found, FoundScene, FoundVideo, SearchBy, SearchRequest};
use anyhow::Result;
use vireo_domain::{Embedding, VideoId};
use vireo_index::{PictureQuery, Query, Target, is_word};
use vireo_understand::Sought;

/// Most results of each kind.
const LIMIT: usize = 100;

/// Longest question that is looked at, in characters.
const LONGEST: usize = 500;

impl App {
    /// Hybrid search over videos and scenes. When the words cannot be
    /// embedded, only words are matched (and the log says so).
    pub async fn search(&self, request: &SearchRequest) -> Result<Found> {
        let text: String = request.text.trim().chars().take(LONGEST).collect();
        if text.is_empty() {
            return Ok(Found::default());
        }
        let app = self.clone();
        let (language, limit) = (request.language.clone(), request.limit.clamp(1, LIMIT));
        let by = request.by;
        super::blocking(move || {
            let embedding = if by == SearchBy::Words { None } else { app.meant(&text) };
            let picture = if by == SearchBy::Both { app.shown(&text) } else { None };
            let is_word = is_word(&text);
            let text = if by == SearchBy::Meaning { String::new() } else { text };
            app.find(&Query { text, embedding, is_word, picture, language, limit })
        })
        .await
    }

    /// The meaning of the words; `None` if they have none or it cannot be had.
    fn meant(&self, text: &str) -> Option<Embedding> {
        match self.shared.understander.embed_query(text) {
            Ok(embedding) => Some(embedding).filter(|embedding| !embedding.is_zero()),
            Err(error) => {
                tracing::warn!("searching by words only: {error}");
                None
            }
        }
    }

    /// What pictures look like that show it; `None` where no model can tell.
    fn shown(&self, text: &str) -> Option<PictureQuery> {
        let sought = self.shared.understander.look_for(text).unwrap_or_else(|error| {
            tracing::warn!("searching without pictures: {error}");
            None
        })?;
        let Sought { model, direction: embedding, floor } = sought;
        Some(PictureQuery { model, embedding, floor })
    }

    fn find(&self, query: &Query) -> Result<Found> {
        let snapshot = self.snapshot();
        let shown = |id: &VideoId| snapshot.item(id).filter(|item| !item.video.hidden);
        let mut found = Found::default();
        for hit in self.index.search_videos(query)? {
            if let Target::Video(id) = &hit.target
                && let Some(item) = shown(id)
            {
                found.videos.push(FoundVideo {
                    video: item.video.clone(),
                    snippet: hit.snippet,
                    word_rank: hit.word_rank,
                    meaning_rank: hit.meaning_rank,
                    picture_rank: hit.picture_rank,
                    picture_at: hit.picture_at,
                    matched: hit.matched,
                });
            }
        }
        for hit in self.index.search_scenes(query)? {
            if let (Target::Scene(scene), Some(span)) = (hit.target, hit.span)
                && let Some(item) = shown(&scene.video)
            {
                let video = item.video.clone();
                let (snippet, matched) = (hit.snippet, hit.matched);
                found.scenes.push(FoundScene { scene, video, span, snippet, matched });
            }
        }
        Ok(found)
    }
}
