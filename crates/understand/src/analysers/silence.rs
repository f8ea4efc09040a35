//! The parts in which nothing is heard.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use vireo_domain::{Annotation, AnnotationKind, Source};
use vireo_media::silence;

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
        let Some(probe) = draft.probe.as_ref().filter(|_| context.tools.config.shots) else {
            return Ok(());
        };
        let silent = silence::silent(context.path, probe)?;
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
