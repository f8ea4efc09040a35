//! Speech to text.

use crate::Result;
use vireo_domain::{Cue, Language};

mod levels;
mod lines;
mod mel;
pub mod whisper;

/// What was said in one window of at most 30 s.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// Language that was heard (or was asked for).
    pub language: Language,
    /// Cues; times from the beginning of the window.
    pub cues: Vec<Cue>,
}

/// A speech recogniser.
pub trait SpeechRecogniser: Send + Sync {
    /// Name for annotations (`whisper-base`).
    fn name(&self) -> &str;

    /// The language of up to 30 s of 16 kHz mono samples.
    fn detect_language(&self, samples: &[f32]) -> Result<Language>;

    /// The words of up to 30 s of 16 kHz mono samples. `language` is the one to
    /// expect, by what was heard before; another is taken only where it is heard
    /// clearly. Chinese comes in Simplified script. Silence gives no cue.
    fn transcribe(&self, samples: &[f32], language: Option<&Language>) -> Result<Speech>;
}
