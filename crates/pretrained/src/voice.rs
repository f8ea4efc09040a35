//! Voice activity: where somebody speaks.

use crate::Result;
use vireo_domain::Span;

pub mod silero;
mod stretches;

/// Finds speech in sound that comes in pieces.
pub trait VoiceDetector: Send + Sync {
    /// Name for annotations (`silero-vad`).
    fn name(&self) -> &str;

    /// Starts on new sound.
    fn start(&self) -> Result<Box<dyn VoiceSession>>;
}

/// One sound being listened to.
pub trait VoiceSession: Send {
    /// Takes the next 16 kHz mono samples; gives the stretches of speech that ended in them.
    fn push(&mut self, samples: &[f32]) -> Result<Vec<Span>>;
    /// The end: gives the last stretch, if any.
    fn finish(&mut self) -> Result<Vec<Span>>;
}
