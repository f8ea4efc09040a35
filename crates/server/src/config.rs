//! Settings: the shipped defaults (`config/default.toml`), and a file that
//! changes some of them. Each room owns its part.

use serde::{Deserialize, Serialize};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The shipped settings, each with a word of explanation.
pub const DEFAULT: &str = include_str!("../../../config/default.toml");

/// Settings of an installation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The HTTP server.
    pub server: ServerConfig,
    /// Long work.
    pub jobs: JobsConfig,
    /// Which models.
    pub models: vireo_pretrained::models::Config,
    /// How videos are understood.
    pub understand: vireo_understand::Config,
    /// How topics are made.
    pub topics: vireo_interest::TopicConfig,
    /// How interest maps are made.
    pub interests: vireo_interest::MapConfig,
    /// How lists are made.
    pub recommend: vireo_recommend::Config,
}

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Environment variable that holds the key asked of writers in the
    /// `X-API-Key` header; unset: only needed when `listen` is not loopback.
    pub key_variable: String,
    /// Largest body of a request, in bytes.
    pub body_limit: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            key_variable: crate::environment::API_KEY.to_owned(),
            body_limit: 16 << 20,
        }
    }
}

/// Long work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobsConfig {
    /// Files that `vireo ingest` analyses at the same time; 0: half the cores,
    /// because the engines use several cores themselves, but two where there are two.
    pub ingest_workers: usize,
    /// Minutes between two looks of the server at whether it should train
    /// again; 0: only `vireo train` does.
    pub train_minutes: u64,
    /// Days after which an action counts half for popularity; 0: as the training
    /// finds that what newcomers like is foretold best.
    pub popular_half_life_days: f64,
    /// Co-watched neighbours kept for a video.
    pub neighbours: usize,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self { ingest_workers: 0, train_minutes: 10, popular_half_life_days: 0.0, neighbours: 100 }
    }
}

impl JobsConfig {
    /// Files analysed at the same time when `asked` for so many (0: as configured).
    pub fn workers(&self, asked: usize) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // Two on two cores: the one decodes while the other's models work.
        let usual = (cores / 2).max(2).min(cores);
        [asked, self.ingest_workers, usual].into_iter().find(|n| *n > 0).unwrap_or(1)
    }
}

/// Why a settings file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the settings file {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{path}:{line}: {reason}; all settings: vireo doctor --settings", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A value that cannot be meant.
    #[error("{path}: {reason}", path = path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Config {
    /// The settings of `file`; what it leaves out, and everything without a
    /// file, is as shipped. A key that does not exist is an error.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = file else { return Ok(Self::default()) };
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = 1 + text.get(..offset).unwrap_or_default().matches('\n').count();
            let reason = with_suggestion(error.message());
            ConfigError::Syntax { path: path.to_owned(), line, reason }
        })?;
        config.recommend.check().map_err(|error| ConfigError::Value {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(config)
    }
}

/// Turns serde's list of everything that would have been right into the one
/// that was probably meant.
fn with_suggestion(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let (true, Some(unknown)) = (message.starts_with("unknown field"), names.next()) else {
        return message.replace('\n', " ");
    };
    let nearest = names
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, name)) => format!("there is no setting `{unknown}` here; did you mean `{name}`?"),
        None => format!("there is no setting `{unknown}` here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_the_default_and_names_every_setting() {
        let shipped: Config = toml::from_str(DEFAULT).expect("the shipped file is valid");
        assert_eq!(shipped, Config::default());
        let listed: toml::Table = DEFAULT.parse().expect("the shipped file is valid");
        let all = toml::Table::try_from(Config::default()).expect("settings are a table");
        for (section, settings) in &all {
            for key in settings.as_table().expect("a section").keys() {
                let found = listed.get(section).and_then(|settings| settings.get(key));
                assert!(found.is_some(), "config/default.toml lacks {section}.{key}");
            }
        }
    }

    #[test]
    fn a_wrong_key_is_refused_with_place_and_suggestion() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("vireo.toml");
        fs::write(&file, "# 设置\n[server]\nlisen = \"127.0.0.1:1\"\n").expect("write");
        let message = Config::load(Some(&file)).expect_err("refused").to_string();
        assert!(message.contains("vireo.toml:3: "), "{message}");
        assert!(message.contains("did you mean `listen`?"), "{message}");
        fs::write(&file, "[server]\nlisten = \"everywhere\"\n").expect("write");
        let message = Config::load(Some(&file)).expect_err("refused").to_string();
        assert!(message.contains("vireo.toml:2: ") && !message.contains('\n'), "{message}");
        assert!(Config::load(Some(Path::new("/nonexistent"))).is_err());
    }

    #[test]
    fn a_file_changes_only_what_it_names() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("vireo.toml");
        fs::write(&file, "[models]\nprofile = \"tiny\"\n").expect("write");
        let mut expected = Config::default();
        expected.models.profile = "tiny".to_owned();
        assert_eq!(Config::load(Some(&file)).expect("valid"), expected);
    }
}
