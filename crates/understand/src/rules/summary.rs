//! The most central sentences of a text (centroid method: Radev et al., 2004;
//! linear in the text, so that an eight-hour transcript is no trouble).

use crate::material::Material;
use crate::text::sentences::{Sentence, is_end};
use crate::text::{is_han, lists, shortened, words};
use std::collections::{HashMap, HashSet};
use vireo_domain::Language;

/// How much of a sentence may have been said by the ones chosen before it.
const MOST_REPEATED: f64 = 0.6;

/// The sentences in the order of their worth, without those that repeat better ones.
pub(crate) fn ranked(material: &Material) -> Vec<&Sentence> {
    let stems: Vec<Vec<String>> = material
        .sentences
        .iter()
        .map(|s| words::telling_stems(&s.text, &material.language))
        .collect();
    let mut counts: HashMap<&str, f64> = HashMap::new();
    for stem in stems.iter().flatten() {
        *counts.entry(stem).or_default() += if lists::is_common(stem) { 0.3 } else { 1.0 };
    }
    let title: HashSet<String> =
        words::telling_stems(&material.title, &material.language).into_iter().collect();
    let mut scored: Vec<(f64, usize)> = Vec::with_capacity(stems.len());
    for (index, (sentence, own)) in material.sentences.iter().zip(&stems).enumerate() {
        let distinct: HashSet<&str> = own.iter().map(String::as_str).collect();
        let worth: f64 = distinct.iter().map(|stem| (1.0 + counts[stem]).ln()).sum();
        let named = distinct.iter().filter(|stem| title.contains(**stem)).count() as f64;
        let length = 4.0 + distinct.len() as f64;
        let early = 1.0 + 0.2 / (1.0 + index as f64);
        let manner = if leans_on_others(&sentence.text) { 0.7 } else { 1.0 };
        let short = if distinct.len() < 3 { 0.4 } else { 1.0 };
        scored.push(((worth + named) / length.sqrt() * early * manner * short, index));
    }
    scored.sort_by(|(a, i), (b, j)| b.total_cmp(a).then(i.cmp(j)));
    let mut said: HashSet<&str> = HashSet::new();
    let mut chosen = Vec::new();
    for (_, index) in scored {
        let own: HashSet<&str> = stems[index].iter().map(String::as_str).collect();
        let repeated = own.iter().filter(|stem| said.contains(**stem)).count();
        // Only the first few are checked: later ones share words with all before.
        if chosen.len() < 4 && !own.is_empty() && repeated as f64 > MOST_REPEATED * own.len() as f64
        {
            continue;
        }
        if chosen.len() < 4 {
            said.extend(own);
        }
        chosen.push(&material.sentences[index]);
    }
    chosen
}

/// Questions, and sentences that begin by pointing at another one.
fn leans_on_others(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or("").to_lowercase();
    let first = first.trim_matches(|c: char| !c.is_alphanumeric());
    text.ends_with('?')
        || ["and", "but", "so", "because", "or", "it", "he", "she", "they", "this", "that", "then"]
            .contains(&first)
        || ["但是", "所以", "而且", "因为", "然后", "它", "他", "她", "那", "这"]
            .iter()
            .any(|w| text.starts_with(w))
}

/// One to three sentences of the text itself: the owner's words if they wrote
/// some, else the most central ones, in the order in which they are said.
/// Empty if there is nothing but a title.
pub(crate) fn extract(material: &Material) -> String {
    let limit = if material.language.is_chinese() { 110 } else { 260 };
    let described: Vec<&Sentence> =
        material.sentences.iter().filter(|s| s.span.is_none()).take(2).collect();
    let long_enough = described.iter().map(|s| weight(&s.text)).sum::<usize>() >= 40;
    let chosen = if long_enough { described } else { central(material, limit) };
    let mut summary = String::new();
    for sentence in chosen {
        let text = ended(&sentence.text, &material.language);
        if !summary.is_empty() && summary.chars().count() + text.chars().count() > limit {
            break;
        }
        if !summary.is_empty() && !material.language.is_chinese() {
            summary.push(' ');
        }
        summary.push_str(&text);
    }
    shortened(&summary, limit + 40)
}

/// Letters, a Chinese character counting for three.
fn weight(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).map(|c| if is_han(c) { 3 } else { 1 }).sum()
}

/// The best sentences that fit, in order.
fn central(material: &Material, limit: usize) -> Vec<&Sentence> {
    let mut room = limit;
    let mut chosen: Vec<&Sentence> = Vec::new();
    for sentence in ranked(material) {
        let length = sentence.text.chars().count();
        if chosen.len() == 2 {
            break;
        }
        if length <= room || chosen.is_empty() {
            room = room.saturating_sub(length);
            chosen.push(sentence);
        }
    }
    let place = |s: &Sentence| s.span.map_or(-1.0, |span| span.start);
    chosen.sort_by(|a, b| place(a).total_cmp(&place(b)));
    chosen
}

/// With a capital and a full stop, which speech recognition often leaves out.
fn ended(text: &str, language: &Language) -> String {
    let text = text.trim_end_matches([',', '，', ';', '；', ':', '：', '-', ' ']);
    let mut chars = text.chars();
    let mut ended: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    ended.push_str(chars.as_str());
    if !ended.trim_end_matches(['"', '\'', '”', '’', ')', '）', '」']).ends_with(is_end) {
        ended.push(if language.is_chinese() { '。' } else { '.' });
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_sentence_about_the_subject() {
        let text = "Hello everybody. This is the optical segment of the Webb space telescope in one of the largest cleanrooms. \
                    The telescope will see the first galaxies with infrared light. Thank you.";
        let summary = extract(&Material::said("The Webb telescope", text, "en"));
        assert!(summary.contains("telescope"), "{summary}");
        assert!(!summary.contains("Hello"), "{summary}");
    }

    #[test]
    fn chinese_summaries_end_with_a_full_stop() {
        let text = "大家好。今天教大家做红烧肉，先把五花肉切成小块。锅里放一点油，把五花肉炒到金黄。谢谢观看。";
        let summary = extract(&Material::said("红烧肉的做法", text, "zh"));
        assert!(summary.contains("五花肉"), "{summary}");
        assert!(summary.ends_with('。'), "{summary}");
    }

    #[test]
    fn a_long_transcript_takes_no_time() {
        let text =
            "The telescope looks at galaxies far away. We bake bread in the oven with flour. "
                .repeat(5_000);
        let started = std::time::Instant::now();
        assert!(!extract(&Material::said("", &text, "en")).is_empty());
        assert!(started.elapsed().as_secs() < 20);
    }
}
