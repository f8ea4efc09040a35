//! The shots, and the parts that are black or frozen.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::watching::seen;
use vireo_domain::{Annotation, AnnotationKind, Source, Span};
use vireo_media::shots::Transition;

/// Named in the statements: what they rest on is a rule, not a model.
const RULE: &str = "shots";

/// See the module.
pub(super) struct ShotBorders;

impl Analyser for ShotBorders {
    fn name(&self) -> &'static str {
        "shots"
    }

    fn share(&self) -> f64 {
        0.05
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        if !context.tools.config.shots {
            return Ok(());
        }
        let Some(seen) = seen(context, draft)? else { return Ok(()) };
        let found = seen.shots.clone();
        if found.seconds <= 0.0 {
            return Ok(());
        }
        draft.decoded = true;
        let spans = found.spans();
        // The first shot begins with the video: of that one may be sure.
        let beginnings = [("start", 1.0)]
            .into_iter()
            .chain(found.borders.iter().map(|border| (name(border.transition), border.confidence)));
        for ((value, confidence), span) in beginnings.zip(&spans) {
            let shot = statement(AnnotationKind::Shot, value, *span, confidence);
            draft.analysis.annotations.push(shot);
        }
        let parts = [
            (AnnotationKind::Black, "black", found.black),
            (AnnotationKind::Frozen, "frozen", found.frozen),
        ];
        for (kind, value, spans) in parts {
            let said = spans.into_iter().map(|span| statement(kind, value, span, 0.95));
            draft.analysis.annotations.extend(said);
        }
        draft.shots = spans;
        Ok(())
    }
}

fn name(transition: Transition) -> &'static str {
    match transition {
        Transition::Cut => "cut",
        Transition::Fade => "fade",
        Transition::Dissolve => "dissolve",
    }
}

fn statement(kind: AnnotationKind, value: &str, span: Span, confidence: f32) -> Annotation {
    Annotation {
        kind,
        value: value.to_owned(),
        span: Some(span),
        source: Source::Pictures,
        evidence: None,
        confidence,
        model: RULE.to_owned(),
    }
}
