//! The vectors of what was asked last: the same words are asked for every page
//! of an answer, and embedding them takes most of a search's time.

use crate::Result;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use vireo_domain::Embedding;

/// Queries that are remembered, 2 KB each.
const REMEMBERED: usize = 256;

/// Texts with their vectors, the latest first.
#[derive(Default)]
pub(crate) struct RecentQueries(Mutex<VecDeque<(String, Embedding)>>);

impl RecentQueries {
    /// The vector of a text, made only if it was not asked lately. Nobody
    /// waits while another's is made.
    pub(crate) fn get_or_embed(
        &self,
        text: &str,
        embed: impl FnOnce() -> Result<Embedding>,
    ) -> Result<Embedding> {
        if let Some(vector) = self.take_to_front(text) {
            return Ok(vector);
        }
        let vector = embed()?;
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.truncate(REMEMBERED - 1);
        recent.push_front((text.to_owned(), vector.clone()));
        Ok(vector)
    }

    fn take_to_front(&self, text: &str) -> Option<Embedding> {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = recent.iter().position(|(known, _)| known == text)?;
        let known = recent.remove(place)?;
        let vector = known.1.clone();
        recent.push_front(known);
        Some(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_lately_is_not_embedded_again() {
        let queries = RecentQueries::default();
        let mut made = 0;
        let mut ask = |text: &str| {
            let vector = queries.get_or_embed(text, || {
                made += 1;
                Ok(Embedding::new(vec![1.0, made as f32]))
            });
            (vector.expect("a vector"), made)
        };
        let (first, _) = ask("bread");
        for other in 0..REMEMBERED - 1 {
            ask(&other.to_string());
        }
        let (again, made) = ask("bread");
        assert_eq!((again, made), (first, REMEMBERED), "the last {REMEMBERED} are remembered");
        // It is the latest now: one more pushes out another.
        ask("new");
        assert_eq!(ask("bread").1, REMEMBERED + 1);
        assert_eq!(ask("0").1, REMEMBERED + 2);
    }
}
