//! The card of a video: what a person would want to know at a glance.

use crate::Language;
use serde::{Deserialize, Serialize};

/// Tone of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Favourable.
    Positive,
    /// Neither.
    Neutral,
    /// Unfavourable.
    Negative,
}

/// How it feels to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Quiet, slow.
    Calm,
    /// Light, merry.
    Cheerful,
    /// Fast, thrilling.
    Exciting,
    /// Explaining, sober.
    Informative,
    /// Grave.
    Serious,
    /// Sorrowful.
    Sad,
    /// Threatening.
    Tense,
}

/// Who wrote a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "model", rename_all = "snake_case")]
pub enum CardAuthor {
    /// A language model, by name.
    LanguageModel(String),
    /// Our rules: no language model was there, or it failed.
    Rules,
}

/// What a video is about, in the video's language. Every keyword and topic
/// was checked against the text it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Language of the words below.
    pub language: Language,
    /// One to three sentences.
    pub summary: String,
    /// Words and phrases, most telling first.
    pub keywords: Vec<String>,
    /// Subjects, broadest first.
    pub topics: Vec<String>,
    /// How it feels, if that can be told.
    pub mood: Option<Mood>,
    /// Tone of the words, if that can be told.
    pub sentiment: Option<Sentiment>,
    /// One category.
    pub category: Option<String>,
    /// For whom.
    pub audience: Option<String>,
    /// Who wrote it.
    pub author: CardAuthor,
    /// Claims that were dropped because the text does not support them.
    pub dropped_claims: u32,
}
