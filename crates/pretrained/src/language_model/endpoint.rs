//! Any OpenAI-compatible endpoint (Ollama, vLLM, a cloud).

use serde::{Deserialize, Serialize};

/// Where the endpoint is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Base address, such as `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// Model name to ask for.
    pub model: String,
    /// Environment variable that holds the key, if one is needed.
    #[serde(default)]
    pub key_variable: Option<String>,
    /// Most tokens that may be spent a day; 0: no limit.
    #[serde(default)]
    pub daily_tokens: u64,
}
