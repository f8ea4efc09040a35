//! Where shots begin, and which parts are black or frozen: one decoding pass
//! over every frame, as small pictures.
//!
//! Three kinds of borders, each by what gives it away:
//! - a *cut*: the frames before and after it are all unlike each other, by far
//!   more than neighbours are around it (`cuts`);
//! - a *fade*: the picture shrinks to one colour and another grows out of it
//!   (`fades`);
//! - a *dissolve*: what lies between two unlike pictures is a mixture of the
//!   two, in a share that grows steadily (`dissolves`).

mod cuts;
mod dissolves;
mod fades;
mod frame;
mod still;

use crate::ffmpeg::{self, PATIENCE};
use crate::probe::Probe;
use crate::{Error, Result};
use dissolves::Dissolves;
use frame::{FRAME_BYTES, Frame, HEIGHT, WIDTH};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::Path;
use still::Still;
use vireo_domain::Span;

/// How one shot becomes the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// From one frame to the next.
    Cut,
    /// Through black or white.
    Fade,
    /// One picture melts into the other.
    Dissolve,
}

/// Where one shot becomes the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Border {
    /// How.
    pub transition: Transition,
    /// From the last frame of one shot to the first of the next that are
    /// theirs alone; empty for a cut.
    pub span: Span,
    /// How sure we are, 0 to 1.
    pub confidence: f32,
}

impl Border {
    /// The second that parts the two shots.
    pub fn at(&self) -> f64 {
        f64::midpoint(self.span.start, self.span.end)
    }
}

/// What one look at every frame tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shots {
    /// In order of time.
    pub borders: Vec<Border>,
    /// Parts of half a second or more that show only black.
    pub black: Vec<Span>,
    /// Parts of two seconds or more in which nothing moves, and which are not black.
    pub frozen: Vec<Span>,
    /// Seconds that were looked at.
    pub seconds: f64,
}

impl Shots {
    /// The shots themselves, one after the other; none for a file without pictures.
    pub fn spans(&self) -> Vec<Span> {
        if self.seconds <= 0.0 {
            return Vec::new();
        }
        let mut starts = vec![0.0];
        starts.extend(self.borders.iter().map(Border::at));
        let ends = starts[1..].iter().copied().chain([self.seconds]);
        starts.iter().zip(ends).map(|(start, end)| Span::new(*start, end)).collect()
    }
}

/// Frames a second are looked at as they are up to this rate, thinned above it.
const MOST_FRAMES_A_SECOND: f64 = 30.0;
/// A bound for files of hostile length: three days.
const MOST_FRAMES: usize = 8_000_000;

/// Looks at every frame of the chosen picture stream. Empty for a file without one.
///
/// # Errors
/// If not one frame can be decoded, or ffmpeg is missing or stuck. A file that
/// breaks off later gives what could be seen.
pub fn shots(path: &Path, probe: &Probe) -> Result<Shots> {
    let Some(picture) = &probe.picture else { return Ok(Shots::default()) };
    let map = format!("0:{}", picture.index);
    let mut watcher = Watcher::of(probe);
    let filter = watcher.filter();
    let after = ["-map", &map, "-vf", &filter, "-c:v", "rawvideo", "-f", "rawvideo"];
    let mut run = ffmpeg::ffmpeg(path, &[], &after, PATIENCE)?;
    while let Some(chunk) = run.next_chunk()? {
        watcher.take(&chunk);
        if watcher.moments.len() > MOST_FRAMES {
            run.stop();
            break;
        }
    }
    let ending = run.finish()?;
    if watcher.moments.is_empty() && !ending.success {
        let reason = format!("the pictures cannot be decoded: {}", ending.log.summary());
        return Err(Error::Damaged { path: path.to_owned(), reason });
    }
    Ok(watcher.shots())
}

/// What is kept of a frame when it has passed.
#[derive(Debug, Clone, Copy, Default)]
struct Moment {
    /// Distance to the frame before.
    step: f32,
    /// Least distance between the frames just before and those from here on.
    apart: f32,
    /// Mean brightness.
    mean: f32,
    /// Standard deviation of brightness.
    spread: f32,
}

/// Takes frames one by one and keeps a few numbers of each.
#[derive(Default)]
pub(crate) struct Watcher {
    /// Frames a second.
    rate: f64,
    /// Bytes that do not make a frame yet.
    pending: Vec<u8>,
    recent: VecDeque<Frame>,
    moments: Vec<Moment>,
    dissolves: Dissolves,
    still: Still,
}

impl Watcher {
    /// Of a file's chosen picture stream.
    pub(crate) fn of(probe: &Probe) -> Self {
        let rate = probe.facts.fps.filter(|fps| fps.is_finite() && *fps >= 1.0).unwrap_or(25.0);
        Self { rate: rate.min(MOST_FRAMES_A_SECOND), ..Self::default() }
    }

    /// Makes the frames that are watched of a stream of pictures. A steady rate
    /// makes a frame's number its time, whatever the file's stamps.
    pub(crate) fn filter(&self) -> String {
        let rate = self.rate;
        format!("fps={rate:.6}:start_time=0,scale={WIDTH}:{HEIGHT}:flags=area,format=yuv420p")
    }

    /// Watches what a stream of raw frames gives until it ends.
    pub(crate) fn watch(mut self, mut frames: impl Read) -> Shots {
        let mut chunk = vec![0; 64 * FRAME_BYTES];
        loop {
            match frames.read(&mut chunk) {
                Ok(0) => return self.shots(),
                Ok(count) if self.moments.len() <= MOST_FRAMES => self.take(&chunk[..count]),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return self.shots(),
                _ => {}
            }
        }
    }

    /// Takes the next bytes of raw frames.
    fn take(&mut self, bytes: &[u8]) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let whole = pending.len() - pending.len() % FRAME_BYTES;
        pending[..whole].chunks_exact(FRAME_BYTES).for_each(|bytes| self.see(Frame::new(bytes)));
        pending.drain(..whole);
        self.pending = pending;
    }

    fn see(&mut self, frame: Frame) {
        let (mean, spread) = frame.light();
        self.still.see(&frame);
        self.dissolves.see(&frame, spread);
        let step = self.recent.back().map_or(0.0, |before| before.distance(&frame));
        self.moments.push(Moment { step, apart: 0.0, mean, spread });
        self.recent.push_back(frame);
        if self.recent.len() == 2 * cuts::SIDE {
            let border = self.moments.len() - cuts::SIDE;
            self.moments[border].apart = cuts::apart(&self.recent);
            self.recent.pop_front();
        }
    }

    fn shots(self) -> Shots {
        let moments = &self.moments;
        let at = |frame: usize| frame as f64 / self.rate;
        let fades = fades::fades(moments);
        let taken = |from: usize, to: usize| fades.iter().any(|f| f.from <= to && from <= f.to);
        let mut found: Vec<Found> =
            cuts::cuts(moments).into_iter().filter(|cut| !taken(cut.from, cut.to)).collect();
        let free = |one: &Found| {
            !taken(one.from, one.to) && !found.iter().any(|c| one.from <= c.from && c.to <= one.to)
        };
        let dissolves: Vec<Found> = self.dissolves.best(free);
        found.extend(dissolves);
        found.extend(fades);
        found.sort_by_key(|one| one.from + one.to);
        let borders = found.into_iter().map(|one| Border {
            transition: one.transition,
            span: Span::new(at(one.from), at(one.to)),
            confidence: one.confidence,
        });
        let span = |(from, to): (usize, usize)| Span::new(at(from), at(to));
        let least = |seconds: f64| move |part: &Span| part.seconds() >= seconds;
        let black: Vec<Span> =
            fades::black(moments).into_iter().map(span).filter(least(0.5)).collect();
        let is_black = |part: &Span| black.iter().any(|b| b.start < part.end && part.start < b.end);
        let frozen = self.still.parts().into_iter().map(span).filter(least(2.0));
        Shots {
            borders: borders.collect(),
            frozen: frozen.filter(|part| !is_black(part)).collect(),
            seconds: at(moments.len()),
            black,
        }
    }
}

/// A border, in frames.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    transition: Transition,
    from: usize,
    to: usize,
    confidence: f32,
}
