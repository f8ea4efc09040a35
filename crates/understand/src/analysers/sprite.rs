//! Small pictures of the whole video for whoever points at its line of time.

use super::{Analyser, Context, cover};
use crate::Result;
use crate::draft::Draft;
use crate::watching::small;
use vireo_media::sprite;

/// What the picture is called where the track is found.
const ADDRESS: &str = "sprite.jpg";

/// See the module.
pub(super) struct Sprite;

impl Analyser for Sprite {
    fn name(&self) -> &'static str {
        "sprite"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        if !context.tools.config.sprites {
            return Ok(());
        }
        let to = context.covers.join(cover::file_name(&draft.video.id, ADDRESS));
        let duration = draft.video.duration_seconds.unwrap_or(0.0);
        let Some(probe) = draft.probe.as_ref().filter(|probe| probe.picture.is_some()) else {
            return Ok(());
        };
        let own;
        let pictures = if let Some(seen) = &draft.seen {
            &seen.small
        } else {
            own = small(context, probe)?;
            &own
        };
        if pictures.len() > 1 {
            sprite::write_sprite(pictures, duration, ADDRESS, &to)?;
        }
        Ok(())
    }
}
