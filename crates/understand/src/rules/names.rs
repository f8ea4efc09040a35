//! Names that a text mentions: people, places, works, things with a name.
//!
//! No model is asked. In scripts with capitals a name is a run of capitalised
//! words within a sentence. Chinese has no capitals: there it is a work in its
//! marks, or a place or organisation that is known by name, so that most people
//! are missed. What sort of name it is isn't said: the spelling does not tell.

use crate::material::Material;
use crate::text::sentences::Sentence;
use crate::text::words::{self, JIEBA, Word};
use crate::text::{is_han, lists};
use std::collections::{HashMap, HashSet};
use vireo_domain::{Language, Span};

/// Small words that a name may hold: "Tower of London", "Vasco da Gama".
const INSIDE: [&str; 9] = ["of", "the", "de", "la", "van", "von", "da", "di", "al"];

/// Capitalised in English, and no names.
const ORDINARY: [&str; 42] = [
    "i",
    "i'm",
    "i'll",
    "i've",
    "i'd",
    "ok",
    "okay",
    "mr",
    "mrs",
    "ms",
    "dr",
    "tv",
    "am",
    "pm",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "english",
    "chinese",
    "french",
    "german",
    "spanish",
    "god",
    "yes",
    "no",
    "oh",
];

/// Words of a name, at most.
const LONGEST: usize = 5;

/// Characters of a work's title between 《 and 》, at most.
const LONGEST_WORK: usize = 20;

/// Above this share of capitalised words a sentence is a heading, whose
/// capitals say nothing.
const HEADING: f64 = 0.6;

/// A name, where it is mentioned first, and how often it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    /// As it is written most often.
    pub(crate) name: String,
    /// How often.
    pub(crate) times: usize,
    /// The first sentence with it.
    pub(crate) sentence: String,
    /// When that is said; `None` for the description.
    pub(crate) span: Option<Span>,
}

/// The names of a text, the most mentioned first.
pub(crate) fn named(material: &Material, limit: usize) -> Vec<Named> {
    let lowercase = lowercase(material);
    let mut found: Vec<Named> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for sentence in &material.sentences {
        for name in of(sentence, &material.language, &lowercase) {
            let next = found.len();
            let place = *places.entry(name.to_lowercase()).or_insert(next);
            if place == next {
                let Sentence { text, span } = sentence.clone();
                found.push(Named { name, times: 0, sentence: text, span });
            }
            found[place].times += 1;
        }
    }
    let mut names = without_parts(found);
    // Stable: of two as frequent ones the earlier is first.
    names.sort_by_key(|named| std::cmp::Reverse(named.times));
    names.truncate(limit);
    names
}

/// Words that are somewhere written without a capital: at the beginning of a
/// sentence they are no names.
fn lowercase(material: &Material) -> HashSet<String> {
    let texts = material.sentences.iter().map(|sentence| sentence.text.as_str());
    let words = texts.flat_map(|text| words::words(text, &material.language));
    let small = words.filter(|word| word.text.chars().next().is_some_and(char::is_lowercase));
    small.map(|word| word.text.to_owned()).collect()
}

fn of(sentence: &Sentence, language: &Language, lowercase: &HashSet<String>) -> Vec<String> {
    let text = sentence.text.as_str();
    let words = words::words(text, language);
    let mut names = chinese(text, &words);
    // In German every noun has a capital.
    let letters = words.iter().filter(|word| word.text.starts_with(char::is_alphabetic));
    let (capital, all) = letters.fold((0, 0), |(capital, all), word| {
        (capital + usize::from(is_capital(word)), all + usize::from(!word.text.contains(is_han)))
    });
    if language.code() == "de" || (all > 3 && capital as f64 > HEADING * all as f64) {
        return names;
    }
    let mut start = 0;
    while start < words.len() {
        if !is_capital(&words[start]) {
            start += 1;
            continue;
        }
        let end = end_of_run(text, &words, start);
        let opens = start == 0;
        // The first word of a sentence has a capital anyway.
        let first = words[start].text.to_lowercase();
        let is_known_small = lowercase.contains(&first) || is_ordinary(&first, language);
        let start_of_name = if opens && is_known_small { start + 1 } else { start };
        let run = words.get(start_of_name..end).unwrap_or(&[]);
        let run = trimmed(run, language);
        let tells = match run {
            [] => false,
            [only] => !(opens && start_of_name == start) || is_acronym(only.text),
            _ => true,
        };
        if tells {
            names.push(plain(&text[run[0].at..run[run.len() - 1].end()]));
        }
        start = end;
    }
    names
}

/// The end of a run of capitalised words with one blank between them, and small
/// words inside.
fn end_of_run(text: &str, words: &[Word<'_>], start: usize) -> usize {
    let mut end = start + 1;
    let mut next = start + 1;
    while next < words.len() && next - start < LONGEST {
        let between = &text[words[next - 1].end()..words[next].at];
        if between != " " {
            break;
        }
        if is_capital(&words[next]) {
            end = next + 1;
        } else if !INSIDE.contains(&words[next].text) {
            break;
        }
        next += 1;
    }
    end
}

/// Without ordinary words, letters and codes ("E4") at both ends.
fn trimmed<'w, 't>(run: &'w [Word<'t>], language: &Language) -> &'w [Word<'t>] {
    let is_ordinary = |word: &Word<'_>| {
        let lower = word.text.to_lowercase();
        let length = word.text.chars().count();
        let has_digit = word.text.contains(|c: char| c.is_ascii_digit());
        let is_code = is_acronym(word.text) && (length < 3 || (has_digit && length < 4));
        is_ordinary(&lower, language) || is_code || word.text.chars().nth(1).is_none()
    };
    let first = run.iter().position(|word| !is_ordinary(word)).unwrap_or(run.len());
    let last = run.iter().rposition(|word| !is_ordinary(word)).map_or(first, |last| last + 1);
    &run[first..last.max(first)]
}

/// Chinese names: works in their marks (《红楼梦》), and of what the dictionary has
/// as names the organisations, the foreigners, and the places that are known or
/// say what they are. It has far too much as people and places (卫星, 望远镜, 城市).
fn chinese(text: &str, words: &[Word<'_>]) -> Vec<String> {
    let works = text.split('《').skip(1).filter_map(|rest| Some(rest.split_once('》')?.0));
    let works = works.filter(|work| !work.is_empty() && work.chars().count() <= LONGEST_WORK);
    let mut names: Vec<String> = works.map(str::to_owned).collect();
    let long = words.iter().filter(|word| word.telling && word.text.chars().all(is_han));
    let named = long.filter(|word| {
        let tags = JIEBA.tag(word.text, false);
        let [only] = tags.as_slice() else { return false };
        match only.tag {
            "ns" => lists::is_place(word.text) || says_what_it_is(word.text),
            tag => matches!(tag, "nrt" | "nt") || lists::is_place(word.text),
        }
    });
    names.extend(named.map(|word| word.text.to_owned()));
    names
}

fn says_what_it_is(place: &str) -> bool {
    let is_long = place.chars().count() > 2;
    place.ends_with(['省', '国', '州'])
        || (is_long && place.ends_with(['市', '县', '山', '江', '河', '湖', '岛', '寺']))
}

/// "Galileo" is no other name than "Galileo Galilei", of which it is a part.
fn without_parts(found: Vec<Named>) -> Vec<Named> {
    let words = |named: &Named| {
        named.name.to_lowercase().split(' ').map(str::to_owned).collect::<Vec<String>>()
    };
    let mut whole: Vec<(Vec<String>, Named)> =
        found.into_iter().map(|it| (words(&it), it)).collect();
    whole.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    let mut kept: Vec<(Vec<String>, Named)> = Vec::new();
    for (words, named) in whole {
        let longer = kept.iter_mut().find(|(longer, _)| {
            longer.len() > words.len() && longer.windows(words.len()).any(|part| part == words)
        });
        match longer {
            Some((_, longer)) => longer.times += named.times,
            None => kept.push((words, named)),
        }
    }
    kept.into_iter().map(|(_, named)| named).collect()
}

/// Without the ending of "Anna's".
fn plain(name: &str) -> String {
    let bare = name.strip_suffix("'s").or_else(|| name.strip_suffix("’s"));
    bare.unwrap_or(name).to_owned()
}

fn is_ordinary(lower: &str, language: &Language) -> bool {
    ORDINARY.contains(&lower) || lists::is_stop_word(lower, language)
}

fn is_capital(word: &Word<'_>) -> bool {
    word.text.chars().next().is_some_and(char::is_uppercase)
}

fn is_acronym(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase() || c.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, language: &str) -> Vec<String> {
        let material = Material::said("", text, language);
        named(&material, 9).into_iter().map(|named| named.name).collect()
    }

    #[test]
    fn capitals_within_a_sentence_are_names() {
        let text = "In 1610 Galileo Galilei saw four moons. Later that night Galileo drew them. \
                    Then the Tower of London burned, said Anna's aunt, and NASA was not there.";
        assert_eq!(names(text, "en"), ["Galileo Galilei", "Tower of London", "Anna", "NASA"]);
    }

    #[test]
    fn the_beginning_of_a_sentence_and_headings_are_no_names() {
        assert_eq!(names("Bread is good. Take some bread. Sourdough rises.", "en"), [""; 0]);
        assert_eq!(names("How To Bake Bread At Home Today", "en"), [""; 0]);
        assert_eq!(names("I think I'm late on Monday, OK?", "en"), [""; 0]);
        assert_eq!(names("Das Brot liegt auf dem Tisch.", "de"), [""; 0]);
        assert_eq!(names("NASA sent it.", "en"), ["NASA"]);
        assert_eq!(names("Open with E4, at F11 or so.", "en"), [""; 0]);
    }

    #[test]
    fn chinese_names_are_those_of_the_dictionary() {
        let text = "爱因斯坦去过意大利和青城山，也读《红楼梦》。联合国在纽约。";
        assert_eq!(names(text, "zh"), ["红楼梦", "爱因斯坦", "意大利", "青城山", "联合国", "纽约"]);
        let text = "城市的入口有新鲜的空气，太阳下的望远镜看得见木星的卫星。";
        assert_eq!(names(text, "zh"), [""; 0]);
    }

    #[test]
    fn a_name_says_where_it_is_heard_first() {
        let material = Material::said("", "We went to Lisbon. And Lisbon was warm.", "en");
        let found = named(&material, 9);
        assert_eq!((found.len(), found[0].times), (1, 2));
        assert!(found[0].sentence.starts_with("We went") && found[0].span.is_some());
    }
}
