//! Pixels, and patches of them in any size and at any angle.

/// A picture in memory: rows of red, green, blue.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    width: usize,
    height: usize,
    pixels: &'a [u8],
}

/// A patch of a picture: where its first pixel is, and the steps to the next
/// pixel to the right and to the next one down, in pixels of the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    pub(crate) origin: (f32, f32),
    pub(crate) right: (f32, f32),
    pub(crate) down: (f32, f32),
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl<'a> Picture<'a> {
    /// `pixels` are three bytes each, row by row; `None` if they are not
    /// `width * height`, or none at all.
    pub fn new(width: usize, height: usize, pixels: &'a [u8]) -> Option<Self> {
        let is_whole = !pixels.is_empty() && pixels.len() == width * height * 3;
        is_whole.then_some(Self { width, height, pixels })
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The whole picture as a patch of another size.
    pub(crate) fn scaled(&self, width: usize, height: usize) -> Patch {
        let (x, y) = (self.width as f32 / width as f32, self.height as f32 / height as f32);
        Patch { origin: (x / 2.0, y / 2.0), right: (x, 0.0), down: (0.0, y), width, height }
    }

    /// The largest square in the middle as a patch of `side * side`.
    pub(crate) fn square(&self, side: usize) -> Patch {
        let shorter = self.width.min(self.height) as f32;
        let step = shorter / side as f32;
        let first = |length: usize| f32::midpoint(length as f32 - shorter, step);
        Patch {
            origin: (first(self.width), first(self.height)),
            right: (step, 0.0),
            down: (0.0, step),
            width: side,
            height: side,
        }
    }

    /// Writes a patch as planes of blue, green and red (the order PaddleOCR's
    /// models were trained in), each value `value * factor + offset` of its
    /// plane. A row of a plane has `stride` numbers, of which those past the
    /// patch's width are left alone.
    pub(crate) fn write_planes(
        &self,
        patch: &Patch,
        stride: usize,
        (factor, offset): ([f32; 3], [f32; 3]),
        planes: &mut [f32],
    ) {
        let plane = stride * patch.height;
        self.each_pixel(patch, |row, column, colour| {
            for (channel, value) in colour.iter().rev().enumerate() {
                planes[channel * plane + row * stride + column] =
                    value * factor[channel] + offset[channel];
            }
        });
    }

    /// Hands out row, column and red, green, blue of each pixel of a patch.
    pub(crate) fn each_pixel(&self, patch: &Patch, mut put: impl FnMut(usize, usize, [f32; 3])) {
        // Several samples a pixel where the patch is smaller than what it shows.
        let length = |(x, y): (f32, f32)| x.hypot(y);
        let taps = |step| (length(step) - 0.2).ceil().clamp(1.0, 6.0) as usize;
        let (across, along) = (taps(patch.right), taps(patch.down));
        let share = 1.0 / (across * along) as f32;
        let offsets = |count: usize| {
            (0..count).map(move |i| (i as f32 + 0.5) / count as f32 - 0.5).collect::<Vec<_>>()
        };
        let (across, along) = (offsets(across), offsets(along));
        for row in 0..patch.height {
            for column in 0..patch.width {
                let mut sum = [0.0; 3];
                for dy in &along {
                    for dx in &across {
                        let (i, j) = (column as f32 + dx, row as f32 + dy);
                        let x = patch.origin.0 + i * patch.right.0 + j * patch.down.0;
                        let y = patch.origin.1 + i * patch.right.1 + j * patch.down.1;
                        self.add(x, y, &mut sum);
                    }
                }
                put(row, column, sum.map(|sum| sum * share));
            }
        }
    }

    /// Adds the colour at a point, between the four pixels around it.
    fn add(&self, x: f32, y: f32, sum: &mut [f32; 3]) {
        let place = |at: f32, length: usize| {
            let at = (at - 0.5).clamp(0.0, (length - 1) as f32);
            let low = at as usize;
            (low, (low + 1).min(length - 1), at - low as f32)
        };
        let (left, right, x) = place(x, self.width);
        let (top, bottom, y) = place(y, self.height);
        let pixel =
            |column: usize, row: usize| &self.pixels[(row * self.width + column) * 3..][..3];
        let corners =
            [pixel(left, top), pixel(right, top), pixel(left, bottom), pixel(right, bottom)];
        for (channel, sum) in sum.iter_mut().enumerate() {
            let [above, above_right, below, below_right] =
                corners.map(|pixel| f32::from(pixel[channel]));
            *sum += (above + (above_right - above) * x) * (1.0 - y)
                + (below + (below_right - below) * x) * y;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: ([f32; 3], [f32; 3]) = ([1.0; 3], [0.0; 3]);

    #[test]
    fn pixels_must_fill_the_picture() {
        assert!(Picture::new(2, 1, &[0; 6]).is_some());
        assert!(Picture::new(2, 2, &[0; 6]).is_none());
        assert!(Picture::new(0, 0, &[]).is_none());
    }

    #[test]
    fn scaling_keeps_colours_and_swaps_their_order() {
        let pixels: Vec<u8> = [[200, 100, 0], [100, 50, 40]].concat().repeat(2);
        let picture = Picture::new(2, 2, &pixels).expect("whole");
        let mut planes = [0.0; 3];
        picture.write_planes(&picture.scaled(1, 1), 1, PLAIN, &mut planes);
        assert_eq!(planes, [20.0, 75.0, 150.0]);
        let mut planes = [-1.0; 18];
        picture.write_planes(&picture.scaled(2, 2), 3, PLAIN, &mut planes);
        assert_eq!(planes[..3], [0.0, 40.0, -1.0]);
        assert_eq!(planes[12..15], [200.0, 100.0, -1.0]);
    }

    #[test]
    fn the_square_is_in_the_middle() {
        let pixels: Vec<u8> = [[0; 3], [80; 3], [160; 3], [240; 3]].concat().repeat(2);
        let picture = Picture::new(4, 2, &pixels).expect("whole");
        let mut seen = Vec::new();
        picture.each_pixel(&picture.square(2), |_, _, [red, ..]| seen.push(red));
        assert_eq!(seen, [80.0, 160.0, 80.0, 160.0]);
    }

    #[test]
    fn a_turned_patch_reads_downwards() {
        // One column, dark to bright, read from the top down.
        let pixels: Vec<u8> = (0..4).flat_map(|i| [i * 50; 3]).collect();
        let picture = Picture::new(1, 4, &pixels).expect("whole");
        let patch =
            Patch { origin: (0.5, 0.5), right: (0.0, 1.0), down: (-1.0, 0.0), width: 4, height: 1 };
        let mut planes = [0.0; 12];
        picture.write_planes(&patch, 4, PLAIN, &mut planes);
        assert_eq!(planes[..4], [0.0, 50.0, 100.0, 150.0]);
    }
}
