//! Fades: the picture shrinks to one colour, and another grows out of it.

use super::{Found, Moment, Transition};

/// Brightness (16 is black, 235 white) and contrast of a picture that shows nothing.
const BLACK: f32 = 27.0;
const WHITE: f32 = 225.0;
const FLAT: f32 = 6.0;
/// Fewer flat frames are a blink or a flash.
const LEAST_BLACK: usize = 2;
const LEAST_WHITE: usize = 5;
/// Longest ramp on each side of the flat part, in frames.
const RAMP: usize = 60;
/// A ramp may stall by so much contrast a frame.
const STALL: f32 = 0.3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Black,
    White,
}

fn colour(moment: &Moment) -> Option<Colour> {
    match moment {
        Moment { spread, .. } if *spread > FLAT => None,
        Moment { mean, .. } if *mean < BLACK => Some(Colour::Black),
        Moment { mean, .. } if *mean > WHITE => Some(Colour::White),
        _ => None,
    }
}

/// Runs of frames of one flat colour, as first and one past the last.
fn runs(moments: &[Moment], wanted: Colour) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (frame, moment) in moments.iter().enumerate() {
        if colour(moment) != Some(wanted) {
            continue;
        }
        match runs.last_mut() {
            Some((_, end)) if *end == frame => *end += 1,
            _ => runs.push((frame, frame + 1)),
        }
    }
    runs
}

/// Black parts, as first frame and one past the last.
pub(super) fn black(moments: &[Moment]) -> Vec<(usize, usize)> {
    runs(moments, Colour::Black)
}

/// Borders through black or white, ramps and all. The film's own beginning
/// and end are none.
pub(super) fn fades(moments: &[Moment]) -> Vec<Found> {
    let long = |least: usize| move |(start, end): &(usize, usize)| end - start >= least;
    let black = runs(moments, Colour::Black).into_iter().filter(long(LEAST_BLACK));
    let white = runs(moments, Colour::White).into_iter().filter(long(LEAST_WHITE));
    let inside = |(start, end): &(usize, usize)| *start > 0 && *end < moments.len();
    let spread = |frame: usize| moments[frame].spread;
    let ramps = |(start, end): (usize, usize)| {
        let falls = |frame: usize| frame > 0 && spread(frame - 1) > spread(frame) - STALL;
        let rises =
            |frame: usize| frame + 1 < moments.len() && spread(frame + 1) > spread(frame) - STALL;
        let before = (0..RAMP).take_while(|n| start > *n && falls(start - n)).count();
        let after = (0..RAMP).take_while(|n| rises(end - 1 + n)).count();
        // The middle of the flat part parts the shots: keep it the middle of the span.
        let ramp = before.max(after).min(start).min(moments.len() - end);
        Found {
            transition: Transition::Fade,
            from: start - ramp,
            to: end - 1 + ramp,
            confidence: 0.9,
        }
    };
    black.chain(white).filter(inside).map(ramps).collect()
}
