//! The parts in which nothing is heard.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::listening::whole_sound;
use vireo_domain::{Annotation, AnnotationKind, Source};

/// See the module.
pub(super) struct Silence;

impl Analyser for Silence {
    fn name(&self) -> &'static str {
        "silence"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        if !context.tools.config.shots {
            return Ok(());
        }
        let Some(sound) = whole_sound(context, draft)? else { return Ok(()) };
        let silent = sound.silent();
        draft.analysis.annotations.extend(silent.into_iter().map(|span| Annotation {
            kind: AnnotationKind::Silent,
            value: "silent".to_owned(),
            span: Some(span),
            source: Source::Audio,
            evidence: None,
            confidence: 0.95,
            model: "silence".to_owned(),
        }));
        Ok(())
    }
}
