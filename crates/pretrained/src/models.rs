//! The models of one installation, opened when first needed and shared.

use crate::Result;
use crate::embedding::TextEmbedder;
use crate::language_model::LanguageModel;
use crate::speech::SpeechRecogniser;
use crate::voice::VoiceDetector;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// Which models are used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the models; the default is `$VIREO_MODELS_DIR`, else `~/.cache/vireo/models`.
    pub dir: Option<PathBuf>,
    /// `standard`, `hub` or `tiny`.
    pub profile: String,
    /// Threads an engine may use; 0: all cores.
    pub threads: usize,
    /// An OpenAI-compatible endpoint used before the local language model.
    pub endpoint: Option<crate::language_model::endpoint::Config>,
}

impl Default for Config {
    fn default() -> Self {
        Self { dir: None, profile: "standard".to_owned(), threads: 0, endpoint: None }
    }
}

/// The models of one installation. Cheap to clone; engines are opened once.
#[derive(Clone)]
pub struct Models {
    _private: (),
}

impl Models {
    /// Names the models; opens none.
    pub fn new(_config: Config) -> Self {
        todo!()
    }

    /// The speech recogniser.
    pub fn speech(&self) -> Result<Arc<dyn SpeechRecogniser>> {
        todo!()
    }

    /// The voice detector.
    pub fn voice(&self) -> Result<Arc<dyn VoiceDetector>> {
        todo!()
    }

    /// The text embedder. When none was fetched: the built-in hashing
    /// embedder, with a warning in the log, so that Vireo always works.
    pub fn text_embedder(&self) -> Result<Arc<dyn TextEmbedder>> {
        todo!()
    }

    /// The language model: the endpoint if configured (falling back to the
    /// local one when it fails), else the local one; `Ok(None)` when the
    /// profile has none.
    pub fn language_model(&self) -> Result<Option<Arc<dyn LanguageModel>>> {
        todo!()
    }
}
