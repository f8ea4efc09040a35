//! A small picture and how unlike two of them are.

/// Pixels across and down of the brightness plane; the two colour planes have half.
pub(super) const WIDTH: usize = 64;
pub(super) const HEIGHT: usize = 36;
const LIGHT: usize = WIDTH * HEIGHT;
const COLOUR: usize = LIGHT / 4;
/// Bytes of a frame: 4:2:0.
pub(super) const FRAME_BYTES: usize = LIGHT + 2 * COLOUR;

const LIGHT_BINS: usize = 16;
const COLOUR_BINS: usize = 16;
/// What a histogram's difference of 1 weighs against a mean difference of one
/// grey level: a cut within one room moves pixels, a flash moves histograms.
const LIGHT_WEIGHT: f32 = 30.0;
const COLOUR_WEIGHT: f32 = 15.0;

/// Tiles of a [`Mosaic`]: 16 x 9 of brightness, 8 x 6 of each colour.
pub(super) const TILES: usize = 16 * 9 + 2 * 8 * 6;
/// How many of them are of brightness.
pub(super) const LIGHT_TILES: usize = 16 * 9;
/// The eye dissolves colours, too; they vary less than brightness.
const COLOUR_GAIN: f32 = 1.5;

/// A frame as a vector of tile means.
pub(super) type Mosaic = [f32; TILES];

/// One small picture with its histograms.
pub(super) struct Frame {
    planes: Vec<u8>,
    light: [u16; LIGHT_BINS],
    colours: Vec<u16>,
}

impl Frame {
    /// Of [`FRAME_BYTES`] bytes.
    pub(super) fn new(planes: &[u8]) -> Self {
        let mut light = [0; LIGHT_BINS];
        for value in &planes[..LIGHT] {
            light[usize::from(*value) * LIGHT_BINS / 256] += 1;
        }
        let mut colours = vec![0; COLOUR_BINS * COLOUR_BINS];
        let (blue, red) = planes[LIGHT..].split_at(COLOUR);
        for (blue, red) in blue.iter().zip(red) {
            // Real colours keep to the middle half of the scale.
            let bin = |value: u8| (usize::from(value.clamp(64, 191)) - 64) * COLOUR_BINS / 128;
            colours[bin(*blue) * COLOUR_BINS + bin(*red)] += 1;
        }
        Self { planes: planes.to_vec(), light, colours }
    }

    /// Brightness, row by row.
    pub(super) fn pixels(&self) -> &[u8] {
        &self.planes[..LIGHT]
    }

    /// Mean and standard deviation of brightness.
    pub(super) fn light(&self) -> (f32, f32) {
        let (sum, squares) = self.pixels().iter().fold((0_u32, 0_u32), |(sum, squares), value| {
            let value = u32::from(*value);
            (sum + value, squares + value * value)
        });
        let mean = sum as f32 / LIGHT as f32;
        (mean, (squares as f32 / LIGHT as f32 - mean * mean).max(0.0).sqrt())
    }

    /// 0 for the same picture, about 100 for unrelated ones: pixels and histograms,
    /// in brightness and colour.
    pub(super) fn distance(&self, other: &Self) -> f32 {
        let (light, colour) = self.planes.split_at(LIGHT);
        let (other_light, other_colour) = other.planes.split_at(LIGHT);
        mean_difference(light, other_light)
            + 2.0 * mean_difference(colour, other_colour)
            + LIGHT_WEIGHT * moved(&self.light, &other.light)
            + COLOUR_WEIGHT * moved(&self.colours, &other.colours)
    }

    /// Tile means, colours with their gain.
    pub(super) fn mosaic(&self) -> Mosaic {
        let mut tiles = [0.0; TILES];
        let (light, colours) = tiles.split_at_mut(LIGHT_TILES);
        let (blue, red) = colours.split_at_mut(8 * 6);
        average(&self.planes[..LIGHT], WIDTH, 4, 4, 1.0, light);
        average(&self.planes[LIGHT..LIGHT + COLOUR], WIDTH / 2, 4, 3, COLOUR_GAIN, blue);
        average(&self.planes[LIGHT + COLOUR..], WIDTH / 2, 4, 3, COLOUR_GAIN, red);
        tiles
    }
}

fn mean_difference(one: &[u8], other: &[u8]) -> f32 {
    let sum: u32 = one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    sum as f32 / one.len() as f32
}

/// The share of pixels that are in another bin.
fn moved(one: &[u16], other: &[u16]) -> f32 {
    let (common, all) = one.iter().zip(other).fold((0_u32, 0_u32), |(common, all), (a, b)| {
        (common + u32::from(*a.min(b)), all + u32::from(*a))
    });
    1.0 - common as f32 / all.max(1) as f32
}

/// Means of tiles of `across` x `down` pixels, times `gain`.
fn average(plane: &[u8], width: usize, across: usize, down: usize, gain: f32, tiles: &mut [f32]) {
    let columns = width / across;
    for (index, value) in plane.iter().enumerate() {
        let (x, y) = (index % width, index / width);
        tiles[y / down * columns + x / across] += f32::from(*value);
    }
    let scale = gain / (across * down) as f32;
    for tile in tiles {
        *tile *= scale;
    }
}
