//! From pictures to captions: when to look ([`gate`]), what stays on the
//! screen and for how long ([`captions`]), what is a subtitle ([`subtitles`]).
//!
//! Text that is meant to be read stays where it is for a second or more, even
//! over moving pictures. So what is compared from picture to picture are
//! strokes, the strong edges that letters are made of ([`strokes`]): strokes
//! that stay and are new call for a look, and strokes that are gone end a caption.

pub(crate) mod captions;
pub(crate) mod gate;
#[cfg(test)]
mod still_camera;
pub(crate) mod strokes;
pub(crate) mod subtitles;

use crate::Result;
use captions::{Caption, Captions};
use gate::{Gate, Look};
use strokes::{Place, Strokes};
use vireo_media::frames::ColourFrame;
use vireo_pretrained::picture::Picture;
use vireo_pretrained::text_reading::TextReader;

/// Pictures that are looked at in a second: text that stays for 2 s is in four of them.
pub(crate) const PER_SECOND: u32 = 2;
/// Their width, in pixels: subtitles of 1080p are still 25 pixels tall.
pub(crate) const WIDTH: u32 = 960;

/// What is written in the pictures of a video.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) captions: Vec<Caption>,
    pub(crate) pictures: usize,
    /// Pictures that the models saw.
    pub(crate) looks: usize,
    /// Name of the model that read them.
    pub(crate) reader: String,
}

/// Reads [`PER_SECOND`] pictures; `progress` takes their times.
pub(crate) fn read(
    frames: impl Iterator<Item = vireo_media::Result<ColourFrame>>,
    reader: &dyn TextReader,
    progress: &dyn Fn(f64),
) -> Result<Reading> {
    let (mut gate, mut captions) = (Gate::default(), Captions::default());
    let (mut pictures, mut looks) = (0, 0);
    for frame in frames {
        let frame = frame?;
        let strokes = Strokes::of(frame.width, frame.height, &frame.pixels);
        let look = gate.push(&strokes);
        captions.push(strokes);
        if let Some(look) = look {
            look_at(&frame, &look, reader, &mut captions)?;
            looks += 1;
        }
        pictures += 1;
        progress(frame.at);
    }
    let (captions, reader) = (captions.finish(), reader.name().to_owned());
    Ok(Reading { captions, pictures, looks, reader })
}

/// Reads what is new in a band of a picture.
fn look_at(
    frame: &ColourFrame,
    look: &Look,
    reader: &dyn TextReader,
    captions: &mut Captions,
) -> Result<()> {
    let (width, height) = (frame.width as f64, frame.height as f64);
    let top = (look.band.0 * height) as usize;
    let bottom = ((look.band.1 * height).ceil() as usize).min(frame.height);
    let row = frame.width * 3;
    let band = Picture::new(frame.width, bottom - top, &frame.pixels[top * row..bottom * row]);
    let Some(band) = band else { return Ok(()) };
    let place = |[left, upper, right, lower]: [f32; 4]| Place {
        left: f64::from(left) / width,
        top: (f64::from(upper) + top as f64) / height,
        right: f64::from(right) / width,
        bottom: (f64::from(lower) + top as f64) / height,
    };
    let mut regions = reader.find(&band)?;
    regions.retain(|region| !captions.knows(&place(region.bounds()), &look.strokes));
    for line in reader.read(&band, regions)? {
        let place = place(line.region.bounds());
        captions.read(&line.text, line.confidence, place, &look.strokes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use vireo_pretrained::text_reading::{Line, Region};

    const WIDE: usize = 480;
    const HIGH: usize = 270;

    /// Reads how often it was asked.
    #[derive(Default)]
    struct Counter(Mutex<usize>);

    impl TextReader for Counter {
        fn name(&self) -> &'static str {
            "counter"
        }
        fn find(&self, picture: &Picture<'_>) -> vireo_pretrained::Result<Vec<Region>> {
            Ok(vec![Region::whole(picture)])
        }
        fn read(
            &self,
            _: &Picture<'_>,
            regions: Vec<Region>,
        ) -> vireo_pretrained::Result<Vec<Line>> {
            let mut count = self.0.lock().expect("not poisoned");
            let words = ["first", "second", "and the third"];
            Ok(regions
                .into_iter()
                .map(|region| {
                    *count += 1;
                    Line { region, text: words[*count - 1].to_owned(), confidence: 0.9 }
                })
                .collect())
        }
    }

    /// A picture with letter-like stripes across its lower part.
    fn frame(number: usize, phase: Option<usize>) -> ColourFrame {
        let mut pixels = vec![20; WIDE * HIGH * 3];
        if let Some(phase) = phase {
            for y in 220..244 {
                for x in (100..380).filter(|x| (x + y / 5 * 3 + phase) % 12 < 2) {
                    pixels[(y * WIDE + x) * 3..][..3].fill(240);
                }
            }
        }
        let at = number as f64 / f64::from(PER_SECOND);
        ColourFrame { at, width: WIDE, height: HIGH, pixels }
    }

    #[test]
    fn a_minute_with_three_captions_is_looked_at_three_times() {
        let shown = |number: usize| match number {
            10..14 => Some(0),
            14..40 => Some(6),
            90..94 => Some(3),
            _ => None,
        };
        let frames = (0..120).map(|number| Ok(frame(number, shown(number))));
        let watched = read(frames, &Counter::default(), &|_| {}).expect("watches");
        assert_eq!((watched.pictures, watched.looks), (120, 3));
        let spans: Vec<_> =
            watched.captions.iter().map(|c| (c.text.as_str(), c.first, c.last)).collect();
        assert_eq!(spans, [("first", 10, 13), ("second", 14, 39), ("and the third", 90, 93)]);
    }
}
