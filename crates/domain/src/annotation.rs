//! Statements about a video, each with its evidence.

use serde::{Deserialize, Serialize};

/// A stretch of a video in seconds from its beginning; `end >= start >= 0`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// First second.
    pub start: f64,
    /// Last second.
    pub end: f64,
}

impl Span {
    /// A span; swapped or negative ends are put right, non-finite ones become 0.
    pub fn new(start: f64, end: f64) -> Self {
        let clean = |seconds: f64| if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
        let (start, end) = (clean(start), clean(end));
        Self { start, end: end.max(start) }
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.end - self.start
    }
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnotationKind {
    /// The language spoken or written.
    Language,
    /// A word or phrase the video is about.
    Keyword,
    /// A subject.
    Topic,
    /// Somebody or something with a name that is mentioned; spans its first mention.
    Name,
    /// One-paragraph summary.
    Summary,
    /// One category.
    Category,
    /// The mood.
    Mood,
    /// Positive, neutral, negative.
    Sentiment,
    /// For whom.
    Audience,
    /// A chapter: its title, with its span.
    Chapter,
    /// What is written in the pictures: titles, signs, labels.
    OnScreenText,
    /// A thing that is seen in the pictures, by its English name, or by a name that the
    /// owner looks for.
    Label,
    /// How many people are seen (`1 person`, `2 people`); who they are is never told.
    People,
    /// A part that may not be safe for work: for a person to look at, nothing is hidden for it.
    UnsafeContent,
    /// What somebody may want to be warned of (`violence`, `drugs`), by what is said: a
    /// suggestion, nothing is hidden for it.
    ContentWarning,
    /// A shot; its value is how it begins (`start`, `cut`, `fade`, `dissolve`).
    Shot,
    /// A part that is only black.
    Black,
    /// A part in which nothing is heard.
    Silent,
    /// A part in which nothing moves.
    Frozen,
    /// A part that says who made it: writing that rolls up, or names of roles.
    Credits,
    /// A part in which something is heard: `speech`, or `other`.
    Sound,
    /// How loud the sound is as a whole, by EBU R 128 (`-23.0 LUFS`).
    Loudness,
}

/// What a statement was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Title, description, tags or another word of the owner.
    Metadata,
    /// Subtitles or speech.
    Transcript,
    /// Sound.
    Audio,
    /// Pictures.
    Pictures,
    /// Several of these.
    Combined,
}

/// One statement about a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Annotation {
    /// What it is about.
    pub kind: AnnotationKind,
    /// What it says.
    pub value: String,
    /// Where in the video it holds; `None`: for the whole.
    #[serde(default)]
    pub span: Option<Span>,
    /// What it was read from.
    pub source: Source,
    /// The words it rests on, if it rests on words.
    #[serde(default)]
    pub evidence: Option<String>,
    /// How sure we are, 0 to 1.
    pub confidence: f32,
    /// Model or rule that said it (`gemma3-270m`, `rules`).
    pub model: String,
}
