//! From PyTorch's file to ONNX, with a check that the results are equal.

use super::pickle::{Tensor, tensors};
use super::{EfficientNet, MODEL_FILE, SIDE};
use crate::onnx::graph::{Attribute, Graph};
use crate::{Error, Result, onnx};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A run of blocks.
struct Stage {
    blocks: usize,
    kernel: usize,
    /// Of the first block; those after it have 1.
    stride: usize,
}

/// The shape of EfficientNet-Lite0; the widths are those of the tensors.
const STAGES: [Stage; 7] = [
    Stage { blocks: 1, kernel: 3, stride: 1 },
    Stage { blocks: 2, kernel: 3, stride: 2 },
    Stage { blocks: 2, kernel: 5, stride: 2 },
    Stage { blocks: 3, kernel: 3, stride: 2 },
    Stage { blocks: 3, kernel: 5, stride: 1 },
    Stage { blocks: 4, kernel: 5, stride: 2 },
    Stage { blocks: 1, kernel: 3, stride: 1 },
];
/// Of batch normalisation, as it was trained.
const EPSILON: f32 = 1e-3;
/// Names of the bounds of the activation.
const LOWEST: &str = "lowest";
const HIGHEST: &str = "highest";

/// Makes the model's file in `to_dir` from the file of weights `from`. The
/// weights are copied bit for bit. Then one picture is looked at and compared
/// with what the network's definition, worked out step by step, says; nothing
/// is kept when they differ.
pub fn convert(library: &Path, from: &Path, to_dir: &Path) -> Result<()> {
    let file = fs::read(from).map_err(Error::file(from))?;
    let unusable = |reason: String| Error::file(from)(std::io::Error::other(reason));
    let model = tensors(&file).and_then(|tensors| network(&tensors)).map_err(unusable)?;
    let path = to_dir.join(MODEL_FILE);
    fs::write(&path, model).map_err(Error::file(&path))?;
    let checked = EfficientNet::open(library, to_dir, "efficientnet-lite0", 0)
        .and_then(|network| check(&network));
    if checked.is_err() {
        // Why it is not kept is the error to tell.
        let _ = fs::remove_file(&path);
    }
    checked
}

fn network(tensors: &HashMap<String, Tensor>) -> Result<Vec<u8>, String> {
    let mut builder = Builder { tensors, graph: Graph::default() };
    builder.graph.constant(LOWEST, &[], &[0.0]);
    builder.graph.constant(HIGHEST, &[], &[6.0]);
    let mut at = builder.layer("picture", "_conv_stem", "_bn0", (3, 2))?;
    at = builder.bounded(&at);
    let mut number = 0;
    for Stage { blocks, kernel, stride } in STAGES {
        for place in 0..blocks {
            let stride = if place == 0 { stride } else { 1 };
            let block = builder.block(&at, number, kernel, stride)?;
            // A block that changes neither size nor width adds to what comes in.
            at = if place == 0 { block } else { builder.graph.node("Add", &[&block, &at], &[]) };
            number += 1;
        }
    }
    at = builder.layer(&at, "_conv_head", "_bn1", (1, 1))?;
    at = builder.bounded(&at);
    at = builder.graph.node("GlobalAveragePool", &[&at], &[]);
    let feature = builder.graph.node("Flatten", &[&at], &[]);
    let classes = builder.constant("_fc.bias")?.shape[0];
    let width = builder.constant("_fc.weight")?.shape[1];
    let weights = [&*feature, "_fc.weight", "_fc.bias"];
    at = builder.graph.node("Gemm", &weights, &[("transB", Attribute::Int(1))]);
    let likelihoods = builder.graph.node("Softmax", &[&at], &[("axis", Attribute::Int(1))]);
    let outputs = [(&*likelihoods, &[0, classes][..]), (&*feature, &[0, width])];
    Ok(builder.graph.finish(("picture", &[0, 3, SIDE, SIDE]), &outputs))
}

struct Builder<'a> {
    tensors: &'a HashMap<String, Tensor>,
    graph: Graph,
}

impl<'a> Builder<'a> {
    /// Widen (not in the first block), look at each channel on its own, narrow.
    fn block(
        &mut self,
        from: &str,
        number: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<String, String> {
        let name = |part: &str| format!("_blocks.{number}.{part}");
        let mut at = from.to_owned();
        if number > 0 {
            at = self.layer(&at, &name("_expand_conv"), &name("_bn0"), (1, 1))?;
            at = self.bounded(&at);
        }
        at = self.layer(&at, &name("_depthwise_conv"), &name("_bn1"), (kernel, stride))?;
        at = self.bounded(&at);
        self.layer(&at, &name("_project_conv"), &name("_bn2"), (1, 1))
    }

    /// A convolution and its batch normalisation.
    fn layer(
        &mut self,
        from: &str,
        convolution: &str,
        normalisation: &str,
        (kernel, stride): (usize, usize),
    ) -> Result<String, String> {
        let weight = format!("{convolution}.weight");
        let shape = &self.constant(&weight)?.shape;
        if shape[2..] != [kernel, kernel] {
            return Err(format!("{weight} has the shape {shape:?}"));
        }
        // One input channel for each output: every channel on its own.
        let groups = if shape[1] == 1 { shape[0] } else { 1 };
        let (kernel, stride) = (kernel as i64, stride as i64);
        let settings = [
            ("auto_pad", Attribute::Text("SAME_UPPER")),
            ("group", Attribute::Int(groups as i64)),
            ("kernel_shape", Attribute::Ints(&[kernel, kernel])),
            ("strides", Attribute::Ints(&[stride, stride])),
        ];
        let at = self.graph.node("Conv", &[from, &weight], &settings);
        let parts = ["weight", "bias", "running_mean", "running_var"];
        let parts = parts.map(|part| format!("{normalisation}.{part}"));
        for part in &parts {
            self.constant(part)?;
        }
        let inputs = [&*at, &*parts[0], &*parts[1], &*parts[2], &*parts[3]];
        let epsilon = [("epsilon", Attribute::Float(EPSILON))];
        Ok(self.graph.node("BatchNormalization", &inputs, &epsilon))
    }

    /// Between 0 and 6.
    fn bounded(&mut self, from: &str) -> String {
        self.graph.node("Clip", &[from, LOWEST, HIGHEST], &[])
    }

    /// Puts a tensor into the graph.
    fn constant(&mut self, name: &str) -> Result<&'a Tensor, String> {
        let tensor = self.tensors.get(name).ok_or_else(|| format!("{name} is missing"))?;
        self.graph.constant(name, &tensor.shape, &tensor.values);
        Ok(tensor)
    }
}

/// Likelihoods of classes, and parts of the feature, for [`test_picture`]: by a
/// program of its own, in 64-bit numbers, from the network's definition.
const LIKELY: [(usize, f32); 4] = [(885, 0.6105), (644, 0.0231), (782, 0.0228), (818, 0.0187)];
const FEATURE: [(usize, f32); 5] = [(0, 0.0), (2, 0.0954), (3, 0.1443), (7, 0.3033), (9, 0.0559)];
/// Rounding accounts for less than this.
const EQUAL: f32 = 2e-4;

/// Slanted stripes, of another slant in each colour.
fn test_picture() -> Vec<f32> {
    let stripes = |channel: usize, y: usize, x: usize| {
        ((x * (channel + 1) + y * (3 - channel)) % 256) as f32 * super::FACTOR + super::OFFSET
    };
    let rows = (0..3).flat_map(|channel| (0..SIDE).map(move |y| (channel, y)));
    rows.flat_map(|(channel, y)| (0..SIDE).map(move |x| stripes(channel, y, x))).collect()
}

fn check(network: &EfficientNet) -> Result<()> {
    let (likelihoods, feature) = network.run(&test_picture())?;
    for (what, numbers, expected) in
        [("class", &likelihoods, &LIKELY[..]), ("feature", &feature, &FEATURE)]
    {
        for (place, expected) in expected {
            let found = numbers.get(*place).copied().unwrap_or(f32::NAN);
            let is_equal = (found - expected).abs() <= EQUAL;
            if !is_equal {
                return Err(onnx::error(format!(
                    "the converted network says {found} of {what} {place}, not {expected}"
                )));
            }
        }
    }
    Ok(())
}
