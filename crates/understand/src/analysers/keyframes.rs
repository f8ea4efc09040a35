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
            Some(seen) if !seen.small.is_empty() => {
                let small: Vec<GreyFrame> = seen.small.iter().map(ColourFrame::grey).collect();
                frames::choose(&small, &draft.shots, limit)
            }
            _ => frames::keyframes(context.path, probe, &draft.shots, limit)?,
        };
        draft.decoded |= !keyframes.is_empty();
        draft.best_keyframe = keyframes.first().copied();
        keyframes.sort_by(f64::total_cmp);
        draft.analysis.keyframes = keyframes;
        Ok(())
    }
}
