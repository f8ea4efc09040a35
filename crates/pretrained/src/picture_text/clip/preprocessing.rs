//! How a picture becomes what the network sees: `preprocessor_config.json`'s
//! settings for scaling, cutting and normalising.

use super::unusable;
use crate::picture::{Patch, Picture};
use crate::{Error, Result};
use serde::Deserialize;
use std::path::Path;

/// Its file.
pub(super) const FILE: &str = "preprocessor_config.json";

/// What the file says; settings that are left out are those of CLIP's own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    size: Option<Size>,
    do_center_crop: bool,
    crop_size: Option<Size>,
    do_rescale: Option<bool>,
    rescale_factor: Option<f32>,
    do_normalize: Option<bool>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Size {
    /// Older files: of the shorter side if the picture is cut afterwards.
    Side(usize),
    Shorter {
        shortest_edge: usize,
    },
    Both {
        height: usize,
        width: usize,
    },
}

/// What is done to pictures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Preprocessing {
    /// What the network sees, in pixels.
    pub(super) width: usize,
    pub(super) height: usize,
    scale: Scale,
    factor: [f32; 3],
    offset: [f32; 3],
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    /// The shorter side has so many pixels.
    Shorter(usize),
    /// The whole is pressed into this width and height.
    Whole(usize, usize),
}

impl Preprocessing {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
        let settings = serde_json::from_str(&text).map_err(|error| error.to_string());
        settings.and_then(|it| Self::new(&it)).map_err(|reason| unusable(path, reason))
    }

    fn new(settings: &Settings) -> Result<Self, String> {
        let scale = match settings.size.ok_or("it does not say the `size` of pictures")? {
            Size::Side(side) if settings.do_center_crop => Scale::Shorter(side),
            Size::Side(side) => Scale::Whole(side, side),
            Size::Shorter { shortest_edge } => Scale::Shorter(shortest_edge),
            Size::Both { height, width } => Scale::Whole(width, height),
        };
        let cut = match settings.crop_size.filter(|_| settings.do_center_crop) {
            Some(Size::Side(side) | Size::Shorter { shortest_edge: side }) => Some((side, side)),
            Some(Size::Both { height, width }) => Some((width, height)),
            None => None,
        };
        let (width, height) = match (cut, scale) {
            (Some(cut), _) => cut,
            (None, Scale::Whole(width, height)) => (width, height),
            (None, Scale::Shorter(_)) => {
                return Err("`size` is of the shorter side only: it needs a `crop_size`".to_owned());
            }
        };
        let sides = match scale {
            Scale::Shorter(side) => [side, width, height],
            Scale::Whole(one, other) => [one.min(other), width, height],
        };
        if sides.iter().any(|side| !(1..=4096).contains(side)) {
            return Err(format!("pictures of {width} × {height} cannot be meant"));
        }
        let bright = match (settings.do_rescale, settings.rescale_factor) {
            (Some(false), _) => 1.0,
            (_, factor) => factor.unwrap_or(1.0 / 255.0),
        };
        let (mean, deviation) = match (settings.image_mean, settings.image_std) {
            _ if settings.do_normalize == Some(false) => ([0.0; 3], [1.0; 3]),
            (Some(mean), Some(deviation)) => (mean, deviation),
            _ => return Err("it does not say `image_mean` and `image_std`".to_owned()),
        };
        if deviation.contains(&0.0) {
            return Err("`image_std` is 0".to_owned());
        }
        let factor = deviation.map(|deviation| bright / deviation);
        let offset = [0, 1, 2].map(|channel| -mean[channel] / deviation[channel]);
        Ok(Self { width, height, scale, factor, offset })
    }

    /// Planes of red, green and blue of the middle of the scaled picture.
    pub(super) fn planes(&self, picture: &Picture<'_>) -> Vec<f32> {
        let (whole_width, whole_height) = (picture.width() as f32, picture.height() as f32);
        let (across, down) = match self.scale {
            Scale::Shorter(side) => {
                let step = whole_width.min(whole_height) / side as f32;
                (step, step)
            }
            Scale::Whole(width, height) => {
                (whole_width / width as f32, whole_height / height as f32)
            }
        };
        let first =
            |whole: f32, count: usize, step: f32| f32::midpoint(whole - count as f32 * step, step);
        let patch = Patch {
            origin: (
                first(whole_width, self.width, across),
                first(whole_height, self.height, down),
            ),
            right: (across, 0.0),
            down: (0.0, down),
            width: self.width,
            height: self.height,
        };
        let plane = self.width * self.height;
        let mut planes = vec![0.0; 3 * plane];
        picture.each_pixel(&patch, |row, column, colour| {
            for (channel, value) in colour.iter().enumerate() {
                planes[channel * plane + row * self.width + column] =
                    value * self.factor[channel] + self.offset[channel];
            }
        });
        planes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Preprocessing, String> {
        Preprocessing::new(&serde_json::from_str(json).map_err(|error| error.to_string())?)
    }

    /// Left half black, right half white, twice as wide as high.
    fn seen(preprocessing: &Preprocessing) -> Vec<f32> {
        let row = [[0; 3].repeat(4), [255; 3].repeat(4)].concat();
        let pixels = row.repeat(4);
        preprocessing.planes(&Picture::new(8, 4, &pixels).expect("whole"))
    }

    const NORMAL: &str = r#""image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.25]"#;

    #[test]
    fn clip_sees_the_middle_and_siglip_the_whole() {
        let clip = format!(
            r#"{{"size": {{"shortest_edge": 4}}, "crop_size": {{"height": 4, "width": 4}},
                "do_center_crop": true, "do_rescale": true, "rescale_factor": 0.00392156862745098,
                "resample": 3, {NORMAL}}}"#
        );
        let clip = read(&clip).expect("sound");
        assert_eq!((clip.width, clip.height), (4, 4));
        let planes = seen(&clip);
        assert_eq!((planes[0], planes[3], planes[47]), (-1.0, 1.0, 2.0));
        assert_eq!(planes[..4], planes[4..8]);
        assert!((planes[1] + 1.0).abs() < 1e-6 && (planes[2] - 1.0).abs() < 1e-6, "{planes:?}");
        // Older files say the same in numbers.
        let older = format!(r#"{{"size": 4, "crop_size": 4, "do_center_crop": true, {NORMAL}}}"#);
        assert_eq!(read(&older).expect("sound"), clip);
        let siglip = format!(r#"{{"size": {{"height": 2, "width": 4}}, {NORMAL}}}"#);
        let siglip = read(&siglip).expect("sound");
        assert_eq!((siglip.width, siglip.height), (4, 2));
        assert_eq!(seen(&siglip)[..4], [-1.0, -1.0, 1.0, 1.0]);
    }

    #[test]
    fn what_is_not_said_is_not_guessed() {
        for (json, word) in [
            ("{}".to_owned(), "`size`"),
            (format!(r#"{{"size": {{"longest_edge": 4}}, {NORMAL}}}"#), "Size"),
            (format!(r#"{{"size": {{"shortest_edge": 4}}, {NORMAL}}}"#), "`crop_size`"),
            (format!(r#"{{"size": 0, {NORMAL}}}"#), "0 × 0"),
            (r#"{"size": 4}"#.to_owned(), "`image_mean`"),
        ] {
            let message = read(&json).expect_err("refused");
            assert!(message.contains(word), "{json}: {message}");
        }
        let plain = read(r#"{"size": 4, "do_normalize": false}"#).expect("sound");
        assert_eq!((plain.factor[0], plain.offset[0]), (1.0 / 255.0, 0.0));
    }
}
