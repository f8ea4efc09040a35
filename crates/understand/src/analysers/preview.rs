//! A few seconds of the video for whoever points at its cover.

use super::{Analyser, Context, cover};
use crate::Result;
use crate::draft::Draft;
use vireo_media::preview;

/// Pieces, and the seconds of each.
const PIECES: usize = 6;
const PIECE: f64 = 1.0;

/// A shorter video is its own preview, in seconds.
const SHORTEST: f64 = 2.0 * PIECES as f64 * PIECE;

/// See the module.
pub(super) struct Preview;

impl Analyser for Preview {
    fn name(&self) -> &'static str {
        "preview"
    }

    fn share(&self) -> f64 {
        0.03
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let width = context.tools.config.preview_width;
        let duration = draft.video.duration_seconds.unwrap_or(0.0);
        if width == 0 || duration < SHORTEST || draft.analysis.keyframes.is_empty() {
            return Ok(());
        }
        let to = context.covers.join(cover::file_name(&draft.video.id, "mp4"));
        let starts = starts(&draft.analysis.keyframes, duration);
        preview::write_preview(context.path, &starts, PIECE, width, &to)?;
        Ok(())
    }
}

/// Where the pieces begin: at keyframes spread over the video, none running
/// into the next or past the end.
fn starts(keyframes: &[f64], duration: f64) -> Vec<f64> {
    let step = (keyframes.len() as f64 / PIECES as f64).max(1.0);
    let spread = (0..PIECES).map(|piece| (piece as f64 * step) as usize);
    let mut starts: Vec<f64> = Vec::new();
    for at in spread.filter_map(|place| keyframes.get(place)) {
        let at = at.min(duration - PIECE).max(0.0);
        if starts.last().is_none_or(|last| at - last >= PIECE) {
            starts.push(at);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_never_overlap(
            mut keyframes in prop::collection::vec(0.0f64..600.0, 1..30),
            duration in SHORTEST..600.0,
        ) {
            keyframes.sort_by(f64::total_cmp);
            let starts = starts(&keyframes, duration);
            prop_assert!(!starts.is_empty() && starts.len() <= PIECES);
            prop_assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= PIECE));
            prop_assert!(starts.iter().all(|at| *at >= 0.0 && at + PIECE <= duration + 1e-9));
        }
    }
}
