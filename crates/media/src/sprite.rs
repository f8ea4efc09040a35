//! One picture of many small ones, in rows, and the WebVTT track that tells
//! which of them shows what second: what players show over their line of time.

use crate::frames::{ColourFrame, replace};
use crate::{Error, Result, ffmpeg, subtitles};
use std::path::Path;
use vireo_domain::{Cue, Span};

/// Small pictures in a row, and at most in all.
const COLUMNS: usize = 10;
const MOST: usize = 100;

/// Writes pictures of one video, in order of time, as a JPEG at `to`, and their
/// track beside it, with the extension `vtt`. In the track the JPEG goes by
/// `address`, and each picture by its place in it (`#xywh=` of W3C's Media
/// Fragments). The last one is shown until `seconds`. More than a hundred are
/// thinned out evenly; of fewer than two there is nothing to choose from, which
/// is an error.
pub fn write_sprite(
    pictures: &[ColourFrame],
    seconds: f64,
    address: &str,
    to: &Path,
) -> Result<()> {
    let step = pictures.len().div_ceil(MOST).max(1);
    let pictures: Vec<&ColourFrame> = pictures.iter().step_by(step).collect();
    let [first, _, ..] = pictures.as_slice() else {
        let reason = "there are too few pictures in it".to_owned();
        return Err(Error::Damaged { path: to.to_owned(), reason });
    };
    let (width, height) = (first.width, first.height);
    let (across, down) = (COLUMNS.min(pictures.len()), pictures.len().div_ceil(COLUMNS));
    let row = across * width * 3;
    let mut sheet = vec![0; row * down * height];
    let mut cues = Vec::new();
    for (number, picture) in pictures.iter().enumerate() {
        let (x, y) = (number % COLUMNS * width, number / COLUMNS * height);
        // A film may change its size on the way.
        let copied = picture.width.min(width) * 3;
        let lines = picture.pixels.chunks_exact((picture.width * 3).max(1)).take(height);
        for (line, pixels) in lines.enumerate() {
            sheet[(y + line) * row + x * 3..][..copied].copy_from_slice(&pixels[..copied]);
        }
        let next = pictures.get(number + 1).map_or(seconds.max(picture.at + 0.1), |next| next.at);
        let text = format!("{address}#xywh={x},{y},{width},{height}");
        cues.push(Cue::new(Span::new(picture.at, next), text));
    }
    let jpeg = ffmpeg::jpeg(to, (across * width, down * height), sheet)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Read { path, source }
    };
    replace(to, &jpeg).map_err(failed(to))?;
    let track = to.with_extension("vtt");
    replace(&track, subtitles::to_vtt(&cues).as_bytes()).map_err(failed(&track))
}
