//! NanoDet-g (Lyu, 2021, `config/nanodet-g.yml` of its repository), trained on
//! COCO: a point at the middle of each cell of three grids says what is there
//! and how far away its four sides are.

use super::{Area, CLASSES, Detection, ObjectDetector, without_doubles};
use crate::picture::{Patch, Picture};
use crate::{Result, clock, onnx};
use ort::session::Session;
use ort::value::TensorRef;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

mod conversion;
mod tensorflow;

pub use conversion::convert;

/// The file that [`convert`] makes.
pub(crate) const MODEL_FILE: &str = "model.onnx";
/// Side of what the network sees, in pixels.
const SIDE: usize = 416;
/// Pixels from one point to the next, in each grid.
const STRIDES: [usize; 3] = [8, 16, 32];
/// A distance is told as how likely it is each of these multiples of the stride.
const BINS: usize = 11;
/// Numbers of a point: one a class, and the distances of its four sides.
const NUMBERS: usize = CLASSES.len() + 4 * BINS;
/// Mean and deviation of blue, green and red in its training.
const MEAN: [f32; 3] = [103.53, 116.28, 123.675];
const DEVIATION: [f32; 3] = [57.375, 57.12, 58.395];
/// What is less likely is not told.
const LEAST: f32 = 0.2;
/// Two of a class that overlap by more are one (as in its configuration).
const SAME: f32 = 0.6;

/// The detector.
pub struct NanoDet {
    name: String,
    network: Mutex<Session>,
}

impl NanoDet {
    /// Opens the model in `dir` with this ONNX Runtime library and so many threads.
    pub fn open(library: &Path, dir: &Path, name: &str, threads: usize) -> Result<Self> {
        let network = onnx::open(library, &dir.join(MODEL_FILE), threads)?;
        Ok(Self { name: name.to_owned(), network: Mutex::new(network) })
    }

    /// Runs the network on planes of blue, green and red: the numbers of each
    /// grid, one plane a number.
    fn run(&self, planes: &[f32]) -> Result<[Vec<f32>; STRIDES.len()]> {
        let input = TensorRef::from_array_view(([1, 3, SIDE, SIDE], planes));
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs =
            network.run(ort::inputs![input.map_err(onnx::error)?]).map_err(onnx::error)?;
        let mut grids = [const { Vec::new() }; STRIDES.len()];
        for (place, (grid, stride)) in grids.iter_mut().zip(STRIDES).enumerate() {
            let (_, numbers) = outputs[place].try_extract_tensor::<f32>().map_err(onnx::error)?;
            let expected = NUMBERS * (SIDE / stride).pow(2);
            if numbers.len() != expected {
                let found = numbers.len();
                return Err(onnx::error(format!("{found} numbers instead of {expected}")));
            }
            *grid = numbers.to_vec();
        }
        Ok(grids)
    }
}

impl ObjectDetector for NanoDet {
    fn name(&self) -> &str {
        &self.name
    }

    fn detect(&self, picture: &Picture<'_>) -> Result<Vec<Detection>> {
        let _working = clock::working();
        let view = View::of(picture);
        let grids = self.run(&view.planes(picture))?;
        let mut found = Vec::new();
        for (grid, stride) in grids.iter().zip(STRIDES) {
            read(grid, stride, &mut |class, score, area| {
                let area = view.in_picture(area);
                found.push(Detection { class, score, area });
            });
        }
        Ok(without_doubles(found, SAME))
    }
}

/// How a picture lies in what the network sees: whole, in the middle, with
/// black on two sides of it.
struct View {
    patch: Patch,
    left: usize,
    top: usize,
    size: (f32, f32),
}

impl View {
    fn of(picture: &Picture<'_>) -> Self {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let scale = SIDE as f32 / width.max(height);
        let side = |length: f32| ((length * scale).round() as usize).clamp(1, SIDE);
        let patch = picture.scaled(side(width), side(height));
        let margin = |side: usize| (SIDE - side) / 2;
        let (left, top) = (margin(patch.width), margin(patch.height));
        Self { patch, left, top, size: (width, height) }
    }

    fn planes(&self, picture: &Picture<'_>) -> Vec<f32> {
        let value = |channel: usize, value: f32| (value - MEAN[channel]) / DEVIATION[channel];
        let mut planes = Vec::with_capacity(3 * SIDE * SIDE);
        for channel in 0..3 {
            planes.resize(planes.len() + SIDE * SIDE, value(channel, 0.0));
        }
        picture.each_pixel(&self.patch, |row, column, colour| {
            let at = (self.top + row) * SIDE + self.left + column;
            for (channel, bright) in colour.into_iter().rev().enumerate() {
                planes[channel * SIDE * SIDE + at] = value(channel, bright);
            }
        });
        planes
    }

    /// From what the network sees back to the picture.
    fn in_picture(&self, area: Area) -> Area {
        let (width, height) = self.size;
        let x = |x: f32| ((x - self.left as f32) * self.patch.right.0).clamp(0.0, width);
        let y = |y: f32| ((y - self.top as f32) * self.patch.down.1).clamp(0.0, height);
        Area { left: x(area.left), top: y(area.top), right: x(area.right), bottom: y(area.bottom) }
    }
}

/// Hands out class, score and area of what the points of a grid see.
fn read(grid: &[f32], stride: usize, put: &mut dyn FnMut(usize, f32, Area)) {
    let side = SIDE / stride;
    let points = side * side;
    let least = (LEAST / (1.0 - LEAST)).ln();
    let (classes, distances) = grid.split_at(CLASSES.len() * points);
    for (class, numbers) in classes.chunks_exact(points).enumerate() {
        for (point, number) in numbers.iter().enumerate().filter(|it| *it.1 >= least) {
            let middle = |place: usize| (place as f32 + 0.5) * stride as f32;
            let (x, y) = (middle(point % side), middle(point / side));
            let [left, top, right, bottom] = [0, 1, 2, 3].map(|side| {
                let bins = (0..BINS).map(|bin| distances[(side * BINS + bin) * points + point]);
                stride as f32 * expected(bins)
            });
            let area = Area { left: x - left, top: y - top, right: x + right, bottom: y + bottom };
            put(class, 1.0 / (1.0 + (-number).exp()), area);
        }
    }
}

/// The bin to be expected, when these are the logarithms of how likely each is.
fn expected(bins: impl Iterator<Item = f32> + Clone) -> f32 {
    let highest = bins.clone().fold(f32::NEG_INFINITY, f32::max);
    let (mut whole, mut sum) = (0.0, 0.0);
    for (bin, number) in bins.enumerate() {
        let likely = (number - highest).exp();
        whole += likely;
        sum += likely * bin as f32;
    }
    sum / whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_picture_lies_in_the_middle_with_black_around_it() {
        // Left half blue, right half red.
        let row = [[0, 0, 255].repeat(416), [255, 0, 0].repeat(416)].concat();
        let pixels = row.repeat(416);
        let picture = Picture::new(832, 416, &pixels).expect("whole");
        let view = View::of(&picture);
        assert_eq!((view.left, view.top, view.patch.width, view.patch.height), (0, 104, 416, 208));
        let planes = view.planes(&picture);
        let at = |channel: usize, x: usize, y: usize| planes[(channel * SIDE + y) * SIDE + x];
        let (blue, red) = (|x, y| at(0, x, y), |x, y| at(2, x, y));
        let value = |bright: f32, channel: usize| (bright - MEAN[channel]) / DEVIATION[channel];
        assert!((blue(10, 200) - value(255.0, 0)).abs() < 1e-4);
        assert!((red(10, 200) - value(0.0, 2)).abs() < 1e-4);
        assert!((red(400, 200) - value(255.0, 2)).abs() < 1e-4);
        assert!((red(400, 50) - value(0.0, 2)).abs() < 1e-4);
        let area = Area { left: 0.0, top: 104.0, right: 208.0, bottom: 500.0 };
        let expected = Area { left: 0.0, top: 0.0, right: 416.0, bottom: 416.0 };
        assert_eq!(view.in_picture(area), expected);
    }

    #[test]
    fn a_point_tells_class_and_sides() {
        let (stride, side) = (32, 13);
        let mut grid = vec![-9.0; NUMBERS * side * side];
        let point = 2 * side + 4;
        let mut set = |number: usize, value: f32| grid[number * side * side + point] = value;
        set(16, 2.0);
        // Sides surely 1, 2 and 3 strides away; the last one 4 or 5.
        let bins = [(0, 1), (1, 2), (2, 3), (3, 4), (3, 5)];
        for (side, bin) in bins {
            set(CLASSES.len() + side * BINS + bin, 30.0);
        }
        let mut found = Vec::new();
        read(&grid, stride, &mut |class, score, area| found.push((class, score, area)));
        let [(class, score, area)] = found[..] else { panic!("{found:?}") };
        assert_eq!(CLASSES[class].0, "dog");
        assert!((score - 0.8808).abs() < 1e-4, "{score}");
        let expected = [144.0 - 32.0, 80.0 - 64.0, 144.0 + 96.0, 80.0 + 4.5 * 32.0];
        let found = [area.left, area.top, area.right, area.bottom];
        assert!(found.iter().zip(expected).all(|it| (it.0 - it.1).abs() < 0.01), "{found:?}");
    }
}
