//! Language models: text in, JSON of a given shape out.
//!
//! A prompt that base models (gemma3-270m) follow is a list of examples, each
//! with its answer in JSON on one line, keys in the order of the schema:
//!
//! ```text
//! Each text below is what is said in a video, followed by its card in JSON.
//!
//! Text: Dumplings at home. Today I'll show you how my grandmother folds …
//! Card: {"summary": "A home cook shows how to fold and fry dumplings.", "keywords": ["dumplings", "dough"]}
//!
//! Text: <the video's own title and words, without line breaks>
//! Card:
//! ```
//!
//! What differs comes last: the beginning is read once. Check every claim: of
//! three answers looked at, all were valid JSON, two (English) were on their
//! subject with audiences and moods like the examples', and one (a Chinese text
//! after a single English example) repeated the example word for word. So give
//! several examples, in the text's language.

use crate::Result;
use serde_json::Value;
use std::time::Duration;

pub mod endpoint;
pub mod fallback;
pub mod llama;
mod schema;

/// A question whose answer is JSON of a given shape.
#[derive(Debug, Clone)]
pub struct Question {
    /// Instructions and, for base models, examples.
    pub prompt: String,
    /// JSON schema of the answer; the local engine makes a grammar of it.
    pub schema: Value,
    /// Longest answer, in tokens.
    pub max_tokens: u32,
    /// Longest wait.
    pub timeout: Duration,
    /// Seed of the sampler (0: greedy).
    pub seed: u32,
}

/// A language model.
pub trait LanguageModel: Send + Sync {
    /// Name for annotations (`gemma3-270m`).
    fn name(&self) -> &str;
    /// Whether it follows instructions (else it needs examples to imitate).
    fn is_instruct(&self) -> bool;
    /// Longest prompt and answer together, in tokens.
    fn context_tokens(&self) -> usize;
    /// Number of tokens of a text (exact for local models, estimated for endpoints).
    fn count_tokens(&self, text: &str) -> usize;
    /// Answers with JSON that fits the schema.
    fn answer(&self, question: &Question) -> Result<Value>;
    /// Like [`Self::answer`], with the name of the model that answered: behind
    /// a [`fallback::Fallback`] it is not always the same.
    fn answer_signed(&self, question: &Question) -> Result<(Value, String)> {
        Ok((self.answer(question)?, self.name().to_owned()))
    }
}
