//! Speech to text.

use crate::Result;
use std::ops::Range;
use vireo_domain::{Cue, Language};

mod levels;
mod lines;
mod mel;
pub mod whisper;

/// A speech recogniser.
pub trait SpeechRecogniser: Send + Sync {
    /// Name for annotations (`whisper-base`).
    fn name(&self) -> &str;

    /// Listens to up to 30 s of 16 kHz mono samples.
    fn listen(&self, samples: &[f32]) -> Result<Box<dyn Listened + '_>>;
}

/// A sound that was listened to: what it costs to ask about it is little beside that.
pub trait Listened {
    /// The language that is spoken in some of its samples, and how likely it is,
    /// 0 to 1; unknown where there is nothing to be heard in all of it.
    fn language(&self, samples: Range<usize>) -> Result<(Language, f32)>;

    /// The words, as of somebody who speaks this language, or what is heard where the
    /// recogniser doesn't know it; times are from the beginning of the sound. Chinese comes in Simplified script. Silence gives
    /// no cue.
    fn transcribe(&self, language: &Language) -> Result<Vec<Cue>>;
}
