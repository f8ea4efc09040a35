//! Every environment variable that Vireo reads.

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// The folder that holds everything of an installation.
pub const DATA_DIR: &str = "VIREO_DATA_DIR";
/// The folder of the models.
pub const MODELS_DIR: &str = "VIREO_MODELS_DIR";
/// The settings file.
pub const CONFIG: &str = "VIREO_CONFIG";
/// The key that writers send to the HTTP server.
pub const API_KEY: &str = "VIREO_API_KEY";
/// What is logged.
pub const LOG: &str = "VIREO_LOG";

/// The list, for `vireo --help` and the documentation.
pub const VARIABLES: [Variable; 5] = [
    Variable {
        name: DATA_DIR,
        meaning: "folder that holds everything of an installation (default: ~/.local/share/vireo)",
    },
    Variable { name: MODELS_DIR, meaning: "folder of the models (default: ~/.cache/vireo/models)" },
    Variable { name: CONFIG, meaning: "settings file; what it leaves out is as shipped" },
    Variable { name: API_KEY, meaning: "key that writers send to the server as X-API-Key" },
    Variable { name: LOG, meaning: "what is logged to stderr: warn, info, vireo_server=debug…" },
];
