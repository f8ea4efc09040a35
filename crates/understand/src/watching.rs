//! The pictures of a video, decoded once for all analysers: whoever looks first
//! reads all frames, and what others want of them is kept on the way: where
//! shots begin, small pictures spread over the whole, and of a short video a
//! picture a second.

use crate::analysers::Context;
use crate::draft::Draft;
use crate::reading::PER_SECOND;
use crate::{Result, looking};
use vireo_media::frames::{ColourFrame, ColourStream};
use vireo_media::probe::Probe;
use vireo_media::shots::Shots;

/// Width of small pictures, in pixels.
const SMALL: usize = 160;
/// There are never more small pictures than this: every other one goes.
const MOST_SMALL: usize = 200;
/// Of videos up to this length a picture a second is kept, at most 140 MB of
/// them. In longer ones, those that are stored whole tell enough.
pub(crate) const SHORT_SECONDS: f64 = 90.0;

/// What was kept of the pictures.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) shots: Shots,
    /// Small pictures at steady steps.
    pub(crate) small: Vec<ColourFrame>,
    /// A picture a second in the size for [`looking`]; none of a long video, or
    /// if nobody is going to look.
    pub(crate) views: Vec<ColourFrame>,
}

/// The pictures as they are decoded, [`PER_SECOND`] of them.
pub(crate) struct Film {
    stream: ColourStream,
    keeper: Keeper,
}

/// Begins to decode the pictures, no wider than `width`; `None` where there are none.
pub(crate) fn film(context: &Context<'_>, draft: &Draft, width: u32) -> Result<Option<Film>> {
    let Some(probe) = draft.probe.as_ref().filter(|probe| probe.picture.is_some()) else {
        return Ok(None);
    };
    let config = &context.tools.config;
    let is_short = draft.video.duration_seconds.is_none_or(|seconds| seconds <= SHORT_SECONDS);
    let keeps_views = is_short && config.looks();
    let stream = ColourStream::with_shots(context.path, probe, width, PER_SECOND)?;
    Ok(Some(Film { stream, keeper: Keeper::new(keeps_views) }))
}

/// What is known of the pictures, by looking at them now if nobody has; `None`
/// where there are none.
pub(crate) fn seen<'d>(context: &Context<'_>, draft: &'d mut Draft) -> Result<Option<&'d Seen>> {
    if draft.seen.is_none() {
        let Some(mut film) = film(context, draft, looking::WIDTH)? else { return Ok(None) };
        let whole = draft.video.duration_seconds.unwrap_or(0.0).max(1.0);
        let told = film
            .by_ref()
            .try_for_each(|frame| frame.map(|frame| (context.progress)(frame.at / whole)));
        // What broke off is not decoded again by whoever looks next.
        draft.seen = Some(film.finish());
        told?;
    }
    Ok(draft.seen.as_ref())
}

/// Small pictures of a video that nobody looks at whole, of those that are
/// stored whole.
pub(crate) fn small(context: &Context<'_>, probe: &Probe) -> Result<Vec<ColourFrame>> {
    let mut keeper = Keeper::new(false);
    for frame in ColourStream::of_whole_frames(context.path, probe, SMALL as u32, PER_SECOND)? {
        keeper.keep(&frame?);
    }
    Ok(keeper.seen.small)
}

impl Film {
    /// What was kept, after the rest; of a film that breaks off what there was.
    pub(crate) fn finish(mut self) -> Seen {
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
    keeps_views: bool,
    count: usize,
    /// Every so-manieth picture is kept small.
    stride: usize,
}

impl Keeper {
    fn new(keeps_views: bool) -> Self {
        Self { seen: Seen::default(), keeps_views, count: 0, stride: 1 }
    }

    fn keep(&mut self, frame: &ColourFrame) {
        let seen = &mut self.seen;
        let is_view = self.count.is_multiple_of((PER_SECOND / looking::PER_SECOND) as usize);
        if self.keeps_views && is_view && frame.at <= SHORT_SECONDS {
            seen.views.push(frame.shrunk(looking::WIDTH as usize));
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
        Seen { shots, views, ..self.seen }
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
