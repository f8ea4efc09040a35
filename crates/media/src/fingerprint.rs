//! What stays of a video when it is coded again, cropped, mirrored, trimmed,
//! played a little faster, framed in black or written over: enough to tell
//! that two files show the same, and not enough to show it.
//!
//! Every quarter of a second is averaged into one small picture, black bars are
//! cut off, and the lowest frequencies of what is left are kept, of the whole
//! picture and of two crops of it (`picture`). Two videos are laid over each
//! other at every offset, at three speeds, straight and mirrored
//! (`alignment`); they are the same if the pictures agree *and* what changes
//! in them changes alike. The second is what tells takes of one scene apart,
//! in which all but a moving hand is the same.

mod alignment;
mod bars;
mod groups;
mod picture;

use crate::ffmpeg::{self, PATIENCE};
use crate::probe::Probe;
use crate::{Error, Result};
use alignment::align;
use bars::Bars;
pub use groups::groups;
use picture::{CROPS, Coefficients, coefficients};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::path::Path;

/// Pixels across and down of the pictures that are taken in, and how many a second.
const WIDTH: usize = 64;
const HEIGHT: usize = 36;
const RATE: f64 = 10.0;
const PIXELS: usize = WIDTH * HEIGHT;

/// Seconds that are averaged, at first.
const STEP: f64 = 0.25;
/// Longer videos have longer steps, so that none needs more than 250 KB: five
/// minutes at the first step, ten at twice that.
const MOST_STEPS: usize = 1200;
/// Bars are looked for in so many steps at the beginning: a minute.
const BAR_STEPS: usize = 240;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Seconds of a step.
    pub step: f64,
    /// By crop, then by step.
    crops: [Vec<Coefficients>; CROPS],
}

/// How two videos show the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// How far the pictures agree, up to 1.
    pub pictures: f64,
    /// How far what changes in them agrees, up to 1.
    pub changes: f64,
    /// Share of the pictures that changes.
    pub moving: f64,
    /// Whether one is mirrored.
    pub mirrored: bool,
    /// Seconds of the second that pass in one of the first.
    pub speed: f64,
    /// Second of the second at which the first begins; negative if it begins before.
    pub offset: f64,
    /// Seconds of the first that both show.
    pub seconds: f64,
}

/// Pictures of copies agree at least so far; changes, too, where there are any
/// to speak of; where there are none, pictures must agree the more.
const PICTURES: f64 = 0.6;
const CHANGES: f64 = 0.84;
const STILL: f64 = 0.0002;
const STILL_PICTURES: f64 = 0.985;

impl Likeness {
    /// Whether one is a copy of the other.
    pub fn is_copy(&self) -> bool {
        if self.moving < STILL {
            self.pictures >= STILL_PICTURES
        } else {
            self.pictures >= PICTURES && self.changes >= CHANGES
        }
    }
}

impl Fingerprint {
    /// The best way to lay `self` over `other`; `None` if either is shorter than
    /// a second, or nothing suggests that they show the same.
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        align(self, other)
    }

    /// Seconds of video.
    pub fn seconds(&self) -> f64 {
        self.crops[0].len() as f64 * self.step
    }
}

/// The fingerprint of the chosen picture stream; `None` for a file without one.
///
/// # Errors
/// If not one picture can be decoded, or ffmpeg is missing or stuck.
pub fn fingerprint(path: &Path, probe: &Probe) -> Result<Option<Fingerprint>> {
    let Some(picture) = &probe.picture else { return Ok(None) };
    let map = format!("0:{}", picture.index);
    let filter = format!("fps={RATE}:start_time=0,scale={WIDTH}:{HEIGHT}:flags=area,format=gray");
    let after = ["-map", &map, "-vf", &filter, "-c:v", "rawvideo", "-f", "rawvideo"];
    let mut run = ffmpeg::ffmpeg(path, &[], &after, PATIENCE)?;
    let mut taker = Taker::new(RATE);
    let mut pending = Vec::new();
    while let Some(chunk) = run.next_chunk()? {
        pending.extend(chunk);
        let whole = pending.len() - pending.len() % PIXELS;
        pending.drain(..whole).as_slice().chunks_exact(PIXELS).for_each(|frame| taker.see(frame));
    }
    let ending = run.finish()?;
    if taker.seen == 0 && !ending.success {
        let reason = format!("the pictures cannot be decoded: {}", ending.log.summary());
        return Err(Error::Damaged { path: path.to_owned(), reason });
    }
    Ok(Some(taker.finish()))
}

/// Takes the pictures of a video one by one.
struct Taker {
    /// Pictures a second.
    rate: f64,
    /// Pictures of a step, doubled whenever there are too many steps.
    doublings: u32,
    seen: usize,
    sums: Vec<u32>,
    summed: u32,
    bars: Bars,
    /// Means that wait until the bars are known.
    waiting: VecDeque<Vec<f32>>,
    crops: [Vec<Coefficients>; CROPS],
}

impl Taker {
    /// Of a video with `rate` pictures a second.
    fn new(rate: f64) -> Self {
        Self {
            rate,
            doublings: 0,
            seen: 0,
            sums: vec![0; PIXELS],
            summed: 0,
            bars: Bars::default(),
            waiting: VecDeque::new(),
            crops: Default::default(),
        }
    }

    fn step(&self) -> f64 {
        STEP * f64::from(1 << self.doublings)
    }

    /// Takes the next picture: [`WIDTH`] x [`HEIGHT`] brightness values.
    fn see(&mut self, pixels: &[u8]) {
        let steps = self.waiting.len() + self.crops[0].len();
        if self.summed > 0 && self.seen as f64 / self.rate >= (steps + 1) as f64 * self.step() {
            self.close();
        }
        self.sums.iter_mut().zip(pixels).for_each(|(sum, pixel)| *sum += u32::from(*pixel));
        self.summed += 1;
        self.seen += 1;
    }

    /// Ends a step.
    fn close(&mut self) {
        let count = self.summed.max(1) as f32;
        let mean: Vec<f32> = self.sums.iter().map(|sum| *sum as f32 / count).collect();
        self.sums.fill(0);
        self.summed = 0;
        if self.crops[0].is_empty() {
            self.bars.see(&mean);
            self.waiting.push_back(mean);
            if self.waiting.len() == BAR_STEPS {
                self.flush();
            }
        } else {
            self.keep(&mean);
        }
    }

    fn flush(&mut self) {
        while let Some(mean) = self.waiting.pop_front() {
            self.keep(&mean);
        }
    }

    fn keep(&mut self, mean: &[f32]) {
        let window = self.bars.window();
        for (crop, kept) in self.crops.iter_mut().enumerate() {
            kept.push(coefficients(mean, window, crop));
        }
        if self.crops[0].len() >= MOST_STEPS {
            self.doublings += 1;
            self.crops.iter_mut().for_each(halve);
        }
    }

    /// The fingerprint of what was seen.
    fn finish(mut self) -> Fingerprint {
        if self.summed > 0 {
            self.close();
        }
        self.flush();
        Fingerprint { step: self.step(), crops: self.crops }
    }
}

/// Averages neighbours.
fn halve(steps: &mut Vec<Coefficients>) {
    let pairs = steps.chunks_exact(2).map(|pair| {
        let mean = |(a, b): (&i16, &i16)| (a + b) / 2;
        pair[0].iter().zip(&pair[1]).map(mean).collect::<Coefficients>()
    });
    *steps = pairs.collect();
}
