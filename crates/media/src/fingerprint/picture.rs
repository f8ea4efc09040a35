//! The lowest frequencies of a picture.

use super::WIDTH;
use super::bars::Window;

/// Frequencies across and down that are kept, without the mean brightness.
const ACROSS: usize = 6;
pub(super) const KEPT: usize = ACROSS * ACROSS - 1;
/// The picture is brought to this many pixels each way before.
const SIDE: usize = 16;
/// Crops that are kept: the whole picture, nine and eight tenths of its sides.
pub(super) const CROPS: usize = 3;
const SHARE: [f32; CROPS] = [1.0, 0.9, 0.8];

/// Cosine coefficients, row by row, the mean left out; none is beyond ±2048.
pub(super) type Coefficients = Vec<i16>;

/// Coefficients of the crop of `picture` within its `window`.
pub(super) fn coefficients(picture: &[f32], window: Window, crop: usize) -> Coefficients {
    let small = resized(picture, window, SHARE[crop]);
    let mut across = [0.0; SIDE * ACROSS];
    for row in 0..SIDE {
        for frequency in 0..ACROSS {
            let sum = (0..SIDE).map(|x| small[row * SIDE + x] * cosine(frequency, x)).sum();
            across[row * ACROSS + frequency] = sum;
        }
    }
    let coefficient = |index: usize| {
        let (down, frequency) = (index / ACROSS, index % ACROSS);
        let column = (0..SIDE).map(|row| across[row * ACROSS + frequency] * cosine(down, row));
        column.sum::<f32>().round() as i16
    };
    (1..=KEPT).map(coefficient).collect()
}

/// Whether a coefficient changes its sign when the picture is mirrored.
pub(super) fn is_odd(index: usize) -> bool {
    (index + 1) % ACROSS % 2 == 1
}

/// The orthonormal cosine basis.
fn cosine(frequency: usize, at: usize) -> f32 {
    let side = SIDE as f32;
    let norm = if frequency == 0 { 1.0 / side } else { 2.0 / side };
    let angle = std::f32::consts::PI * (at as f32 + 0.5) * frequency as f32 / side;
    norm.sqrt() * angle.cos()
}

/// The middle `share` of the window at [`SIDE`] x [`SIDE`] pixels, each the mean of its area.
fn resized(picture: &[f32], window: Window, share: f32) -> [f32; SIDE * SIDE] {
    let cut = |from: f32, to: f32| {
        let margin = (to - from) * (1.0 - share) / 2.0;
        (from + margin, to - margin)
    };
    let (left, right) = cut(window.left, window.right);
    let (top, bottom) = cut(window.top, window.bottom);
    let edge = |from: f32, to: f32, index: usize| from + (to - from) * index as f32 / SIDE as f32;
    let mut small = [0.0; SIDE * SIDE];
    for y in 0..SIDE {
        let rows = weights(edge(top, bottom, y), edge(top, bottom, y + 1));
        for x in 0..SIDE {
            let columns = weights(edge(left, right, x), edge(left, right, x + 1));
            let mut sum = 0.0;
            for (row, row_weight) in rows.clone() {
                for (column, weight) in columns.clone() {
                    sum += picture[row * WIDTH + column] * row_weight * weight;
                }
            }
            small[y * SIDE + x] = sum;
        }
    }
    small
}

/// The pixels between two edges, with their shares of the whole.
fn weights(from: f32, to: f32) -> impl Iterator<Item = (usize, f32)> + Clone {
    let last = (to - 1e-3).ceil() as usize;
    (from as usize..last).map(move |pixel| {
        let covered = to.min(pixel as f32 + 1.0) - from.max(pixel as f32);
        (pixel, covered / (to - from))
    })
}
