//! Parts in which writing rolls up over a plain ground, as credits do.
//!
//! What tells them: nearly all of the picture is of one brightness, and what is
//! not lies a little higher in every next picture, again and again by as much.

use crate::frames::{ColourFrame, GreyFrame};
use std::collections::VecDeque;
use vireo_domain::Span;

/// What differs so much from the ground is ink.
const INK: u8 = 24;
/// Shares of the picture that are ink: fewer is a line, more is no plain ground.
const FEWEST_INK: f64 = 0.004;
const MOST_INK: f64 = 0.3;
/// Shares of the rows and of the columns that have ink: several lines, however
/// short. A ball that rises has less.
const ROWS: f64 = 0.2;
const COLUMNS: f64 = 0.06;
/// Ink that fell where it was foreseen, of all ink of both pictures (Jaccard).
const MET: f64 = 0.5;
/// So much more of it than where nothing moves: a pattern meets itself anyhow.
const MORE: f64 = 0.15;
/// Furthest that writing rolls from one picture to the next, of the height.
const FURTHEST: f64 = 0.25;
/// Rows by which two steps may differ: pictures are not shown at even times.
const UNEVEN: usize = 2;
/// Shorter parts are a title that slides in.
const SHORTEST_SECONDS: f64 = 4.0;
/// Pictures of several lines that a part has, at least.
const FEWEST_OF_LINES: usize = 4;
/// Pictures in a row that may fail, as where a line is just leaving.
const FORGIVEN: usize = 2;

/// Finds the parts in pictures that come at a steady rate, twice a second or so.
#[derive(Debug, Default)]
pub struct Rolling {
    before: Option<Ink>,
    /// The part that may be going on.
    current: Option<Part>,
    found: Vec<Span>,
}

#[derive(Debug)]
struct Part {
    span: Span,
    /// The latest.
    steps: VecDeque<usize>,
    /// Pictures since then that did not fit.
    failed: usize,
    /// Pictures of several lines.
    of_lines: usize,
}

/// Pixels across, about.
const WIDTH: usize = 160;

/// A small copy by whole pixels, which is what takes the time; green alone
/// stands for the brightness.
fn small(frame: &ColourFrame) -> GreyFrame {
    let side = (frame.width / WIDTH).max(1);
    let (width, height) = (frame.width / side, frame.height / side);
    let mut pixels = Vec::with_capacity(width * height);
    let mut sums = vec![0_u32; width];
    for row in 0..height {
        sums.fill(0);
        for y in row * side..(row + 1) * side {
            let line = &frame.pixels[y * frame.width * 3..][..frame.width * 3];
            for (sum, covered) in sums.iter_mut().zip(line.chunks_exact(side * 3)) {
                *sum +=
                    covered.iter().skip(1).step_by(3).map(|green| u32::from(*green)).sum::<u32>();
            }
        }
        let area = (side * side) as u32;
        pixels.extend(sums.iter().map(|sum| (sum / area) as u8));
    }
    GreyFrame { at: frame.at, width, height, pixels }
}

/// Where there is ink, row by row.
#[derive(Debug)]
struct Ink {
    width: usize,
    /// Whether a pixel is ink.
    has: Vec<bool>,
    /// Whether it is ink on a plain ground at all, and whether of several lines.
    is_plain: bool,
    has_lines: bool,
    at: f64,
}

impl Ink {
    fn of(frame: &GreyFrame) -> Self {
        let mut counts = [0_u32; 256];
        frame.pixels.iter().for_each(|pixel| counts[usize::from(*pixel)] += 1);
        let ground = (0..=255_u8).max_by_key(|level| counts[usize::from(*level)]).unwrap_or(0);
        let is_ink: Vec<bool> =
            frame.pixels.iter().map(|pixel| pixel.abs_diff(ground) > INK).collect();
        let count = is_ink.iter().filter(|ink| **ink).count();
        let share = count as f64 / is_ink.len().max(1) as f64;
        let width = frame.width.max(1);
        let rows = is_ink.chunks(width).filter(|row| row.contains(&true)).count();
        let has_ink = |column: usize| is_ink[column..].iter().step_by(width).any(|ink| *ink);
        let columns = (0..width.min(is_ink.len())).filter(|column| has_ink(*column)).count();
        let height = is_ink.len() / width;
        let is_plain = (FEWEST_INK..=MOST_INK).contains(&share);
        let has_lines =
            rows as f64 >= ROWS * height as f64 && columns as f64 >= COLUMNS * width as f64;
        Self { width, has: is_ink, is_plain, has_lines, at: frame.at }
    }

    /// How much of the ink meets that of `next`, moved up by so many rows.
    fn met(&self, next: &Self, up: usize) -> f64 {
        let from = up * self.width;
        // Only what both can show.
        let (own, other) = (&self.has[from..], &next.has[..next.has.len() - from]);
        let both = own.iter().zip(other).filter(|(own, other)| **own && **other).count();
        let any = own.iter().zip(other).filter(|(own, other)| **own || **other).count();
        both as f64 / any.max(1) as f64
    }

    /// By how many rows `next` is rolled on.
    fn step(&self, next: &Self) -> Option<usize> {
        let fits = self.width == next.width && self.has.len() == next.has.len();
        if !fits || !self.is_plain || !next.is_plain {
            return None;
        }
        let height = self.has.len() / self.width;
        let steps = 1..=((FURTHEST * height as f64) as usize).max(1).min(height - 1);
        let met = steps.map(|up| (self.met(next, up), up));
        let (met, up) = met.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (met >= MET && met >= self.met(next, 0) + MORE).then_some(up)
    }
}

impl Rolling {
    /// The next picture, of any width.
    pub fn see(&mut self, frame: &ColourFrame) {
        self.push(&small(frame));
    }

    fn push(&mut self, frame: &GreyFrame) {
        let ink = Ink::of(frame);
        let step = self.before.as_ref().and_then(|before| before.step(&ink));
        let began = self.before.as_ref().map_or(frame.at, |before| before.at);
        match (&mut self.current, step) {
            (Some(part), Some(step))
                if part.steps.iter().all(|known| known.abs_diff(step) <= UNEVEN) =>
            {
                part.span.end = frame.at;
                part.failed = 0;
                part.of_lines += usize::from(ink.has_lines);
                part.steps.push_back(step);
                if part.steps.len() > 3 {
                    part.steps.pop_front();
                }
            }
            (Some(part), _) if part.failed < FORGIVEN => part.failed += 1,
            (current, step) => {
                let over = std::mem::take(current);
                *current = step.map(|step| Part {
                    span: Span::new(began, frame.at),
                    steps: VecDeque::from([step]),
                    failed: 0,
                    of_lines: usize::from(ink.has_lines),
                });
                self.keep(over);
            }
        }
        self.before = Some(ink);
    }

    /// The parts, in order of time.
    pub fn finish(mut self) -> Vec<Span> {
        let over = self.current.take();
        self.keep(over);
        self.found
    }

    fn keep(&mut self, part: Option<Part>) {
        let is_long = |part: &Part| {
            part.span.seconds() >= SHORTEST_SECONDS && part.of_lines >= FEWEST_OF_LINES
        };
        self.found.extend(part.filter(is_long).map(|part| part.span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: usize = 160;
    const HIGH: usize = 90;

    /// A long sheet of lines of words, dark or light, of which a window is seen.
    fn film(frames: usize, ground: u8, ink: u8, offset: impl Fn(usize) -> usize) -> Vec<GreyFrame> {
        let mut random = fastrand::Rng::with_seed(2);
        let mut sheet = vec![ground; WIDE * 1000];
        for line in 0..90 {
            let (left, right) = (random.usize(10..60), random.usize(90..150));
            for row in 0..4 {
                for x in (left..right).filter(|_| random.f32() < 0.6) {
                    sheet[(line * 11 + row) * WIDE + x] = ink;
                }
            }
        }
        let frame = |number: usize| {
            let first = offset(number);
            let pixels = sheet[first * WIDE..(first + HIGH) * WIDE].to_vec();
            GreyFrame { at: number as f64 / 2.0, width: WIDE, height: HIGH, pixels }
        };
        (0..frames).map(frame).collect()
    }

    fn found(frames: &[GreyFrame]) -> Vec<Span> {
        let mut rolling = Rolling::default();
        for frame in frames {
            rolling.push(frame);
        }
        rolling.finish()
    }

    #[test]
    fn what_rolls_is_found_at_any_pace_and_on_any_ground() {
        for (ground, ink) in [(0, 230), (16, 120), (250, 20)] {
            for pace in [1, 4, 9, 15] {
                // Uneven by a row, and it stands still before and after.
                let offset = |number: usize| {
                    let rolled = number.clamp(20, 60) - 20;
                    rolled * pace + usize::from(rolled % 2 == 1 && pace > 1)
                };
                let found = found(&film(80, ground, ink, offset));
                assert_eq!(found.len(), 1, "{ground} {ink} {pace}: {found:?}");
                assert!((9.5..=10.5).contains(&found[0].start), "{pace}: {found:?}");
                assert!((29.5..=30.5).contains(&found[0].end), "{pace}: {found:?}");
            }
        }
    }

    #[test]
    fn a_small_copy_is_the_mean_of_what_it_covers() {
        let (width, height) = (330, 5);
        let pixels = (0..width * height * 3).map(|place| (place % 3 == 1) as u8 * 90).collect();
        let small = small(&ColourFrame { at: 1.5, width, height, pixels });
        assert_eq!((small.at, small.width, small.height), (1.5, 165, 2));
        assert!(small.pixels.len() == 330 && small.pixels.iter().all(|pixel| *pixel == 90));
    }

    #[test]
    fn slides_noise_and_what_falls_do_not_roll() {
        // Slides: a page stays for five seconds.
        assert_eq!(found(&film(80, 250, 20, |number| number / 10 * 97)), []);
        assert_eq!(found(&film(80, 0, 230, |number| 800 - number * 9)), [], "it goes down");
        assert_eq!(found(&film(6, 0, 230, |number| number * 9)), [], "a title slides in");
        let mut random = fastrand::Rng::with_seed(1);
        let mut noise = film(40, 0, 0, |_| 0);
        for frame in &mut noise {
            frame.pixels.iter_mut().for_each(|pixel| *pixel = random.u8(..));
        }
        assert_eq!(found(&noise), []);
        // A landscape that the camera tilts over has no plain ground.
        let mut land = film(60, 0, 230, |number| number * 4);
        for frame in &mut land {
            let shift = (frame.at * 8.0) as usize;
            for (place, pixel) in frame.pixels.iter_mut().enumerate() {
                let (x, y) = (place % WIDE, place / WIDE + shift);
                *pixel = ((x * 3 + y * 5) % 200) as u8 / 2 + *pixel / 4;
            }
        }
        assert_eq!(found(&land), []);
        // One thing that rises.
        let mut ball = film(40, 0, 0, |_| 0);
        for frame in &mut ball {
            let top = 80 - ((frame.at * 8.0) as usize).min(70);
            for y in top..top + 8 {
                frame.pixels[y * WIDE + 70..y * WIDE + 80].fill(200);
            }
        }
        assert_eq!(found(&ball), []);
        let empty = GreyFrame { at: 0.0, width: 0, height: 0, pixels: Vec::new() };
        assert_eq!(found(&[empty.clone(), empty]), []);
    }
}
