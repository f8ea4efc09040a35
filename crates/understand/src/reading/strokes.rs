//! The strong edges of a picture: cheap to find, and what letters are made of.

/// Strokes are looked for in pictures of about this width.
const WIDTH: usize = 480;
/// Difference of brightness (of 255) across two pixels that makes an edge.
const EDGE: i16 = 40;

/// Which pixels of a small copy of a picture are on a strong edge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strokes {
    pub(crate) width: usize,
    pub(crate) height: usize,
    bits: Vec<bool>,
    /// Brightness, 0 to 255.
    grey: Vec<i16>,
}

/// A box in a picture, in shares of its width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Place {
    /// From top to bottom.
    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The middle.
    pub(crate) fn centre(&self) -> (f64, f64) {
        (f64::midpoint(self.left, self.right), f64::midpoint(self.top, self.bottom))
    }

    /// How much of the smaller of the two boxes is in the other, 0 to 1.
    pub(crate) fn overlap(&self, other: &Self) -> f64 {
        let across = self.right.min(other.right) - self.left.max(other.left);
        let down = self.bottom.min(other.bottom) - self.top.max(other.top);
        let area = |place: &Self| (place.right - place.left) * place.height();
        let smaller = area(self).min(area(other));
        if smaller <= 0.0 { 0.0 } else { across.max(0.0) * down.max(0.0) / smaller }
    }
}

impl Strokes {
    /// Of a picture of red, green, blue, row by row.
    pub(crate) fn of(width: usize, height: usize, pixels: &[u8]) -> Self {
        let factor = width.div_ceil(WIDTH).max(1);
        let grey = shrunk(width, height, pixels, factor);
        let (width, height) = (width / factor, height / factor);
        let mut bits = vec![false; width * height];
        for y in 1..height.saturating_sub(1) {
            for x in 1..width.saturating_sub(1) {
                let at = y * width + x;
                let across = grey[at + 1] - grey[at - 1];
                let down = grey[at + width] - grey[at - width];
                bits[at] = across.abs() > EDGE || down.abs() > EDGE;
            }
        }
        Self { width, height, bits, grey }
    }

    /// Whether a pixel is on an edge.
    pub(crate) fn at(&self, x: usize, y: usize) -> bool {
        self.bits[y * self.width + x]
    }

    /// Whether a pixel or one beside it is on an edge.
    pub(crate) fn near(&self, x: usize, y: usize) -> bool {
        let columns = x.saturating_sub(1)..(x + 2).min(self.width);
        let mut rows = y.saturating_sub(1)..(y + 2).min(self.height);
        rows.any(|row| self.bits[row * self.width..][columns.clone()].contains(&true))
    }

    /// The strokes that `keep` says to keep.
    fn kept(&self, keep: impl Fn(usize, usize) -> bool) -> Self {
        let mut kept = self.clone();
        for (at, bit) in kept.bits.iter_mut().enumerate() {
            *bit = *bit && keep(at % self.width, at / self.width);
        }
        kept
    }

    /// The strokes that were there before, too.
    pub(crate) fn stayed(&self, before: &Self) -> Self {
        self.kept(|x, y| before.at(x, y))
    }

    /// The strokes that are still there, or nearly.
    pub(crate) fn left_in(&self, now: &Self) -> Self {
        self.kept(|x, y| now.near(x, y))
    }

    /// The pixels of a place.
    pub(crate) fn pixels(&self, place: &Place) -> impl Iterator<Item = (usize, usize)> + use<> {
        let range = |from: f64, to: f64, length: usize| {
            let at = |share: f64| (share * length as f64).clamp(0.0, length as f64) as usize;
            at(from)..at(to)
        };
        let columns = range(place.left, place.right, self.width);
        range(place.top, place.bottom, self.height)
            .flat_map(move |y| columns.clone().map(move |x| (x, y)))
    }

    /// How alike a place looks in `now`: the correlation of brightness over the
    /// strokes of the place, 0 to 1; 1 if it has none. Coding noise moves
    /// strokes by a pixel and hardly changes this; other words in the same
    /// place share many strokes and correlate little.
    pub(crate) fn likeness(&self, now: &Self, place: &Place) -> f64 {
        let mut count = 0.0;
        let (mut one, mut other, mut ones, mut others, mut both) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, y) in self.pixels(place).filter(|(x, y)| self.at(*x, *y)) {
            let at = y * self.width + x;
            let (a, b) = (f64::from(self.grey[at]), f64::from(now.grey[at]));
            count += 1.0;
            one += a;
            other += b;
            ones += a * a;
            others += b * b;
            both += a * b;
        }
        if count == 0.0 {
            return 1.0;
        }
        let spread = (ones - one * one / count) * (others - other * other / count);
        if spread <= 1e-9 {
            return 0.0;
        }
        ((both - one * other / count) / spread.sqrt()).clamp(0.0, 1.0)
    }
}

/// Brightness of a copy that is `factor` times smaller.
fn shrunk(width: usize, height: usize, pixels: &[u8], factor: usize) -> Vec<i16> {
    let mut grey = Vec::with_capacity(width * height / (factor * factor));
    let count = (4 * factor * factor) as u32;
    for y in 0..height / factor {
        for x in 0..width / factor {
            let mut sum = 0_u32;
            for row in 0..factor {
                let from = ((y * factor + row) * width + x * factor) * 3;
                for pixel in pixels[from..from + 3 * factor].as_chunks::<3>().0 {
                    sum += pixel[0] as u32 + 2 * pixel[1] as u32 + pixel[2] as u32;
                }
            }
            grey.push((sum / count) as i16);
        }
    }
    grey
}

#[cfg(test)]
impl Strokes {
    /// A picture of stripes in boxes `(left, top, right, bottom, phase)`, for tests.
    pub(crate) fn drawn(boxes: &[(usize, usize, usize, usize, usize)]) -> Self {
        let (width, height) = (480, 270);
        let mut pixels = vec![0; width * height * 3];
        for (left, top, right, bottom, phase) in boxes {
            for y in *top..*bottom {
                // Broken stripes: like letters, they differ from row to row.
                for x in (*left..*right).filter(|x| (x + y / 5 * 3 + phase) % 12 < 2) {
                    pixels[(y * width + x) * 3..][..3].fill(255);
                }
            }
        }
        Self::of(width, height, &pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { left: 0.2, top: 0.7, right: 0.6, bottom: 0.8 };

    #[test]
    fn strokes_stay_or_go() {
        let caption = (96, 190, 288, 214, 0);
        let (with, without) = (Strokes::drawn(&[caption]), Strokes::drawn(&[]));
        assert!(with.likeness(&with, &PLACE) > 0.999);
        assert_eq!(with.likeness(&without, &PLACE), 0.0);
        assert_eq!(without.likeness(&with, &PLACE), 1.0);
        let other = Strokes::drawn(&[(96, 190, 288, 214, 6)]);
        assert!(with.likeness(&other, &PLACE) < 0.3);
        assert_eq!(with.stayed(&without).bits, without.bits);
        assert_eq!(with.left_in(&with).bits, with.bits);
    }

    #[test]
    fn large_pictures_are_shrunk() {
        let strokes = Strokes::of(1000, 31, &vec![9; 1000 * 31 * 3]);
        assert_eq!((strokes.width, strokes.height), (333, 10));
        assert_eq!(Strokes::of(1, 1, &[0; 3]).bits, [false]);
    }

    #[test]
    fn overlap_is_of_the_smaller() {
        let inner = Place { left: 0.3, top: 0.72, right: 0.4, bottom: 0.78 };
        assert!((PLACE.overlap(&inner) - 1.0).abs() < 1e-9);
        assert_eq!(PLACE.overlap(&Place { left: 0.7, right: 0.9, ..PLACE }), 0.0);
    }
}
