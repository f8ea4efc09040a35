//! Whisper's two networks, written from its weights for ONNX Runtime.
//!
//! The encoder turns a spectrogram into keys and values, which every layer of the
//! decoder attends to; the decoder says which token comes next. Matrices are of
//! 8 bits, with a scale for every 128 numbers of a row; what they are multiplied
//! with is brought to 8 bits in blocks, too. Source: Radford et al., "Robust Speech Recognition via Large-Scale
//! Weak Supervision", 2022, section 2.2, and `whisper/model.py`.

use super::graphs::{Plan, names};
use super::weights::Weights;
use crate::{Error, Result, onnx};
use half::f16;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorRef};
use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// How wide a head is: the same in every Whisper.
pub(super) const HEAD: usize = 64;

/// The two networks of a model.
pub(super) struct Network {
    encoder: Mutex<Session>,
    decoder: Mutex<Session>,
    /// Its measures.
    pub(super) plan: Plan,
    embeddings: Vec<f16>,
    /// `[1500 × width]` and `[448 × width]`.
    places: [Vec<f32>; 2],
}

/// What the decoder attends to: of each layer the keys and the values,
/// `[1 × heads × frames × 64]`.
pub(super) struct Encoded {
    layers: Vec<DynValue>,
    /// How many frames there are, of 20 ms each.
    pub(super) frames: usize,
}

impl Encoded {
    /// Some of its frames: as if there were no others.
    pub(super) fn part(&self, frames: Range<usize>) -> Result<Self> {
        let frames = frames.start.min(self.frames)..frames.end.min(self.frames);
        let length = frames.len();
        let cut = |layer: &DynValue| {
            let (shape, values) = layer.try_extract_tensor::<f32>().map_err(onnx::error)?;
            let heads = values.chunks_exact((self.frames * HEAD).max(1));
            let part = heads.flat_map(|head| &head[frames.start * HEAD..frames.end * HEAD]);
            let part: Vec<f32> = part.copied().collect();
            let part = Tensor::from_array(([1, shape[1] as usize, length, HEAD], part));
            Ok(part.map_err(onnx::error)?.into_dyn())
        };
        Ok(Self { layers: self.layers.iter().map(cut).collect::<Result<_>>()?, frames: length })
    }
}

/// What the decoder remembers of the tokens before: of each layer the keys and
/// the values, `[rows × heads × tokens × 64]`.
#[derive(Default)]
pub(super) struct Memory {
    layers: Vec<DynValue>,
    tokens: usize,
}

/// What the decoder says of the tokens that it is given.
pub(super) struct Step {
    /// Log probabilities of what follows the last of them, `[rows × vocabulary]`.
    pub(super) next: Vec<f32>,
    /// What to go on from.
    pub(super) memory: Memory,
    /// What each layer asks of the sound, `[tokens × width]` for one row.
    queries: Vec<DynValue>,
}

impl Network {
    /// Writes both networks from the weights in a file, and opens them.
    pub(super) fn open(library: &Path, file: &Path, threads: usize) -> Result<Self> {
        let bytes = std::fs::read(file).map_err(Error::file(file))?;
        let unusable = |reason: String| Error::file(file)(std::io::Error::other(reason));
        let weights = Weights::read(bytes).map_err(unusable)?;
        let plan = Plan::of(&weights).map_err(unusable)?;
        let opened = |network: Result<Vec<u8>, String>| {
            onnx::open_written(library, &network.map_err(unusable)?, threads)
        };
        let encoder = opened(plan.encoder(&weights))?;
        let decoder = opened(plan.decoder(&weights))?;
        let values = |name: &str| weights.values(name).map_err(unusable);
        let embeddings = values("decoder/embeddings/weight")?;
        Ok(Self {
            encoder: Mutex::new(encoder),
            decoder: Mutex::new(decoder),
            plan,
            embeddings: embeddings.into_iter().map(f16::from_f32).collect(),
            places: [
                values("encoder/position_encodings/encodings")?,
                values("decoder/position_encodings/encodings")?,
            ],
        })
    }

    /// Layers of the decoder.
    fn layers(&self) -> usize {
        self.plan.layers[1]
    }

    /// Whether the decoder has this head.
    pub(super) fn has(&self, (layer, head): (usize, usize)) -> bool {
        layer < self.layers() && head < self.plan.heads
    }

    /// Encodes a spectrogram of an even number of frames, `[bands × frames]`.
    pub(super) fn encode(&self, spectrogram: &[f32]) -> Result<Encoded> {
        let frames = spectrogram.len() / self.plan.bands / 2;
        let places = &self.places[0][..frames * self.plan.width];
        let spectrogram =
            TensorRef::from_array_view(([1, self.plan.bands, frames * 2], spectrogram));
        let places = TensorRef::from_array_view(([frames, self.plan.width], places));
        let mut session = self.encoder.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outputs = session
            .run(ort::inputs![
                "spectrogram" => spectrogram.map_err(onnx::error)?,
                "places" => places.map_err(onnx::error)?,
            ])
            .map_err(onnx::error)?;
        let layers = names(self.layers(), ["key", "value"]);
        let layers =
            layers.map(|name| taken(outputs.remove(&name), &name)).collect::<Result<_>>()?;
        Ok(Encoded { layers, frames })
    }

    /// Says what follows `tokens`, which are as many for each row, one row after
    /// the other. `order` names for each row the one of the memory it goes on from.
    pub(super) fn decode(
        &self,
        encoded: &Encoded,
        memory: &Memory,
        order: &[usize],
        tokens: &[u32],
    ) -> Result<Step> {
        let (rows, each) = (order.len(), tokens.len() / order.len().max(1));
        if memory.tokens + each > self.plan.longest {
            return Err(onnx::error(format!("more than {} tokens", self.plan.longest)));
        }
        let mut vectors = Vec::with_capacity(tokens.len() * self.plan.width);
        for (at, token) in tokens.iter().enumerate() {
            let place = (memory.tokens + at % each) * self.plan.width;
            let places = &self.places[1][place..place + self.plan.width];
            let embedding = self.embeddings.chunks_exact(self.plan.width).nth(*token as usize);
            let embedding = embedding.ok_or_else(|| onnx::error(format!("no token {token}")))?;
            vectors.extend(embedding.iter().zip(places).map(|(e, p)| e.to_f32() + p));
        }
        let vectors =
            Tensor::from_array(([rows, each, self.plan.width], vectors)).map_err(onnx::error)?;
        let order: Vec<i64> = order.iter().map(|row| *row as i64).collect();
        let order = Tensor::from_array(([rows], order)).map_err(onnx::error)?;
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> =
            vec![("vectors".into(), vectors.into()), ("order".into(), order.into())];
        for (name, value) in names(self.layers(), ["key", "value"]).zip(&encoded.layers) {
            inputs.push((name.into(), value.into()));
        }
        let nothing = if memory.layers.is_empty() { Some(self.nothing(rows)?) } else { None };
        let mut before = memory.layers.iter();
        for name in names(self.layers(), ["key-before", "value-before"]) {
            let value: SessionInputValue<'_> = match (&nothing, before.next()) {
                (Some(nothing), _) => nothing.into(),
                (None, Some(value)) => value.into(),
                (None, None) => return Err(onnx::error("the memory lacks a layer")),
            };
            inputs.push((name.into(), value));
        }
        let mut session = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outputs = session.run(inputs).map_err(onnx::error)?;
        let (_, next) = outputs["next"].try_extract_tensor::<f32>().map_err(onnx::error)?;
        let next = next.to_vec();
        let mut take = |name: String| taken(outputs.remove(&name), &name);
        let layers = names(self.layers(), ["key-after", "value-after"])
            .map(&mut take)
            .collect::<Result<_>>()?;
        let queries = names(self.layers(), ["query"]).map(take).collect::<Result<_>>()?;
        Ok(Step { next, memory: Memory { layers, tokens: memory.tokens + each }, queries })
    }

    /// Memory of no token.
    fn nothing(&self, rows: usize) -> Result<DynValue> {
        let shape = [rows, self.plan.heads, 0, HEAD];
        let empty = ndarray::Array4::<f32>::zeros(shape);
        Ok(Tensor::from_array(empty).map_err(onnx::error)?.into_dyn())
    }

    /// How much of its attention each token of a single row gave to each of the
    /// first `frames` frames, by a head that there is, `[tokens × frames]`: before
    /// the softmax.
    pub(super) fn attention(
        &self,
        encoded: &Encoded,
        step: &Step,
        (layer, head): (usize, usize),
        frames: usize,
    ) -> Result<Vec<f32>> {
        let (Some(keys), Some(queries)) = (encoded.layers.get(layer * 2), step.queries.get(layer))
        else {
            return Err(onnx::error(format!("there is no layer {layer}")));
        };
        let (_, keys) = keys.try_extract_tensor::<f32>().map_err(onnx::error)?;
        let (_, queries) = queries.try_extract_tensor::<f32>().map_err(onnx::error)?;
        let keys = &keys[head * encoded.frames * HEAD..][..frames * HEAD];
        let scale = 1.0 / (HEAD as f32).sqrt();
        let rows = queries.chunks_exact(self.plan.width).map(|row| &row[head * HEAD..][..HEAD]);
        let scores = rows.flat_map(|query| {
            keys.chunks_exact(HEAD)
                .map(move |key| query.iter().zip(key).map(|(q, k)| q * k).sum::<f32>() * scale)
        });
        Ok(scores.collect())
    }
}

fn taken(value: Option<DynValue>, name: &str) -> Result<DynValue> {
    value.ok_or_else(|| onnx::error(format!("no output {name}")))
}
