//! Keywords by frequency and rarity (TF-IDF) over runs of telling words, as
//! in RAKE (Rose et al., 2010). Chinese rarity comes from jieba's table; the
//! English one knows only "common in speech" and "the rest", which is enough
//! for a single text.

use crate::material::Material;
use crate::text::words::{self, JIEBA, Word};
use crate::text::{is_han, lists};
use jieba_rs::{KeywordExtract, TfIdf};
use std::collections::HashMap;
use std::sync::LazyLock;
use vireo_domain::Language;

static TF_IDF: LazyLock<TfIdf> = LazyLock::new(TfIdf::default);

/// Longest phrase, in words; and longest name, whose words all have capitals.
const LONGEST: usize = 3;
const LONGEST_NAME: usize = 5;

/// In a text of fewer telling words nothing is said twice: there a phrase
/// counts at its first occurrence.
const SHORT: usize = 60;

/// A phrase and how it is counted.
#[derive(Debug, Default)]
struct Candidate {
    /// How it is written, and how often.
    written: HashMap<String, usize>,
    /// Occurrences, weighted by where they are.
    weight: f64,
    /// Bare occurrences.
    count: usize,
    /// In the title or a tag.
    named: bool,
    /// Its place in the text: of two as good ones the earlier is first.
    place: usize,
    /// Stems of its words.
    stems: Vec<String>,
    /// Sum of its words' rarity.
    rarity: f64,
}

/// The most telling words and phrases, best first.
pub(crate) fn extract(material: &Material, limit: usize) -> Vec<String> {
    let rarity = Rarity::new(material);
    let mut telling = 0;
    let mut candidates: HashMap<String, Candidate> = HashMap::new();
    for (text, weight) in material.weighted() {
        let words = words::words(text, &material.language);
        telling += words.iter().filter(|word| word.telling).count();
        for start in 0..words.len() {
            for end in start + 1..=words.len().min(start + LONGEST_NAME) {
                let run = &words[start..end];
                if !words[end - 1].telling
                    || (end - 1 > start && !adjacent(text, &words[end - 2], &words[end - 1]))
                    || (run.len() > LONGEST && !run.iter().all(has_capital))
                {
                    break;
                }
                let Some(value) = rarity.of(run) else { continue };
                let stems: Vec<String> = run.iter().map(|w| w.stem.clone()).collect();
                let place = candidates.len();
                let candidate = candidates
                    .entry(stems.join(" "))
                    .or_insert_with(|| Candidate { place, ..Candidate::default() });
                let written = &text[run[0].at..run[run.len() - 1].end()];
                *candidate.written.entry(written.to_owned()).or_default() += 1;
                candidate.weight += weight;
                candidate.count += 1;
                candidate.named |= weight >= 2.0;
                candidate.stems = stems;
                candidate.rarity = value;
            }
        }
    }
    let mut ranked: Vec<(f64, &Candidate)> = candidates
        .values()
        .filter(|c| c.stems.len() == 1 || c.count >= 2 || c.named || telling < SHORT)
        .map(|c| (c.score(), c))
        .collect();
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.place.cmp(&y.place)));
    let mut chosen: Vec<&Candidate> = Vec::new();
    for (_, candidate) in ranked {
        if chosen.len() == limit {
            break;
        }
        if !chosen.iter().any(|other| overlaps(&other.stems, &candidate.stems)) {
            chosen.push(candidate);
        }
    }
    chosen.into_iter().map(Candidate::writing).collect()
}

impl Candidate {
    fn score(&self) -> f64 {
        // A phrase says more than its words, but its words come with it.
        let words = self.stems.len() as f64;
        (1.0 + self.weight).ln() * (self.rarity / words) * (1.0 + 0.35 * (words - 1.0))
    }

    /// The commonest writing; small letters where both occur.
    fn writing(&self) -> String {
        let best = self.written.iter().max_by(|(a, x), (b, y)| {
            let small = |text: &str| text.chars().filter(|c| c.is_lowercase()).count();
            x.cmp(y).then_with(|| small(a).cmp(&small(b))).then_with(|| b.cmp(a))
        });
        let Some((best, _)) = best else { return String::new() };
        let lower = best.to_lowercase();
        if self.written.contains_key(&lower) { lower } else { best.clone() }
    }
}

/// Whether they share most of their words.
fn overlaps(a: &[String], b: &[String]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.iter().filter(|stem| long.contains(stem)).count() * 2 > short.len()
}

fn has_capital(word: &Word<'_>) -> bool {
    word.text.starts_with(char::is_uppercase)
}

/// Whether two words stand side by side as parts of one phrase.
fn adjacent(text: &str, before: &Word<'_>, after: &Word<'_>) -> bool {
    match &text[before.end()..after.at] {
        "" => is_chinese(before.text) && is_chinese(after.text),
        " " => !is_chinese(before.text) && !is_chinese(after.text),
        "-" => true,
        _ => false,
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(is_han)
}

/// What jieba knows of a Chinese word.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// How rare it is, scaled to a mean of about 4.
    rarity: f64,
    /// Whether its part of speech can name a subject.
    names: bool,
    /// Whether it can be the head of a name, as "学习" is of "机器学习".
    acts: bool,
}

/// How rare words are in the language at large.
struct Rarity {
    /// For Chinese: the words of this text.
    chinese: Option<HashMap<String, Entry>>,
}

impl Rarity {
    fn new(material: &Material) -> Self {
        Self {
            chinese: (material.language == Language::chinese()).then(|| chinese(&material.text())),
        }
    }

    /// The sum over a phrase; `None` when it cannot be a keyword.
    fn of(&self, phrase: &[Word<'_>]) -> Option<f64> {
        let last = phrase.last()?;
        let Some(table) = &self.chinese else {
            let of = |word: &Word<'_>| english(word);
            let first = phrase.first()?;
            let ends_well = !is_adverb(last.text) && !is_adverb(first.text) && english(last) > 1.5;
            return Some(phrase.iter().map(of).sum()).filter(|_| ends_well);
        };
        let mut sum = 0.0;
        for word in phrase {
            sum += table.get(word.text).map_or(6.0, |entry| entry.rarity);
        }
        let names = |word: &Word<'_>| table.get(word.text).is_none_or(|entry| entry.names);
        let acts = table.get(last.text).is_some_and(|entry| entry.acts);
        (names(last) || (phrase.len() > 1 && acts && names(&phrase[0]))).then_some(sum)
    }
}

/// "Successfully" names nothing; "family" and "assembly" do.
fn is_adverb(word: &str) -> bool {
    const NOUNS: [&str; 14] = [
        "anomaly",
        "assembly",
        "belly",
        "butterfly",
        "family",
        "italy",
        "jelly",
        "july",
        "lily",
        "monopoly",
        "rally",
        "reply",
        "sicily",
        "supply",
    ];
    let lower = word.to_lowercase();
    lower.len() > 4 && lower.ends_with("ly") && !NOUNS.contains(&lower.as_str())
}

fn english(word: &Word<'_>) -> f64 {
    let lower = word.text.to_lowercase();
    if lists::is_common(&lower) || lists::is_common(&word.stem) || is_adverb(&lower) {
        1.0
    } else if word.text.chars().count() <= 3 && !word.text.chars().all(char::is_uppercase) {
        2.5
    } else {
        4.0
    }
}

/// The words of a Chinese text.
fn chinese(text: &str) -> HashMap<String, Entry> {
    let mut counts: HashMap<&str, (usize, bool, bool)> = HashMap::new();
    let tagged = JIEBA.tag(text, true);
    for tag in &tagged {
        let names = tag.tag.starts_with(['n', 'j', 'i', 'l'])
            || matches!(tag.tag, "vn" | "an" | "eng" | "x");
        counts.entry(tag.word).or_insert((0, names, tag.tag == "v")).0 += 1;
    }
    let keywords = TF_IDF.extract_keywords(&JIEBA, text, counts.len(), Vec::new());
    let mut table: HashMap<String, Entry> = HashMap::new();
    for keyword in keywords {
        if let Some((count, names, acts)) = counts.get(keyword.keyword.as_str()).copied() {
            let rarity = keyword.weight / count as f64;
            table.insert(keyword.keyword, Entry { rarity, names, acts });
        }
    }
    let mean = table.values().map(|e| e.rarity).sum::<f64>() / table.len().max(1) as f64;
    for entry in table.values_mut() {
        entry.rarity *= 4.0 / mean.max(f64::MIN_POSITIVE);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_keywords_name_the_subject() {
        let text = "Today we bake sourdough bread. The sourdough starter needs flour and water. \
                    Feed your starter every day. Then the dough rests in the oven overnight. \
                    A good sourdough starter makes good bread.";
        let found = extract(&Material::said("My first sourdough", text, "en"), 5);
        assert!(
            found.contains(&"sourdough starter".to_owned())
                || found.contains(&"sourdough".to_owned()),
            "{found:?}"
        );
        assert!(found.iter().any(|k| k == "bread"), "{found:?}");
        assert!(!found.iter().any(|k| k == "today" || k == "good" || k == "day"), "{found:?}");
    }

    #[test]
    fn chinese_keywords_name_the_subject() {
        let text = "今天我们来学习机器学习。机器学习是人工智能的一个分支。神经网络需要很多训练数据。\
                    训练数据越多，神经网络的效果越好。";
        let found = extract(&Material::said("机器学习入门", text, "zh"), 5);
        assert!(found.iter().any(|k| k.contains("机器")), "{found:?}");
        assert!(found.iter().any(|k| k.contains("神经网络")), "{found:?}");
        assert!(!found.iter().any(|k| k == "今天" || k == "我们"), "{found:?}");
    }

    #[test]
    fn nothing_from_nothing() {
        assert!(extract(&Material::said("", "", "en"), 5).is_empty());
        assert!(extract(&Material::said("", "12 34 ... !!", "zh"), 5).is_empty());
    }
}
