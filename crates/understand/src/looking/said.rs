//! What was said of the stretches so far.

use vireo_domain::{Annotation, AnnotationKind, Source, Span};

/// Statements that are kept of one video.
const MOST: usize = 200;

/// Statements in order of time; one that holds in stretches that touch is one
/// statement.
pub(super) struct Said {
    model: String,
    statements: Vec<Annotation>,
}

impl Said {
    pub(super) fn by(model: &str) -> Self {
        Self { model: model.to_owned(), statements: Vec::new() }
    }

    /// Says something of a stretch, or goes on saying it; the confidence is
    /// the mean over time.
    pub(super) fn say(&mut self, kind: AnnotationKind, value: &str, sure: f32, stretch: Span) {
        let is_same = |it: &&mut Annotation| (it.kind, &*it.value) == (kind, value);
        let before = self.statements.iter_mut().rev().find(is_same);
        let joined = before.and_then(|it| {
            let span = it.span.as_mut().filter(|span| span.end >= stretch.start)?;
            let share = stretch.seconds() / (stretch.end - span.start).max(f64::MIN_POSITIVE);
            span.end = stretch.end;
            it.confidence += (sure - it.confidence) * share as f32;
            Some(())
        });
        if joined.is_none() && self.statements.len() < MOST {
            self.statements.push(Annotation {
                kind,
                value: value.to_owned(),
                span: Some(stretch),
                source: Source::Pictures,
                evidence: None,
                confidence: sure,
                model: self.model.clone(),
            });
        }
    }

    pub(super) fn all(self) -> Vec<Annotation> {
        self.statements
    }
}
