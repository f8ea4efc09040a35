//! Settings: the shipped defaults (`config/default.toml`), a file, nothing else.
//! Each room owns its part.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Settings of an installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The HTTP server.
    pub server: ServerConfig,
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

impl Default for Config {
    fn default() -> Self {
        Self {
            server: ServerConfig::default(),
            models: vireo_pretrained::models::Config::default(),
            understand: vireo_understand::Config::default(),
            topics: vireo_interest::TopicConfig::default(),
            interests: vireo_interest::MapConfig::default(),
            recommend: vireo_recommend::Config::default(),
        }
    }
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
            key_variable: "VIREO_API_KEY".to_owned(),
            body_limit: 16 << 20,
        }
    }
}
