//! How loud the sound is as a whole.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::listening::whole_sound;
use vireo_domain::{Annotation, AnnotationKind, Source};
use vireo_media::audio::AudioStream;

/// See the module.
pub(super) struct Loudness;

impl Analyser for Loudness {
    fn name(&self) -> &'static str {
        "loudness"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        if !context.tools.config.loudness {
            return Ok(());
        }
        let sound = whole_sound(context, draft)?;
        let Some(lufs) = sound.and_then(AudioStream::loudness) else { return Ok(()) };
        draft.analysis.annotations.push(Annotation {
            kind: AnnotationKind::Loudness,
            value: format!("{lufs:.1} LUFS"),
            span: None,
            source: Source::Audio,
            evidence: None,
            confidence: 1.0,
            model: "EBU R 128".to_owned(),
        });
        Ok(())
    }
}
