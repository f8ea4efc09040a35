//! One of the two networks of a model, with what its file says of itself.

use super::unusable;
use crate::{Result, onnx};
use ort::session::Session;
use ort::value::{Outlet, PrimitiveTensorElementType, TensorRef};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use vireo_domain::Embedding;

/// An opened network.
pub(super) struct Network {
    path: PathBuf,
    session: Session,
    /// Name of the output that holds the vectors.
    output: &'static str,
    /// Names of the inputs and their sides; -1 for a side of any length.
    inputs: Vec<(String, Vec<i64>)>,
}

impl Network {
    /// Opens the file; the first of `outputs` that it has is the vectors.
    pub(super) fn open(
        library: &Path,
        path: &Path,
        threads: usize,
        outputs: [&'static str; 2],
    ) -> Result<Self> {
        let session = onnx::open(library, path, threads)?;
        let named = |name: &&str| session.outputs().iter().any(|output| output.name() == *name);
        let Some(output) = outputs.into_iter().find(named) else {
            let all: Vec<&str> = session.outputs().iter().map(Outlet::name).collect();
            let wanted = outputs.join(" nor ");
            let reason =
                format!("there is neither {wanted} among its outputs ({})", all.join(", "));
            return Err(unusable(path, reason));
        };
        let inputs = session.inputs().iter().map(|input| {
            let sides = input.dtype().tensor_shape().map(|shape| shape.to_vec());
            (input.name().to_owned(), sides.unwrap_or_default())
        });
        let inputs = inputs.collect();
        Ok(Self { path: path.to_owned(), output, inputs, session })
    }

    /// Whether it has an input of this name.
    pub(super) fn has(&self, input: &str) -> bool {
        self.sides(input).is_some()
    }

    /// The sides of an input; -1 for one of any length.
    pub(super) fn sides(&self, input: &str) -> Option<&[i64]> {
        self.inputs.iter().find(|it| it.0 == input).map(|it| &*it.1)
    }

    /// The sides of an input in words.
    pub(super) fn shape(&self, input: &str) -> String {
        let side = |side: &i64| if *side < 0 { "any".to_owned() } else { side.to_string() };
        let sides = self.sides(input).unwrap_or_default();
        sides.iter().map(side).collect::<Vec<_>>().join(" × ")
    }

    /// An error if it lacks the first of these inputs, or has one that is not among them.
    pub(super) fn only_takes(&self, inputs: &[&str]) -> Result<()> {
        let lacks = inputs.first().filter(|input| !self.has(input));
        let other = self.inputs.iter().find(|input| !inputs.contains(&&*input.0));
        match (lacks, other) {
            (Some(input), _) => Err(unusable(&self.path, format!("it has no input {input}"))),
            (None, Some((other, _))) => {
                let known = inputs.join(" and ");
                let reason = format!("it has the input {other}; only {known} are known here");
                Err(unusable(&self.path, reason))
            }
            (None, None) => Ok(()),
        }
    }

    /// Whether an input takes any number of these sides.
    pub(super) fn takes(&self, input: &str, each: &[usize]) -> bool {
        let Some([_, sides @ ..]) = self.sides(input) else { return false };
        let fits = |(side, wanted): (&i64, &usize)| *side < 0 || *side == *wanted as i64;
        sides.len() == each.len() && sides.iter().zip(each).all(fits)
    }

    /// How many it takes at once, at most `most`.
    pub(super) fn together(&self, input: &str, most: usize) -> usize {
        let fixed = self.sides(input).and_then(|sides| sides.first().copied());
        fixed.and_then(|side| usize::try_from(side).ok()).filter(|side| *side > 0).unwrap_or(most)
    }

    /// The vectors of `count` pictures or texts.
    pub(super) fn run<T: PrimitiveTensorElementType + Debug>(
        &mut self,
        inputs: Vec<(&str, TensorRef<'_, T>)>,
        count: usize,
    ) -> Result<Vec<Embedding>> {
        let said = |error: ort::Error| unusable(&self.path, error);
        let outputs = self.session.run(inputs).map_err(said)?;
        let found = outputs[self.output].try_extract_tensor::<f32>();
        let (shape, numbers) = found.map_err(|error| unusable(&self.path, error))?;
        let length = numbers.len() / count.max(1);
        if shape.len() != 2 || length == 0 || numbers.len() != count * length {
            let reason = format!("{} is {shape:?} for {count}, not one vector each", self.output);
            return Err(unusable(&self.path, reason));
        }
        Ok(numbers.chunks_exact(length).map(|vector| Embedding::new(vector.to_vec())).collect())
    }
}
