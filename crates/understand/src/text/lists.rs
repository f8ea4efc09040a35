//! Word lists shipped with the program: stop words, common words, tone,
//! categories. All written for Vireo; see `resources/`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use vireo_domain::Language;

/// The words of a list: separated by white space, `#` to the end of the line is a remark.
fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().flat_map(|line| line.split('#').next().unwrap_or("").split_whitespace())
}

static STOP_WORDS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    [
        ("en", include_str!("../../resources/stop_words/en.txt")),
        ("zh", include_str!("../../resources/stop_words/zh.txt")),
        ("de", include_str!("../../resources/stop_words/de.txt")),
        ("es", include_str!("../../resources/stop_words/es.txt")),
        ("fr", include_str!("../../resources/stop_words/fr.txt")),
        ("ru", include_str!("../../resources/stop_words/ru.txt")),
    ]
    .into_iter()
    .map(|(language, list)| (language, words(list).collect()))
    .collect()
});

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("../../resources/common_words.en.txt")).collect());

static PLACES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("../../resources/places.zh.txt")).collect());

/// Whether a Chinese word is the name of a well-known place.
pub(crate) fn is_place(word: &str) -> bool {
    PLACES.contains(word)
}

/// Whether a folded, lower-case word says nothing of the subject. English
/// stop words count in every language: English is mixed into all of them.
pub(crate) fn is_stop_word(word: &str, language: &Language) -> bool {
    let listed = |code: &str| STOP_WORDS.get(code).is_some_and(|list| list.contains(word));
    listed("en") || listed(language.code())
}

/// Whether an English word is so common in speech that it seldom names a subject.
pub(crate) fn is_common(word: &str) -> bool {
    COMMON.contains(word)
}

/// One entry of a list of the shape `name: words | 词`.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: &'static str,
    /// English words and phrases, separated by commas in the file.
    pub(crate) english: Vec<&'static str>,
    /// Chinese ones.
    pub(crate) chinese: Vec<&'static str>,
}

impl Entry {
    /// Every word of both languages.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.english.iter().chain(&self.chinese).copied()
    }
}

fn entries(text: &'static str) -> Vec<Entry> {
    let split = |part: &'static str| {
        part.split(',').map(str::trim).filter(|word| !word.is_empty()).collect::<Vec<_>>()
    };
    text.lines()
        .filter_map(|line| line.split('#').next()?.split_once(':'))
        .map(|(name, rest)| {
            let (english, chinese) = rest.split_once('|').unwrap_or((rest, ""));
            Entry { name: name.trim(), english: split(english), chinese: split(chinese) }
        })
        .collect()
}

/// What the categories of the default configuration are about.
pub(crate) static CATEGORIES: LazyLock<Vec<Entry>> =
    LazyLock::new(|| entries(include_str!("../../resources/categories.txt")));

/// Words of moods.
pub(crate) static MOODS: LazyLock<Vec<Entry>> =
    LazyLock::new(|| entries(include_str!("../../resources/moods.txt")));

/// Words that say for whom something is.
pub(crate) static AUDIENCES: LazyLock<Vec<Entry>> =
    LazyLock::new(|| entries(include_str!("../../resources/audiences.txt")));

/// Words that somebody may want to be warned of.
pub(crate) static WARNINGS: LazyLock<Vec<Entry>> =
    LazyLock::new(|| entries(include_str!("../../resources/warnings.txt")));

/// Words of tone: `positive`, `negative`, `negation`.
pub(crate) static TONES: LazyLock<Vec<Entry>> =
    LazyLock::new(|| entries(include_str!("../../resources/tones.txt")));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn lists_are_whole() {
        for list in [&*CATEGORIES, &*MOODS, &*AUDIENCES, &*WARNINGS, &*TONES] {
            assert!(!list.is_empty());
            for entry in list {
                assert!(!entry.english.is_empty(), "{}", entry.name);
                assert!(!entry.chinese.is_empty(), "{}", entry.name);
                for word in entry.all() {
                    assert_eq!(fold(word).to_lowercase(), word, "lists are in folded lower case");
                }
            }
        }
        assert!(is_stop_word("the", &Language::english()));
        assert!(is_stop_word("我们", &Language::chinese()));
        assert!(is_common("people") && !is_common("sourdough"));
    }

    #[test]
    fn every_default_category_has_words() {
        for category in crate::Config::default().categories {
            assert!(CATEGORIES.iter().any(|entry| entry.name == category), "{category}");
        }
    }
}
