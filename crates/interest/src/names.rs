//! Names of topics: the keywords that set a topic apart from the others.

use std::collections::{BTreeMap, HashSet};
use vireo_domain::{Language, is_han};

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

/// Whether a word that a file brings along can tell what it is about. What
/// programs write into files ("clideo.com", "Lavf58.29.100") cannot.
///
/// ```
/// use vireo_interest::is_telling;
/// assert!(is_telling("sourdough") && is_telling("node.js") && is_telling("3D"));
/// assert!(!is_telling("clideo.com") && !is_telling("Lavf58.29.100") && !is_telling("2024"));
/// ```
pub fn is_telling(word: &str) -> bool {
    const DOMAINS: [&str; 8] = [".com", ".net", ".org", ".info", ".tv", ".cn", ".cc", ".me"];
    const PROGRAMS: [&str; 10] = [
        "lavf",
        "lavc",
        "libav",
        "ffmpeg",
        "x264",
        "x265",
        "handbrake",
        "mencoder",
        "http",
        "https",
    ];
    let word = word.trim().to_lowercase();
    let is_domain = !word.contains(' ')
        && DOMAINS.iter().any(|end| word.strip_suffix(end).is_some_and(|name| !name.is_empty()));
    let is_program = word.starts_with("www.")
        || PROGRAMS.iter().any(|program| {
            let version = word.strip_prefix(program);
            version.is_some_and(|version| !version.starts_with(char::is_alphabetic))
        });
    word.chars().any(char::is_alphabetic) && !is_domain && !is_program
}

/// Names groups of videos by class-based TF-IDF (Grootendorst, BERTopic, 2022):
/// a word counts `tf · ln(1 + A / f)`, with `tf` its weight in the group, `f`
/// its weight everywhere, and `A` the mean weight of a group; times the square
/// root of the number of videos that have it, for a name is to be true of all.
///
/// The English name is made of the words of English videos, the Chinese one of
/// those of Chinese videos. Where a group has no such video, the other name
/// stands in, and where it has neither, the words of other languages do. Words
/// that two videos have are enough for a name; only where there are none it is
/// made of what single videos say. A name takes one word more when another
/// topic has the same name already.
pub(crate) fn name_groups(groups: &[Vec<Keywords<'_>>]) -> Vec<Name> {
    let mut english = name_in(groups, ", ", english_weight).into_iter();
    let mut chinese = name_in(groups, "、", chinese_weight).into_iter();
    let other = name_in(groups, ", ", other_weight);
    let names = other.into_iter().map(|other| {
        let (english, chinese) = (english.next().flatten(), chinese.next().flatten());
        Name {
            english: english.clone().or(other.clone()).or(chinese.clone()).unwrap_or_default(),
            chinese: chinese.or(english).or(other).unwrap_or_default(),
        }
    });
    names.collect()
}

/// Words of English videos and, as far as one can see, those of videos whose
/// language isn't known.
fn english_weight(word: &str, language: Option<&Language>) -> f64 {
    let is_known = language.is_some_and(|language| !language.is_unknown());
    let is_english = language.is_some_and(|language| *language == Language::english());
    let is_ours = is_english || !is_known;
    if is_ours && word.chars().all(|c| !c.is_alphabetic() || is_latin(c)) { 1.0 } else { 0.0 }
}

/// Chinese words, and for a third the Latin ones of Chinese videos ("Python").
fn chinese_weight(word: &str, language: Option<&Language>) -> f64 {
    let is_known = language.is_some_and(|language| !language.is_unknown());
    let is_chinese = language.is_some_and(Language::is_chinese);
    match (is_chinese || !is_known, word.chars().any(is_han)) {
        (true, true) => 1.0,
        (true, false) if is_chinese => 1.0 / 3.0,
        _ => 0.0,
    }
}

/// Words of videos in other languages than these two.
fn other_weight(_word: &str, language: Option<&Language>) -> f64 {
    let is_ours = |language: &Language| {
        language.is_unknown() || language.is_chinese() || *language == Language::english()
    };
    if language.is_none_or(is_ours) { 0.0 } else { 1.0 }
}

fn is_latin(c: char) -> bool {
    matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[derive(Default)]
struct Word {
    weight: f64,
    /// How often it is written which way; the commonest is shown.
    spellings: BTreeMap<String, u32>,
}

impl Word {
    fn videos(&self) -> u32 {
        self.spellings.values().sum()
    }

    /// Whether it is of the topic rather than of one of its videos: several
    /// have it, and most of what is said with it is said here.
    fn is_shared(&self, everywhere: f64) -> bool {
        self.videos() > 1 && 2.0 * self.weight >= everywhere
    }
}

/// A word and how well it names a topic.
struct Ranked<'a> {
    value: f64,
    shared: bool,
    key: &'a str,
    word: &'a Word,
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
        let mut ranked: Vec<Ranked<'_>> = words
            .iter()
            .map(|(key, word)| {
                let everywhere = everywhere[key.as_str()];
                let idf = (1.0 + mean / everywhere).ln();
                let value = word.weight * idf * f64::from(word.videos()).sqrt();
                Ranked { value, shared: word.is_shared(everywhere), key, word }
            })
            .collect();
        ranked.sort_by(|a, b| {
            let shared_first = b.shared.cmp(&a.shared);
            shared_first.then(b.value.total_cmp(&a.value)).then_with(|| a.key.cmp(b.key))
        });
        let (chosen, shared) = unlike(&ranked);
        let enough = if shared > 0 { shared } else { chosen.len() };
        let mut length = WORDS.min(enough);
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
        let telling = video.words.iter().filter(|word| is_telling(word));
        for (place, written) in telling.enumerate() {
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
/// before ("bread" after "sourdough bread"), and how many of them, at the
/// beginning, are shared.
fn unlike<'a>(ranked: &[Ranked<'a>]) -> (Vec<&'a str>, usize) {
    let mut keys: Vec<&str> = Vec::new();
    let mut chosen = Vec::new();
    let mut shared = 0;
    for Ranked { key, word, shared: is_shared, .. } in ranked {
        if chosen.len() < WORDS + 3 && !keys.iter().any(|k| k.contains(key) || key.contains(k)) {
            keys.push(key);
            shared += usize::from(*is_shared);
            // The first of the commonest: `max_by_key` alone would take the last.
            let commonest = word.spellings.iter().rev().max_by_key(|(_, count)| **count);
            chosen.extend(commonest.map(|(spelling, _)| spelling.as_str()));
        }
    }
    (chosen, shared)
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
        let mianbao = words(&["面包", "酸面团", "Python", "loaf"]);
        let chess = words(&["chess", "opening", "video"]);
        let stars = words(&["stars", "telescope", "video"]);
        let names = name_groups(&[
            vec![of(&bread, &en), of(&oven, &en), of(&mianbao, &zh)],
            vec![of(&chess, &en), of(&chess, &en)],
            vec![of(&stars, &en), of(&stars, &en)],
        ]);
        assert_eq!(names[0].english, "Bread, sourdough", "the oven is of one, loaf is Chinese");
        assert_eq!(names[0].chinese, "面包、酸面团、Python");
        assert_eq!(names[1].english, "chess, opening");
        assert_eq!(names[1].chinese, names[1].english, "no Chinese video: as in English");
    }

    #[test]
    fn a_name_is_in_its_language_or_the_other_ones() {
        let (zh, fr) = (Language::chinese(), Language::new("fr"));
        let (taiji, pain) = (words(&["太极", "养生"]), words(&["boulangerie", "pain"]));
        let made_by_programs = words(&["clideo.com", "Lavf58.29.100"]);
        let names = name_groups(&[
            vec![of(&taiji, &zh)],
            vec![of(&pain, &fr)],
            vec![Keywords { words: &made_by_programs, language: None }],
        ]);
        assert_eq!(names[0], Name { english: "太极、养生".into(), chinese: "太极、养生".into() });
        assert_eq!(names[1].chinese, "boulangerie, pain");
        assert_eq!(names[1].english, names[1].chinese);
        assert_eq!(names[2], Name::default());
    }

    #[test]
    fn what_all_videos_have_names_their_topic() {
        let en = Language::english();
        let first = words(&["wok", "ginger", "cooking"]);
        let second = words(&["onion", "knife", "cooking"]);
        let third = words(&["sourdough", "flour", "cooking"]);
        let chess = words(&["chess"]);
        let cooking = vec![of(&first, &en), of(&second, &en), of(&third, &en)];
        let names = name_groups(&[cooking, vec![of(&chess, &en)]]);
        assert_eq!(names[0].english, "cooking");
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
