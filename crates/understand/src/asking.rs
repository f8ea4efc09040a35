//! Questions about one video, answered with its own words: where is it said?
//!
//! Two judges rank what is said: the words shared with the question, weighed
//! by how rare they are in this video, and the meaning, which is compared
//! across languages. Words look at passages of a few sentences, for an answer
//! seldom stands in the sentence that names the subject; meaning at each
//! sentence, and a little at those after it, since the mean of several says
//! nothing clearly. Their ranks are fused (Cormack et al., SIGIR 2009), those by
//! words as far as they cover the question; the figures are in
//! `docs/decisions/022-search-fusion.md`.

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
const RRF_K: f64 = 5.0;

/// The power of the covered share of the question that a rank by words is weighed by.
const COVERAGE_POWER: i32 = 3;

/// What the sentences after the first of a passage count for beside it.
const AFTER: f32 = 0.25;

/// The share of search's floor that the nearest sentence must reach: one video
/// has fewer chances than a catalogue to be near by accident.
const OF_THE_FLOOR: f32 = 0.75;

/// The share of the nearest sentence's likeness that others must reach.
const STANDS_OUT: f32 = 0.5;

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

/// How meanings are compared.
#[derive(Clone, Copy)]
pub struct Nearness<'a> {
    /// The likeness of something asked and something told, at most 1.
    pub likeness: &'a dyn Fn(&Embedding, &Embedding) -> f32,
    /// The likeness from which on search calls something near.
    pub floor: f32,
}

/// The passages of `transcript` that answer `question` best, at most `limit`,
/// none overlapping another; empty when nothing speaks of it.
pub(crate) fn quotes(
    transcript: &Transcript,
    question: &str,
    embedder: &dyn TextEmbedder,
    nearness: Nearness<'_>,
    limit: usize,
) -> Result<Vec<Quote>> {
    let sentences = of_cues(&transcript.cues);
    let starts: Vec<usize> = (0..sentences.len()).take(MOST_PASSAGES).collect();
    let passages: Vec<Passage> =
        starts.into_iter().filter_map(|start| Passage::new(&sentences, start)).collect();
    let question = crate::text::fold(question);
    let by_words = by_words(&passages, &question, transcript);
    let by_meaning = by_meaning(&passages, &question, embedder, nearness)?;

    let mut score: HashMap<usize, f64> = HashMap::new();
    let mut fuse = |list: Vec<usize>, weight: &dyn Fn(usize) -> f64| {
        for (rank, passage) in list.into_iter().enumerate() {
            *score.entry(passage).or_default() += weight(passage) / (RRF_K + rank as f64 + 1.0);
        }
    };
    let share = |passage: usize| by_words[passage].share.powi(COVERAGE_POWER);
    fuse(ranked(by_words.iter().map(|shared| shared.worth)), &share);
    fuse(by_meaning, &|_| 1.0);
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
                shared: by_words[place].words.clone(),
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

/// What a passage shares with the question.
struct Shared {
    /// The rarity of the words in this video; those of the first sentence count
    /// more: a quote begins where it is said.
    worth: f64,
    /// The share of the rarity of all words asked, 0 to 1.
    share: f64,
    /// The words.
    words: Vec<String>,
}

/// What each passage shares with the question.
fn by_words(passages: &[Passage], question: &str, transcript: &Transcript) -> Vec<Shared> {
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
    let all: f64 = asked.iter().map(|(rarity, _)| rarity).sum();
    said.iter()
        .map(|(whole, opening)| {
            let mut shared = Shared { worth: 0.0, share: 0.0, words: Vec::new() };
            for (rarity, word) in asked.iter().filter(|(_, word)| whole.contains(word)) {
                shared.worth += rarity * if opening.contains(word) { 1.0 + OPENING } else { 1.0 };
                shared.share += rarity / all;
                shared.words.push(word.clone());
            }
            shared
        })
        .collect()
}

/// Places of the passages that are near in meaning, best first.
fn by_meaning(
    passages: &[Passage],
    question: &str,
    embedder: &dyn TextEmbedder,
    nearness: Nearness<'_>,
) -> Result<Vec<usize>> {
    let mut asked = embedder.embed(&[question], Purpose::Query)?;
    let Some(asked) = asked.pop().filter(|asked| !asked.is_zero()) else { return Ok(Vec::new()) };
    let mut near: Vec<f32> = Vec::with_capacity(passages.len());
    for batch in passages.chunks(BATCH) {
        let texts: Vec<&str> = batch.iter().map(|passage| passage.opening.as_str()).collect();
        let vectors: Vec<Embedding> = embedder.embed(&texts, Purpose::Passage)?;
        near.extend(vectors.iter().map(|vector| (nearness.likeness)(&asked, vector)));
    }
    let best = near.iter().copied().fold(f32::MIN, f32::max);
    if best < OF_THE_FLOOR * nearness.floor {
        return Ok(Vec::new());
    }
    let whole = |place: usize| {
        let after = &near[(place + 1).min(near.len())..(place + PASSAGE).min(near.len())];
        let mean = after.iter().sum::<f32>() / after.len().max(1) as f32;
        if near[place] >= STANDS_OUT * best { near[place] + AFTER * mean } else { 0.0 }
    };
    Ok(ranked((0..near.len()).map(|place| f64::from(whole(place)))))
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
        let cue = |(place, line): (usize, &&str)| {
            Cue::new(Span::new(place as f64 * 5.0, place as f64 * 5.0 + 4.5), *line)
        };
        Transcript {
            language: Language::new(language),
            origin: TranscriptOrigin::Sidecar,
            detail: "test".to_owned(),
            cues: lines.iter().enumerate().map(cue).collect(),
        }
    }

    fn asked(transcript: &Transcript, question: &str) -> Vec<Quote> {
        let likeness = |asked: &Embedding, told: &Embedding| asked.cosine(told);
        let nearness = Nearness { likeness: &likeness, floor: 0.4 };
        quotes(transcript, question, &HashingEmbedder, nearness, 2).expect("quotes")
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
