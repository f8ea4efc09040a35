//! Groups of copies in a catalogue.

use super::Fingerprint;
use super::picture::{CROPS, KEPT, is_odd};

/// Copies are as long as each other up to this factor: trimmed and faster.
const LENGTHS: f64 = 1.8;
/// Mean pictures of copies agree at least so far; checked first, as laying
/// one over the other takes a thousand times as long.
const MEANS: f32 = 0.5;

/// The mean picture of each crop, of length 1.
type Means = [[f32; KEPT]; CROPS];

/// Groups of two and more that are copies of each other, directly or through
/// others, as places in `prints`; in order of their first.
pub fn groups(prints: &[Fingerprint]) -> Vec<Vec<usize>> {
    let means: Vec<Means> = prints.iter().map(means).collect();
    // Each place points at one before it that is of its group, or at itself.
    let mut first: Vec<usize> = (0..prints.len()).collect();
    for one in 0..prints.len() {
        for other in 0..one {
            let (a, b) = (root(&first, one), root(&first, other));
            let may_be =
                || is_as_long(&prints[one], &prints[other]) && is_like(&means[one], &means[other]);
            let is_copy =
                || prints[one].likeness(&prints[other]).is_some_and(|like| like.is_copy());
            if a != b && may_be() && is_copy() {
                first[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); prints.len()];
    (0..prints.len()).for_each(|place| groups[root(&first, place)].push(place));
    groups.retain(|group| group.len() > 1);
    groups
}

fn root(first: &[usize], mut place: usize) -> usize {
    while first[place] != place {
        place = first[place];
    }
    place
}

fn is_as_long(one: &Fingerprint, other: &Fingerprint) -> bool {
    let (one, other) = (one.seconds(), other.seconds());
    one.max(other) <= LENGTHS * one.min(other)
}

fn is_like(one: &Means, other: &Means) -> bool {
    let agree = |a: &[f32; KEPT], b: &[f32; KEPT]| {
        let (mut even, mut odd) = (0.0, 0.0);
        for (index, (a, b)) in a.iter().zip(b).enumerate() {
            *if is_odd(index) { &mut odd } else { &mut even } += a * b;
        }
        // Straight or mirrored.
        f32::max(even + odd, even - odd) >= MEANS
    };
    (0..CROPS).any(|crop| agree(&one[0], &other[crop]) || agree(&one[crop], &other[0]))
}

fn means(print: &Fingerprint) -> Means {
    let mut means = [[0.0; KEPT]; CROPS];
    for (mean, steps) in means.iter_mut().zip(&print.crops) {
        for step in steps {
            for (sum, value) in mean.iter_mut().zip(step) {
                *sum += f32::from(*value);
            }
        }
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt().max(1.0);
        for value in mean.iter_mut() {
            *value /= length;
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::super::{HEIGHT, Taker, WIDTH};
    use super::*;

    /// A ball that flies over a pattern; `paint` edits pixel values by their place.
    fn film(seed: u64, seconds: usize, paint: impl Fn(usize, usize, u8) -> u8) -> Fingerprint {
        let mut taker = Taker::new(10.0);
        for frame in 0..seconds * 10 {
            let angle = (frame as f64 * 0.13 + seed as f64) * (1.0 + seed as f64 * 0.21);
            let (x, y) = (32.0 + 24.0 * angle.sin(), 18.0 + 12.0 * (angle * 1.37).cos());
            let pixel = |index: usize| {
                let (column, row) = (index % WIDTH, index / WIDTH);
                let far = (column as f64 - x).hypot(row as f64 - y);
                let ground = 60 + (column * (3 + seed as usize) / 7 + row * 2) as u8 % 90;
                paint(column, row, if far < 7.0 { 230 } else { ground })
            };
            taker.see(&(0..WIDTH * HEIGHT).map(pixel).collect::<Vec<u8>>());
        }
        taker.finish()
    }

    #[test]
    fn copies_are_grouped_and_takes_of_one_scene_are_not() {
        let plain = |_: usize, _: usize, value: u8| value;
        let darker = |_: usize, _: usize, value: u8| value / 4 * 3;
        let logo = |x: usize, y: usize, value: u8| if x > 50 && y < 8 { 240 } else { value };
        let prints = [
            film(0, 8, plain),
            film(2, 8, plain),
            film(0, 8, darker),
            film(0, 7, logo),
            film(5, 8, plain),
            film(2, 6, plain),
        ];
        assert_eq!(groups(&prints), [vec![0, 2, 3], vec![1, 5]]);
        assert!(groups(&[]).is_empty());
    }

    #[test]
    fn long_videos_need_no_more_than_short_ones() {
        let film = film(1, 400, |_, _, value| value);
        assert!(film.crops[0].len() <= super::super::MOST_STEPS, "{}", film.crops[0].len());
        assert!((film.seconds() - 400.0).abs() <= film.step, "{}", film.seconds());
        let likeness = film.likeness(&film).expect("itself");
        assert!(likeness.is_copy() && likeness.offset.abs() < film.step, "{likeness:?}");
    }
}
