//! A second model for when the first fails.

use super::{LanguageModel, Question};
use crate::Result;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After so many failures in a row the first model is left alone for [`REST`],
/// so that an endpoint that is down does not cost its timeout for every video.
const FAILURES_BEFORE_REST: u32 = 3;
const REST: Duration = Duration::from_mins(1);

/// Asks the first model, and the second where the first fails.
pub struct Fallback {
    first: Arc<dyn LanguageModel>,
    second: Option<Arc<dyn LanguageModel>>,
    failures: AtomicU64,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    failures_in_a_row: u32,
    rests_until: Option<Instant>,
}

impl Fallback {
    /// Without a second model, failures of the first are passed on.
    pub fn new(first: Arc<dyn LanguageModel>, second: Option<Arc<dyn LanguageModel>>) -> Self {
        Self { first, second, failures: AtomicU64::new(0), health: Mutex::default() }
    }

    /// How often the first model has failed.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    fn rests(&self) -> bool {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.rests_until.is_some_and(|until| Instant::now() < until)
    }

    fn note(&self, failed: bool) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed {
            *health = Health::default();
            return;
        }
        self.failures.fetch_add(1, Ordering::Relaxed);
        health.failures_in_a_row += 1;
        if health.failures_in_a_row >= FAILURES_BEFORE_REST {
            health.rests_until = Some(Instant::now() + REST);
        }
    }
}

impl LanguageModel for Fallback {
    /// Name of the first; see [`LanguageModel::answer_signed`].
    fn name(&self) -> &str {
        self.first.name()
    }

    /// Only if both do: a prompt must suit whichever answers.
    fn is_instruct(&self) -> bool {
        self.first.is_instruct() && self.second.as_ref().is_none_or(|second| second.is_instruct())
    }

    /// That of the smaller.
    fn context_tokens(&self) -> usize {
        let second = self.second.as_ref().map_or(usize::MAX, |second| second.context_tokens());
        self.first.context_tokens().min(second)
    }

    /// That of the model that needs more.
    fn count_tokens(&self, text: &str) -> usize {
        let second = self.second.as_ref().map_or(0, |second| second.count_tokens(text));
        self.first.count_tokens(text).max(second)
    }

    fn answer(&self, question: &Question) -> Result<Value> {
        Ok(self.answer_signed(question)?.0)
    }

    fn answer_signed(&self, question: &Question) -> Result<(Value, String)> {
        let Some(second) = &self.second else { return self.first.answer_signed(question) };
        if self.rests() {
            return second.answer_signed(question);
        }
        let answer = self.first.answer_signed(question);
        self.note(answer.is_err());
        answer.or_else(|error| {
            let (first, second_name) = (self.first.name(), second.name());
            tracing::warn!(%error, failures = self.failures(), "{first} failed; asking {second_name}");
            second.answer_signed(question)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use serde_json::json;

    /// Fails the first `failures` times.
    struct Flaky {
        name: &'static str,
        failures: u64,
        asked: AtomicU64,
    }

    impl Flaky {
        fn new(name: &'static str, failures: u64) -> Arc<Self> {
            Arc::new(Self { name, failures, asked: AtomicU64::new(0) })
        }
    }

    impl LanguageModel for Flaky {
        fn name(&self) -> &str {
            self.name
        }
        fn is_instruct(&self) -> bool {
            self.name == "large"
        }
        fn context_tokens(&self) -> usize {
            1000 * self.name.len()
        }
        fn count_tokens(&self, text: &str) -> usize {
            text.len()
        }
        fn answer(&self, _question: &Question) -> Result<Value> {
            if self.asked.fetch_add(1, Ordering::Relaxed) < self.failures {
                let reason = "down".to_owned();
                return Err(Error::Answer { model: self.name.to_owned(), reason });
            }
            Ok(json!({}))
        }
    }

    fn question() -> Question {
        Question {
            prompt: String::new(),
            schema: json!({"type": "object"}),
            max_tokens: 1,
            timeout: Duration::from_secs(1),
            seed: 0,
        }
    }

    #[test]
    fn the_second_answers_in_its_own_name_and_the_first_rests() {
        let (first, second) = (Flaky::new("large", 99), Flaky::new("small", 0));
        let fallback = Fallback::new(first.clone(), Some(second.clone()));
        assert!(!fallback.is_instruct());
        for _ in 0..5 {
            let (_, name) = fallback.answer_signed(&question()).expect("an answer");
            assert_eq!(name, "small");
        }
        assert_eq!(fallback.failures(), 3);
        assert_eq!(first.asked.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_success_forgets_earlier_failures() {
        let first = Flaky::new("large", 2);
        let fallback = Fallback::new(first.clone(), Some(Flaky::new("small", 0)));
        let names: Vec<String> =
            (0..4).map(|_| fallback.answer_signed(&question()).expect("an answer").1).collect();
        assert_eq!(names, ["small", "small", "large", "large"]);
    }

    #[test]
    fn alone_the_first_passes_its_failure_on() {
        let fallback = Fallback::new(Flaky::new("large", 1), None);
        assert!(fallback.is_instruct());
        assert!(fallback.answer(&question()).is_err());
        assert!(fallback.answer(&question()).is_ok());
    }
}
