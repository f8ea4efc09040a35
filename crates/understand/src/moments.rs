//! A video as a sequence of vectors, four a second: what it looks like, what
//! moves in it, how loud it is. What heads over time are trained on, and told.
//!
//! The file is decoded once, at eight small pictures a second. Every moment has
//! the motion of two of them ([`motion`]); the network that names what is in
//! pictures looks at one a second, and what it sees is pressed from over a
//! thousand numbers into a few by a fixed projection (Achlioptas, 2003), which
//! keeps distances nearly as they are.

use crate::Result;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;
use vireo_domain::Span;
use vireo_learn::mix;
use vireo_media::audio::{AudioStream, SAMPLE_RATE};
use vireo_media::frames::ColourStream;
use vireo_media::motion::{self, Small};
use vireo_media::probe::probe;
use vireo_pretrained::picture::Picture;
use vireo_pretrained::picture_labelling::PictureLabeller;

/// Moments a second.
pub const PER_SECOND: usize = 4;
/// Pictures a second, and their width.
const PICTURES: usize = 8;
const WIDTH: u32 = 224;
/// Numbers that are left of what a picture looks like.
const LOOKS: usize = 48;
/// Numbers of a moment: motion, loudness, looks.
pub const FEATURES: usize = motion::FEATURES + 1 + LOOKS;
/// Quietest sound that is told from silence, in decibels.
const QUIETEST: f32 = -80.0;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// [`FEATURES`] numbers each.
    rows: Vec<f32>,
}

impl Moments {
    /// From rows of [`FEATURES`] numbers; what is left over of them is dropped.
    pub fn new(mut rows: Vec<f32>) -> Self {
        rows.truncate(rows.len() / FEATURES * FEATURES);
        Self { rows }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows.len() / FEATURES
    }

    /// The rows, one after the other.
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// The rows of some of them.
    pub(crate) fn part(&self, places: Range<usize>) -> &[f32] {
        &self.rows[places.start * FEATURES..places.end * FEATURES]
    }

    /// Those of a stretch of the video: at least one, if there are any at all.
    #[must_use]
    pub fn within(&self, span: Span) -> Self {
        let place =
            |seconds: f64| ((seconds * PER_SECOND as f64).round() as usize).min(self.count());
        let from = place(span.start).min(self.count().saturating_sub(1));
        let to = place(span.end).max(from + 1).min(self.count());
        Self { rows: self.part(from..to).to_vec() }
    }

    /// In another order: `order` names the places. For tests of what minds it.
    #[must_use]
    pub fn reordered(&self, order: &[usize]) -> Self {
        Self {
            rows: order.iter().flat_map(|place| self.part(*place..*place + 1)).copied().collect(),
        }
    }
}

/// What moments are made by. Heads know only moments that were made alike.
pub fn maker(labeller: Option<&dyn PictureLabeller>) -> String {
    format!("moments-1+{}", labeller.map_or("none", |it| it.name()))
}

/// The moments of a video. Without a labeller nothing is known of what pictures
/// look like, only of what moves. None for a file without pictures.
///
/// # Errors
/// If the file is no video, or not one picture of it can be decoded.
pub fn moments(path: &Path, labeller: Option<&dyn PictureLabeller>) -> Result<Moments> {
    let probe = probe(path)?;
    let mut rows: Vec<f32> = Vec::new();
    let (mut before, mut first): (Option<Small>, Option<motion::Motion>) = (None, None);
    let mut looks = vec![0.0; LOOKS];
    let frames = ColourStream::of_every_frame(path, &probe, WIDTH, PICTURES as u32)?;
    for (number, frame) in frames.enumerate() {
        let frame = frame?;
        if let Some(labeller) = labeller
            && number.is_multiple_of(PICTURES)
            && let Some(picture) = Picture::new(frame.width, frame.height, &frame.pixels)
        {
            looks = pressed(&labeller.features(&picture)?);
        }
        let small = Small::new(&frame);
        let motion = before.as_ref().unwrap_or(&small).motion_to(&small);
        before = Some(small);
        // Two pictures make a moment.
        let Some(first) = first.take() else {
            first = Some(motion);
            continue;
        };
        push(&mut rows, |place| f32::midpoint(first[place], motion[place]), &looks);
    }
    if let Some(first) = first.filter(|_| rows.is_empty()) {
        push(&mut rows, |place| first[place], &looks);
    }
    let mut heard = Loudness { rows: &mut rows, place: 0, squares: 0.0, samples: 0 };
    for piece in AudioStream::of(path, &probe)? {
        heard.hear(&piece?);
    }
    Ok(Moments::new(rows))
}

/// Adds a moment without a sound.
fn push(rows: &mut Vec<f32>, motion: impl Fn(usize) -> f32, looks: &[f32]) {
    rows.extend((0..motion::FEATURES).map(motion));
    rows.push(0.0);
    rows.extend(looks);
}

/// Writes the loudness of each moment.
struct Loudness<'a> {
    rows: &'a mut [f32],
    place: usize,
    squares: f32,
    samples: usize,
}

impl Loudness<'_> {
    fn hear(&mut self, samples: &[f32]) {
        for sample in samples {
            self.squares += sample * sample;
            self.samples += 1;
            if self.samples == SAMPLE_RATE as usize / PER_SECOND {
                let mean = self.squares / self.samples as f32;
                let decibels = 10.0 * mean.max(1e-12).log10();
                let place = self.place * FEATURES + motion::FEATURES;
                if let Some(loudness) = self.rows.get_mut(place) {
                    *loudness = (1.0 - decibels / QUIETEST).max(0.0);
                }
                (self.place, self.squares, self.samples) = (self.place + 1, 0.0, 0);
            }
        }
    }
}

/// Many numbers as a few: sums with signs that follow from their places.
fn pressed(features: &[f32]) -> Vec<f32> {
    let mut looks = vec![0.0; LOOKS];
    for (place, feature) in features.iter().enumerate() {
        let signs = mix(place as u64);
        for (number, look) in looks.iter_mut().enumerate() {
            *look += if signs >> number & 1 == 1 { *feature } else { -feature };
        }
    }
    let scale = 1.0 / (features.len().max(1) as f32).sqrt();
    for look in &mut looks {
        *look *= scale;
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressing_keeps_distances_nearly() {
        let mut lot = fastrand::Rng::with_seed(1);
        let pictures: Vec<Vec<f32>> =
            (0..12).map(|_| (0..1280).map(|_| lot.f32()).collect()).collect();
        let distance =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        for (one, other) in pictures.iter().zip(&pictures[1..]) {
            let whole = distance(one, other) / 1280.0;
            let left = distance(&pressed(one), &pressed(other)) / LOOKS as f32;
            assert!((left / whole - 1.0).abs() < 0.6, "{left} of {whole}");
        }
        assert_eq!(pressed(&[]), [0.0; LOOKS]);
    }

    #[test]
    fn stretches_and_orders_are_of_whole_moments() {
        let rows = (0..10 * FEATURES).map(|place| (place / FEATURES) as f32).collect();
        let moments = Moments::new(rows);
        let firsts = |moments: &Moments| -> Vec<f32> {
            moments.rows().chunks_exact(FEATURES).map(|row| row[0]).collect()
        };
        assert_eq!(firsts(&moments.within(Span::new(0.5, 1.25))), [2.0, 3.0, 4.0]);
        assert_eq!(firsts(&moments.within(Span::new(9.0, 12.0))), [9.0]);
        assert_eq!(firsts(&moments.reordered(&[3, 0])), [3.0, 0.0]);
        assert_eq!(Moments::new(Vec::new()).within(Span::new(0.0, 1.0)).count(), 0);
    }

    #[test]
    fn loudness_is_by_moment() {
        let mut rows = vec![0.0; 3 * FEATURES];
        let mut heard = Loudness { rows: &mut rows, place: 0, squares: 0.0, samples: 0 };
        let quarter = SAMPLE_RATE as usize / PER_SECOND;
        heard.hear(&vec![1.0; quarter + 10]);
        heard.hear(&vec![0.0; 4 * quarter]);
        let loudness: Vec<f32> =
            rows.chunks_exact(FEATURES).map(|row| row[motion::FEATURES]).collect();
        assert!(
            (loudness[0] - 1.0).abs() < 1e-3 && loudness[1] > 0.5 && loudness[2] == 0.0,
            "{loudness:?}"
        );
    }
}
