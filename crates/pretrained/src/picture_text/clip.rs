//! Models of the form of CLIP (Radford et al., ICML 2021) and SigLIP (Zhai et
//! al., ICCV 2023), in the layout that hubs carry their ONNX exports in:
//!
//! | file | what |
//! |---|---|
//! | `onnx/vision_model*.onnx` | `pixel_values` to `image_embeds`, else `pooler_output` |
//! | `onnx/text_model*.onnx` | `input_ids` (and `attention_mask`) to `text_embeds`, else `pooler_output` |
//! | `tokenizer.json` | how texts are cut; `tokenizer_config.json` beside it, if it is there |
//! | `preprocessor_config.json` | how pictures are scaled, cut and normalised |
//!
//! Everything that differs between models is read from these files.

use super::PictureText;
use crate::picture::Picture;
use crate::{Error, Result, clock};
use network::Network;
use ort::value::TensorRef;
use preprocessing::Preprocessing;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokens::Tokens;
use vireo_domain::Embedding;

mod network;
mod preprocessing;
mod tokens;

/// Pictures or texts of one computation.
const TOGETHER: usize = 16;

/// For `map_err`: what is wrong with a file of the model.
fn unusable(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::file(path)(std::io::Error::other(reason.to_string()))
}

/// The files of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    vision: PathBuf,
    text: PathBuf,
    tokenizer: PathBuf,
    preprocessing: PathBuf,
}

impl Files {
    /// Looks for them in a folder; the error names all that are missing.
    pub fn find(dir: &Path) -> Result<Self> {
        let mut missing = Vec::new();
        let mut or_missing = |found: Option<PathBuf>, name: &'static str| {
            found.unwrap_or_else(|| {
                missing.push(name);
                PathBuf::new()
            })
        };
        let plain = |name: &str| Some(dir.join(name)).filter(|path| path.is_file());
        let files = Self {
            vision: or_missing(network_file(dir, "vision_model"), "onnx/vision_model*.onnx"),
            text: or_missing(network_file(dir, "text_model"), "onnx/text_model*.onnx"),
            tokenizer: or_missing(plain("tokenizer.json"), "tokenizer.json"),
            preprocessing: or_missing(plain(preprocessing::FILE), preprocessing::FILE),
        };
        if missing.is_empty() {
            return Ok(files);
        }
        let verb = if missing.len() == 1 { "is" } else { "are" };
        Err(unusable(dir, format!("{} {verb} missing", missing.join(" and "))))
    }

    /// The networks: they are what vectors depend on most.
    pub fn networks(&self) -> [&Path; 2] {
        [&self.vision, &self.text]
    }
}

/// The export in full precision, else the first by name of those there are
/// (`vision_model_quantized.onnx`, `vision_model_fp16.onnx`).
fn network_file(dir: &Path, stem: &str) -> Option<PathBuf> {
    let onnx = dir.join("onnx");
    let whole = onnx.join(format!("{stem}.onnx"));
    if whole.is_file() {
        return Some(whole);
    }
    let is_one = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_onnx = path.extension().is_some_and(|extension| extension == "onnx");
        name.starts_with(stem) && is_onnx && path.is_file()
    };
    std::fs::read_dir(onnx).ok()?.flatten().map(|entry| entry.path()).filter(is_one).min()
}

/// A model of this form. Its two networks are opened when they are first asked:
/// whoever searches needs no pictures, and whoever looks at videos seldom a text.
pub struct Clip {
    name: String,
    library: PathBuf,
    threads: usize,
    files: Files,
    preprocessing: Preprocessing,
    vision: Mutex<Option<Network>>,
    text: Mutex<Option<(Network, Tokens)>>,
}

impl Clip {
    /// Names the model in `dir`, to be run with this ONNX Runtime library and so
    /// many threads; reads everything but the networks and the tokenizer.
    pub fn open(library: &Path, dir: &Path, name: &str, threads: usize) -> Result<Self> {
        let files = Files::find(dir)?;
        Ok(Self {
            name: name.to_owned(),
            library: library.to_owned(),
            threads,
            preprocessing: Preprocessing::read(&files.preprocessing)?,
            files,
            vision: Mutex::default(),
            text: Mutex::default(),
        })
    }

    fn vision(&self) -> Result<Network> {
        let outputs = ["image_embeds", "pooler_output"];
        let network = Network::open(&self.library, &self.files.vision, self.threads, outputs)?;
        let Preprocessing { width, height, .. } = self.preprocessing;
        network.only_takes(&["pixel_values"])?;
        if !network.takes("pixel_values", &[3, height, width]) {
            let reason = format!(
                "pixel_values is {}, but {} makes pictures of 3 × {height} × {width}",
                network.shape("pixel_values"),
                preprocessing::FILE
            );
            return Err(unusable(&self.files.vision, reason));
        }
        Ok(network)
    }

    fn text(&self) -> Result<(Network, Tokens)> {
        let outputs = ["text_embeds", "pooler_output"];
        let network = Network::open(&self.library, &self.files.text, self.threads, outputs)?;
        network.only_takes(&["input_ids", "attention_mask"])?;
        let Some([_, length]) = network.sides("input_ids") else {
            let found = network.shape("input_ids");
            return Err(unusable(&self.files.text, format!("input_ids is {found}, not n × m")));
        };
        let length = usize::try_from(*length).ok().filter(|length| *length > 0);
        let tokens = Tokens::open(&self.files.tokenizer, length, network.has("attention_mask"))?;
        Ok((network, tokens))
    }
}

/// Asks what is opened when it is first asked.
fn ask<T, A>(
    slot: &Mutex<Option<T>>,
    open: impl FnOnce() -> Result<T>,
    ask: impl FnOnce(&mut T) -> Result<A>,
) -> Result<A> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    let opened = match slot.take() {
        Some(opened) => opened,
        None => open()?,
    };
    ask(slot.insert(opened))
}

impl PictureText for Clip {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed_pictures(&self, pictures: &[Picture<'_>]) -> Result<Vec<Embedding>> {
        let _working = clock::working();
        let Preprocessing { width, height, .. } = self.preprocessing;
        ask(
            &self.vision,
            || self.vision(),
            |network| {
                let mut vectors = Vec::with_capacity(pictures.len());
                for batch in pictures.chunks(network.together("pixel_values", TOGETHER)) {
                    let pixels: Vec<f32> = batch
                        .iter()
                        .flat_map(|picture| self.preprocessing.planes(picture))
                        .collect();
                    let input =
                        TensorRef::from_array_view(([batch.len(), 3, height, width], &*pixels));
                    let input = input.map_err(crate::onnx::error)?;
                    vectors.extend(network.run(vec![("pixel_values", input)], batch.len())?);
                }
                Ok(vectors)
            },
        )
    }

    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Embedding>> {
        let _working = clock::working();
        ask(
            &self.text,
            || self.text(),
            |(network, tokens)| {
                let mut vectors = Vec::with_capacity(texts.len());
                for batch in texts.chunks(network.together("input_ids", TOGETHER)) {
                    let cut = tokens.encode(batch)?;
                    let shape = [batch.len(), cut.length];
                    let ids = TensorRef::from_array_view((shape, &*cut.ids));
                    let mut inputs = vec![("input_ids", ids.map_err(crate::onnx::error)?)];
                    if network.has("attention_mask") {
                        let mask = TensorRef::from_array_view((shape, &*cut.mask));
                        inputs.push(("attention_mask", mask.map_err(crate::onnx::error)?));
                    }
                    vectors.extend(network.run(inputs, batch.len())?);
                }
                Ok(vectors)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx;
    use crate::onnx::graph::{Element, Graph};
    use crate::picture_text::colours::{self, Export};
    use std::fs;

    /// The small model; `None` (and why) where the runtime was not fetched.
    fn small(export: Export) -> Option<(tempfile::TempDir, PathBuf)> {
        let (dir, library) = onnx::stand_in(b"", "unused")?;
        colours::write(dir.path(), export).expect("written");
        Some((dir, library))
    }

    fn open(dir: &tempfile::TempDir, library: &Path) -> Result<Clip> {
        Clip::open(library, dir.path(), "colours", 1)
    }

    /// Wide pictures of one colour in the middle square and another beside it.
    fn pictures(colours: &[([u8; 3], [u8; 3])]) -> Vec<Vec<u8>> {
        let picture = |(middle, beside): &([u8; 3], [u8; 3])| {
            let row = [beside.repeat(10), middle.repeat(20), beside.repeat(10)].concat();
            row.repeat(20)
        };
        colours.iter().map(picture).collect()
    }

    fn embed(model: &Clip, pixels: &[Vec<u8>]) -> Result<Vec<Embedding>> {
        let pictures: Vec<Picture<'_>> =
            pixels.iter().map(|pixels| Picture::new(40, 20, pixels).expect("whole")).collect();
        model.embed_pictures(&pictures)
    }

    const RED: [u8; 3] = [255, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 255];

    #[test]
    fn words_meet_the_pictures_that_show_them() {
        for export in [Export::Clip, Export::SigLip] {
            let Some((dir, library)) = small(export) else { return };
            let model = open(&dir, &library).expect("opens");
            let pixels = pictures(&[(RED, RED), (BLUE, BLUE)]);
            let many: Vec<Vec<u8>> = pixels.into_iter().cycle().take(20).collect();
            let seen = embed(&model, &many).expect("sees");
            assert_eq!(seen.len(), 20, "more than one computation");
            let texts = ["red", "红色", "a photo of blue", "蓝"];
            let said = model.embed_texts(&texts).expect("reads");
            for (text, vector) in texts.iter().zip(&said) {
                let is_red = ["red", "红色"].contains(text);
                let (red, blue) = (vector.cosine(&seen[18]), vector.cosine(&seen[19]));
                assert!(
                    if is_red { red > blue + 1.0 } else { blue > red + 1.0 },
                    "{export:?} {text}"
                );
                // Company makes no difference, and padding is no word.
                let alone = model.embed_texts(&[text]).expect("reads").remove(0);
                assert!(alone.cosine(vector) > 0.9999, "{export:?} {text}");
            }
            assert!(model.embed_texts(&["of"]).expect("reads")[0].is_zero(), "{export:?}");
        }
    }

    #[test]
    fn each_model_sees_what_its_settings_say() {
        let blue_in_red = pictures(&[(BLUE, RED)]);
        let Some((dir, library)) = small(Export::Clip) else { return };
        let cut = embed(&open(&dir, &library).expect("opens"), &blue_in_red).expect("sees");
        let blue = Embedding::new(vec![-1.0, -1.0, 1.0]);
        assert!(cut[0].cosine(&blue) > 0.99, "only the middle: {cut:?}");
        let Some((dir, library)) = small(Export::SigLip) else { return };
        let whole = embed(&open(&dir, &library).expect("opens"), &blue_in_red).expect("sees");
        let both = Embedding::new(vec![0.0, -1.0, 0.0]);
        assert!(whole[0].cosine(&both) > 0.99, "half and half: {whole:?}");
    }

    #[test]
    fn a_quantised_export_stands_in_for_the_whole_one() {
        let Some((dir, library)) = small(Export::SigLip) else { return };
        let onnx = dir.path().join("onnx");
        fs::rename(onnx.join("text_model.onnx"), onnx.join("text_model_q8.onnx")).expect("moved");
        let model = open(&dir, &library).expect("opens");
        assert!(!model.embed_texts(&["红"]).expect("reads")[0].is_zero());
    }

    /// What is said when this file of the small model is this instead.
    fn refusal(export: Export, file: &str, bytes: &[u8]) -> Option<String> {
        let (dir, library) = small(export)?;
        fs::write(dir.path().join(file), bytes).expect("written");
        let outcome = open(&dir, &library).and_then(|model| {
            embed(&model, &pictures(&[(RED, RED)]))?;
            model.embed_texts(&["red"])
        });
        Some(outcome.expect_err("refused").to_string())
    }

    #[test]
    fn what_is_wrong_is_said_with_its_file() {
        let network = |input: (&str, &[usize]), output: &str| {
            let mut graph = Graph::default();
            graph.rename(input.0, output);
            graph.finish(input, &[(output, input.1)])
        };
        let wrong_size = br#"{"size": 9, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}"#;
        let vision = "onnx/vision_model.onnx";
        for (export, file, bytes, words) in [
            (Export::SigLip, "preprocessor_config.json", wrong_size.to_vec(), "any × 3 × 8 × 8"),
            (Export::Clip, "preprocessor_config.json", b"[".to_vec(), "preprocessor_config.json"),
            (Export::Clip, "tokenizer.json", b"{}".to_vec(), "tokenizer.json"),
            (Export::Clip, "tokenizer_config.json", b"?".to_vec(), "tokenizer_config.json"),
            (Export::Clip, vision, b"no network".to_vec(), "onnxruntime"),
            (
                Export::Clip,
                vision,
                network(("pixel_values", &[0, 3, 0, 0]), "logits"),
                "neither image_embeds nor pooler_output among its outputs (logits)",
            ),
            (
                Export::Clip,
                vision,
                network(("image", &[0, 3, 0, 0]), "image_embeds"),
                "no input pixel_values",
            ),
            (
                Export::Clip,
                vision,
                network(("pixel_values", &[0, 3, 0, 0]), "image_embeds"),
                "not one vector each",
            ),
            (
                Export::Clip,
                "onnx/text_model.onnx",
                network(("input_ids", &[0, 3, 0]), "text_embeds"),
                "not n × m",
            ),
        ] {
            let Some(message) = refusal(export, file, &bytes) else { return };
            assert!(message.contains(words), "{file}: {message}");
        }
    }

    #[test]
    fn an_input_that_nobody_knows_is_named() {
        let mut graph = Graph::default();
        let sum = graph.node("Add", &["input_ids", "position_ids"], &[]);
        let inputs = ["input_ids", "position_ids"].map(|name| (name, Element::Float, &[0, 4][..]));
        graph.rename(&sum, "text_embeds");
        let network = graph.finish_of(&inputs, &[("text_embeds", &[0, 4])]);
        let Some(message) = refusal(Export::Clip, "onnx/text_model.onnx", &network) else { return };
        assert!(message.contains("position_ids; only input_ids and attention_mask"), "{message}");
    }
}
