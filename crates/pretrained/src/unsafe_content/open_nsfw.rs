//! Yahoo's open_nsfw (2016), a thin ResNet-50, in ONNX.

use super::UnsafeContentDetector;
use crate::picture::{Patch, Picture};
use crate::{Result, clock, onnx};
use ort::session::Session;
use ort::value::TensorRef;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Pictures are pressed into a square of this side, of which the network sees the middle.
const WHOLE: usize = 256;
const SIDE: usize = 224;
/// Mean of blue, green and red in its training.
const MEAN: [f32; 3] = [104.0, 117.0, 123.0];

/// The detector.
pub struct OpenNsfw {
    name: String,
    network: Mutex<Session>,
}

impl OpenNsfw {
    /// Opens the model file with this ONNX Runtime library and so many threads.
    pub fn open(library: &Path, model: &Path, name: &str, threads: usize) -> Result<Self> {
        let network = onnx::open(library, model, threads)?;
        Ok(Self { name: name.to_owned(), network: Mutex::new(network) })
    }
}

impl UnsafeContentDetector for OpenNsfw {
    fn name(&self) -> &str {
        &self.name
    }

    fn score(&self, picture: &Picture<'_>) -> Result<f32> {
        let _working = clock::working();
        let mut input = vec![0.0; SIDE * SIDE * 3];
        picture.each_pixel(&middle(picture), |row, column, [red, green, blue]| {
            let pixel = &mut input[(row * SIDE + column) * 3..][..3];
            pixel.copy_from_slice(&[blue - MEAN[0], green - MEAN[1], red - MEAN[2]]);
        });
        let input = TensorRef::from_array_view(([1, SIDE, SIDE, 3], &*input));
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs =
            network.run(ort::inputs![input.map_err(onnx::error)?]).map_err(onnx::error)?;
        let (_, numbers) = outputs[0].try_extract_tensor::<f32>().map_err(onnx::error)?;
        match numbers {
            [_safe, score] => Ok(*score),
            other => Err(onnx::error(format!("{} scores instead of 2", other.len()))),
        }
    }
}

fn middle(picture: &Picture<'_>) -> Patch {
    let mut patch = picture.scaled(WHOLE, WHOLE);
    let margin = (WHOLE - SIDE) as f32 / 2.0;
    patch.origin.0 += margin * patch.right.0;
    patch.origin.1 += margin * patch.down.1;
    (patch.width, patch.height) = (SIDE, SIDE);
    patch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::graph::{Attribute, Graph};

    #[test]
    fn the_middle_is_seen_in_blue_green_red() {
        // Scores are the means of blue and of red.
        let mut graph = Graph::default();
        graph.constant("ends", &[3, 2], &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        let axes = [("axes", Attribute::Ints(&[1, 2])), ("keepdims", Attribute::Int(0))];
        let at = graph.node("ReduceMean", &["picture"], &axes);
        let scores = graph.node("MatMul", &[&at, "ends"], &[]);
        let network = graph.finish(("picture", &[0, SIDE, SIDE, 3]), &[(&scores, &[0, 2])]);
        let Some((dir, library)) = onnx::stand_in(&network, "nsfw.onnx") else { return };
        let file = dir.path().join("nsfw.onnx");
        let detector = OpenNsfw::open(&library, &file, "ends", 1).expect("opens");
        // A white frame of 8 pixels, half of the margin, around red.
        let inside = |x: usize, y: usize| (8..248).contains(&x) && (8..248).contains(&y);
        let pixel = |place: usize| {
            if inside(place % 256, place / 256) { [200, 0, 0] } else { [255; 3] }
        };
        let pixels: Vec<u8> = (0..256 * 256).flat_map(pixel).collect();
        let picture = Picture::new(256, 256, &pixels).expect("whole");
        let score = detector.score(&picture).expect("scores");
        assert!((score - (200.0 - MEAN[2])).abs() < 0.01, "{score}");
    }
}
