//! Any OpenAI-compatible endpoint (Ollama, vLLM, llama-server, a cloud).

use super::{LanguageModel, Question, schema};
use crate::{Error, Result, clock};
use budget::Budget;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

mod budget;

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
    /// Most tokens that may be spent a day (UTC), by all programs that share
    /// the models folder; 0: no limit.
    #[serde(default)]
    pub daily_tokens: u64,
    /// Longest prompt and answer together, in tokens.
    #[serde(default = "default_context_tokens")]
    pub context_tokens: usize,
}

fn default_context_tokens() -> usize {
    8192
}

/// Attempts where the endpoint is overloaded or out of reach.
const ATTEMPTS: u32 = 4;
/// Pause before the second attempt; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longer answers are not read.
const LONGEST_BODY: u64 = 1 << 20;

/// How JSON is asked for: by schema, else any JSON, else by words alone.
/// Servers differ in what they know; what one refuses is not asked again.
const FORMATS: [&str; 3] = ["json_schema", "json_object", "text"];

/// A model behind an OpenAI-compatible endpoint. Questions may be asked from
/// several threads at once.
pub struct Endpoint {
    config: Config,
    address: String,
    key: Option<String>,
    agent: ureq::Agent,
    /// The first of [`FORMATS`] that has not been refused.
    format: AtomicUsize,
    budget: Budget,
}

/// What became of one attempt.
enum Attempt {
    Answered(Value),
    /// Overloaded or out of reach: why, and how long the server wants to be left alone.
    Again(String, Option<Duration>),
    FormatRefused(String),
    Refused(String),
}

impl Endpoint {
    /// Reads the key from the environment; asks nothing yet.
    pub fn new(config: Config) -> Result<Self> {
        let address = format!("{}/chat/completions", config.url.trim_end_matches('/'));
        let unusable = |reason: String| Error::Engine { engine: config.url.clone(), reason };
        if !(address.starts_with("http://") || address.starts_with("https://")) {
            return Err(unusable("the address must begin with http:// or https://".to_owned()));
        }
        let key = match &config.key_variable {
            None => None,
            Some(name) => Some(std::env::var(name).map_err(|_| {
                unusable(format!(
                    "the environment variable {name} should hold the key; it is not set"
                ))
            })?),
        };
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let budget = Budget::new(config.daily_tokens);
        Ok(Self { config, address, key, agent, format: AtomicUsize::new(0), budget })
    }

    /// Keeps count of the tokens in a file of `dir`, one for each endpoint and
    /// model, so that the day's limit outlives this process.
    #[must_use]
    pub fn counting_in(mut self, dir: &Path) -> Self {
        let name = blake3::hash(format!("{}\n{}", self.address, self.config.model).as_bytes());
        let file = format!("tokens-{}", &name.to_hex()[..12]);
        self.budget = Budget::new(self.config.daily_tokens).in_ledger(dir.join(file));
        self
    }

    fn failure(&self, reason: String) -> Error {
        Error::Answer { model: self.config.model.clone(), reason }
    }

    fn request(&self, question: &Question, format: usize) -> Value {
        let mut content = question.prompt.clone();
        if format > 0 {
            content = format!(
                "{content}\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n{}",
                question.schema
            );
        }
        let mut request = json!({
            "model": self.config.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": question.max_tokens,
            "temperature": if question.seed == 0 { 0.0 } else { 0.7 },
            "seed": question.seed,
            "stream": false,
        });
        match FORMATS[format] {
            "json_schema" => {
                request["response_format"] = json!({
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": question.schema},
                });
            }
            "json_object" => request["response_format"] = json!({"type": "json_object"}),
            _ => {}
        }
        request
    }

    /// Asks once. The body of the answer, or why there is none.
    fn attempt(&self, question: &Question, format: usize, time_left: Duration) -> Attempt {
        let mut request =
            self.agent.post(&self.address).config().timeout_global(Some(time_left)).build();
        if let Some(key) = &self.key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        let mut response = match request.send_json(self.request(question, format)) {
            Ok(response) => response,
            Err(error) => return Attempt::Again(error.to_string(), None),
        };
        let status = response.status().as_u16();
        let pause = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let body = response.body_mut().with_config().limit(LONGEST_BODY).lossy_utf8(true);
        let body = match body.read_to_string() {
            Ok(body) => body,
            Err(error) => return Attempt::Again(error.to_string(), None),
        };
        let words = || {
            let body: String = body.chars().take(200).collect();
            format!("status {status}: {}", body.trim())
        };
        match status {
            200 => serde_json::from_str(&body)
                .map_or_else(|_| Attempt::Refused(words()), Attempt::Answered),
            429 | 500..=599 => Attempt::Again(words(), pause),
            400 | 415 | 422 if format + 1 < FORMATS.len() => Attempt::FormatRefused(words()),
            _ => Attempt::Refused(words()),
        }
    }

    /// Asks until there is an answer, the attempts are used up, or the time is.
    fn ask(&self, question: &Question) -> Result<Value> {
        let start = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            let format = self.format.load(Ordering::Relaxed);
            let time_left = question.timeout.saturating_sub(start.elapsed());
            match self.attempt(question, format, time_left) {
                Attempt::Answered(body) => return Ok(body),
                Attempt::Refused(reason) => return Err(self.failure(reason)),
                Attempt::FormatRefused(reason) => {
                    tracing::info!(reason, "{} does not know {}", self.address, FORMATS[format]);
                    self.format.fetch_max(format + 1, Ordering::Relaxed);
                }
                Attempt::Again(reason, wanted) => {
                    attempts += 1;
                    let wait = wanted.unwrap_or(pause).max(pause);
                    if attempts == ATTEMPTS || start.elapsed() + wait >= question.timeout {
                        let reason = format!("{reason} (asked {attempts} times)");
                        return Err(self.failure(reason));
                    }
                    tracing::debug!(reason, ?wait, "asking {} again", self.address);
                    std::thread::sleep(wait);
                    pause *= 2;
                }
            }
        }
    }
}

impl LanguageModel for Endpoint {
    fn name(&self) -> &str {
        &self.config.model
    }

    fn is_instruct(&self) -> bool {
        true
    }

    fn context_tokens(&self) -> usize {
        self.config.context_tokens
    }

    /// A guess on the safe side: a token for a character beyond ASCII, one for
    /// three of ASCII.
    fn count_tokens(&self, text: &str) -> usize {
        let ascii = text.chars().filter(char::is_ascii).count();
        text.chars().count() - ascii + ascii.div_ceil(3)
    }

    fn answer(&self, question: &Question) -> Result<Value> {
        let _working = clock::working();
        let guess = self.count_tokens(&question.prompt) as u64 + u64::from(question.max_tokens);
        self.budget.reserve(guess).map_err(|reason| self.failure(reason))?;
        let body = self.ask(question).inspect_err(|_| self.budget.settle(guess, 0))?;
        let spent = body["usage"]["total_tokens"].as_u64().unwrap_or(guess);
        self.budget.settle(guess, spent);

        let choice = &body["choices"][0];
        let content = choice["message"]["content"].as_str().unwrap_or_default();
        extract(content, &question.schema).map_err(|reason| {
            let cut = choice["finish_reason"] == "length";
            let hint = if cut { " (cut off: raise max_tokens)" } else { "" };
            self.failure(format!("{reason}{hint}"))
        })
    }
}

/// The first JSON object in a text that fits the schema; models like to add
/// words, fences and thoughts.
fn extract(content: &str, schema: &Value) -> Result<Value, String> {
    /// More opening braces than that are no answer.
    const STARTS: usize = 64;
    let mut refusal = None;
    for (start, _) in content.match_indices('{').take(STARTS) {
        let mut values = serde_json::Deserializer::from_str(&content[start..]).into_iter();
        if let Some(Ok(value)) = values.next() {
            match schema::check(&value, schema) {
                Ok(()) => return Ok(value),
                Err(reason) => refusal = refusal.or(Some(reason)),
            }
        }
    }
    Err(refusal.unwrap_or_else(|| {
        let excerpt: String = content.chars().take(80).collect();
        format!("no JSON in \"{excerpt}\"")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_object_among_words() {
        let schema = json!({"type": "object", "required": ["tags"],
            "properties": {"tags": {"type": "array", "items": {"type": "string"}}}});
        let card = json!({"tags": ["月球"]});
        for content in [
            r#"{"tags":["月球"]}"#,
            "```json\n{\"tags\": [\"月球\"]}\n```",
            "<think>{maybe} {\"x\":1}</think> Sure! {\"tags\": [\"月球\"]} Enjoy {",
        ] {
            assert_eq!(extract(content, &schema), Ok(card.clone()), "{content}");
        }
        assert!(extract("I cannot do that.", &schema).is_err());
        assert_eq!(extract("{\"x\":1}", &schema), Err("`tags` is missing".to_owned()));
        assert!(extract(&"{".repeat(100_000), &schema).is_err());
    }
}
