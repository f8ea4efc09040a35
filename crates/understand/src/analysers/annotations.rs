//! Every statement with its evidence, for `vireo show` and the audit.

use super::{Analyser, Context};
use crate::Result;
use crate::card::RULES;
use crate::draft::Draft;
use crate::text::shortened;
use vireo_domain::{Annotation, AnnotationKind, Source, Transcript, TranscriptOrigin};

/// See the module.
pub(super) struct Annotations;

impl Analyser for Annotations {
    fn name(&self) -> &'static str {
        "annotations"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, _context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let language = draft.analysis.transcripts.first().map(of_language);
        draft.annotate();
        draft.analysis.annotations.splice(..0, language);
        Ok(())
    }
}

/// The language, told by the first words in it.
fn of_language(transcript: &Transcript) -> Annotation {
    let (source, model) = match transcript.origin {
        TranscriptOrigin::Speech => (Source::Audio, transcript.detail.clone()),
        TranscriptOrigin::BurntIn => (Source::Pictures, transcript.detail.clone()),
        _ => (Source::Transcript, RULES.to_owned()),
    };
    let first = transcript.cues.iter().find(|cue| cue.text.chars().any(char::is_alphabetic));
    Annotation {
        kind: AnnotationKind::Language,
        value: transcript.language.to_string(),
        span: None,
        source,
        evidence: first.map(|cue| shortened(&cue.text.replace('\n', " "), 160)),
        confidence: if transcript.language.is_unknown() { 0.0 } else { 0.9 },
        model,
    }
}
