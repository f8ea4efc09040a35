//! Silero VAD, versions 5 and 6, in ONNX.

use super::stretches::{FRAME, SAMPLE_RATE, Stretches};
use super::{VoiceDetector, VoiceSession};
use crate::{Result, clock, onnx};
use ndarray::arr0;
use ort::session::Session;
use ort::value::{Tensor, TensorRef};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use vireo_domain::Span;

/// Samples of the frame before that the model sees again.
const CONTEXT: usize = 64;
/// The recurrent state is `[2, 1, 128]`.
const STATE: usize = 2 * 128;

/// The detector. Its network is small, so all sounds share one session.
pub struct Silero {
    name: String,
    network: Arc<Mutex<Session>>,
}

impl Silero {
    /// Opens the model file with this ONNX Runtime library.
    pub fn open(library: &Path, model: &Path, name: &str) -> Result<Self> {
        // A frame takes a third of a millisecond: threads would only wait for each other.
        let session = onnx::open(library, model, 1)?;
        Ok(Self { name: name.to_owned(), network: Arc::new(Mutex::new(session)) })
    }
}

impl VoiceDetector for Silero {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&self) -> Result<Box<dyn VoiceSession>> {
        Ok(Box::new(Listening {
            network: Arc::clone(&self.network),
            state: vec![0.0; STATE],
            window: vec![0.0; CONTEXT],
            samples: 0,
            stretches: Stretches::default(),
        }))
    }
}

struct Listening {
    network: Arc<Mutex<Session>>,
    state: Vec<f32>,
    /// The context, and what is there of the next frame.
    window: Vec<f32>,
    samples: usize,
    stretches: Stretches,
}

impl Listening {
    /// Judges the full window and keeps its end as the next context.
    fn frame(&mut self) -> Result<()> {
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let input = TensorRef::from_array_view(([1, CONTEXT + FRAME], &*self.window));
        let state = TensorRef::from_array_view(([2_usize, 1, 128], &*self.state));
        let rate = Tensor::from_array(arr0(SAMPLE_RATE as i64));
        let outputs = network
            .run(ort::inputs![
                "input" => input.map_err(onnx::error)?,
                "state" => state.map_err(onnx::error)?,
                "sr" => rate.map_err(onnx::error)?,
            ])
            .map_err(onnx::error)?;
        let output = |name: &str| {
            let value =
                outputs.get(name).ok_or_else(|| onnx::error(format!("no output {name}")))?;
            value.try_extract_tensor::<f32>().map(|(_, data)| data).map_err(onnx::error)
        };
        let probability = output("output")?.first().copied().unwrap_or(0.0);
        let state = output("stateN")?;
        if state.len() != STATE {
            return Err(onnx::error(format!("the state has {} numbers, not {STATE}", state.len())));
        }
        self.state.copy_from_slice(state);
        self.window.drain(..FRAME);
        self.stretches.push(probability);
        Ok(())
    }
}

impl VoiceSession for Listening {
    fn push(&mut self, mut samples: &[f32]) -> Result<Vec<Span>> {
        let _working = clock::working();
        self.samples += samples.len();
        while !samples.is_empty() {
            let missing = CONTEXT + FRAME - self.window.len();
            let (now, later) = samples.split_at(missing.min(samples.len()));
            self.window.extend(now.iter().map(|s| if s.is_finite() { *s } else { 0.0 }));
            samples = later;
            if self.window.len() == CONTEXT + FRAME {
                self.frame()?;
            }
        }
        Ok(self.stretches.take())
    }

    fn finish(&mut self) -> Result<Vec<Span>> {
        let _working = clock::working();
        if self.window.len() > CONTEXT {
            self.window.resize(CONTEXT + FRAME, 0.0);
            self.frame()?;
        }
        self.stretches.finish(self.samples);
        Ok(self.stretches.take())
    }
}
