//! Names of topics: the keywords that set a topic apart from the others.

use std::collections::{BTreeMap, HashSet};
use vireo_domain::Language;

/// Words in a name.
const WORDS: usize = 3;

/// The keywords of one video, most telling first, and its language.
pub(crate) struct Keywords<'a> {
    pub words: &'a [String],
    pub language: Option<&'a Language>,
}

/// A name in English and one in Chinese; each falls back to the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Name {
    pub english: String,
    pub chinese: String,
}

/// Names groups of videos by class-based TF-IDF (Grootendorst, BERTopic, 2022):
/// a word counts `tf · ln(1 + A / f)`, with `tf` its weight in the group, `f`
/// its weight everywhere, and `A` the mean weight of a group. A name takes one
/// word more when another topic has the same name already.
pub(crate) fn name_groups(groups: &[Vec<Keywords<'_>>]) -> Vec<Name> {
    let english = name_in(groups, ", ", english_weight);
    let chinese = name_in(groups, "、", chinese_weight);
    let names = english.into_iter().zip(chinese).map(|(english, chinese)| Name {
        english: english.clone().or_else(|| chinese.clone()).unwrap_or_default(),
        chinese: chinese.or(english).unwrap_or_default(),
    });
    names.collect()
}

/// Words of other languages than Chinese; those of Chinese videos count half.
fn english_weight(word: &str, language: Option<&Language>) -> f64 {
    match (is_chinese(word, language), language.is_some_and(Language::is_chinese)) {
        (true, _) => 0.0,
        (false, true) => 0.5,
        (false, false) => 1.0,
    }
}

/// Chinese words, and for half the foreign words of Chinese videos ("Python").
fn chinese_weight(word: &str, language: Option<&Language>) -> f64 {
    match (is_chinese(word, language), language.is_some_and(Language::is_chinese)) {
        (true, _) => 1.0,
        (false, true) => 0.5,
        (false, false) => 0.0,
    }
}

/// Whether a word is Chinese: it has Han characters and isn't Japanese.
fn is_chinese(word: &str, language: Option<&Language>) -> bool {
    let han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}');
    language.is_none_or(|language| language.code() != "ja") && word.chars().any(han)
}

#[derive(Default)]
struct Word {
    weight: f64,
    /// How often it is written which way; the commonest is shown.
    spellings: BTreeMap<String, u32>,
}

fn name_in(
    groups: &[Vec<Keywords<'_>>],
    separator: &str,
    weight_of: fn(&str, Option<&Language>) -> f64,
) -> Vec<Option<String>> {
    let counted: Vec<BTreeMap<String, Word>> =
        groups.iter().map(|group| count(group, weight_of)).collect();
    let mut everywhere: BTreeMap<&str, f64> = BTreeMap::new();
    for (word, counted) in counted.iter().flatten() {
        *everywhere.entry(word).or_default() += counted.weight;
    }
    let mean = everywhere.values().sum::<f64>() / groups.len().max(1) as f64;
    let mut taken: HashSet<String> = HashSet::new();
    let named = counted.iter().map(|words| {
        let mut ranked: Vec<(f64, &str, &Word)> = words
            .iter()
            .map(|(key, word)| {
                let idf = (1.0 + mean / everywhere[key.as_str()]).ln();
                (word.weight * idf, key.as_str(), word)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let chosen = unlike(&ranked);
        let mut length = WORDS.min(chosen.len());
        let mut name = chosen[..length].join(separator);
        while taken.contains(&name) && length < chosen.len() {
            length += 1;
            name = chosen[..length].join(separator);
        }
        taken.insert(name.clone());
        (!name.is_empty()).then_some(name)
    });
    named.collect()
}

/// Each word once a video; the first counts most.
fn count(
    group: &[Keywords<'_>],
    weight_of: fn(&str, Option<&Language>) -> f64,
) -> BTreeMap<String, Word> {
    let mut counted: BTreeMap<String, Word> = BTreeMap::new();
    for video in group {
        let mut own: HashSet<String> = HashSet::new();
        for (place, written) in video.words.iter().enumerate() {
            let written = written.trim();
            let key = written.to_lowercase();
            let weight = weight_of(written, video.language) / (1.0 + place as f64 / 5.0);
            if weight > 0.0 && !key.is_empty() && own.insert(key.clone()) {
                let word = counted.entry(key).or_default();
                word.weight += weight;
                *word.spellings.entry(written.to_owned()).or_default() += 1;
            }
        }
    }
    counted
}

/// The best words in their commonest spelling, without those that repeat one
/// before ("bread" after "sourdough bread").
fn unlike<'a>(ranked: &[(f64, &'a str, &'a Word)]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = Vec::new();
    let mut chosen = Vec::new();
    for (_, key, word) in ranked {
        if chosen.len() < WORDS + 3 && !keys.iter().any(|k| k.contains(key) || key.contains(k)) {
            keys.push(key);
            // The first of the commonest: `max_by_key` alone would take the last.
            let commonest = word.spellings.iter().rev().max_by_key(|(_, count)| **count);
            chosen.extend(commonest.map(|(spelling, _)| spelling.as_str()));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn of<'a>(words: &'a [String], language: &'a Language) -> Keywords<'a> {
        Keywords { words, language: Some(language) }
    }

    #[test]
    fn names_are_what_sets_a_topic_apart_in_both_languages() {
        let (en, zh) = (Language::english(), Language::chinese());
        let bread = words(&["sourdough", "Bread", "video"]);
        let oven = words(&["bread", "oven", "video", "sourdough"]);
        let mianbao = words(&["面包", "酸面团", "Python"]);
        let chess = words(&["chess", "opening", "video"]);
        let names = name_groups(&[
            vec![of(&bread, &en), of(&oven, &en), of(&mianbao, &zh)],
            vec![of(&chess, &en), of(&chess, &en)],
        ]);
        assert_eq!(names[0].english, "Bread, sourdough, oven");
        assert_eq!(names[0].chinese, "面包、酸面团、Python");
        assert!(names[1].english.starts_with("chess, opening"));
        assert_eq!(names[1].chinese, names[1].english, "no Chinese video: as in English");
    }

    #[test]
    fn two_topics_get_two_names_and_no_words_no_name() {
        let (one, two) = (words(&["a1", "b2", "c3", "d4"]), words(&["a1", "b2", "c3", "e5"]));
        let of = |words| vec![Keywords { words, language: None }];
        let names = name_groups(&[of(&one), of(&two), Vec::new()]);
        assert_ne!(names[0].english, names[1].english);
        assert_eq!(names[2], Name::default());
        assert!(name_groups(&[]).is_empty());
    }
}
