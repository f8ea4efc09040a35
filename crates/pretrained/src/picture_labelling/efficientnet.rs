//! EfficientNet-Lite0, trained on ImageNet-1k (Tan and Le, ICML 2019; the
//! "lite" form has no squeeze-and-excitation and bounded activations).

use super::{PictureLabeller, classes};
use crate::picture::Picture;
use crate::{Result, clock, onnx};
use ort::session::Session;
use ort::value::TensorRef;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

mod conversion;
mod pickle;

pub use conversion::convert;

/// The file that [`convert`] makes.
pub(crate) const MODEL_FILE: &str = "model.onnx";
/// Side of what the network sees, in pixels.
const SIDE: usize = 224;
/// `(value - 127) / 128`, as it was trained.
const FACTOR: f32 = 1.0 / 128.0;
const OFFSET: f32 = -127.0 / 128.0;
/// A picture is seen twice: pressed into a square, and cut to one. What the
/// network sees in only one of them is mostly a mistake.
const VIEWS: usize = 2;

/// The labeller.
pub struct EfficientNet {
    name: String,
    network: Mutex<Session>,
}

impl EfficientNet {
    /// Opens the model in `dir` with this ONNX Runtime library and so many threads.
    pub fn open(library: &Path, dir: &Path, name: &str, threads: usize) -> Result<Self> {
        let network = onnx::open(library, &dir.join(MODEL_FILE), threads)?;
        Ok(Self { name: name.to_owned(), network: Mutex::new(network) })
    }

    /// Runs the network on views: the likelihoods of the classes, and the
    /// features that they are made of, one view after the other.
    fn run(&self, views: &[f32]) -> Result<(Vec<f32>, Vec<f32>)> {
        let count = views.len() / (3 * SIDE * SIDE);
        let input = TensorRef::from_array_view(([count, 3, SIDE, SIDE], views));
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs =
            network.run(ort::inputs![input.map_err(onnx::error)?]).map_err(onnx::error)?;
        let output = |place: usize| {
            let (_, numbers) = outputs[place].try_extract_tensor::<f32>().map_err(onnx::error)?;
            Ok::<_, crate::Error>(numbers.to_vec())
        };
        let (likelihoods, features) = (output(0)?, output(1)?);
        if likelihoods.len() != count * classes().len() {
            let found = likelihoods.len() / count.max(1);
            return Err(onnx::error(format!("{found} classes instead of {}", classes().len())));
        }
        Ok((likelihoods, features))
    }
}

impl PictureLabeller for EfficientNet {
    fn name(&self) -> &str {
        &self.name
    }

    fn look(&self, picture: &Picture<'_>) -> Result<Vec<f32>> {
        let _working = clock::working();
        let (likelihoods, _) = self.run(&views(picture))?;
        let (one, other) = likelihoods.split_at(likelihoods.len() / VIEWS);
        Ok(one.iter().zip(other).map(|(one, other)| f32::midpoint(*one, *other)).collect())
    }

    /// Of the whole picture only: a mistake in it is the same mistake every time.
    fn features(&self, picture: &Picture<'_>) -> Result<Vec<f32>> {
        let _working = clock::working();
        let mut view = views(picture);
        view.truncate(view.len() / VIEWS);
        Ok(self.run(&view)?.1)
    }
}

/// Both views of a picture, as planes of red, green and blue.
fn views(picture: &Picture<'_>) -> Vec<f32> {
    let mut views = vec![0.0; VIEWS * 3 * SIDE * SIDE];
    let patches = [picture.scaled(SIDE, SIDE), picture.square(SIDE)];
    for (patch, view) in patches.iter().zip(views.chunks_exact_mut(3 * SIDE * SIDE)) {
        picture.each_pixel(patch, |row, column, colour| {
            for (channel, value) in colour.iter().enumerate() {
                view[(channel * SIDE + row) * SIDE + column] = value * FACTOR + OFFSET;
            }
        });
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::graph::{Attribute, Graph};

    /// A network whose first three classes are red, green and blue, and whose
    /// feature is the mean of each.
    fn colours(count: usize) -> Vec<u8> {
        let mut graph = Graph::default();
        let mut weights = vec![0.0; 3 * count];
        (0..3).for_each(|channel| weights[channel * count + channel] = 20.0);
        graph.constant("weights", &[3, count], &weights);
        let at = graph.node("GlobalAveragePool", &["picture"], &[]);
        let feature = graph.node("Flatten", &[&at], &[]);
        let at = graph.node("MatMul", &[&feature, "weights"], &[]);
        let likelihoods = graph.node("Softmax", &[&at], &[("axis", Attribute::Int(1))]);
        let outputs = [(&*likelihoods, &[0, count][..]), (&*feature, &[0, 3])];
        graph.finish(("picture", &[0, 3, SIDE, SIDE]), &outputs)
    }

    #[test]
    fn colours_keep_their_order_and_both_views_count() {
        let Some((dir, library)) = onnx::stand_in(&colours(1000), MODEL_FILE) else { return };
        let network = EfficientNet::open(&library, dir.path(), "colours", 1).expect("opens");
        // Green in the middle square, blue on both sides of it.
        let row = [[[0, 0, 255]; 50], [[0, 255, 0]; 50], [[0, 255, 0]; 50], [[0, 0, 255]; 50]];
        let pixels: Vec<u8> = row.as_flattened().as_flattened().repeat(100);
        let picture = Picture::new(200, 100, &pixels).expect("whole");
        let (_, means) = network.run(&views(&picture)).expect("runs");
        // From -127/128 to 1; half of the whole is green, and all of the square.
        for (found, expected) in means.iter().zip([-0.99, 0.0, 0.0, -0.99, 1.0, -0.99]) {
            assert!((found - expected).abs() < 0.02, "{means:?}");
        }
        let likelihoods = network.look(&picture).expect("looks");
        assert!((likelihoods[1] - 0.5).abs() < 0.01, "sure in one view of two: {}", likelihoods[1]);
        assert!((likelihoods.iter().sum::<f32>() - 1.0).abs() < 1e-3);
        assert_eq!(network.features(&picture).expect("looks"), means[..3]);
    }

    #[test]
    fn a_network_of_other_classes_is_refused() {
        let Some((dir, library)) = onnx::stand_in(&colours(10), MODEL_FILE) else { return };
        let network = EfficientNet::open(&library, dir.path(), "colours", 1).expect("opens");
        let picture = Picture::new(1, 1, &[0; 3]).expect("whole");
        let message = network.look(&picture).expect_err("refused").to_string();
        assert!(message.contains("10 classes instead of 1000"), "{message}");
    }
}
