//! Where a line of text is: a rectangle at any angle.

use crate::picture::{Patch, Picture};

/// A rectangle at any angle, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Its middle.
    pub centre: (f32, f32),
    /// The direction in which it is read, of length 1.
    pub along: (f32, f32),
    /// Its length in that direction.
    pub width: f32,
    /// Its length across.
    pub height: f32,
}

/// A box this much taller than wide holds a line that was turned.
const TURNED: f32 = 1.5;

/// Pieces of one row are one line if the gap between them is at most this
/// share of their height, and their heights differ no more than this.
const GAP: f32 = 0.45;
const ALIKE: f32 = 0.7;

impl Region {
    /// A whole picture.
    pub fn whole(picture: &Picture<'_>) -> Self {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        Self { centre: (width / 2.0, height / 2.0), along: (1.0, 0.0), width, height }
    }

    /// The smallest rectangle around points, read from left to right, or
    /// downwards if it is tall. `None` for fewer than three corners.
    pub(super) fn around(points: &[(f32, f32)]) -> Option<Self> {
        let hull = hull(points);
        if hull.len() < 3 {
            return None;
        }
        let edges = hull.iter().zip(hull.iter().cycle().skip(1));
        // One side of the smallest rectangle lies on a side of the hull.
        let boxes = edges.filter_map(|(from, to)| {
            let (x, y) = (to.0 - from.0, to.1 - from.1);
            let length = x.hypot(y);
            (length > 0.0).then(|| Self::aligned(&hull, (x / length, y / length)))
        });
        boxes
            .min_by(|a, b| (a.width * a.height).total_cmp(&(b.width * b.height)))
            .map(Self::upright)
    }

    /// The rectangle around points with one side in a direction.
    fn aligned(points: &[(f32, f32)], along: (f32, f32)) -> Self {
        let extent = |(x, y): (f32, f32)| {
            let places = points.iter().map(|point| point.0 * x + point.1 * y);
            places.fold((f32::MAX, f32::MIN), |(low, high), at| (low.min(at), high.max(at)))
        };
        let across = (-along.1, along.0);
        let ((left, right), (top, bottom)) = (extent(along), extent(across));
        let (i, j) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        let centre = (i * along.0 + j * across.0, i * along.1 + j * across.1);
        Self { centre, along, width: right - left, height: bottom - top }
    }

    /// The same rectangle, with the direction in which it is probably read.
    fn upright(self) -> Self {
        let (x, y) = self.along;
        let steep = y.abs() > x.abs();
        let (mut along, width, height) = if steep {
            ((y, -x), self.height, self.width)
        } else {
            (self.along, self.width, self.height)
        };
        if along.0 < 0.0 {
            along = (-along.0, -along.1);
        }
        if height >= TURNED * width {
            return Self { along: (-along.1, along.0), width: height, height: width, ..self };
        }
        Self { along, width, height, ..self }
    }

    /// The direction from the top of its letters to their feet.
    fn across(&self) -> (f32, f32) {
        (-self.along.1, self.along.0)
    }

    /// Larger by a margin on each side.
    pub(super) fn grown(self, margin: f32) -> Self {
        Self { width: self.width + 2.0 * margin, height: self.height + 2.0 * margin, ..self }
    }

    /// In a picture that is so much larger. Angles are kept: the factors are nearly the same.
    pub(super) fn scaled(self, x: f32, y: f32) -> Self {
        let stretch = |(i, j): (f32, f32)| (i * x).hypot(j * y);
        Self {
            centre: (self.centre.0 * x, self.centre.1 * y),
            width: self.width * stretch(self.along),
            height: self.height * stretch(self.across()),
            ..self
        }
    }

    /// The same place in a picture of which this one's was a part.
    #[must_use]
    pub fn moved(self, x: f32, y: f32) -> Self {
        Self { centre: (self.centre.0 + x, self.centre.1 + y), ..self }
    }

    /// Whether a point is inside.
    pub(super) fn holds(&self, x: f32, y: f32) -> bool {
        let (x, y) = (x - self.centre.0, y - self.centre.1);
        let across = self.across();
        (x * self.along.0 + y * self.along.1).abs() <= self.width / 2.0
            && (x * across.0 + y * across.1).abs() <= self.height / 2.0
    }

    /// Left, top, right and bottom of the upright box around it.
    pub fn bounds(&self) -> [f32; 4] {
        let (along, across) = (self.along, self.across());
        let half = |i: f32, j: f32| f32::midpoint(i.abs() * self.width, j.abs() * self.height);
        let (x, y) = (half(along.0, across.0), half(along.1, across.1));
        [self.centre.0 - x, self.centre.1 - y, self.centre.0 + x, self.centre.1 + y]
    }

    /// Its pixels, upright and `height` tall.
    pub(super) fn patch(&self, height: usize) -> Patch {
        let width = (height as f32 * self.width / self.height.max(1.0)).ceil().max(1.0);
        let step = |(x, y): (f32, f32), length: f32| (x * length, y * length);
        let right = step(self.along, self.width / width);
        let down = step(self.across(), self.height / height as f32);
        let (i, j) = ((width - 1.0) / 2.0, (height - 1) as f32 / 2.0);
        let origin =
            (self.centre.0 - i * right.0 - j * down.0, self.centre.1 - i * right.1 - j * down.1);
        Patch { origin, right, down, width: width as usize, height }
    }

    /// The two as one, if they are pieces of one row.
    fn joined(&self, other: &Self) -> Option<Self> {
        let cosine = self.along.0 * other.along.0 + self.along.1 * other.along.1;
        let height = self.height.min(other.height);
        if cosine < 0.99 || height < ALIKE * self.height.max(other.height) {
            return None;
        }
        let (x, y) = (other.centre.0 - self.centre.0, other.centre.1 - self.centre.1);
        let across = self.across();
        let (apart, off) = (x * self.along.0 + y * self.along.1, x * across.0 + y * across.1);
        let gap = apart.abs() - f32::midpoint(self.width, other.width);
        if off.abs() > 0.25 * height || gap > GAP * height {
            return None;
        }
        let ends = [self, other].map(|region| {
            let (x, y) = (region.along.0 * region.width / 2.0, region.along.1 * region.width / 2.0);
            let (i, j) = region.across();
            let (i, j) = (i * region.height / 2.0, j * region.height / 2.0);
            let (cx, cy) = region.centre;
            [
                (cx - x - i, cy - y - j),
                (cx + x - i, cy + y - j),
                (cx + x + i, cy + y + j),
                (cx - x + i, cy - y + j),
            ]
        });
        let wider = if self.width > other.width { self } else { other };
        Some(Self::aligned(&ends.concat(), wider.along))
    }
}

/// Joins pieces of one row and puts lines in the order in which they are read.
pub(super) fn lines(mut regions: Vec<Region>) -> Vec<Region> {
    regions.sort_by(|a, b| a.centre.0.total_cmp(&b.centre.0));
    let mut joined: Vec<Region> = Vec::new();
    for region in regions {
        let found =
            joined.iter().enumerate().find_map(|(i, line)| Some((i, line.joined(&region)?)));
        match found {
            Some((i, line)) => joined[i] = line,
            None => joined.push(region),
        }
    }
    joined.sort_by(|a, b| a.centre.1.total_cmp(&b.centre.1));
    // Rows are from the top down; in a row those further left come first.
    for i in 1..joined.len() {
        let mut at = i;
        while at > 0 {
            let (before, here) = (&joined[at - 1], &joined[at]);
            let one_row = here.centre.1 - before.centre.1 < 0.5 * before.height.min(here.height);
            if !one_row || before.centre.0 <= here.centre.0 {
                break;
            }
            joined.swap(at - 1, at);
            at -= 1;
        }
    }
    joined
}

/// The convex hull (Andrew's monotone chain), its corners in order.
fn hull(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let mut points = points.to_vec();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    let turns = |a: (f32, f32), b: (f32, f32), c: (f32, f32)| {
        (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0) > 0.0
    };
    let chain = |points: &mut dyn Iterator<Item = (f32, f32)>| {
        let mut chain: Vec<(f32, f32)> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..]
                && !turns(a, b, point)
            {
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut corners = chain(&mut points.iter().copied());
    corners.extend(chain(&mut points.iter().rev().copied()));
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(x: f32, y: f32, width: f32, height: f32) -> Region {
        Region { centre: (x, y), along: (1.0, 0.0), width, height }
    }

    #[test]
    fn the_smallest_rectangle_follows_the_slant() {
        // A bar of 40 by 4 along (0.8, 0.6).
        let corner = |i: f32, j: f32| (50.0 + 0.8 * i - 0.6 * j, 50.0 + 0.6 * i + 0.8 * j);
        let points =
            [corner(-20.0, -2.0), corner(20.0, -2.0), corner(20.0, 2.0), corner(-20.0, 2.0)];
        let region = Region::around(&points).expect("a rectangle");
        assert!((region.along.0 - 0.8).abs() < 1e-3 && (region.along.1 - 0.6).abs() < 1e-3);
        assert!((region.width - 40.0).abs() < 1e-2 && (region.height - 4.0).abs() < 1e-2);
        assert!(region.holds(50.0, 50.0) && !region.holds(50.0, 56.0));
        assert!(Region::around(&points[..2]).is_none());
    }

    #[test]
    fn tall_boxes_are_read_downwards() {
        let points = [(0.0, 0.0), (10.0, 0.0), (10.0, 60.0), (0.0, 60.0)];
        let region = Region::around(&points).expect("a rectangle");
        assert_eq!((region.width, region.height), (60.0, 10.0));
        assert!(region.along.1 > 0.99, "{region:?}");
        assert_eq!(region.bounds(), [0.0, 0.0, 10.0, 60.0]);
    }

    #[test]
    fn words_of_a_row_are_one_line_and_rows_are_in_order() {
        let found = lines(vec![
            flat(30.0, 100.0, 40.0, 20.0),
            flat(80.0, 11.0, 50.0, 20.0),
            flat(25.0, 10.0, 50.0, 20.0),
            flat(300.0, 8.0, 60.0, 20.0),
        ]);
        let places: Vec<_> = found.iter().map(|r| (r.centre.0 - r.width / 2.0, r.width)).collect();
        assert_eq!(places.len(), 3, "{found:?}");
        assert_eq!(places[0], (0.0, 105.0));
        assert_eq!(found[1].centre.0, 300.0);
        assert_eq!(found[2].centre.1, 100.0);
    }

    #[test]
    fn a_patch_covers_its_region() {
        let patch = flat(50.0, 20.0, 80.0, 40.0).patch(10);
        assert_eq!((patch.width, patch.height), (20, 10));
        assert_eq!(patch.origin, (12.0, 2.0));
        assert_eq!((patch.right, patch.down), ((4.0, 0.0), (0.0, 4.0)));
    }
}
