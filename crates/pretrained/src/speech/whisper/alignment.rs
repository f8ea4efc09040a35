//! When each token was said, by where the decoder listened as it wrote it.
//! Source: `whisper/timing.py`.

use crate::Result;
use std::ops::Range;

/// Frames over which the attention is smoothed (`medfilt_width`).
const SMOOTHED: usize = 7;

/// How much attention the tokens gave to each frame, by several heads:
/// `[tokens × frames]` each, before the softmax. Gives for each of some tokens the
/// frame at which it begins; empty where there is no token or no frame.
pub(super) fn starts(
    heads: impl Iterator<Item = Result<Vec<f32>>>,
    frames: usize,
    tokens: Range<usize>,
) -> Result<Vec<usize>> {
    if frames == 0 || tokens.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = vec![0.0_f32; tokens.len() * frames];
    for head in heads {
        let mut head = head?;
        head.chunks_exact_mut(frames).for_each(softmax);
        normalise_columns(&mut head, frames);
        for (token, all) in tokens.clone().zip(all.chunks_exact_mut(frames)) {
            smooth(&head[token * frames..(token + 1) * frames], all);
        }
    }
    Ok(path(&all, frames))
}

fn softmax(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for value in row.iter_mut() {
        *value = (*value - most).exp();
    }
    let all: f32 = row.iter().sum();
    for value in row {
        *value /= all;
    }
}

/// Brings each column to mean 0 and deviation 1.
fn normalise_columns(matrix: &mut [f32], columns: usize) {
    let rows = (matrix.len() / columns) as f32;
    let (mut mean, mut square) = (vec![0.0_f32; columns], vec![0.0_f32; columns]);
    for row in matrix.chunks_exact(columns) {
        for (column, value) in row.iter().enumerate() {
            mean[column] += value / rows;
        }
    }
    for row in matrix.chunks_exact(columns) {
        for (column, value) in row.iter().enumerate() {
            square[column] += (value - mean[column]).powi(2) / rows;
        }
    }
    for row in matrix.chunks_exact_mut(columns) {
        for (column, value) in row.iter_mut().enumerate() {
            *value = (*value - mean[column]) / square[column].sqrt().max(1e-10);
        }
    }
}

/// Adds the running median of `from`; its ends are mirrored.
fn smooth(from: &[f32], to: &mut [f32]) {
    let half = SMOOTHED / 2;
    if from.len() <= half {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        return;
    }
    let mirrored = |at: usize| {
        let at = at.abs_diff(half);
        from[at.min(2 * (from.len() - 1) - at)]
    };
    for (at, to) in to.iter_mut().enumerate() {
        let mut near: [f32; SMOOTHED] = std::array::from_fn(|offset| mirrored(at + offset));
        near.sort_unstable_by(f32::total_cmp);
        *to += near[half];
    }
}

/// Dynamic time warping: where, on the way through the matrix that passes the
/// most attention, each row begins.
fn path(matrix: &[f32], columns: usize) -> Vec<usize> {
    let rows = matrix.len() / columns;
    let width = columns + 1;
    let mut cost = vec![f32::INFINITY; (rows + 1) * width];
    // 0: from the row and column before, 1: from the row before, 2: from the column before.
    let mut from = vec![0_u8; (rows + 1) * width];
    cost[0] = 0.0;
    for column in 1..=columns {
        for row in 1..=rows {
            let at = row * width + column;
            let ways = [cost[at - width - 1], cost[at - width], cost[at - 1]];
            let way = if ways[0] < ways[1] && ways[0] < ways[2] {
                0
            } else if ways[1] < ways[0] && ways[1] < ways[2] {
                1
            } else {
                2
            };
            cost[at] = ways[usize::from(way)] - matrix[(row - 1) * columns + column - 1];
            from[at] = way;
        }
    }
    from[..width].fill(2);
    (0..=rows).for_each(|row| from[row * width] = 1);
    let (mut row, mut column) = (rows, columns);
    let mut starts = vec![0; rows];
    while row > 0 || column > 0 {
        if row > 0 {
            starts[row - 1] = column.saturating_sub(1);
        }
        match from[row * width + column] {
            0 => (row, column) = (row - 1, column - 1),
            1 => row -= 1,
            _ => column -= 1,
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_begin_where_they_were_listened_to() {
        // Four tokens, of which the third is heard longest.
        let begins = [0, 10, 14, 40, 50];
        let attention = |token: usize, frame: usize| {
            if (begins[token]..begins[token + 1]).contains(&frame) { 5.0 } else { 0.0 }
        };
        let head: Vec<f32> =
            (0..4).flat_map(|token| (0..50).map(move |frame| attention(token, frame))).collect();
        let heads = [head.clone(), head].into_iter().map(Ok);
        let found = starts(heads, 50, 0..4).expect("aligns");
        for (found, begin) in found.iter().zip(begins) {
            assert!(found.abs_diff(begin) <= 1, "{found} for {begin}");
        }
    }

    #[test]
    fn little_is_no_trouble() {
        let of = |head: Vec<f32>, frames, tokens| {
            starts(std::iter::once(Ok(head)), frames, tokens).expect("aligns")
        };
        assert!(of(Vec::new(), 0, 0..0).is_empty());
        assert_eq!(of(vec![0.3; 2], 2, 0..1), [0]);
        assert_eq!(of(vec![0.3; 6], 1, 0..6).len(), 6);
    }

    #[test]
    fn the_median_forgets_a_single_peak() {
        let mut out = vec![0.0; 9];
        smooth(&[0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0], &mut out);
        assert!(out.iter().all(|value| *value == 0.0));
    }
}
