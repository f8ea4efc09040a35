//! Colour pictures: one of a file, or a stream of them through a whole video.

use super::GreyFrame;
use crate::ffmpeg::{self, PATIENCE, Run};
use crate::probe::Probe;
use crate::shots::{Shots, Watcher};
use crate::{Error, Result};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

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

impl ColourFrame {
    /// A copy no wider than `width` and no higher than twice that, each pixel
    /// the mean of what it covers.
    #[must_use]
    pub fn shrunk(&self, width: usize) -> Self {
        let fits = 2 * width * self.width / self.height.max(1);
        let width = width.min(fits).clamp(1, self.width.max(1));
        let height = (self.height * width).div_ceil(self.width.max(1)).max(1);
        let columns = shares(self.width, width);
        let mut rows = vec![0.0_f32; width * 3];
        let mut pixels = Vec::with_capacity(width * height * 3);
        for covered in shares(self.height, height) {
            rows.fill(0.0);
            for (y, tall) in covered {
                let row = &self.pixels[y * self.width * 3..][..self.width * 3];
                for (mean, covered) in rows.as_chunks_mut::<3>().0.iter_mut().zip(&columns) {
                    for (x, wide) in covered {
                        let share = tall * wide;
                        mean[0] += share * f32::from(row[x * 3]);
                        mean[1] += share * f32::from(row[x * 3 + 1]);
                        mean[2] += share * f32::from(row[x * 3 + 2]);
                    }
                }
            }
            pixels.extend(rows.iter().map(|mean| (mean + 0.5) as u8));
        }
        Self { at: self.at, width, height, pixels }
    }

    /// Its brightness (ITU-R BT.601).
    pub fn grey(&self) -> GreyFrame {
        let light = |[red, green, blue]: &[u8; 3]| {
            ((u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) >> 8) as u8
        };
        let pixels = self.pixels.as_chunks::<3>().0.iter().map(light).collect();
        GreyFrame { at: self.at, width: self.width, height: self.height, pixels }
    }
}

/// For each of `to` pixels: those of `from` pixels that it covers, and in what shares.
fn shares(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let step = from as f64 / to as f64;
    let pixel = |place: usize| {
        let (begin, end) = (place as f64 * step, (place + 1) as f64 * step);
        let share = |at: usize| {
            let covered = end.min((at + 1) as f64) - begin.max(at as f64);
            (at, (covered / step) as f32)
        };
        let last = (end.ceil() as usize).min(from);
        (begin as usize..last).map(share).filter(|(_, share)| *share > 0.0).collect()
    };
    (0..to).map(pixel).collect()
}

/// Two days: a hostile time stamp must not make us look at a still for a century.
const LONGEST_SECONDS: &str = "172800";
/// How pictures are handed over.
const PICTURES: &[&str] =
    &["-t", LONGEST_SECONDS, "-pix_fmt", "rgb24", "-c:v", "pam", "-f", "image2pipe"];
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
    watching: Option<JoinHandle<Shots>>,
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

    /// As [`ColourStream::of_every_frame`], and every frame of the one decoding
    /// is looked at for shots, too: see [`ColourStream::shots`].
    pub fn with_shots(path: &Path, probe: &Probe, width: u32, per_second: u32) -> Result<Self> {
        let mut stream = Self::new(path, per_second);
        let Some(picture) = &probe.picture else { return Ok(stream) };
        let watcher = Watcher::of(probe);
        let graph = format!(
            "[0:{}]split[all][some];[some]{}[seen];[all]{}[watched]",
            picture.index,
            steady(width, stream.per_second),
            watcher.filter()
        );
        let seen = [&["-filter_complex", &graph, "-map", "[seen]"], PICTURES].concat();
        let watched =
            ["-map", "[watched]", "-t", LONGEST_SECONDS, "-c:v", "rawvideo", "-f", "rawvideo"];
        let (run, frames) = ffmpeg::ffmpeg_twofold(path, &[], [&seen, &watched], PATIENCE)?;
        stream.run = Some(run);
        stream.watching = Some(std::thread::spawn(move || watcher.watch(frames)));
        Ok(stream)
    }

    /// The shots, after the end of a stream that was asked for them, and once.
    /// Of one that broke off, those that could be seen.
    pub fn shots(&mut self) -> Option<Shots> {
        self.run = None;
        let watched = self.watching.take()?.join();
        Some(watched.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }

    fn start(
        path: &Path,
        probe: &Probe,
        width: u32,
        per_second: u32,
        skipped: &str,
    ) -> Result<Self> {
        let mut stream = Self::new(path, per_second);
        if let Some(picture) = &probe.picture {
            let (map, filter) = (format!("0:{}", picture.index), steady(width, stream.per_second));
            let after = [&["-map", &map, "-vf", &filter], PICTURES].concat();
            let before = ["-skip_frame", skipped];
            stream.run = Some(ffmpeg::ffmpeg(path, &before, &after, PATIENCE)?);
        }
        Ok(stream)
    }

    fn new(path: &Path, per_second: u32) -> Self {
        Self {
            path: path.to_owned(),
            run: None,
            pending: Vec::new(),
            count: 0,
            per_second: per_second.max(1),
            watching: None,
        }
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

/// A filter that makes pictures at a steady rate, upright, with square pixels.
fn steady(width: u32, per_second: u32) -> String {
    let width = width.clamp(2, 8192);
    // Rounding up gives frame n what was on the screen at n / rate, not soon after.
    format!(
        "fps={per_second}:round=up:start_time=0,\
         scale=w='max(2,trunc(min({width},iw*sar)/2)*2)':h='max(2,trunc(ow/dar/2)*2)':flags=area,\
         setsar=1"
    )
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
    fn a_shrunk_picture_has_the_means_of_the_large_one() {
        let frame = |width, height, pixels: Vec<u8>| ColourFrame { at: 0.0, width, height, pixels };
        let grey = |values: &[u8]| values.iter().flat_map(|value| [*value; 3]).collect::<Vec<u8>>();
        let half = frame(4, 2, grey(&[0, 100, 40, 40, 100, 200, 40, 40])).shrunk(2);
        assert_eq!((half.width, half.height, half.pixels), (2, 1, grey(&[100, 40])));
        // Three pixels as two: each has one and a half.
        let odd = frame(3, 1, grey(&[0, 90, 30])).shrunk(2);
        assert_eq!((odd.width, odd.height, odd.pixels), (2, 1, grey(&[30, 50])));
        let same = frame(3, 1, vec![1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(same.shrunk(9), same);
        assert_eq!(frame(1, 1, vec![255; 3]).grey().pixels, [255]);
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!(on_white([10, 20, 30, 0]), [255; 3]);
        assert_eq!(on_white([10, 20, 30, 255]), [10, 20, 30]);
    }
}
