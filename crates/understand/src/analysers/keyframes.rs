//! Times of pictures that show something, of each shot one where there is room.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use vireo_media::frames::{self, ColourFrame, GreyFrame};

/// See the module.
pub(super) struct Keyframes;

impl Analyser for Keyframes {
    fn name(&self) -> &'static str {
        "keyframes"
    }

    fn share(&self) -> f64 {
        0.08
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let limit = context.tools.config.keyframes;
        let Some(probe) = &draft.probe else { return Ok(()) };
        if limit == 0 {
            return Ok(());
        }
        let mut keyframes = match &draft.seen {
            Some(seen) => {
                let small: Vec<GreyFrame> = seen.small.iter().map(ColourFrame::grey).collect();
                let chosen = frames::choose(&small, &draft.shots, limit);
                chosen.into_iter().map(|at| begun(at, probe.facts.fps)).collect()
            }
            None => frames::keyframes(context.path, probe, &draft.shots, limit)?,
        };
        draft.decoded |= !keyframes.is_empty();
        draft.best_keyframe = keyframes.first().copied();
        keyframes.sort_by(f64::total_cmp);
        draft.analysis.keyframes = keyframes;
        Ok(())
    }
}

/// Just before the frame begins that is on the screen at `at`: whoever looks
/// for a frame gets the next one that begins.
fn begun(at: f64, fps: Option<f64>) -> f64 {
    (at - fps.map_or(0.0, |fps| 1.0 / fps) + 0.002).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_on_the_screen_is_the_next_to_begin() {
        // At 25 frames a second: one that begins then, and one 20 ms before.
        for at in [1.0, 1.02] {
            let at = begun(at, Some(25.0));
            assert!(at > 0.96 && at - 0.001 > 0.96 && at <= 1.0, "{at}");
        }
        assert_eq!(begun(0.0, Some(25.0)), 0.0);
        assert!(begun(3.0, None) >= 3.0);
    }
}
