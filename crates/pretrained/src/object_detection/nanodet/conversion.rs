//! From TensorFlow.js to ONNX, with a check that the results are equal.
//!
//! TensorFlow's convolutions want the colours of a pixel side by side, the rest
//! of this graph (which was itself converted once) has a plane a colour, and
//! turns to and fro between the two. ONNX has planes throughout, so the turning
//! is followed, checked and left out.

use super::tensorflow::{Graph as Source, Node};
use super::{MODEL_FILE, NanoDet, SIDE};
use crate::onnx::graph::{Attribute, Graph};
use crate::{Error, Result, onnx};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Makes the model's file in `to_dir` from the file of constants `from`, beside
/// which lies the JSON of the operations. The constants are copied bit for bit.
/// Then one picture is looked at and compared with what the graph, worked out
/// operation by operation as TensorFlow defines them, says; nothing is kept
/// when they differ.
pub fn convert(library: &Path, from: &Path, to_dir: &Path) -> Result<()> {
    let json = from.with_extension("json");
    let constants = fs::read(from).map_err(Error::file(from))?;
    let operations = fs::read_to_string(&json).map_err(Error::file(&json))?;
    let unusable = |reason: String| Error::file(from)(std::io::Error::other(reason));
    let source = Source::read(&operations, &constants).map_err(unusable)?;
    let model = network(&source).map_err(unusable)?;
    let path = to_dir.join(MODEL_FILE);
    fs::write(&path, model).map_err(Error::file(&path))?;
    let checked =
        NanoDet::open(library, to_dir, "nanodet-g", 0).and_then(|network| check(&network));
    if checked.is_err() {
        // Why it is not kept is the error to tell.
        let _ = fs::remove_file(&path);
    }
    checked
}

/// The network up to where its last numbers are split into classes and
/// distances: the grids, the finest first.
fn network(source: &Source) -> Result<Vec<u8>, String> {
    let mut builder =
        Builder { source, graph: Graph::default(), known: HashMap::new(), seen: None };
    let mut grids = Vec::new();
    for node in source.nodes.values().filter(|node| node.op == "SplitV") {
        grids.push(builder.value(node.input(0)?)?.plain(Layout::Planes)?);
    }
    grids.sort_by_key(|grid| std::cmp::Reverse(grid.size));
    let seen = builder.seen.ok_or("the graph sees nothing")?;
    let shapes: Vec<_> =
        grids.iter().map(|grid| [1, grid.channels, grid.size[0], grid.size[1]]).collect();
    let outputs: Vec<_> =
        grids.iter().zip(&shapes).map(|(grid, shape)| (&*grid.name, &shape[..])).collect();
    Ok(builder.graph.finish(("picture", &seen), &outputs))
}

/// How TensorFlow would have the numbers lie; in ONNX they are planes always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Planes,
    Pixels,
}

impl Layout {
    /// Where the axis of height is; that of width comes after it.
    fn height(self) -> usize {
        match self {
            Self::Planes => 2,
            Self::Pixels => 1,
        }
    }
}

/// What an operation gives.
#[derive(Debug, Clone)]
struct Value {
    name: String,
    channels: usize,
    /// Height and width.
    size: [usize; 2],
    layout: Layout,
    /// A margin that is still to be put around it, above and below, left and
    /// right, and what fills it: ONNX's convolutions take it as a setting.
    margin: Option<([[usize; 2]; 2], f32)>,
}

impl Value {
    /// Refuses another layout, or a margin.
    fn plain(self, layout: Layout) -> Result<Self, String> {
        let is_plain = self.layout == layout && self.margin.is_none();
        if is_plain { Ok(self) } else { Err(format!("{} is not of plain {layout:?}", self.name)) }
    }

    /// Takes the margin off; it must be filled with `filler`.
    fn margin(&mut self, filler: f32) -> Result<[[usize; 2]; 2], String> {
        match self.margin.take() {
            None => Ok([[0; 2]; 2]),
            #[expect(clippy::float_cmp, reason = "0 or minus infinity as it was written")]
            Some((margin, filled)) if filled == filler => Ok(margin),
            Some((_, filled)) => Err(format!("{} is filled with {filled}", self.name)),
        }
    }
}

struct Builder<'a> {
    source: &'a Source,
    graph: Graph,
    /// What was converted, by name.
    known: HashMap<String, Value>,
    /// Shape of what the network sees.
    seen: Option<Vec<usize>>,
}

impl Builder<'_> {
    /// Converts an operation and all that it hangs on.
    fn value(&mut self, name: &str) -> Result<Value, String> {
        if let Some(value) = self.known.get(name) {
            return Ok(value.clone());
        }
        let source = self.source;
        let node = source.node(name)?;
        let value = match &*node.op {
            "Placeholder" => self.picture(node),
            "Transpose" => self.turned(node),
            "Pad" | "PadV2" => self.padded(node),
            "Conv2D" => self.convolution(node),
            "MaxPool" => self.pool(node),
            "Add" => self.sum(node),
            "LeakyRelu" => self.rectified(node),
            "ConcatV2" => self.joined(node),
            "ResizeBilinear" => self.resized(node),
            other => Err(format!("{name}: {other} cannot be converted")),
        }?;
        self.known.insert(name.to_owned(), value.clone());
        Ok(value)
    }

    fn picture(&mut self, node: &Node) -> Result<Value, String> {
        let shape = node.shape()?;
        let [1, channels, height, width] = shape[..] else {
            return Err(format!("a picture has the shape {shape:?}"));
        };
        self.seen = Some(shape);
        let (name, size) = ("picture".to_owned(), [height, width]);
        Ok(Value { name, channels, size, layout: Layout::Planes, margin: None })
    }

    fn turned(&mut self, node: &Node) -> Result<Value, String> {
        let mut value = self.value(node.input(0)?)?;
        value.layout = match (value.layout, self.source.integers(node.input(1)?)?) {
            (Layout::Planes, [0, 2, 3, 1]) => Layout::Pixels,
            (Layout::Pixels, [0, 3, 1, 2]) => Layout::Planes,
            (layout, order) => return Err(format!("{}: {layout:?} in order {order:?}", node.name)),
        };
        Ok(value)
    }

    fn padded(&mut self, node: &Node) -> Result<Value, String> {
        let mut value = self.value(node.input(0)?)?;
        let filler = match node.input.get(2) {
            None => 0.0,
            Some(name) => match self.source.floats(name) {
                Some((_, [filler])) => *filler,
                _ => return Err(format!("{} is filled with {name}", node.name)),
            },
        };
        let sides = self.source.integers(node.input(1)?)?;
        let height = value.layout.height();
        let (sides, []) = sides.as_chunks::<2>() else {
            return Err(format!("{} has the sides {sides:?}", node.name));
        };
        let mut margin = [[0; 2]; 2];
        for (axis, side) in sides.iter().enumerate() {
            let side = side.map(|side| usize::try_from(side).unwrap_or(usize::MAX));
            match axis.checked_sub(height) {
                Some(place @ 0..2) => margin[place] = side,
                _ if side == [0, 0] => {}
                _ => return Err(format!("{} widens the axis {axis}", node.name)),
            }
        }
        if value.margin.replace((margin, filler)).is_some() {
            return Err(format!("{} is the second margin", node.name));
        }
        Ok(value)
    }

    fn convolution(&mut self, node: &Node) -> Result<Value, String> {
        let mut from = self.value(node.input(0)?)?;
        let margin = from.margin(0.0)?;
        let from = from.plain(Layout::Pixels)?;
        let name = node.input(1)?;
        let weights = self.source.floats(name);
        let Some((&[height, width, deep, channels], weights)) = weights else {
            return Err(format!("{name} is no kernel"));
        };
        if deep != from.channels || node.numbers("dilations")? != [1; 4] {
            return Err(format!("{} has groups or holes", node.name));
        }
        // Each output's kernel as planes.
        let place = |y: usize, x: usize, from: usize, to: usize| {
            ((y * width + x) * deep + from) * channels + to
        };
        let mut kernel = Vec::with_capacity(weights.len());
        for to in 0..channels {
            for from in 0..deep {
                for y in 0..height {
                    kernel.extend((0..width).map(|x| weights[place(y, x, from, to)]));
                }
            }
        }
        self.graph.constant(name, &[channels, deep, height, width], &kernel);
        let stride = stride(node)?;
        let name = self.windows("Conv", &[&from.name, name], [height, width], stride, margin);
        let size = sizes(from.size, margin, [height, width], stride)?;
        Ok(Value { name, channels, size, ..from })
    }

    fn pool(&mut self, node: &Node) -> Result<Value, String> {
        let mut from = self.value(node.input(0)?)?;
        let margin = from.margin(f32::NEG_INFINITY)?;
        let from = from.plain(Layout::Pixels)?;
        let window = match node.numbers("ksize")?[..] {
            [1, height, width, 1] => [height, width],
            _ => return Err(format!("{} goes across colours", node.name)),
        };
        let stride = stride(node)?;
        let name = self.windows("MaxPool", &[&from.name], window, stride, margin);
        Ok(Value { name, size: sizes(from.size, margin, window, stride)?, ..from })
    }

    /// An operation on windows of pixels.
    fn windows(
        &mut self,
        operator: &str,
        inputs: &[&str],
        window: [usize; 2],
        stride: [usize; 2],
        [[above, below], [left, right]]: [[usize; 2]; 2],
    ) -> String {
        let whole = |numbers: [usize; 2]| numbers.map(|number| number as i64);
        let pads = [above, left, below, right].map(|side| side as i64);
        let (window, stride) = (whole(window), whole(stride));
        let settings = [
            ("kernel_shape", Attribute::Ints(&window)),
            ("strides", Attribute::Ints(&stride)),
            ("pads", Attribute::Ints(&pads)),
        ];
        self.graph.node(operator, inputs, &settings)
    }

    /// Two values, or a value and a number for each channel.
    fn sum(&mut self, node: &Node) -> Result<Value, String> {
        let (one, other) = (node.input(0)?, node.input(1)?);
        let from = self.value(one)?;
        let added = match self.source.floats(other) {
            Some(([channels], values)) if *channels == from.channels => {
                if from.layout != Layout::Pixels {
                    return Err(format!("{} adds to columns", node.name));
                }
                self.graph.constant(other, &[*channels, 1, 1], values);
                other.to_owned()
            }
            Some(_) => return Err(format!("{other} has no number for each channel")),
            None => {
                let added = self.value(other)?.plain(from.layout)?;
                if (added.channels, added.size) != (from.channels, from.size) {
                    return Err(format!("{} adds what has another shape", node.name));
                }
                added.name
            }
        };
        let layout = from.layout;
        let from = from.plain(layout)?;
        let name = self.graph.node("Add", &[&from.name, &added], &[]);
        Ok(Value { name, ..from })
    }

    fn rectified(&mut self, node: &Node) -> Result<Value, String> {
        let from = self.value(node.input(0)?)?.plain(Layout::Planes)?;
        let slope = [("alpha", Attribute::Float(node.float("alpha")?))];
        let name = self.graph.node("LeakyRelu", &[&from.name], &slope);
        Ok(Value { name, ..from })
    }

    fn joined(&mut self, node: &Node) -> Result<Value, String> {
        let (axis, parts) = node.input.split_last().ok_or("nothing to join")?;
        if self.source.integers(axis)? != [1] {
            return Err(format!("{} joins no colours", node.name));
        }
        let parts = parts.iter().map(|part| self.value(part)?.plain(Layout::Planes));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let names: Vec<_> = parts.iter().map(|part| &*part.name).collect();
        let name = self.graph.node("Concat", &names, &[("axis", Attribute::Int(1))]);
        let channels = parts.iter().map(|part| part.channels).sum();
        let first = parts.into_iter().next().ok_or("nothing to join")?;
        Ok(Value { name, channels, ..first })
    }

    fn resized(&mut self, node: &Node) -> Result<Value, String> {
        let from = self.value(node.input(0)?)?.plain(Layout::Pixels)?;
        let size = match self.source.integers(node.input(1)?)? {
            [height, width] => [*height, *width].map(|side| usize::try_from(side).unwrap_or(0)),
            other => return Err(format!("{} makes {other:?}", node.name)),
        };
        if node.is_on("align_corners") || !node.is_on("half_pixel_centers") {
            return Err(format!("{} has other middles of pixels", node.name));
        }
        let scale = |axis: usize| size[axis] as f32 / from.size[axis] as f32;
        let scales = format!("{}/scales", node.name);
        self.graph.constant(&scales, &[4], &[1.0, 1.0, scale(0), scale(1)]);
        let settings = [
            ("mode", Attribute::Text("linear")),
            ("coordinate_transformation_mode", Attribute::Text("half_pixel")),
        ];
        let name = self.graph.node("Resize", &[&from.name, "", &scales], &settings);
        Ok(Value { name, size, ..from })
    }
}

/// "VALID" and "NHWC", as settings have them.
const VALID: &str = "VkFMSUQ=";
const PIXELS: &str = "TkhXQw==";

/// Down and across, of an operation on windows that has no margin of its own.
fn stride(node: &Node) -> Result<[usize; 2], String> {
    let is_plain = node.text("padding") == Some(VALID) && node.text("data_format") == Some(PIXELS);
    match node.numbers("strides")?[..] {
        [1, down, across, 1] if is_plain => Ok([down, across]),
        _ => Err(format!("{} has another padding, layout or stride", node.name)),
    }
}

/// Height and width of what windows make.
fn sizes(
    from: [usize; 2],
    margin: [[usize; 2]; 2],
    window: [usize; 2],
    stride: [usize; 2],
) -> Result<[usize; 2], String> {
    let side = |axis: usize| {
        let room = from[axis] + margin[axis][0] + margin[axis][1];
        Some(room.checked_sub(window[axis])?.checked_div(stride[axis])? + 1)
    };
    let sizes = side(0).zip(side(1)).map(|(height, width)| [height, width]);
    sizes.ok_or_else(|| format!("a window of {window:?} in {from:?}"))
}

/// Grid, number, row and column of the point, and what it says of
/// [`test_picture`]: by a program of its own that follows the graph as it was
/// fetched, in 64-bit numbers, without ONNX.
const EXPECTED: [(usize, usize, usize, usize, f32); 12] = [
    (0, 0, 0, 0, -4.2201),
    (0, 39, 11, 3, -5.9445),
    (0, 100, 6, 6, -1.182),
    (0, 123, 12, 0, 0.1959),
    (1, 2, 5, 7, -5.8528),
    (1, 79, 12, 12, -4.8648),
    (1, 80, 0, 12, -0.5682),
    (1, 123, 12, 0, -0.2599),
    (2, 0, 0, 0, -4.5324),
    (2, 39, 11, 3, -4.7089),
    (2, 80, 0, 12, 0.1123),
    (2, 123, 12, 0, -1.2645),
];
/// Rounding accounts for less than this.
const EQUAL: f32 = 2e-3;

/// Slanted stripes, of another slant in each colour.
fn test_picture() -> Vec<f32> {
    let stripes = |channel: usize, y: usize, x: usize| {
        let bright = (x * (channel + 1) + y * (3 - channel)) % 256;
        (bright as f32 - super::MEAN[channel]) / super::DEVIATION[channel]
    };
    let rows = (0..3).flat_map(|channel| (0..SIDE).map(move |y| (channel, y)));
    rows.flat_map(|(channel, y)| (0..SIDE).map(move |x| stripes(channel, y, x))).collect()
}

fn check(network: &NanoDet) -> Result<()> {
    let grids = network.run(&test_picture())?;
    for (grid, number, row, column, expected) in EXPECTED {
        let side = SIDE / super::STRIDES[grid];
        let found = grids[grid][(number * side + row) * side + column];
        let is_equal = (found - expected).abs() <= EQUAL;
        if !is_equal {
            return Err(onnx::error(format!(
                "the converted network says {found} of number {number} at {row}, {column} of \
                 grid {grid}, not {expected}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ort::value::TensorRef;

    /// A graph of each operation, and its constants.
    fn small(json: &str) -> Result<Source, String> {
        let mut constants: Vec<u8> = Vec::new();
        let kernel = (0..54).map(|place| ((place * 7) % 11 - 5) as f32 / 4.0);
        let floats = kernel.chain([0.5, -1.0, 2.0, f32::NEG_INFINITY]);
        floats.for_each(|value| constants.extend(value.to_le_bytes()));
        let (around, turns, size, axis) =
            ([0, 0, 0, 0, 1, 1, 1, 1], [0, 2, 3, 1, 0, 3, 1, 2], [4, 4], [1]);
        let integers = around.into_iter().chain(turns).chain(size).chain(axis);
        integers.for_each(|value: i32| constants.extend(value.to_le_bytes()));
        Source::read(json, &constants)
    }

    const SMALL: &str = include_str!("small.json");

    #[test]
    fn each_operation_gives_what_it_gives_in_tensorflow() {
        let model = network(&small(SMALL).expect("sound")).expect("converted");
        let Some((dir, library)) = onnx::stand_in(&model, MODEL_FILE) else { return };
        let mut network = onnx::open(&library, &dir.path().join(MODEL_FILE), 1).expect("opens");
        let picture: Vec<f32> = (0..128).map(|place| ((place * 5) % 13 - 6) as f32 / 2.0).collect();
        let input = TensorRef::from_array_view(([1, 2, 8, 8], &*picture)).expect("a tensor");
        let outputs = network.run(ort::inputs![input]).expect("runs");
        let grid = |place: usize| {
            let (shape, numbers) = outputs[place].try_extract_tensor::<f32>().expect("floats");
            (shape.to_vec(), numbers.to_vec())
        };
        // By a program of its own that follows the graph as it is written.
        let (shape, fine) = grid(0);
        assert_eq!(shape, [1, 6, 4, 4]);
        let expected =
            [8.75, 3.5625, 9.125, 6.5625, 11.84375, 12.15625, 1.125, 4.0, 2.0, -0.03125, 0.875];
        assert_eq!(fine.iter().step_by(9).copied().collect::<Vec<_>>(), expected);
        assert!((fine.iter().sum::<f32>() - 479.125).abs() < 1e-3);
        let expected = [4.375, 2.25, 1.75, 9.625, 8.125, 8.125, 8.125, 8.125, 6.0, 7.0, 7.875, 7.0];
        assert_eq!(grid(1), (vec![1, 3, 2, 2], expected.to_vec()));
    }

    #[test]
    fn what_is_not_known_to_be_equal_is_refused() {
        for (from, to, words) in [
            ("MaxPool", "AvgPool", "AvgPool cannot be converted"),
            ("VkFMSUQ=", "U0FNRQ==", "another padding"),
            ("\"around\", \"lowest\"", "\"around\", \"bias\"", "filled with bias"),
            ("\"around\", \"lowest\"", "\"around\"", "is filled with 0"),
            ("\"half_pixel_centers\": {\"b\": true}", "\"x\": {\"b\": true}", "middles of pixels"),
            ("\"pixels\", \"kernel\"", "\"padded\", \"kernel\"", "not of plain Pixels"),
            ("[\"x\", \"around\"]", "[\"y\", \"around\"]", "y is missing"),
        ] {
            let json = SMALL.replacen(from, to, 1);
            assert_ne!(json, SMALL, "{from}");
            let error = small(&json).and_then(|source| network(&source)).expect_err("refused");
            assert!(error.contains(words), "{to}: {error}");
        }
    }
}
