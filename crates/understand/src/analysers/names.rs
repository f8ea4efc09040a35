//! The names that are mentioned.

use super::{Analyser, Context};
use crate::Result;
use crate::card::RULES;
use crate::draft::Draft;
use crate::material::Material;
use crate::rules::names::{Named, named};
use crate::text::shortened;
use vireo_domain::{Annotation, AnnotationKind, Source};

/// Names kept of a video: of a long one only what comes up often.
const MOST: usize = 24;

/// See the module.
pub(super) struct Names;

impl Analyser for Names {
    fn name(&self) -> &'static str {
        "names"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, _context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let best = draft.analysis.transcripts.first();
        let material = Material::new(&draft.video, draft.named_by_file, best);
        if !material.is_thin() {
            let names = named(&material, MOST);
            draft.analysis.annotations.extend(names.into_iter().map(stated));
        }
        Ok(())
    }
}

fn stated(Named { name, times, sentence, span }: Named) -> Annotation {
    Annotation {
        kind: AnnotationKind::Name,
        value: name,
        source: if span.is_some() { Source::Transcript } else { Source::Metadata },
        span,
        evidence: Some(shortened(&sentence, 160)),
        // What is mentioned again is less likely a slip of the recogniser.
        confidence: if times > 1 { 0.8 } else { 0.6 },
        model: RULES.to_owned(),
    }
}
