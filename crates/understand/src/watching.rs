//! The pictures of a video, decoded once for all analysers, beside whatever is
//! done with the sound: what is written in them is read on the way, and what
//! others want of them is kept: where
//! shots begin, small pictures spread over the whole, and of a short video a
//! picture a second.

use crate::analysers::Context;
use crate::draft::Draft;
use crate::reading::{self, PER_SECOND, Reading};
use crate::understander::Tools;
use crate::{Error, Result, looking};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::Scope;
use std::time::Duration;
use vireo_domain::Span;
use vireo_media::frames::{ColourFrame, ColourStream};
use vireo_media::probe::Probe;
use vireo_media::rolling::Rolling;
use vireo_media::shots::Shots;

/// Width of small pictures, in pixels.
const SMALL: usize = 160;
/// There are never more small pictures than this: every other one goes.
const MOST_SMALL: usize = 200;
/// Of videos up to this length a picture a second is kept, at most 140 MB of
/// them. In longer ones, those that are stored whole tell enough.
pub(crate) const SHORT_SECONDS: f64 = 90.0;
/// How often who waits looks how far it is.
const PULSE: Duration = Duration::from_millis(100);

/// What was kept of the pictures.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) shots: Shots,
    /// Where writing rolls up.
    pub(crate) rolls: Vec<Span>,
    /// Small pictures at steady steps.
    pub(crate) small: Vec<ColourFrame>,
    /// A picture a second in the size for [`looking`]; none of a long video, or
    /// if nobody is going to look.
    pub(crate) views: Vec<ColourFrame>,
}

/// The pictures of a video, looked at on a thread of their own while others
/// listen: decoding leaves the models more than enough to do, and they it.
pub(crate) struct Watching {
    watched: Receiver<Watched>,
    heed: Arc<Heed>,
}

/// What the one who watches and the one who waits tell each other.
#[derive(Default)]
struct Heed {
    /// How far it is, in milliseconds.
    at: AtomicU64,
    is_unwanted: AtomicBool,
}

/// What came of it.
#[derive(Default)]
struct Watched {
    /// `None` where looking broke down.
    seen: Option<Seen>,
    /// `None` where nobody reads.
    reading: Option<Result<Reading>>,
    /// What went wrong apart from reading.
    error: Option<Error>,
}

/// Begins to look at the pictures; `None` where there are none yet, or nobody
/// wants to see any.
pub(crate) fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    tools: &'scope Tools,
    path: &'scope Path,
    draft: &Draft,
) -> Option<Watching> {
    let probe = draft.probe.clone().filter(|probe| probe.picture.is_some())?;
    let config = &tools.config;
    if draft.has_looked || !(config.screen_text || config.shots) {
        return None;
    }
    let is_short = draft.video.duration_seconds.is_none_or(|seconds| seconds <= SHORT_SECONDS);
    let keeper = Keeper::new(is_short && config.looks());
    let (sender, watched) = std::sync::mpsc::sync_channel(1);
    let heed = Arc::new(Heed::default());
    let heeded = Arc::clone(&heed);
    scope.spawn(move || {
        let look = || look(tools, path, &probe, keeper, &heeded);
        let watched = catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|panic| {
            let error = Error::panicked("screen", &*panic);
            Watched { error: Some(error), ..Watched::default() }
        });
        // Nobody waits for it where the analysis ended early.
        let _ = sender.send(watched);
    });
    Some(Watching { watched, heed })
}

fn look(tools: &Tools, path: &Path, probe: &Probe, keeper: Keeper, heed: &Heed) -> Watched {
    let reader = if tools.config.screen_text { tools.models.text_reader() } else { Ok(None) };
    // Whatever becomes of the reading, others want to see the rest.
    let (reader, unread) = reader.map_or_else(|error| (None, Some(error)), |it| (it, None));
    let width = if reader.is_some() { reading::WIDTH } else { looking::WIDTH };
    let stream = match ColourStream::with_shots(path, probe, width, PER_SECOND) {
        Ok(stream) => stream,
        Err(error) => return Watched { error: Some(error.into()), ..Watched::default() },
    };
    let mut film = Film { stream, keeper };
    let mut error = None;
    let progress = |at: f64| heed.at.store((at * 1e3) as u64, Ordering::Relaxed);
    let is_wanted = || !heed.is_unwanted.load(Ordering::Relaxed);
    let reading = reader.map(|reader| {
        let frames = film.by_ref().take_while(|_| is_wanted());
        let read = || reading::read(frames, &*reader, &progress);
        // An engine that breaks down takes no pictures from the others.
        catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|panic| Err(Error::panicked("screen", &*panic)))
    });
    for frame in film.by_ref().take_while(|_| is_wanted()) {
        match frame {
            Ok(frame) => progress(frame.at),
            Err(broken) => error = error.or(Some(broken.into())),
        }
    }
    let reading = reading.or(unread.map(|error| Err(error.into())));
    Watched { seen: is_wanted().then(|| film.finish()), reading, error }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.heed.is_unwanted.store(true, Ordering::Relaxed);
    }
}

/// Waits for whoever looks at the pictures.
///
/// # Errors
/// What broke the pictures off, for the first who asks.
pub(crate) fn watched(context: &Context<'_>, draft: &mut Draft) -> Result<()> {
    let Some(watching) = draft.watching.take() else { return Ok(()) };
    let whole = draft.video.duration_seconds.unwrap_or(0.0).max(1.0);
    let watched = loop {
        match watching.watched.recv_timeout(PULSE) {
            Ok(watched) => break watched,
            Err(RecvTimeoutError::Timeout) => {
                let at = watching.heed.at.load(Ordering::Relaxed) as f64 / 1e3;
                (context.progress)(at / whole);
            }
            Err(RecvTimeoutError::Disconnected) => break Watched::default(),
        }
    };
    draft.has_looked = true;
    draft.seen = watched.seen;
    draft.reading = watched.reading;
    watched.error.map_or(Ok(()), Err)
}

/// What is known of the pictures; `None` where there are none, or nobody looked.
pub(crate) fn seen<'d>(context: &Context<'_>, draft: &'d mut Draft) -> Result<Option<&'d Seen>> {
    watched(context, draft)?;
    Ok(draft.seen.as_ref())
}

/// Small pictures of a video that nobody looks at whole, of those that are
/// stored whole.
pub(crate) fn small(context: &Context<'_>, probe: &Probe) -> Result<Vec<ColourFrame>> {
    let mut keeper = Keeper { rolling: None, ..Keeper::new(false) };
    for frame in ColourStream::of_whole_frames(context.path, probe, SMALL as u32, PER_SECOND)? {
        keeper.keep(&frame?);
    }
    Ok(keeper.seen.small)
}

/// The pictures as they are decoded, [`PER_SECOND`] of them.
struct Film {
    stream: ColourStream,
    keeper: Keeper,
}

impl Film {
    /// What was kept, after the rest; of a film that breaks off what there was.
    fn finish(mut self) -> Seen {
        self.by_ref().for_each(drop);
        self.keeper.finish(self.stream.shots().unwrap_or_default())
    }
}

impl Iterator for Film {
    type Item = vireo_media::Result<ColourFrame>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.stream.next()?;
        if let Ok(frame) = &next {
            self.keeper.keep(frame);
        }
        Some(next)
    }
}

/// Keeps of pictures that come at a steady rate what others will want.
struct Keeper {
    seen: Seen,
    /// `None` where nobody asks what rolls.
    rolling: Option<Rolling>,
    keeps_views: bool,
    count: usize,
    /// Every so-manieth picture is kept small.
    stride: usize,
}

impl Keeper {
    fn new(keeps_views: bool) -> Self {
        Self {
            seen: Seen::default(),
            rolling: Some(Rolling::default()),
            keeps_views,
            count: 0,
            stride: 1,
        }
    }

    fn keep(&mut self, frame: &ColourFrame) {
        let seen = &mut self.seen;
        let is_view = self.count.is_multiple_of((PER_SECOND / looking::PER_SECOND) as usize);
        if self.keeps_views && is_view && frame.at <= SHORT_SECONDS {
            seen.views.push(frame.shrunk(looking::WIDTH as usize));
        }
        if let Some(rolling) = &mut self.rolling {
            rolling.see(frame);
        }
        if self.count.is_multiple_of(self.stride) {
            if seen.small.len() == MOST_SMALL {
                let mut place = 0;
                seen.small.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.stride *= 2;
            }
            seen.small.push(frame.shrunk(SMALL));
        }
        self.count += 1;
    }

    fn finish(self, shots: Shots) -> Seen {
        // A video may be longer than its header says: then some views are missing.
        let is_short = shots.seconds <= SHORT_SECONDS + 1.0;
        let views = if is_short { self.seen.views } else { Vec::new() };
        Seen {
            shots,
            views,
            rolls: self.rolling.map(Rolling::finish).unwrap_or_default(),
            ..self.seen
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(seconds: usize) -> Seen {
        let mut keeper = Keeper::new(true);
        for number in 0..seconds * PER_SECOND as usize {
            let at = number as f64 / f64::from(PER_SECOND);
            let pixels = vec![number as u8; 800 * 2 * 3];
            keeper.keep(&ColourFrame { at, width: 800, height: 2, pixels });
        }
        keeper.finish(Shots { seconds: seconds as f64, ..Shots::default() })
    }

    #[test]
    fn of_a_short_video_there_is_a_view_a_second() {
        let seen = seen(60);
        let at: Vec<f64> = seen.views.iter().map(|view| view.at).collect();
        assert_eq!(at, (0..60).map(f64::from).collect::<Vec<_>>());
        assert!(seen.views.iter().all(|view| view.width == looking::WIDTH as usize));
        assert_eq!((seen.small.len(), seen.small[1].at, seen.small[1].width), (120, 0.5, SMALL));
    }

    #[test]
    fn however_long_it_is_small_pictures_are_spread_evenly() {
        let seen = seen(3600);
        assert!(seen.views.is_empty(), "nobody decodes an hour for them");
        assert!((MOST_SMALL / 2..=MOST_SMALL).contains(&seen.small.len()), "{}", seen.small.len());
        let step = seen.small[1].at;
        let even = seen.small.iter().zip(0..).all(|(it, place)| it.at == step * f64::from(place));
        assert!(even && seen.small.last().is_some_and(|last| last.at + step >= 3600.0));
    }
}
