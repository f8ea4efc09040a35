//! Sentences, of texts that have punctuation and of cues that often have none.

use super::{fold, is_han};
use vireo_domain::{Cue, Span};

/// A sentence, or a run of words that comes closest to one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sentence {
    /// Folded text (but see [`written`]).
    pub(crate) text: String,
    /// When it is said; `None` for metadata.
    pub(crate) span: Option<Span>,
}

/// Longest sentence, in characters; longer runs are cut at the next blank or comma.
const LONGEST: usize = 240;

/// A run of cues without a full stop is cut here when there is a pause, in characters…
const ENOUGH: usize = 40;
/// …of this many seconds.
const PAUSE: f64 = 0.8;

/// Whether a sentence ends with this character.
pub(crate) fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．' | '｡')
}

/// The sentences of a text.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            current.push(c);
            let ends = is_end(c)
                && chars.peek().is_none_or(|next| {
                    // "3.5" and "example.org" go on; "...", "?!" are one end.
                    !is_end(*next)
                        && (c != '.'
                            || next.is_whitespace()
                            || is_han(*next)
                            || "\"'”’)".contains(*next))
                })
                && !ends_with_abbreviation(&current);
            let too_long =
                current.chars().count() >= LONGEST && (c.is_whitespace() || "，,；;、".contains(c));
            if ends || too_long {
                keep(&mut sentences, &mut current);
            }
        }
        keep(&mut sentences, &mut current);
    }
    sentences
}

fn keep(sentences: &mut Vec<String>, current: &mut String) {
    let folded = fold(current);
    // A closing quote left over from the sentence before belongs to nobody.
    let text = folded.trim_start_matches(|c: char| c.is_whitespace() || "\"”’)".contains(c));
    if text.chars().any(char::is_alphanumeric) {
        sentences.push(text.to_owned());
    }
    current.clear();
}

fn ends_with_abbreviation(text: &str) -> bool {
    let last = text.rsplit(char::is_whitespace).next().unwrap_or("").to_lowercase();
    matches!(
        last.as_str(),
        "mr." | "mrs." | "ms." | "dr." | "st." | "vs." | "e.g." | "i.e." | "no."
    ) || (last.len() == 2 && last.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The cues' text without what rolling captions repeat: each cue that begins
/// with the lines of the one before it loses them. Speaker labels and notes
/// in brackets go too. One item a cue that says something.
pub(crate) fn spoken(cues: &[Cue]) -> Vec<Sentence> {
    spoken_in(cues, fold)
}

/// As [`spoken`], but in the script in which it was written.
pub(crate) fn written(cues: &[Cue]) -> Vec<Sentence> {
    spoken_in(cues, |line| line.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn spoken_in(cues: &[Cue], clean: impl Fn(&str) -> String) -> Vec<Sentence> {
    let mut previous: Vec<String> = Vec::new();
    let mut said = Vec::with_capacity(cues.len());
    for cue in cues {
        let lines: Vec<String> = cue
            .text
            .lines()
            .map(without_notes)
            .map(|l| clean(&l))
            .filter(|l| !l.is_empty())
            .collect();
        let repeated = (1..=previous.len().min(lines.len()))
            .rev()
            .find(|n| previous[previous.len() - n..] == lines[..*n])
            .filter(|_| previous.len() > 1 || lines.len() > 1)
            .unwrap_or(0);
        let text = lines[repeated..].join(" ");
        previous = lines;
        if text.chars().any(char::is_alphanumeric) {
            said.push(Sentence { text, span: Some(cue.span) });
        }
    }
    said
}

/// `[music]`, `(laughs)`, `♪` and `NARRATOR:` are about the sound, not the subject.
fn without_notes(line: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '[' | '【' => depth += 1,
            ']' | '】' => depth = depth.saturating_sub(1),
            '♪' | '♫' => {}
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    let label = kept.split_once(':').filter(|(name, _)| {
        let name = name.trim().trim_start_matches(['-', '>', ' ']);
        (2..=20).contains(&name.len()) && name.chars().all(|c| c.is_ascii_uppercase() || c == ' ')
    });
    match label {
        Some((_, rest)) => rest.to_owned(),
        None => kept,
    }
}

/// The sentences that the cues make together: joined over cue borders, cut at
/// full stops, and at pauses where there are none.
pub(crate) fn of_cues(cues: &[Cue]) -> Vec<Sentence> {
    let mut sentences: Vec<Sentence> = Vec::new();
    let mut open: Option<Sentence> = None;
    for line in spoken(cues) {
        let span = line.span.unwrap_or(Span::new(0.0, 0.0));
        if let Some(current) = &mut open {
            let before = current.span.unwrap_or(span);
            let long = current.text.chars().count();
            let pause = span.start - before.end;
            if long >= LONGEST || (long >= ENOUGH && pause >= PAUSE) || pause >= 5.0 {
                sentences.extend(open.take());
            }
        }
        let text = match open.take() {
            Some(before) => {
                let start = before.span.map_or(span.start, |s| s.start);
                Sentence {
                    text: joined(&before.text, &line.text),
                    span: Some(Span::new(start, span.end)),
                }
            }
            None => line,
        };
        let mut parts = split(&text.text);
        // What does not end here may go on in the next cue.
        let rest = if text.text.ends_with(is_end) { None } else { parts.pop() };
        for part in parts {
            sentences.push(Sentence { text: part, span: text.span });
        }
        open = rest.map(|part| Sentence { text: part, span: text.span });
    }
    sentences.extend(open);
    sentences
}

/// Two lines as one: Chinese ones, which come without punctuation, with a comma.
fn joined(before: &str, after: &str) -> String {
    let chinese =
        before.chars().next_back().is_some_and(is_han) && after.chars().next().is_some_and(is_han);
    format!("{before}{}{after}", if chinese { "，" } else { " " })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start: f64, end: f64, text: &str) -> Cue {
        Cue::new(Span::new(start, end), text)
    }

    #[test]
    fn splits_both_languages() {
        assert_eq!(
            split("Dr. Lee baked 3.5 loaves. Really?! Yes... she did."),
            ["Dr. Lee baked 3.5 loaves.", "Really?!", "Yes...", "she did."]
        );
        assert_eq!(split("今天做面包。你会吗？当然！"), ["今天做面包。", "你会吗？", "当然！"]);
    }

    #[test]
    fn joins_cues_into_sentences() {
        let cues = [
            cue(0.0, 2.0, "This is the optical"),
            cue(2.0, 4.0, "segment. It is big."),
            cue(9.5, 10.0, "End"),
        ];
        let sentences = of_cues(&cues);
        let texts: Vec<&str> = sentences.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(texts, ["This is the optical segment.", "It is big.", "End"]);
        assert_eq!(sentences[0].span, Some(Span::new(0.0, 4.0)));
    }

    #[test]
    fn rolling_captions_and_notes_go() {
        let cues = [
            cue(0.0, 1.0, "[music]"),
            cue(1.0, 2.0, "NAR: hello and\nwelcome to"),
            cue(2.0, 3.0, "welcome to\nthe show"),
            cue(3.0, 4.0, "no"),
            cue(4.0, 5.0, "no"),
        ];
        let said: Vec<String> = spoken(&cues).into_iter().map(|s| s.text).collect();
        assert_eq!(said, ["hello and welcome to", "the show", "no", "no"]);
    }

    #[test]
    fn unpunctuated_chinese_is_cut_at_pauses() {
        let cues: Vec<Cue> = (0..12)
            .map(|i| cue(f64::from(i) * 3.0, f64::from(i) * 3.0 + 2.0, "我们来看这道菜怎么做"))
            .collect();
        let sentences = of_cues(&cues);
        assert!(sentences.len() >= 2);
        assert!(sentences.iter().all(|s| s.text.chars().count() <= LONGEST + 20));
    }
}
