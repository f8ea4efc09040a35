//! From the picture of a line to its letters, by a network that says for each
//! of its steps along the line which letter it sees, or none (connectionist
//! temporal classification, Graves et al., ICML 2006).

use super::Line;
use super::region::Region;
use crate::picture::Picture;
use crate::{Result, onnx};
use ort::session::Session;
use ort::value::TensorRef;

/// Lines are scaled to this height.
const HEIGHT: usize = 48;
/// Lines are padded to a multiple of this width, so that few shapes are made room for.
const STEP: usize = 64;
/// Widest line: what is longer is squeezed.
const WIDEST: usize = 2560;
/// Sum of the widths of lines that are read together: each 8 pixels give
/// 18,385 numbers.
const TOGETHER: usize = 2048;

/// Reads the regions of a picture, in their order. `letters` are the classes
/// of the network; the first one is none.
pub(super) fn read(
    network: &mut Session,
    letters: &[String],
    picture: &Picture<'_>,
    regions: Vec<Region>,
) -> Result<Vec<Line>> {
    let blank = |region| Line { region, text: String::new(), confidence: 0.0 };
    let mut lines: Vec<Line> = regions.into_iter().map(blank).collect();
    let width =
        |line: &Line| line.region.patch(HEIGHT).width.clamp(1, WIDEST).next_multiple_of(STEP);
    let mut order: Vec<(usize, usize)> =
        lines.iter().enumerate().map(|(place, line)| (width(line), place)).collect();
    order.sort_unstable();
    for same in order.chunk_by(|a, b| a.0 == b.0) {
        let width = same[0].0;
        for batch in same.chunks((TOGETHER / width).max(1)) {
            let places: Vec<usize> = batch.iter().map(|(_, place)| *place).collect();
            read_batch(network, letters, picture, width, &places, &mut lines)?;
        }
    }
    Ok(lines)
}

fn read_batch(
    network: &mut Session,
    letters: &[String],
    picture: &Picture<'_>,
    width: usize,
    places: &[usize],
    lines: &mut [Line],
) -> Result<()> {
    // 0 is grey: the network was trained with that padding.
    let size = 3 * HEIGHT * width;
    let mut planes = vec![0.0; places.len() * size];
    let scaling = ([1.0 / 127.5; 3], [-1.0; 3]);
    for (place, planes) in places.iter().zip(planes.chunks_exact_mut(size)) {
        let mut patch = lines[*place].region.patch(HEIGHT);
        if patch.width > width {
            let squeeze = patch.width as f32 / width as f32;
            patch.right = (patch.right.0 * squeeze, patch.right.1 * squeeze);
            patch.width = width;
        }
        picture.write_planes(&patch, width, scaling, planes);
    }
    let input = TensorRef::from_array_view(([places.len(), 3, HEIGHT, width], &*planes));
    let outputs = network.run(ort::inputs![input.map_err(onnx::error)?]).map_err(onnx::error)?;
    let (shape, numbers) = outputs[0].try_extract_tensor::<f32>().map_err(onnx::error)?;
    if shape.last().copied() != Some(letters.len() as i64) {
        let count = letters.len();
        return Err(onnx::error(format!(
            "letters for {count} classes, numbers of shape {shape:?}"
        )));
    }
    for (place, numbers) in places.iter().zip(numbers.chunks_exact(numbers.len() / places.len())) {
        (lines[*place].text, lines[*place].confidence) = decode(numbers, letters);
    }
    Ok(())
}

/// The likeliest letter of each step, repetitions once; and their mean likelihood.
fn decode(numbers: &[f32], letters: &[String]) -> (String, f32) {
    let (mut text, mut sum, mut count, mut before) = (String::new(), 0.0, 0, 0);
    for step in numbers.chunks_exact(letters.len()) {
        let first = (0, f32::MIN);
        let best = step.iter().enumerate().fold(first, |best, (class, likelihood)| {
            if *likelihood > best.1 { (class, *likelihood) } else { best }
        });
        if best.0 != 0 && best.0 != before {
            text.push_str(&letters[best.0]);
            sum += best.1;
            count += 1;
        }
        before = best.0;
    }
    let confidence = if count == 0 { 0.0 } else { sum / count as f32 };
    (text.trim().to_owned(), confidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_count_once_unless_parted() {
        let letters: Vec<String> = ["", "a", "月"].map(str::to_owned).to_vec();
        let steps =
            [[0.1, 0.8, 0.1], [0.2, 0.8, 0.0], [0.9, 0.1, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]];
        let (text, confidence) = decode(&steps.concat(), &letters);
        assert_eq!(text, "aa月");
        assert!((confidence - 0.8).abs() < 1e-6);
        assert_eq!(decode(&[1.0, 0.0, 0.0], &letters), (String::new(), 0.0));
    }
}
