//! A statement on its way to the card, with what it rests on.

use crate::text::shortened;
use std::fmt;
use vireo_domain::{AnnotationKind, Card, Source, Span};

/// The name of our rules in annotations.
pub(crate) const RULES: &str = "rules";

/// What a statement rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grounds {
    /// Where it was read.
    pub(crate) source: Source,
    /// When it is said.
    pub(crate) span: Option<Span>,
    /// The words.
    pub(crate) evidence: Option<String>,
    /// How sure we are, 0 to 1.
    pub(crate) confidence: f32,
}

impl Grounds {
    /// A sentence: said, if it has a time, or else written by the owner.
    pub(crate) fn words(sentence: &str, span: Option<Span>, confidence: f32) -> Self {
        let source = if span.is_some() { Source::Transcript } else { Source::Metadata };
        Self { source, span, evidence: Some(shortened(sentence, 160)), confidence }
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claim {
    /// What it is about.
    pub(crate) kind: AnnotationKind,
    /// What it says.
    pub(crate) value: String,
    /// What it rests on.
    pub(crate) grounds: Grounds,
    /// Model or [`RULES`].
    pub(crate) by: String,
}

impl Claim {
    /// A statement about the whole text.
    pub(crate) fn of_all(
        kind: AnnotationKind,
        value: impl fmt::Display,
        confidence: f32,
        by: &str,
    ) -> Self {
        let grounds = Grounds { source: Source::Combined, span: None, evidence: None, confidence };
        Self { kind, value: value.to_string(), grounds, by: by.to_owned() }
    }

    /// What the rules read out of a sentence.
    pub(crate) fn of_rules(
        kind: AnnotationKind,
        value: impl Into<String>,
        grounds: Grounds,
    ) -> Self {
        Self { kind, value: value.into(), grounds, by: RULES.to_owned() }
    }
}

/// A card and the statements it is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    /// The card.
    pub(crate) card: Card,
    /// Each statement with its grounds.
    pub(crate) claims: Vec<Claim>,
    /// What went wrong on the way.
    pub(crate) warning: Option<String>,
}
