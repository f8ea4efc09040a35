//! What the admin can tune.

use crate::{Result, sources};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the admin can tune.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Weight of each source by name; 0 switches it off.
    pub sources: BTreeMap<String, f64>,
    /// 0: by value only, 1: as unlike as possible.
    pub diversity: f64,
    /// Most videos of one channel in a row of ten; 0: no limit.
    pub channel_cap: usize,
    /// Share of places kept for something else, 0 to 1: for subjects that the
    /// viewer does not know and, every other one, for what is new.
    pub exploration: f64,
    /// Days after which a video is no longer fresh.
    pub fresh_days: f64,
    /// Tags, channels or video ids that are never recommended.
    pub blocked: Vec<String>,
    /// Factor by tag or channel name, as a promotion or demotion.
    pub boosts: BTreeMap<String, f64>,
}

impl Config {
    /// These settings with one source alone, and nothing left to chance: what that
    /// source is worth.
    #[must_use]
    pub fn with_source_alone(&self, name: &str) -> Self {
        let others =
            sources::all().map(sources::Source::name).into_iter().filter(|other| *other != name);
        let off: BTreeMap<String, f64> = others.map(|other| (other.to_owned(), 0.0)).collect();
        debug_assert_eq!(off.len() + 1, sources::all().len(), "there is no source {name}");
        Self { sources: off, exploration: 0.0, ..self.clone() }
    }

    /// Refuses what cannot be meant: sources that aren't there.
    pub fn check(&self) -> Result<()> {
        sources::check(&self.sources)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sources: BTreeMap::new(),
            diversity: 0.2,
            channel_cap: 3,
            exploration: 0.1,
            fresh_days: 30.0,
            blocked: Vec::new(),
            boosts: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_is_left_and_nothing_to_chance() {
        let weights = [("interest".to_owned(), 0.0), ("popular".to_owned(), 2.0)];
        let config = Config { sources: weights.into(), channel_cap: 5, ..Config::default() };
        let alone = config.with_source_alone("interest");
        assert!(alone.check().is_ok());
        assert!(!alone.sources.contains_key("interest") && alone.sources["popular"] == 0.0);
        assert_eq!(alone.sources.len() + 1, sources::all().len());
        assert_eq!((alone.exploration, alone.channel_cap), (0.0, 5));
    }
}
