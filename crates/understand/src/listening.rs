//! From sound to cues: stretches of speech, packed into the recogniser's
//! windows, and its words put back in their place.

use crate::Result;
use crate::analysers::Context;
use crate::draft::Draft;
use vireo_media::audio::AudioStream;

pub(crate) mod guards;
pub(crate) mod scribe;
pub(crate) mod stretches;
pub(crate) mod windows;

/// The sound of the video; `None` where it has none. It is decoded once for all
/// analysers: whoever comes first opens it, the next goes on where that one
/// stopped, and what is measured on the way is there for all. At most two pieces
/// of 30 s are held, however long it is.
pub(crate) fn sound<'d>(
    context: &Context<'_>,
    draft: &'d mut Draft,
) -> Result<Option<&'d mut AudioStream>> {
    let Some(probe) = draft.probe.as_ref().filter(|probe| probe.sound.is_some()) else {
        return Ok(None);
    };
    if draft.sound.is_none() {
        let metered = context.tools.config.loudness;
        let open = if metered { AudioStream::metered } else { AudioStream::of };
        draft.sound = Some(open(context.path, probe)?);
    }
    Ok(draft.sound.as_mut())
}

/// As [`sound`], to its end: for what is measured of the whole.
pub(crate) fn whole_sound<'d>(
    context: &Context<'_>,
    draft: &'d mut Draft,
) -> Result<Option<&'d AudioStream>> {
    let Some(sound) = sound(context, draft)? else { return Ok(None) };
    sound.hear_out()?;
    let (heard, warning) = (sound.seconds() > 0.0, sound.warning());
    draft.decoded |= heard;
    if let Some(warning) = warning {
        draft.warn(format!("sound: {warning}"));
    }
    Ok(draft.sound.as_ref())
}

/// Samples of so many seconds.
pub(crate) fn samples(seconds: f64) -> usize {
    (seconds * f64::from(vireo_media::audio::SAMPLE_RATE)) as usize
}

/// Seconds of so many samples.
pub(crate) fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(vireo_media::audio::SAMPLE_RATE)
}
