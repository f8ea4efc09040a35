//! Colour pictures: one of a file, or a stream of them through a whole video.

use crate::ffmpeg::{self, PATIENCE, Run};
use crate::probe::Probe;
use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// A colour picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct ColourFrame {
    /// Seconds from the beginning.
    pub at: f64,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// `width * height` times red, green, blue.
    pub pixels: Vec<u8>,
}

/// Two days: a hostile time stamp must not make us look at a still for a century.
const LONGEST_SECONDS: &str = "172800";
/// A picture that is larger than this (16384 x 16384) is not worth reading.
const MOST_BYTES: usize = 1 << 30;
/// Longest header of a picture that ffmpeg writes.
const MOST_HEADER: usize = 512;

/// The first picture of a file (a photo, or a film), upright; what is
/// transparent in it is white.
pub fn picture(path: &Path) -> Result<ColourFrame> {
    let after =
        ["-an", "-sn", "-frames:v", "1", "-pix_fmt", "rgba", "-c:v", "pam", "-f", "image2pipe"];
    let (mut bytes, ending) = ffmpeg::ffmpeg(path, &[], &after, PATIENCE)?.collect(MOST_BYTES)?;
    take(&mut bytes, 0.0).ok_or_else(|| {
        let reason = format!("no picture in it: {}", ending.log.summary());
        Error::Damaged { path: path.to_owned(), reason }
    })
}

/// Pictures of a video at a steady rate, upright, with square pixels and no
/// wider than asked for, decoded while they are looked at. The picture at
/// `t` is the one that is shown at `t`, so stills repeat. Frames that no other
/// frame needs may be left out by the decoder: it works up to twice as fast.
pub struct ColourStream {
    path: PathBuf,
    run: Option<Run>,
    pending: Vec<u8>,
    count: u32,
    per_second: u32,
}

impl ColourStream {
    /// Starts decoding the picture stream of a file. Without one, there is no item.
    pub fn of(path: &Path, probe: &Probe, width: u32, per_second: u32) -> Result<Self> {
        // Frames that no other frame needs cost much and tell little.
        Self::start(path, probe, width, per_second, "noref")
    }

    /// As [`ColourStream::of`], but with no frame left out, so that what moves
    /// moves evenly.
    pub fn of_every_frame(path: &Path, probe: &Probe, width: u32, per_second: u32) -> Result<Self> {
        Self::start(path, probe, width, per_second, "default")
    }

    /// As [`ColourStream::of`], but of the frames that are stored whole only:
    /// the picture stands still from one to the next. It costs next to
    /// nothing, and an encoder puts such a frame where a new shot begins.
    pub fn of_whole_frames(
        path: &Path,
        probe: &Probe,
        width: u32,
        per_second: u32,
    ) -> Result<Self> {
        Self::start(path, probe, width, per_second, "nokey")
    }

    fn start(
        path: &Path,
        probe: &Probe,
        width: u32,
        per_second: u32,
        skipped: &str,
    ) -> Result<Self> {
        let per_second = per_second.max(1);
        let mut stream =
            Self { path: path.to_owned(), run: None, pending: Vec::new(), count: 0, per_second };
        if let Some(picture) = &probe.picture {
            let map = format!("0:{}", picture.index);
            let width = width.clamp(2, 8192);
            // Rounding up gives frame n what was on the screen at n / rate, not soon after.
            let filter = format!(
                "fps={per_second}:round=up:start_time=0,\
                 scale=w='max(2,trunc(min({width},iw*sar)/2)*2)':h='max(2,trunc(ow/dar/2)*2)':flags=area,\
                 setsar=1"
            );
            let after = [
                "-map",
                &map,
                "-vf",
                &filter,
                "-t",
                LONGEST_SECONDS,
                "-pix_fmt",
                "rgb24",
                "-c:v",
                "pam",
                "-f",
                "image2pipe",
            ];
            let before = ["-skip_frame", skipped];
            stream.run = Some(ffmpeg::ffmpeg(path, &before, &after, PATIENCE)?);
        }
        Ok(stream)
    }

    fn read(&mut self) -> Result<Option<ColourFrame>> {
        while let Some(run) = &mut self.run {
            let at = f64::from(self.count) / f64::from(self.per_second);
            if let Some(frame) = take(&mut self.pending, at) {
                self.count += 1;
                return Ok(Some(frame));
            }
            if let Some(chunk) = run.next_chunk()? {
                self.pending.extend(chunk);
                continue;
            }
            let Some(run) = self.run.take() else { break };
            let ending = run.finish()?;
            if self.count == 0 && !ending.success {
                let reason = format!("the pictures cannot be decoded: {}", ending.log.summary());
                return Err(Error::Damaged { path: self.path.clone(), reason });
            }
        }
        Ok(None)
    }
}

impl Iterator for ColourStream {
    type Item = Result<ColourFrame>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read().transpose();
        if matches!(next, Some(Err(_))) {
            self.run = None;
        }
        next
    }
}

/// Takes a picture in PAM ("portable arbitrary map", of Netpbm) from the
/// beginning of `bytes`; `None` if it is not all there.
fn take(bytes: &mut Vec<u8>, at: f64) -> Option<ColourFrame> {
    const END: &[u8] = b"ENDHDR\n";
    let head = &bytes[..bytes.len().min(MOST_HEADER)];
    let begin = head.windows(END.len()).position(|window| window == END)? + END.len();
    let header = std::str::from_utf8(&bytes[..begin]).ok()?;
    let number = |name: &str| {
        let line = header.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse::<usize>().ok()
    };
    let (width, height, depth) = (number("WIDTH ")?, number("HEIGHT ")?, number("DEPTH ")?);
    let end = begin + width * height * depth;
    if bytes.len() < end {
        return None;
    }
    let pixels = match depth {
        3 => bytes[begin..end].to_vec(),
        4 => bytes[begin..end].as_chunks::<4>().0.iter().copied().flat_map(on_white).collect(),
        _ => return None,
    };
    bytes.drain(..end);
    Some(ColourFrame { at, width, height, pixels })
}

fn on_white([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    let alpha = u16::from(alpha);
    [red, green, blue].map(|part| ((u16::from(part) * alpha + 255 * (255 - alpha)) / 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_taken_when_they_are_whole() {
        let one = b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\nabcdef";
        let mut bytes = [&one[..], &one[..one.len() - 1]].concat();
        let frame = take(&mut bytes, 0.5).expect("the first is whole");
        assert_eq!((frame.width, frame.height, &frame.pixels[..]), (2, 1, &b"abcdef"[..]));
        assert_eq!(take(&mut bytes, 1.0), None);
        bytes.push(b'f');
        assert!(take(&mut bytes, 1.0).is_some() && bytes.is_empty());
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!(on_white([10, 20, 30, 0]), [255; 3]);
        assert_eq!(on_white([10, 20, 30, 255]), [10, 20, 30]);
    }
}
