//! Questions about one video, answered with its own words: where is it said?
//!
//! Two judges rank what is said: the words shared with the question, weighed
//! by how rare they are in this video, and the meaning. Both look at passages
//! of a few sentences, for an answer seldom stands in the sentence that names
//! the subject. Their ranks are fused (Cormack et al., SIGIR 2009).

use crate::Result;
use crate::meaning::BATCH;
use crate::text::sentences::{Sentence, of_cues};
use crate::text::words::telling_stems;
use std::collections::{BTreeSet, HashMap, HashSet};
use vireo_domain::{Embedding, Span, Transcript};
use vireo_pretrained::embedding::{Purpose, TextEmbedder};

/// Sentences in a passage.
const PASSAGE: usize = 3;

/// What a shared word is worth more when the passage begins with its sentence.
const OPENING: f64 = 0.25;

/// The constant of reciprocal rank fusion.
const RRF_K: f64 = 60.0;

/// A passage without a word of the question must stand this many standard
/// deviations above the video's passages to be quoted for its meaning.
const STANDS_OUT: f64 = 1.5;

/// Most passages that are looked at: some hours of speech.
const MOST_PASSAGES: usize = 4000;

/// What is said, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// When it is said, in seconds.
    pub span: Span,
    /// The words.
    pub text: String,
    /// Words of the question, as stems, that it shares; empty when it was found by meaning.
    pub shared: Vec<String>,
}

/// The passages of `transcript` that answer `question` best, at most `limit`,
/// none overlapping another; empty when nothing speaks of it.
pub(crate) fn quotes(
    transcript: &Transcript,
    question: &str,
    embedder: &dyn TextEmbedder,
    limit: usize,
) -> Result<Vec<Quote>> {
    let sentences = of_cues(&transcript.cues);
    let starts: Vec<usize> = (0..sentences.len()).take(MOST_PASSAGES).collect();
    let passages: Vec<Passage> =
        starts.into_iter().filter_map(|start| Passage::new(&sentences, start)).collect();
    let question = crate::text::fold(question);
    let by_words = by_words(&passages, &question, transcript);
    let by_meaning = by_meaning(&passages, &question, embedder)?;

    let mut score: HashMap<usize, f64> = HashMap::new();
    for list in [ranked(by_words.iter().map(|(worth, _)| *worth)), by_meaning] {
        for (rank, passage) in list.into_iter().enumerate() {
            *score.entry(passage).or_default() += 1.0 / (RRF_K + rank as f64 + 1.0);
        }
    }
    let mut order: Vec<(usize, f64)> = score.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut quotes: Vec<Quote> = Vec::new();
    for (place, _) in order {
        let passage = &passages[place];
        let apart = |quote: &Quote| {
            passage.span.start >= quote.span.end || passage.span.end <= quote.span.start
        };
        if quotes.len() < limit && quotes.iter().all(apart) {
            quotes.push(Quote {
                span: passage.span,
                text: passage.text.clone(),
                shared: by_words[place].1.clone(),
            });
        }
    }
    Ok(quotes)
}

struct Passage {
    span: Span,
    text: String,
    /// Its first sentence.
    opening: String,
}

impl Passage {
    /// The sentences from `start` on; `None` when they have no time.
    fn new(sentences: &[Sentence], start: usize) -> Option<Self> {
        let run = &sentences[start..(start + PASSAGE).min(sentences.len())];
        let first = run.first()?.span?;
        let end = run.iter().filter_map(|sentence| sentence.span).map(|span| span.end);
        let texts: Vec<&str> = run.iter().map(|sentence| sentence.text.as_str()).collect();
        Some(Self {
            span: Span::new(first.start, end.fold(first.end, f64::max)),
            text: texts.join(" "),
            opening: texts[0].to_owned(),
        })
    }
}

/// For each passage the rarity of the question's words in it, and the words.
/// Those of its first sentence count more: a quote begins where it is said.
fn by_words(
    passages: &[Passage],
    question: &str,
    transcript: &Transcript,
) -> Vec<(f64, Vec<String>)> {
    let stems = |text: &str| telling_stems(text, &transcript.language).into_iter();
    let asked: BTreeSet<String> = stems(question).collect();
    let said: Vec<(HashSet<String>, HashSet<String>)> = passages
        .iter()
        .map(|passage| (stems(&passage.text).collect(), stems(&passage.opening).collect()))
        .collect();
    let rarity = |word: &String| {
        let having = said.iter().filter(|(whole, _)| whole.contains(word)).count();
        ((1.0 + said.len() as f64) / (1.0 + having as f64)).ln() + 0.1
    };
    let asked: Vec<(f64, String)> = asked.into_iter().map(|word| (rarity(&word), word)).collect();
    said.iter()
        .map(|(whole, opening)| {
            let mut worth = 0.0;
            let mut shared = Vec::new();
            for (rarity, word) in asked.iter().filter(|(_, word)| whole.contains(word)) {
                worth += rarity * if opening.contains(word) { 1.0 + OPENING } else { 1.0 };
                shared.push(word.clone());
            }
            (worth, shared)
        })
        .collect()
}

/// Places of the passages that stand out in meaning, best first.
fn by_meaning(
    passages: &[Passage],
    question: &str,
    embedder: &dyn TextEmbedder,
) -> Result<Vec<usize>> {
    let mut asked = embedder.embed(&[question], Purpose::Query)?;
    let Some(asked) = asked.pop().filter(|asked| !asked.is_zero()) else { return Ok(Vec::new()) };
    let mut cosines: Vec<f64> = Vec::with_capacity(passages.len());
    for batch in passages.chunks(BATCH) {
        let texts: Vec<&str> = batch.iter().map(|passage| passage.text.as_str()).collect();
        let vectors: Vec<Embedding> = embedder.embed(&texts, Purpose::Passage)?;
        cosines.extend(vectors.iter().map(|vector| f64::from(asked.cosine(vector))));
    }
    let count = cosines.len().max(1) as f64;
    let mean = cosines.iter().sum::<f64>() / count;
    let variance = cosines.iter().map(|cosine| (cosine - mean).powi(2)).sum::<f64>() / count;
    let floor = mean + STANDS_OUT * variance.sqrt();
    Ok(ranked(cosines.into_iter().map(|cosine| (cosine - floor).max(0.0))))
}

/// Places of the positive scores, best first.
fn ranked(scores: impl Iterator<Item = f64>) -> Vec<usize> {
    let mut order: Vec<(usize, f64)> = scores.enumerate().filter(|(_, s)| *s > 0.0).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::{Cue, Language, TranscriptOrigin};
    use vireo_pretrained::embedding::hashing::HashingEmbedder;

    fn transcript(language: &str, lines: &[&str]) -> Transcript {
        let cue = |(place, line): (usize, &&str)| Cue {
            span: Span::new(place as f64 * 5.0, place as f64 * 5.0 + 4.5),
            text: (*line).to_owned(),
        };
        Transcript {
            language: Language::new(language),
            origin: TranscriptOrigin::Sidecar,
            detail: "test".to_owned(),
            cues: lines.iter().enumerate().map(cue).collect(),
        }
    }

    fn asked(transcript: &Transcript, question: &str) -> Vec<Quote> {
        quotes(transcript, question, &HashingEmbedder, 2).expect("quotes")
    }

    const TALK: [&str; 9] = [
        "Welcome to my kitchen.",
        "Today everything is about bread.",
        "We start with flour and water.",
        "The starter must be fed each morning.",
        "Then it doubles within hours.",
        "Fold the dough four times.",
        "The oven has to be very hot.",
        "Steam makes the crust shine.",
        "Enjoy your bread!",
    ];

    #[test]
    fn a_quote_begins_where_it_is_said() {
        let found = asked(&transcript("en", &TALK), "Why is there steam, and what of the crust?");
        assert_eq!(found[0].span.start, 35.0, "{found:?}");
        assert!(found[0].text.starts_with("Steam makes the crust shine."));
        assert!(found.iter().skip(1).all(|quote| quote.span.end <= 35.0), "no overlap: {found:?}");
    }

    #[test]
    fn chinese_is_asked_in_chinese() {
        let lines = ["大家好。", "今天我们做面包。", "先准备面粉和水。", "烤箱要预热到两百度。"];
        let found = asked(&transcript("zh", &lines), "烤箱要多热？");
        assert_eq!(found[0].span.start, 15.0, "{found:?}");
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert!(asked(&transcript("en", &[]), "bread?").is_empty());
        assert!(asked(&transcript("en", &TALK), " ").iter().all(|quote| quote.shared.is_empty()));
    }
}
