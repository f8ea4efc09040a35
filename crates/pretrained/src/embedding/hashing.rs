//! A text embedder without a model.

use super::{Purpose, TextEmbedder};
use crate::Result;
use std::collections::BTreeMap;
use vireo_domain::Embedding;

const DIMENSIONS: usize = 256;

/// Words that say little of a text's subject, and how much they count.
const COMMON_WORDS: [&str; 64] = [
    "a", "about", "all", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "for",
    "from", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "is", "it", "its",
    "me", "my", "no", "not", "of", "on", "one", "or", "our", "out", "she", "so", "that", "the",
    "their", "them", "there", "they", "this", "to", "up", "us", "video", "was", "we", "were",
    "what", "when", "which", "who", "will", "with", "you", "your", "s", "t",
];
/// Likewise single characters of Chinese.
const COMMON_CHARACTERS: &str = "的一是在不了有和人这中大为上个我以要他时来用们到说就也都你与";
const COMMON_WEIGHT: f32 = 0.1;

/// A Chinese character says less than a pair of them, which is most often a word.
const CHARACTER_WEIGHT: f32 = 0.5;

/// Words, Chinese characters and pairs of them, hashed into signed buckets
/// (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
/// 2009), with `1 + ln(count)` as weight. Knows spelling, not meaning: the
/// floor for every real model, and the fallback without one. Gives the same
/// vectors on every machine.
#[derive(Debug, Default)]
pub struct HashingEmbedder;

impl TextEmbedder for HashingEmbedder {
    fn name(&self) -> &'static str {
        "hashing-256"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn embed(&self, texts: &[&str], _purpose: Purpose) -> Result<Vec<Embedding>> {
        Ok(texts.iter().map(|text| embed(text)).collect())
    }
}

fn embed(text: &str) -> Embedding {
    // A sorted map, so that sums are made in one order everywhere.
    let mut features: BTreeMap<String, (f32, u32)> = BTreeMap::new();
    let mut count = |feature: String, weight| {
        features.entry(feature).or_insert((weight, 0)).1 += 1;
    };
    let mut word = String::new();
    let mut previous = None;
    for character in text.chars().flat_map(char::to_lowercase).chain([' ']) {
        let ideograph = character.is_alphanumeric() && is_ideograph(character);
        if character.is_alphanumeric() && !ideograph {
            word.push(character);
            previous = None;
            continue;
        }
        if !word.is_empty() {
            let weight = if COMMON_WORDS.contains(&word.as_str()) { COMMON_WEIGHT } else { 1.0 };
            count(std::mem::take(&mut word), weight);
        }
        if ideograph {
            let common = COMMON_CHARACTERS.contains(character);
            let weight = if common { COMMON_WEIGHT } else { CHARACTER_WEIGHT };
            count(character.to_string(), weight);
            if let Some(previous) = previous {
                count(String::from_iter([previous, character]), 1.0);
            }
        }
        previous = ideograph.then_some(character);
    }

    let mut values = vec![0.0; DIMENSIONS];
    for (feature, (weight, count)) in features {
        let hash = hash(feature.as_bytes());
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        values[hash as usize % DIMENSIONS] += sign * weight * (1.0 + (count as f32).ln());
    }
    Embedding::new(values)
}

/// Characters that are written without spaces between words.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// FNV-1a, 64 bits, with the finaliser of `MurmurHash3`, so that every bit
/// depends on every byte.
fn hash(bytes: &[u8]) -> u64 {
    let fnv = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shared_words_are_near_in_english_and_chinese() {
        let bread = embed("How to bake the sourdough bread");
        assert!(bread.cosine(&embed("Sourdough bread, step by step")) > 0.4);
        assert!(bread.cosine(&embed("How to win the chess opening")) < 0.3);
        let cup = embed("足球世界杯决赛的精彩进球");
        assert!(cup.cosine(&embed("世界杯决赛回顾")) > 0.4);
        assert!(cup.cosine(&embed("在家做红烧肉的方法")) < 0.2);
    }

    #[test]
    fn is_the_same_everywhere() {
        assert_eq!(hash("月球".as_bytes()), 0x511d_d3d9_80e2_e367);
        let vector = embed("moon 月球");
        let filled: Vec<usize> = (0..DIMENSIONS).filter(|i| vector.as_slice()[*i] != 0.0).collect();
        assert_eq!(filled, [103, 140, 161, 200]);
    }

    proptest! {
        #[test]
        fn takes_any_text(text in "\\PC*") {
            let vector = embed(&text);
            prop_assert_eq!(vector.dimensions(), DIMENSIONS);
            if !text.chars().any(char::is_alphanumeric) {
                prop_assert!(vector.is_zero());
            }
        }
    }
}
