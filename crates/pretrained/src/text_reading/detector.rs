//! Differentiable binarisation (Liao et al., AAAI 2020, arXiv:1911.08947): a
//! network says of each pixel how likely it is in the core of a text line;
//! connected cores become rectangles and are grown to whole lines.

use super::region::{Region, lines};
use crate::picture::Picture;
use crate::{Result, onnx};
use ort::session::Session;
use ort::value::TensorRef;

/// The network halves its input five times.
const GRID: usize = 32;
/// Longer side of what the network sees, in pixels: smaller loses small print,
/// larger only time (`docs/decisions/030-text-in-pictures.md`).
const LONGER_SIDE: f32 = 960.0;
/// A pixel above this belongs to a core.
const CORE: f32 = 0.3;
/// A core whose rectangle is less likely than this on average is none.
const LIKELY: f32 = 0.6;
/// How far cores grow: their area by this, over their circumference.
const GROWTH: f32 = 1.5;
/// Smallest core and smallest line, in pixels across.
const SMALLEST_CORE: f32 = 3.0;
const SMALLEST_LINE: f32 = 5.0;
/// Lines of one picture that are looked at.
const MOST: usize = 1000;

/// Mean and deviation of ImageNet's colours, as the network was trained with:
/// `(value / 255 - mean) / deviation`, in PaddleOCR's order.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// Finds lines of text.
pub(super) fn find(network: &mut Session, picture: &Picture<'_>) -> Result<Vec<Region>> {
    let (across, down) = (picture.width() as f32, picture.height() as f32);
    let shrink = (LONGER_SIDE / across.max(down)).min(1.0);
    let snapped = |side: f32| ((side * shrink / GRID as f32).round() as usize).max(1) * GRID;
    let (width, height) = (snapped(across), snapped(down));

    let mut planes = vec![0.0; 3 * width * height];
    let factor = DEVIATION.map(|deviation| 1.0 / (255.0 * deviation));
    let offset = [0, 1, 2].map(|channel| -MEAN[channel] / DEVIATION[channel]);
    let patch = picture.scaled(width, height);
    picture.write_planes(&patch, width, (factor, offset), &mut planes);

    let input = TensorRef::from_array_view(([1, 3, height, width], &*planes));
    let outputs = network.run(ort::inputs![input.map_err(onnx::error)?]).map_err(onnx::error)?;
    let (_, map) = outputs[0].try_extract_tensor::<f32>().map_err(onnx::error)?;
    if map.len() != width * height {
        return Err(onnx::error(format!(
            "a text map of {} numbers for {width}x{height}",
            map.len()
        )));
    }
    let (x, y) = (across / width as f32, down / height as f32);
    let found = cores(map, width).into_iter().filter_map(|core| line(map, width, &core));
    Ok(lines(found.take(MOST).map(|region| region.scaled(x, y)).collect()))
}

/// The ends of each row of each connected core.
fn cores(map: &[f32], width: usize) -> Vec<Vec<(f32, f32)>> {
    let height = map.len() / width;
    let mut seen = vec![false; map.len()];
    let mut cores = Vec::new();
    let mut waiting: Vec<usize> = Vec::new();
    for start in 0..map.len() {
        if map[start] <= CORE || seen[start] {
            continue;
        }
        seen[start] = true;
        waiting.push(start);
        let mut core = Vec::new();
        while let Some(at) = waiting.pop() {
            let (x, y) = (at % width, at / width);
            let inside = |x: usize| map[y * width + x] > CORE;
            // Pixels with neighbours on both sides are no corner of the hull.
            if x == 0 || x + 1 == width || !inside(x - 1) || !inside(x + 1) {
                let (x, y) = (x as f32, y as f32);
                core.extend([(x, y), (x + 1.0, y), (x, y + 1.0), (x + 1.0, y + 1.0)]);
            }
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                for column in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = row * width + column;
                    if map[next] > CORE && !seen[next] {
                        seen[next] = true;
                        waiting.push(next);
                    }
                }
            }
        }
        cores.push(core);
    }
    cores
}

/// The line around a core, if it is likely to be one.
fn line(map: &[f32], width: usize, core: &[(f32, f32)]) -> Option<Region> {
    let region = Region::around(core)?;
    let thinner = region.height.min(region.width);
    if thinner < SMALLEST_CORE || likelihood(map, width, &region) < LIKELY {
        return None;
    }
    let margin = region.width * region.height * GROWTH / (2.0 * (region.width + region.height));
    let line = region.grown(margin);
    (line.height.min(line.width) >= SMALLEST_LINE).then_some(line)
}

/// Mean of the map in a rectangle.
fn likelihood(map: &[f32], width: usize, region: &Region) -> f32 {
    let height = map.len() / width;
    let [left, top, right, bottom] = region.bounds();
    let range = |from: f32, to: f32, most: usize| {
        (from.floor().max(0.0) as usize)..(to.ceil().max(0.0) as usize).min(most)
    };
    let (mut sum, mut count) = (0.0, 0);
    for y in range(top, bottom, height) {
        for x in range(left, right, width) {
            if region.holds(x as f32 + 0.5, y as f32 + 0.5) {
                sum += map[y * width + x];
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / count as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map with likely rectangles `(left, top, right, bottom, value)`.
    fn map(boxes: &[(usize, usize, usize, usize, f32)]) -> Vec<f32> {
        let mut map = vec![0.0; 64 * 32];
        for (left, top, right, bottom, value) in boxes {
            for y in *top..*bottom {
                map[y * 64 + left..y * 64 + right].fill(*value);
            }
        }
        map
    }

    fn found(map: &[f32]) -> Vec<Region> {
        cores(map, 64).into_iter().filter_map(|core| line(map, 64, &core)).collect()
    }

    #[test]
    fn cores_grow_to_lines() {
        let map = map(&[(10, 4, 50, 8, 0.9), (10, 20, 30, 26, 0.8)]);
        let regions = found(&map);
        assert_eq!(regions.len(), 2);
        assert_eq!(regions[0].centre, (30.0, 6.0));
        // 40 x 4: the margin is 160 * 1.5 / 88.
        assert!((regions[0].height - (4.0 + 2.0 * 240.0 / 88.0)).abs() < 1e-3, "{regions:?}");
    }

    #[test]
    fn faint_and_tiny_cores_are_none() {
        assert!(found(&map(&[(10, 4, 50, 8, 0.5), (10, 20, 30, 22, 0.9)])).is_empty());
        assert!(found(&map(&[])).is_empty());
        // Everything is text: one line, at the border.
        assert_eq!(found(&map(&[(0, 0, 64, 32, 1.0)])).len(), 1);
    }
}
