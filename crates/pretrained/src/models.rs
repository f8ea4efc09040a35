//! The models of one installation, opened when first needed and shared.

use crate::catalogue::{Catalogue, Format, Job, Model};
use crate::embedding::TextEmbedder;
use crate::embedding::e5::E5Embedder;
use crate::embedding::hashing::HashingEmbedder;
use crate::language_model::LanguageModel;
use crate::language_model::endpoint::Endpoint;
use crate::language_model::fallback::Fallback;
use crate::language_model::llama::LlamaModel;
use crate::object_detection::ObjectDetector;
use crate::object_detection::nanodet::NanoDet;
use crate::picture_labelling::PictureLabeller;
use crate::picture_labelling::efficientnet::EfficientNet;
use crate::picture_text::clip::Clip;
use crate::picture_text::{PictureText, own};
use crate::speech::SpeechRecogniser;
use crate::speech::whisper::Whisper;
use crate::text_reading::TextReader;
use crate::text_reading::paddle::PaddleReader;
use crate::unsafe_content::UnsafeContentDetector;
use crate::unsafe_content::open_nsfw::OpenNsfw;
use crate::voice::VoiceDetector;
use crate::voice::silero::Silero;
use crate::{Error, Result, clock, fetch};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

mod status;

pub use status::Status;

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

impl Config {
    /// The models folder: `dir`, else `$VIREO_MODELS_DIR`, else `~/.cache/vireo/models`.
    pub fn models_dir(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(|| {
            let named = std::env::var_os("VIREO_MODELS_DIR").filter(|dir| !dir.is_empty());
            named.map_or_else(
                || std::env::home_dir().unwrap_or_default().join(".cache/vireo/models"),
                PathBuf::from,
            )
        })
    }
}

/// An engine that is opened once.
type Slot<T> = Mutex<Option<Arc<T>>>;

fn open_once<T: ?Sized>(slot: &Slot<T>, open: impl FnOnce() -> Result<Arc<T>>) -> Result<Arc<T>> {
    // Holding the lock while opening: a second caller waits instead of opening it again.
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(engine) = &*slot {
        return Ok(Arc::clone(engine));
    }
    let _working = clock::working();
    Ok(Arc::clone(slot.insert(open()?)))
}

struct Inner {
    config: Config,
    dir: PathBuf,
    catalogue: Slot<Catalogue>,
    speech: Slot<dyn SpeechRecogniser>,
    voice: Slot<dyn VoiceDetector>,
    text_reader: Slot<dyn TextReader>,
    picture_labeller: Slot<dyn PictureLabeller>,
    object_detector: Slot<dyn ObjectDetector>,
    unsafe_content: Slot<dyn UnsafeContentDetector>,
    picture_text: Slot<dyn PictureText>,
    embedder: Slot<dyn TextEmbedder>,
    language_model: Slot<dyn LanguageModel>,
}

/// The models of one installation. Cheap to clone; engines are opened once.
#[derive(Clone)]
pub struct Models(Arc<Inner>);

impl Models {
    /// Names the models; opens none.
    pub fn new(config: Config) -> Self {
        let dir = config.models_dir();
        Self(Arc::new(Inner {
            config,
            dir,
            catalogue: Slot::default(),
            speech: Slot::default(),
            voice: Slot::default(),
            text_reader: Slot::default(),
            picture_labeller: Slot::default(),
            object_detector: Slot::default(),
            unsafe_content: Slot::default(),
            picture_text: Slot::default(),
            embedder: Slot::default(),
            language_model: Slot::default(),
        }))
    }

    /// The models folder.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The profile.
    pub fn profile(&self) -> &str {
        &self.0.config.profile
    }

    /// The catalogue: the built-in one and the folder's `models.toml`.
    pub fn catalogue(&self) -> Result<Arc<Catalogue>> {
        open_once(&self.0.catalogue, || Ok(Arc::new(Catalogue::load(&self.0.dir)?)))
    }

    /// The speech recogniser.
    pub fn speech(&self) -> Result<Arc<dyn SpeechRecogniser>> {
        open_once(&self.0.speech, || {
            let model = self.needed(Job::Speech)?;
            match model.format {
                Format::WhisperCtranslate2 => {
                    let library = first_file(&self.needed(Job::Runtime)?, self.dir());
                    let dir = model.dir(self.dir());
                    Ok(Arc::new(Whisper::open(&library, &dir, &model.name, self.threads())?))
                }
                _ => Err(self.unusable(&model)),
            }
        })
    }

    /// The voice detector.
    pub fn voice(&self) -> Result<Arc<dyn VoiceDetector>> {
        open_once(&self.0.voice, || {
            let model = self.needed(Job::Voice)?;
            match model.format {
                Format::SileroVad => {
                    let library = first_file(&self.needed(Job::Runtime)?, self.dir());
                    let file = first_file(&model, self.dir());
                    Ok(Arc::new(Silero::open(&library, &file, &model.name)?))
                }
                _ => Err(self.unusable(&model)),
            }
        })
    }

    /// The reader of text in pictures; `Ok(None)` when the profile has none.
    pub fn text_reader(&self) -> Result<Option<Arc<dyn TextReader>>> {
        if self.catalogue()?.find(Job::TextReading, self.profile())?.is_none() {
            return Ok(None);
        }
        let reader = open_once(&self.0.text_reader, || {
            let model = self.needed(Job::TextReading)?;
            match model.format {
                Format::PpOcr => {
                    let library = first_file(&self.needed(Job::Runtime)?, self.dir());
                    let dir = model.dir(self.dir());
                    let reader = PaddleReader::open(&library, &dir, &model.name, self.threads())?;
                    Ok(Arc::new(reader) as Arc<dyn TextReader>)
                }
                _ => Err(self.unusable(&model)),
            }
        })?;
        Ok(Some(reader))
    }

    /// The labeller of pictures; `Ok(None)` when the profile has none, or it was not fetched.
    pub fn picture_labeller(&self) -> Result<Option<Arc<dyn PictureLabeller>>> {
        let Some(model) = self.optional(Job::PictureLabelling)? else { return Ok(None) };
        let labeller = open_once(&self.0.picture_labeller, || match model.format {
            Format::EfficientNetLite0 => {
                let library = first_file(&self.needed(Job::Runtime)?, self.dir());
                let dir = model.dir(self.dir());
                let labeller = EfficientNet::open(&library, &dir, &model.name, self.threads())?;
                Ok(Arc::new(labeller) as Arc<dyn PictureLabeller>)
            }
            _ => Err(self.unusable(&model)),
        })?;
        Ok(Some(labeller))
    }

    /// The detector of objects; `Ok(None)` when the profile has none, or it was not fetched.
    pub fn object_detector(&self) -> Result<Option<Arc<dyn ObjectDetector>>> {
        let Some(model) = self.optional(Job::ObjectDetection)? else { return Ok(None) };
        let detector = open_once(&self.0.object_detector, || match model.format {
            Format::NanoDet => {
                let library = first_file(&self.needed(Job::Runtime)?, self.dir());
                let dir = model.dir(self.dir());
                let detector = NanoDet::open(&library, &dir, &model.name, self.threads())?;
                Ok(Arc::new(detector) as Arc<dyn ObjectDetector>)
            }
            _ => Err(self.unusable(&model)),
        })?;
        Ok(Some(detector))
    }

    /// The detector of unsafe content; `Ok(None)` when the profile has none, or it was not fetched.
    pub fn unsafe_content(&self) -> Result<Option<Arc<dyn UnsafeContentDetector>>> {
        let Some(model) = self.optional(Job::UnsafeContent)? else { return Ok(None) };
        let detector = open_once(&self.0.unsafe_content, || match model.format {
            Format::OpenNsfw => {
                let library = first_file(&self.needed(Job::Runtime)?, self.dir());
                let file = first_file(&model, self.dir());
                let detector = OpenNsfw::open(&library, &file, &model.name, self.threads())?;
                Ok(Arc::new(detector) as Arc<dyn UnsafeContentDetector>)
            }
            _ => Err(self.unusable(&model)),
        })?;
        Ok(Some(detector))
    }

    /// The embedder of pictures and texts: that of the profile, else the user's
    /// own ([`own`]); `Ok(None)` when there is neither.
    pub fn picture_text(&self) -> Result<Option<Arc<dyn PictureText>>> {
        let fetched = match self.optional(Job::PictureText)? {
            Some(model) if model.format == Format::ClipOnnx => {
                Some((model.dir(self.dir()), model.name))
            }
            Some(model) => return Err(self.unusable(&model)),
            None => own::find(self.dir()).map(|own| own.named(self.dir())).transpose()?,
        };
        let Some((dir, name)) = fetched else { return Ok(None) };
        let embedder = open_once(&self.0.picture_text, || {
            let library = first_file(&self.needed(Job::Runtime)?, self.dir());
            Ok(Arc::new(Clip::open(&library, &dir, &name, self.threads())?) as Arc<dyn PictureText>)
        })?;
        Ok(Some(embedder))
    }

    /// The text embedder. When none was fetched: the built-in hashing
    /// embedder, with a warning in the log, so that Vireo always works.
    pub fn text_embedder(&self) -> Result<Arc<dyn TextEmbedder>> {
        open_once(&self.0.embedder, || {
            let model = match self.wanted(Job::TextEmbedding) {
                Ok(Some(model)) => model,
                Ok(None) => return Ok(Arc::new(HashingEmbedder)),
                Err(error @ Error::Missing { .. }) => {
                    tracing::warn!(
                        %error,
                        "searching and recommending by spelling instead of by meaning"
                    );
                    return Ok(Arc::new(HashingEmbedder));
                }
                Err(error) => return Err(error),
            };
            match model.format {
                Format::E5Q4 => {
                    Ok(Arc::new(E5Embedder::open(&model.dir(self.dir()), self.threads())?))
                }
                _ => Err(self.unusable(&model)),
            }
        })
    }

    /// The language model: the endpoint if configured, else the local one;
    /// `Ok(None)` when the profile has none. When the endpoint fails, a local
    /// model that follows instructions stands in; a base model cannot, for one
    /// question must suit whichever answers.
    pub fn language_model(&self) -> Result<Option<Arc<dyn LanguageModel>>> {
        let endpoint = self.0.config.endpoint.as_ref();
        let local = self.catalogue()?.find(Job::LanguageModel, self.profile())?.cloned();
        if endpoint.is_none() && local.is_none() {
            return Ok(None);
        }
        let model = open_once(&self.0.language_model, || {
            let Some(config) = endpoint else { return self.local_language_model() };
            let endpoint: Arc<dyn LanguageModel> =
                Arc::new(Endpoint::new(config.clone())?.counting_in(self.dir()));
            let stands_in = local.is_some_and(|local| local.instruct);
            let local = stands_in.then(|| self.local_language_model()).transpose();
            let local = local.unwrap_or_else(|error| {
                tracing::info!(%error, "the endpoint has no local model to fall back to");
                None
            });
            Ok(Arc::new(Fallback::new(endpoint, local)))
        })?;
        Ok(Some(model))
    }

    fn local_language_model(&self) -> Result<Arc<dyn LanguageModel>> {
        let model = self.needed(Job::LanguageModel)?;
        match model.format {
            Format::Gguf => Ok(Arc::new(LlamaModel::open(
                &first_file(&model, self.dir()),
                &model.name,
                model.instruct,
                // Half: llama.cpp's threads spin while they wait for one
                // another, and one that is kept off its core stops them all
                // (measured on two shared cores: 15 s of work took 4 minutes).
                self.threads().div_ceil(2),
            )?)),
            _ => Err(self.unusable(&model)),
        }
    }

    /// The model of a job, verified; `None` if the profile has none.
    fn wanted(&self, job: Job) -> Result<Option<Model>> {
        let catalogue = self.catalogue()?;
        let Some(model) = catalogue.find(job, self.profile())? else { return Ok(None) };
        fetch::ensure(self.dir(), model)?;
        Ok(Some(model.clone()))
    }

    /// The model of a job that nothing hangs on: one that was not fetched is
    /// none, and `vireo doctor` says so.
    fn optional(&self, job: Job) -> Result<Option<Model>> {
        match self.wanted(job) {
            Err(Error::Missing { name, .. }) => {
                tracing::debug!(name, "not fetched");
                Ok(None)
            }
            other => other,
        }
    }

    fn needed(&self, job: Job) -> Result<Model> {
        self.wanted(job)?.ok_or_else(|| Error::Missing {
            name: format!("for the job {}", job.name()),
            dir: self.dir().to_owned(),
            profile: "standard".to_owned(),
        })
    }

    fn unusable(&self, model: &Model) -> Error {
        Error::Catalogue {
            path: self.dir().join(crate::catalogue::USER_CATALOGUE),
            reason: format!(
                "the model {} has a format that cannot do the job {}",
                model.name,
                model.job.name()
            ),
        }
    }

    fn threads(&self) -> usize {
        match self.0.config.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}

/// The path of a model that is a single file.
fn first_file(model: &Model, dir: &Path) -> PathBuf {
    let file = model.files().next().map(|file| file.path.clone()).unwrap_or_default();
    model.dir(dir).join(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_says_what_to_do() {
        let dir = tempfile::tempdir().expect("folder");
        let config = Config {
            dir: Some(dir.path().to_owned()),
            profile: "tiny".to_owned(),
            ..Config::default()
        };
        let models = Models::new(config);
        let status = models.status().expect("status");
        let embedder = status.iter().find(|s| s.job == Job::TextEmbedding).expect("listed");
        assert!(embedder.is_present);
        assert!(status.iter().filter(|s| s.job != Job::TextEmbedding).all(|s| !s.is_present));
        let message = models.speech().err().expect("missing").to_string();
        assert!(message.contains("vireo models pull --profile tiny"), "{message}");
        assert_eq!(models.text_embedder().expect("built in").name(), "hashing-256");
    }

    #[test]
    fn a_broken_user_catalogue_is_reported_with_its_path() {
        let dir = tempfile::tempdir().expect("folder");
        std::fs::write(dir.path().join("models.toml"), "[[model]]\nname = 3").expect("write");
        let models = Models::new(Config { dir: Some(dir.path().to_owned()), ..Config::default() });
        let message = models.status().expect_err("broken").to_string();
        assert!(message.contains("models.toml"), "{message}");
    }
}
