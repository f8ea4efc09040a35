//! Words and their stems, for languages with and without blanks.

use super::{is_han, is_kana, lists};
use jieba_rs::Jieba;
use rust_stemmers::{Algorithm, Stemmer};
use std::sync::LazyLock;
use vireo_domain::Language;

/// Segments Chinese; its dictionary is read once, at the first Chinese text.
pub(crate) static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// A word in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word<'t> {
    /// As it is written.
    pub(crate) text: &'t str,
    /// Where it begins in the text, in bytes.
    pub(crate) at: usize,
    /// Lower case, without ending: what words are compared by.
    pub(crate) stem: String,
    /// Whether it names something (no stop word, no bare number, no single letter).
    pub(crate) telling: bool,
}

impl Word<'_> {
    /// Where it ends in the text, in bytes.
    pub(crate) fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// The words of a folded text.
pub(crate) fn words<'t>(text: &'t str, language: &Language) -> Vec<Word<'t>> {
    let stemmer = Stemmer::create(algorithm(language));
    let mut found = Vec::new();
    let mut rest = text;
    let mut at = 0;
    while let Some(first) = rest.chars().next() {
        let cjk = is_cjk(first);
        let belongs = |c: char| if cjk { is_cjk(c) } else { is_part(c) && !is_cjk(c) };
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        if length == 0 {
            let skip = first.len_utf8();
            (at, rest) = (at + skip, &rest[skip..]);
            continue;
        }
        let run = &rest[..length];
        if cjk {
            let mut start = at;
            for piece in JIEBA.cut(run, true) {
                found.push(word(piece, start, piece.to_owned(), language));
                start += piece.len();
            }
        } else {
            let trimmed = run.trim_matches(is_apostrophe);
            if !trimmed.is_empty() {
                let start = at + (run.len() - run.trim_start_matches(is_apostrophe).len());
                let lower = trimmed.to_lowercase();
                let base = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("’s"));
                let stem = stemmer.stem(base.unwrap_or(&lower)).into_owned();
                found.push(word(trimmed, start, stem, language));
            }
        }
        (at, rest) = (at + length, &rest[length..]);
    }
    found
}

/// The stems of the telling words, in order.
pub(crate) fn telling_stems(text: &str, language: &Language) -> Vec<String> {
    words(text, language).into_iter().filter(|w| w.telling).map(|w| w.stem).collect()
}

fn word<'t>(text: &'t str, at: usize, stem: String, language: &Language) -> Word<'t> {
    let lower = text.to_lowercase().replace('’', "'");
    let long_enough = text.chars().nth(1).is_some();
    // Words that jieba's model guesses around a function word ("事是") are none.
    let guessed = text.chars().all(is_han)
        && text.chars().any(|c| lists::is_stop_word(c.encode_utf8(&mut [0; 4]), language))
        && !JIEBA.has_word(text);
    let telling = long_enough
        && !guessed
        && text.chars().any(char::is_alphabetic)
        && !lists::is_stop_word(lower.strip_suffix("'s").unwrap_or(&lower), language);
    Word { text, at, stem, telling }
}

fn is_cjk(c: char) -> bool {
    is_han(c) || is_kana(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// Letters with their marks, digits, and the apostrophe of "don't".
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || is_apostrophe(c) || unicode_normalization::char::is_combining_mark(c)
}

fn algorithm(language: &Language) -> Algorithm {
    match language.code() {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => Algorithm::English,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts<'t>(text: &'t str, language: &Language) -> Vec<&'t str> {
        words(text, language).iter().map(|w| w.text).collect()
    }

    #[test]
    fn cuts_both_languages() {
        let en = Language::english();
        assert_eq!(
            texts("Don't 'bake' the bread, Anna's!", &en),
            ["Don't", "bake", "the", "bread", "Anna's"]
        );
        assert_eq!(telling_stems("baking the breads, Anna's", &en), ["bake", "bread", "anna"]);
        let zh = Language::chinese();
        assert_eq!(texts("今天用Rust写程序", &zh), ["今天", "用", "Rust", "写", "程序"]);
        assert_eq!(telling_stems("我们学习机器学习", &zh), ["学习", "机器", "学习"]);
    }

    proptest! {
        #[test]
        fn words_lie_where_they_say(text in "\\PC{0,60}") {
            for word in words(&text, &Language::english()) {
                prop_assert_eq!(&text[word.at..word.end()], word.text);
            }
        }
    }
}
