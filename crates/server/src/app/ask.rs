//! Questions about one video.

use super::{App, Refusal, blocking};
use anyhow::Result;
use vireo_domain::{Embedding, VideoId};
use vireo_understand::{Nearness, Quote};

/// Most quotes.
const LIMIT: usize = 20;

/// Longest question that is looked at, in characters.
const LONGEST: usize = 500;

impl App {
    /// Where in a video something is said: its own words with their times,
    /// best first. Empty for a video without a transcript, or that doesn't
    /// speak of it. [`Refusal`] when there is no such video.
    pub async fn ask(&self, video: &VideoId, question: &str, limit: usize) -> Result<Vec<Quote>> {
        let question: String = question.trim().chars().take(LONGEST).collect();
        let found = self.video(video).await?;
        let (_, analysis) = found.ok_or_else(|| Refusal::NoVideo(video.clone()))?;
        let transcripts = analysis.map(|analysis| analysis.transcripts).unwrap_or_default();
        let Some(transcript) = transcripts.into_iter().next().filter(|_| !question.is_empty())
        else {
            return Ok(Vec::new());
        };
        let app = self.clone();
        let limit = limit.clamp(1, LIMIT);
        blocking(move || {
            let space = app.index.space();
            let likeness = |asked: &Embedding, told: &Embedding| space.likeness(asked, told);
            let nearness = Nearness { likeness: &likeness, floor: space.floor() };
            app.shared.understander.ask(&transcript, &question, nearness, limit)
        })
        .await
    }
}
