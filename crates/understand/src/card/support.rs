//! Is a claim in the text? Exactly, by its stems, or by its meaning.

use super::Grounds;
use crate::Result;
use crate::material::Material;
use crate::text::lexicon::is_whole;
use crate::text::{fold, shortened, words};
use std::collections::HashSet;
use vireo_domain::{Embedding, Source};
use vireo_pretrained::embedding::{Purpose, TextEmbedder};

/// Most pieces of the text that a meaning is compared with.
const PIECES: usize = 24;
/// Length of such a piece, in characters.
const PIECE: usize = 300;
/// How many standard deviations nearer to the text than to unrelated texts a
/// claim must be; set by hand, see
/// `docs/decisions/020-cards.md`.
const NEARER: f32 = 2.0;

/// Sentences about all sorts of things: what "unrelated" looks like to the
/// embedder in use. Embedded once.
pub(crate) struct Baseline(Vec<Embedding>);

impl Baseline {
    /// Embeds the sentences.
    pub(crate) fn new(embedder: &dyn TextEmbedder) -> Result<Self> {
        let sentences: Vec<&str> = include_str!("../../resources/baseline.txt")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        Ok(Self(embedder.embed(&sentences, Purpose::Passage)?))
    }
}

/// Checks claims against one text.
pub(crate) struct Support<'a> {
    material: &'a Material,
    stems: HashSet<String>,
    embedder: &'a dyn TextEmbedder,
    baseline: &'a Baseline,
    /// Pieces of the text with their meaning; embedded when first needed.
    pieces: Option<Vec<(String, Embedding)>>,
}

impl<'a> Support<'a> {
    /// For one text.
    pub(crate) fn new(
        material: &'a Material,
        embedder: &'a dyn TextEmbedder,
        baseline: &'a Baseline,
    ) -> Self {
        let text = material.text();
        let words = words::words(&text, &material.language);
        let stems = words.into_iter().map(|word| word.stem).collect();
        Self { material, stems, embedder, baseline, pieces: None }
    }

    /// What `claim` rests on; `None` if the text does not support it.
    pub(crate) fn of(&mut self, claim: &str) -> Result<Option<Grounds>> {
        let folded = fold(claim).to_lowercase();
        if !folded.chars().any(char::is_alphanumeric) {
            return Ok(None);
        }
        if let Some(grounds) = self.in_words(&folded) {
            return Ok(Some(grounds));
        }
        self.in_meaning(&folded)
    }

    /// Support by the very words, one after another.
    pub(crate) fn verbatim(&self, folded: &str) -> Option<Grounds> {
        if folded.is_empty() {
            return None;
        }
        let exact = |text: &str| {
            let lower = text.to_lowercase();
            lower.match_indices(folded).any(|(at, found)| is_whole(&lower, at, at + found.len()))
        };
        self.found(exact, 0.9)
    }

    /// Support by words only: what needs no model and costs nothing.
    pub(crate) fn in_words(&self, folded: &str) -> Option<Grounds> {
        if let Some(grounds) = self.verbatim(folded) {
            return Some(grounds);
        }
        let language = &self.material.language;
        let wanted: Vec<String> = words::telling_stems(folded, language);
        if wanted.is_empty() || !wanted.iter().all(|stem| self.stems.contains(stem)) {
            return None;
        }
        // All in one line is better evidence than scattered over the text.
        let holds = |text: &str| {
            let stems: HashSet<String> = words::telling_stems(text, language).into_iter().collect();
            wanted.iter().all(|stem| stems.contains(stem))
        };
        let first = |text: &str| words::words(text, language).iter().any(|w| w.stem == wanted[0]);
        self.found(holds, 0.8).or_else(|| self.found(first, 0.6))
    }

    fn found(&self, holds: impl Fn(&str) -> bool, confidence: f32) -> Option<Grounds> {
        let (text, span) = self.material.find(holds)?;
        Some(Grounds::words(text, span, confidence))
    }

    fn in_meaning(&mut self, folded: &str) -> Result<Option<Grounds>> {
        if self.pieces.is_none() {
            self.pieces = Some(self.embedded_pieces()?);
        }
        let Some(claim) = self.embedder.embed(&[folded], Purpose::Query)?.pop() else {
            return Ok(None);
        };
        let unrelated: Vec<f32> = self.baseline.0.iter().map(|b| claim.cosine(b)).collect();
        let count = unrelated.len().max(1) as f32;
        let mean = unrelated.iter().sum::<f32>() / count;
        let deviation =
            (unrelated.iter().map(|s| (s - mean).powi(2)).sum::<f32>() / count).sqrt().max(1e-3);
        let best = self.pieces.iter().flatten().map(|(text, piece)| (claim.cosine(piece), text));
        let Some((similarity, text)) = best.max_by(|a, b| a.0.total_cmp(&b.0)) else {
            return Ok(None);
        };
        let nearer = (similarity - mean) / deviation;
        if nearer < NEARER {
            return Ok(None);
        }
        let (_, span) = self.material.find(|line| text.contains(line)).unwrap_or((text, None));
        Ok(Some(Grounds {
            source: Source::Combined,
            span,
            evidence: Some(shortened(text, 160)),
            confidence: (0.3 + 0.05 * nearer).clamp(0.3, 0.6),
        }))
    }

    /// The text in pieces, evenly chosen when there are many.
    fn embedded_pieces(&self) -> Result<Vec<(String, Embedding)>> {
        let mut pieces: Vec<String> = Vec::new();
        for sentence in self.material.text().lines() {
            match pieces.last_mut() {
                Some(last) if last.chars().count() + sentence.chars().count() < PIECE => {
                    last.push(' ');
                    last.push_str(sentence);
                }
                _ => pieces.push(sentence.to_owned()),
            }
        }
        let step = pieces.len().div_ceil(PIECES).max(1);
        let pieces: Vec<String> = pieces.into_iter().step_by(step).collect();
        let texts: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let vectors = self.embedder.embed(&texts, Purpose::Passage)?;
        Ok(pieces.into_iter().zip(vectors).collect())
    }
}
