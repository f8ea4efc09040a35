//! Which of many frames stand for a video.

use super::GreyFrame;
use vireo_domain::Span;

/// Mean brightness below which a frame is black, and above which it is white.
const BLACK: f64 = 12.0;
const WHITE: f64 = 243.0;
/// A frame whose brightness varies less than this shows nothing.
const FLAT: f64 = 4.0;
/// Mean brightness difference (of 255) up to which frames are the same
/// picture, and from which they are as unlike as another shot.
const SAME: f64 = 2.0;
const UNLIKE: f64 = 24.0;
/// Frames are compared as mosaics of this many tiles.
const TILES: (usize, usize) = (16, 9);

struct Look {
    at: f64,
    shot: usize,
    /// How much it shows: 0 for black, white and flat.
    quality: f64,
    deviation: f64,
    mosaic: Vec<f64>,
}

/// Times of up to `limit` frames that stand for the video that they are of, as
/// [`super::keyframes`] chooses them.
///
/// Greedy choice: each pick is the frame with the best product of sharpness,
/// difference to the picks so far and distance in time to them; a second one
/// of a shot only when no other shot has anything to show.
pub fn choose(frames: &[GreyFrame], shots: &[Span], limit: usize) -> Vec<f64> {
    let looks: Vec<Look> = frames.iter().map(|frame| look(frame, shots)).collect();
    let last = frames.iter().map(|frame| frame.at).fold(0.0, f64::max);
    let stride = (last / limit.max(1) as f64).max(f64::EPSILON);
    let mut chosen: Vec<&Look> = Vec::new();
    while chosen.len() < limit {
        let worth = |look: &Look| {
            chosen.iter().fold(look.quality, |least, pick| {
                let apart = ((look.at - pick.at).abs() / stride).min(1.0);
                least.min(look.quality * unlike(look, pick) * (0.05 + 0.95 * apart))
            })
        };
        let is_new = |look: &Look| chosen.iter().all(|pick| pick.shot != look.shot);
        let best = looks.iter().map(|look| (look, worth(look))).filter(|(_, worth)| *worth > 0.0);
        let best = best.rev().max_by(|(a, a_worth), (b, b_worth)| {
            is_new(a).cmp(&is_new(b)).then(a_worth.total_cmp(b_worth))
        });
        let Some((look, _)) = best else { break };
        chosen.push(look);
    }
    if chosen.is_empty() && limit > 0 {
        chosen.extend(looks.iter().rev().max_by(|a, b| a.deviation.total_cmp(&b.deviation)));
    }
    chosen.iter().map(|look| look.at).collect()
}

/// 0 for the same picture, 1 for another shot.
fn unlike(one: &Look, other: &Look) -> f64 {
    let sum: f64 = one.mosaic.iter().zip(&other.mosaic).map(|(a, b)| (a - b).abs()).sum();
    let mean = sum / one.mosaic.len().max(1) as f64;
    ((mean - SAME) / (UNLIKE - SAME)).clamp(0.0, 1.0)
}

fn look(frame: &GreyFrame, shots: &[Span]) -> Look {
    let count = frame.pixels.len().max(1) as f64;
    let values = || frame.pixels.iter().map(|pixel| f64::from(*pixel));
    let mean = values().sum::<f64>() / count;
    let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    let shows = mean > BLACK && mean < WHITE && deviation > FLAT;
    let quality = if shows { sharpness(frame).ln_1p() } else { 0.0 };
    let shot = shots.partition_point(|shot| shot.end <= frame.at);
    Look { at: frame.at, shot, quality, deviation, mosaic: mosaic(frame) }
}

/// Variance of the Laplacian: blurred pictures have few edges (Pech-Pacheco
/// et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000).
fn sharpness(frame: &GreyFrame) -> f64 {
    let (width, height) = (frame.width, frame.height);
    let pixel = |x: usize, y: usize| f64::from(frame.pixels[y * width + x]);
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let around = pixel(x - 1, y) + pixel(x + 1, y) + pixel(x, y - 1) + pixel(x, y + 1);
            let value = around - 4.0 * pixel(x, y);
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    if count == 0.0 { 0.0 } else { (squares / count - (sum / count).powi(2)).max(0.0) }
}

fn mosaic(frame: &GreyFrame) -> Vec<f64> {
    let mut tiles = vec![(0.0, 0.0); TILES.0 * TILES.1];
    for (index, pixel) in frame.pixels.iter().enumerate() {
        let column = index % frame.width * TILES.0 / frame.width;
        let row = index / frame.width * TILES.1 / frame.height;
        let tile = &mut tiles[row * TILES.0 + column];
        tile.0 += f64::from(*pixel);
        tile.1 += 1.0;
    }
    tiles.iter().map(|(sum, count)| sum / f64::max(*count, 1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(at: f64, paint: impl Fn(usize, usize) -> u8) -> GreyFrame {
        let (width, height) = (32, 18);
        let pixels = (0..width * height).map(|i| paint(i % width, i / width)).collect();
        GreyFrame { at, width, height, pixels }
    }

    fn stripes(at: f64, turn: bool) -> GreyFrame {
        frame(at, |x, y| if (if turn { y / 6 } else { x / 8 }) % 2 == 0 { 30 } else { 200 })
    }

    #[test]
    fn passes_over_black_white_and_flat() {
        let frames = [
            frame(0.0, |_, _| 0),
            frame(1.0, |_, _| 255),
            frame(2.0, |_, _| 120),
            stripes(3.0, false),
        ];
        assert_eq!(choose(&frames, &[], 4), [3.0]);
    }

    #[test]
    fn prefers_sharp_and_takes_a_still_once() {
        let blurred = frame(0.0, |x, _| (x * 8) as u8);
        let frames = [blurred, stripes(1.0, false), stripes(2.0, false), stripes(3.0, true)];
        let chosen = choose(&frames, &[], 4);
        assert!(chosen[..2].contains(&1.0) && chosen[..2].contains(&3.0), "{chosen:?}");
        assert!(!chosen.contains(&2.0), "the same picture twice: {chosen:?}");
    }

    #[test]
    fn all_black_gives_one_and_nothing_gives_none() {
        let black = [frame(0.0, |_, _| 0), frame(1.0, |x, _| u8::from(x == 3))];
        assert_eq!(choose(&black, &[], 5), [1.0]);
        assert!(choose(&[], &[], 5).is_empty());
        assert!(choose(&black, &[], 0).is_empty());
    }

    #[test]
    fn every_shot_has_its_turn() {
        // The second shot is the duller, and all its frames come after three better ones.
        let dull = |at| frame(at, |x, y| if x < 16 && y < 9 { 60 } else { 90 });
        let checks = |at: f64, size: usize| {
            frame(at, move |x, y| if (x / size + y / size).is_multiple_of(2) { 20 } else { 220 })
        };
        let frames = [checks(0.0, 2), checks(1.0, 3), checks(2.0, 5), dull(3.0)];
        let shots = [Span::new(0.0, 2.5), Span::new(2.5, 4.0)];
        assert!(!choose(&frames, &[], 2).contains(&3.0));
        assert!(choose(&frames, &shots, 2).contains(&3.0));
    }
}
