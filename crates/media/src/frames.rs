//! Pictures: keyframes, the cover, and frames at given times.

mod choice;
mod colour;

use crate::ffmpeg::{self, PATIENCE};
use crate::probe::Probe;
use crate::{Error, Result};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use vireo_domain::Span;

pub use choice::choose;
pub use colour::{ColourFrame, ColourStream, picture};

/// A grey picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct GreyFrame {
    /// Seconds from the beginning.
    pub at: f64,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// `width * height` brightness values.
    pub pixels: Vec<u8>,
}

const WIDTH: usize = 160;
const HEIGHT: usize = 90;
/// So many pictures a video are looked at, closer together than `CLOSEST_SECONDS` never.
const SAMPLES: f64 = 240.0;
const CLOSEST_SECONDS: f64 = 0.2;
/// A bound for files that declare no length or the wrong one: 14 MB of pictures.
const MOST_SAMPLES: usize = 1000;
/// Up to this length, or this many frames, every frame may be decoded.
const SHORT_SECONDS: f64 = 90.0;
const FEW_FRAMES: f64 = 20_000.0;
const MOST_COVER_BYTES: usize = 64 << 20;

/// Times in seconds of up to `limit` frames that show something, spread over
/// the video: sharp, not black, unlike each other, and none from a shot that
/// has one while others have none (`shots` in order of time; empty where they
/// are not known). Best first: the first one makes the cover. One decoding pass
/// at low size. Empty for a file without pictures; a video that is black from
/// end to end has one.
pub fn keyframes(path: &Path, probe: &Probe, shots: &[Span], limit: usize) -> Result<Vec<f64>> {
    let frames = sample(path, probe, limit)?;
    Ok(choice::choose(&frames, shots, limit))
}

/// Small grey frames (160 x 90, whatever the video's shape) at steady steps
/// through the whole video, at most 1000. Of long videos only the frames that
/// are stored whole are decoded, unless those are fewer than `at_least`.
pub fn sample(path: &Path, probe: &Probe, at_least: usize) -> Result<Vec<GreyFrame>> {
    let Some(picture) = &probe.picture else { return Ok(Vec::new()) };
    let declared = picture.seconds.unwrap_or(probe.facts.duration_seconds);
    let frame_count = declared * probe.facts.fps.unwrap_or(30.0);
    let step = if declared > 0.0 { (declared / SAMPLES).max(CLOSEST_SECONDS) } else { 2.0 };
    if declared > SHORT_SECONDS || declared == 0.0 {
        let frames = decode(path, picture.index, step, &["-skip_frame", "nokey"])?;
        if frames.len() >= at_least || declared == 0.0 || frame_count > FEW_FRAMES {
            return Ok(frames);
        }
    }
    decode(path, picture.index, step, &[])
}

fn decode(path: &Path, stream: u32, step: f64, before: &[&str]) -> Result<Vec<GreyFrame>> {
    let map = format!("0:{stream}");
    // Raw pictures carry no times: `showinfo` tells them on stderr. The new
    // times (1 s apart, at rate 1) keep ffmpeg from doubling or dropping any.
    let filter = format!(
        "select='isnan(prev_selected_t)+gte(t-prev_selected_t,{step})',\
         scale={WIDTH}:{HEIGHT}:flags=area,format=gray,showinfo,setpts=N/TB"
    );
    let after = [
        "-map", &map, "-vf", &filter, "-r", "1", "-pix_fmt", "gray", "-c:v", "rawvideo", "-f",
        "rawvideo",
    ];
    let mut run = ffmpeg::ffmpeg(path, before, &after, PATIENCE)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = run.next_chunk()? {
        bytes.extend(chunk);
        if bytes.len() >= MOST_SAMPLES * WIDTH * HEIGHT {
            bytes.truncate(MOST_SAMPLES * WIDTH * HEIGHT);
            run.stop();
            break;
        }
    }
    let ending = run.finish()?;
    if bytes.is_empty() && !ending.success {
        let reason = format!("the pictures cannot be decoded: {}", ending.log.summary());
        return Err(Error::Damaged { path: path.to_owned(), reason });
    }
    let frames = bytes.chunks_exact(WIDTH * HEIGHT).zip(ending.log.picture_times);
    Ok(frames
        .map(|(pixels, at)| GreyFrame { at, width: WIDTH, height: HEIGHT, pixels: pixels.to_vec() })
        .collect())
}

/// Writes the frame that is on the screen at `at` seconds as a JPEG no wider than `width`, upright
/// and with square pixels (through a temporary name, so that a killed run
/// leaves no half picture). `path` may be a picture, too: a film of one frame
/// at 0. A time past the end is an error. ffmpeg chooses the stream by the
/// rule of [`Probe::picture`].
pub fn write_cover(path: &Path, at: f64, width: u32, to: &Path) -> Result<()> {
    let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
    // Times are printed rounded; a hair later the frame that was meant is on the screen.
    let (before, begin) = ffmpeg::on_screen(if at > 0.0 { at + 0.001 } else { at }, 1);
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let width = width.clamp(2, 8192);
    let filter = format!(
        "{begin},scale=w='max(2,trunc(min({width},iw*sar)/2)*2)':\
         h='max(2,trunc(ow/dar/2)*2)',setsar=1,format=yuvj420p"
    );
    let jpeg = ["-q:v", "3", "-c:v", "mjpeg", "-f", "image2pipe"];
    let after = [&["-an", "-sn", "-dn", "-frames:v", "1", "-vf", &filter], &jpeg[..]].concat();
    let run = ffmpeg::ffmpeg(path, &before, &after, PATIENCE)?;
    let (jpeg, ending) = run.collect(MOST_COVER_BYTES)?;
    if jpeg.is_empty() {
        let complaint = ending.log.summary();
        return Err(damaged(format!("no picture at {at:.3} s {complaint}").trim_end().to_owned()));
    }
    replace(to, &jpeg).map_err(|source| Error::Read { path: to.to_owned(), source })
}

/// Puts `bytes` where `to` is in one step: there is the old file or the new one.
pub(crate) fn replace(to: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = to.with_file_name(name);
    let written = File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&part, to));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&part);
    }
    written
}
