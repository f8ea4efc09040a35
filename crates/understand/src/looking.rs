//! From pictures to what is said of them: each [`Looker`] is shown the
//! pictures of a stretch of the video, and says at its end what was to be seen.
//!
//! A stretch is a shot, or a part of a long one. One picture tells little:
//! what a network says of all of a stretch together is mistaken less often.

pub(crate) mod labels;
pub(crate) mod likeness;
pub(crate) mod objects;
mod said;
pub(crate) mod unsafe_content;

use crate::Result;
use vireo_domain::{Annotation, PictureVector, Span};
use vireo_pretrained::picture::Picture;

/// Width that pictures are looked at in, and how many a second at most.
pub(crate) const WIDTH: u32 = 400;
pub(crate) const PER_SECOND: u32 = 1;

/// Longest stretch, in seconds.
const LONGEST: f64 = 10.0;

/// A shot, or a part of a long one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    /// When.
    pub(crate) span: Span,
    /// Whether it is not the first part of its shot.
    pub(crate) goes_on: bool,
}

/// Makes statements of the pictures it is shown.
pub(crate) trait Looker {
    /// Its name in warnings.
    fn name(&self) -> &'static str;

    /// Looks at the next picture of the stretch, shown at this second.
    fn look(&mut self, at: f64, picture: &Picture<'_>) -> Result<()>;

    /// The stretch is over, and this is when it was.
    fn close(&mut self, stretch: Span);

    /// Takes what it keeps of the pictures besides statements.
    fn vectors(&mut self) -> Vec<PictureVector> {
        Vec::new()
    }

    /// What was to be seen, in order of time.
    fn finish(self: Box<Self>) -> Vec<Annotation>;
}

/// The shots (none: the whole is one), those that are long in equal parts.
pub(crate) fn stretches(shots: &[Span], seconds: f64) -> Vec<Stretch> {
    let whole = [Span::new(0.0, seconds)];
    let shots = if shots.is_empty() { &whole } else { shots };
    let parts = |shot: &Span| {
        let count = (shot.seconds() / LONGEST).ceil().clamp(1.0, f64::from(u16::MAX));
        let (start, step) = (shot.start, shot.seconds() / count);
        (0..count as u32).map(move |part| {
            let start = start + f64::from(part) * step;
            Stretch { span: Span::new(start, start + step), goes_on: part > 0 }
        })
    };
    shots.iter().flat_map(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_shots_are_cut_in_equal_parts() {
        let shots = [Span::new(0.0, 4.0), Span::new(4.0, 28.0)];
        let starts = |shots: &[Span], seconds| -> Vec<f64> {
            stretches(shots, seconds).iter().map(|stretch| stretch.span.start).collect()
        };
        assert_eq!(starts(&shots, 28.0), [0.0, 4.0, 12.0, 20.0]);
        assert_eq!(starts(&[], 15.0), [0.0, 7.5]);
        assert_eq!(starts(&[], 0.0), [0.0]);
        let parts = stretches(&shots, 28.0);
        assert_eq!(
            parts.iter().map(|it| it.goes_on).collect::<Vec<_>>(),
            [false, false, true, true]
        );
    }
}
