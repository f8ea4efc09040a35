//! How a video moves: where the parts of one picture went in the next.
//!
//! Each of twelve cells of a small grey picture is looked for in the next one,
//! at every shift of a few pixels (block matching by exhaustive search, as
//! video coders do it). A shift has a price, so that what has no texture, or
//! only noise, stands still.

use crate::frames::ColourFrame;

/// Pixels across and down of the small picture, and cells across and down.
const WIDTH: usize = 64;
const HEIGHT: usize = 36;
const COLUMNS: usize = 4;
const ROWS: usize = 3;
const CELL: (usize, usize) = (WIDTH / COLUMNS, HEIGHT / ROWS);
/// Largest shift, in pixels across and down.
const REACH: (isize, isize) = (6, 5);
/// Grey levels that a pixel of shift must gain on the mean.
const PRICE: f32 = 0.12;

/// Numbers of a [`Motion`].
pub const FEATURES: usize = 3 * COLUMNS * ROWS + 2;

/// For each cell the shift to the right and downwards (from -1 to 1, in shares
/// of the largest that is looked for) and how much it changed; then brightness
/// (0 to 1) and the change of it.
pub type Motion = [f32; FEATURES];

/// A small grey picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Small {
    /// Less their mean.
    pixels: Vec<f32>,
    mean: f32,
}

impl Small {
    /// Of a picture of any size: the mean of what each pixel covers.
    pub fn new(frame: &ColourFrame) -> Self {
        let bounds = |place: usize, parts: usize, length: usize| {
            let from = (place * length / parts).min(length.saturating_sub(1));
            from..((place + 1) * length / parts).max(from + 1)
        };
        let mut pixels = Vec::with_capacity(WIDTH * HEIGHT);
        for row in 0..HEIGHT {
            for column in 0..WIDTH {
                let (mut sum, mut count) = (0_u32, 0_u32);
                let across = bounds(column, WIDTH, frame.width);
                for line in bounds(row, HEIGHT, frame.height) {
                    let from = 3 * (line * frame.width + across.start);
                    for rgb in frame.pixels[from..from + 3 * across.len()].chunks_exact(3) {
                        // Rec. 601, in 256ths.
                        sum += 77 * u32::from(rgb[0])
                            + 150 * u32::from(rgb[1])
                            + 29 * u32::from(rgb[2]);
                        count += 1;
                    }
                }
                pixels.push(sum as f32 / (256 * count) as f32);
            }
        }
        let mean = pixels.iter().sum::<f32>() / pixels.len() as f32;
        for pixel in &mut pixels {
            *pixel -= mean;
        }
        Self { pixels, mean }
    }

    /// What moves from this picture to `next`.
    pub fn motion_to(&self, next: &Self) -> Motion {
        let mut motion = [0.0; FEATURES];
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let (shift, change) = self.follow(next, column * CELL.0, row * CELL.1);
                let place = 3 * (row * COLUMNS + column);
                motion[place] = shift.0 as f32 / REACH.0 as f32;
                motion[place + 1] = shift.1 as f32 / REACH.1 as f32;
                motion[place + 2] = change.sqrt() / 8.0;
            }
        }
        motion[FEATURES - 2] = next.mean / 255.0;
        motion[FEATURES - 1] = (next.mean - self.mean) / 32.0;
        motion
    }

    /// The shift of the cell at `(x, y)`, and its mean difference without one.
    fn follow(&self, next: &Self, x: usize, y: usize) -> ((isize, isize), f32) {
        let still = self.difference(next, (x, y), (0, 0));
        let (mut best, mut least) = ((0, 0), still);
        for down in -REACH.1..=REACH.1 {
            for right in -REACH.0..=REACH.0 {
                let price = PRICE * (right.abs() + down.abs()) as f32;
                if price >= least {
                    continue;
                }
                let cost = self.difference(next, (x, y), (right, down)) + price;
                if cost < least {
                    (best, least) = ((right, down), cost);
                }
            }
        }
        (best, still)
    }

    /// Mean difference of a cell to what lies shifted from it in `next`; what
    /// is shifted out of the picture is not counted, up to half of the cell.
    fn difference(&self, next: &Self, (x, y): (usize, usize), shift: (isize, isize)) -> f32 {
        let within = |from: usize, length: usize, shift: isize, end: usize| {
            let low = from.max(shift.min(0).unsigned_abs());
            let high = (from + length).min(end - shift.max(0).unsigned_abs());
            low..high.max(low)
        };
        let columns = within(x, CELL.0, shift.0, WIDTH);
        let rows = within(y, CELL.1, shift.1, HEIGHT);
        let count = columns.len() * rows.len();
        if 2 * count < CELL.0 * CELL.1 {
            return f32::INFINITY;
        }
        let mut sum = 0.0;
        for row in rows {
            let here = &self.pixels[row * WIDTH + columns.start..row * WIDTH + columns.end];
            let from = (row as isize + shift.1) as usize * WIDTH;
            let from = (from + columns.start).saturating_add_signed(shift.0);
            let there = &next.pixels[from..from + columns.len()];
            sum += here.iter().zip(there).map(|(a, b)| (a - b).abs()).sum::<f32>();
        }
        sum / count as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of soft spots, moved by so many small pixels.
    fn picture(right: f32, down: f32, light: f32) -> Small {
        let (width, height) = (WIDTH * 3, HEIGHT * 3);
        let mut pixels = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let (x, y) = (x as f32 / 3.0 - right, y as f32 / 3.0 - down);
                let value = 110.0
                    + 50.0 * (x * 0.7).sin() * (y * 0.53).cos()
                    + 30.0 * (x * 0.23 + y * 0.31).sin();
                pixels.extend([(value + light) as u8; 3]);
            }
        }
        Small::new(&ColourFrame { at: 0.0, width, height, pixels })
    }

    fn shifts(motion: &Motion) -> Vec<(i32, i32)> {
        let scaled = |value: f32, reach: isize| (value * reach as f32).round() as i32;
        motion[..3 * COLUMNS * ROWS]
            .chunks_exact(3)
            .map(|cell| (scaled(cell[0], REACH.0), scaled(cell[1], REACH.1)))
            .collect()
    }

    #[test]
    fn every_cell_is_followed() {
        let still = picture(0.0, 0.0, 0.0);
        for (right, down) in [(0, 0), (3, 0), (-4, 2), (0, -3), (2, 3)] {
            let motion = still.motion_to(&picture(right as f32, down as f32, 0.0));
            assert_eq!(shifts(&motion), vec![(right, down); COLUMNS * ROWS], "{right} {down}");
        }
    }

    #[test]
    fn light_is_no_motion_and_noise_neither() {
        let motion = picture(0.0, 0.0, 0.0).motion_to(&picture(0.0, 0.0, 32.0));
        assert_eq!(shifts(&motion), vec![(0, 0); COLUMNS * ROWS]);
        assert!((motion[FEATURES - 1] - 1.0).abs() < 0.05, "{}", motion[FEATURES - 1]);
        let mut random = 1_u32;
        let mut noise = || {
            let pixels = (0..WIDTH * HEIGHT * 3).map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                128 + (random >> 31) as u8
            });
            Small::new(&ColourFrame {
                at: 0.0,
                width: WIDTH,
                height: HEIGHT,
                pixels: pixels.collect(),
            })
        };
        assert_eq!(shifts(&noise().motion_to(&noise())), vec![(0, 0); COLUMNS * ROWS]);
    }

    #[test]
    fn a_picture_of_one_pixel_is_no_problem() {
        let small =
            Small::new(&ColourFrame { at: 0.0, width: 1, height: 1, pixels: vec![9, 9, 9] });
        assert!(small.motion_to(&small).iter().all(|value| value.is_finite()));
    }
}
