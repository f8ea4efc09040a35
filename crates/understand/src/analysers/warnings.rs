//! What somebody may want to be warned of, by the words that are said.

use super::{Analyser, Context};
use crate::Result;
use crate::card::RULES;
use crate::draft::Draft;
use crate::material::Material;
use crate::rules::warnings::{Warned, warned};
use crate::text::shortened;
use vireo_domain::{Annotation, AnnotationKind, Source};

/// See the module.
pub(super) struct Warnings;

impl Analyser for Warnings {
    fn name(&self) -> &'static str {
        "warnings"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, _context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let best = draft.analysis.transcripts.first();
        let material = Material::new(&draft.video, draft.named_by_file, best);
        draft.analysis.annotations.extend(warned(&material).into_iter().map(stated));
        Ok(())
    }
}

fn stated(Warned { of, span, sentence }: Warned) -> Annotation {
    Annotation {
        kind: AnnotationKind::ContentWarning,
        value: of.to_owned(),
        source: if span.is_some() { Source::Transcript } else { Source::Metadata },
        span,
        evidence: Some(shortened(&sentence, 160)),
        confidence: 0.5,
        model: RULES.to_owned(),
    }
}
