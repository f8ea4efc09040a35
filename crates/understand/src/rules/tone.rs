//! Tone, mood and audience from word lists. Unsure is a good answer.

use crate::material::Material;
use crate::text::lexicon::{Hits, Lexicon};
use crate::text::{lists, words};
use std::collections::HashMap;
use std::sync::LazyLock;
use vireo_domain::{Language, Mood, Sentiment};

static MOODS: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&lists::MOODS));
static AUDIENCES: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&lists::AUDIENCES));

/// Stems of tone words: +1, -1; 0 turns the next one over.
static TONES: LazyLock<HashMap<String, i32>> = LazyLock::new(|| {
    let mut tones = HashMap::new();
    for entry in &*lists::TONES {
        let tone = match entry.name {
            "positive" => 1,
            "negative" => -1,
            _ => 0,
        };
        for word in entry.all() {
            // Two lists may share a stem; the first one keeps it.
            for part in words::words(word, &Language::english()) {
                if word.chars().count() == part.text.chars().count() {
                    tones.entry(part.stem).or_insert(tone);
                }
            }
        }
    }
    tones
});

/// How far a negation reaches, in words.
const REACH: usize = 3;

/// The tone of the words; `None` when too few words have one, or they disagree.
pub(crate) fn sentiment(material: &Material) -> Option<Sentiment> {
    sentiment_of(&material.text(), &material.language)
}

/// See [`sentiment`].
pub(crate) fn sentiment_of(text: &str, language: &Language) -> Option<Sentiment> {
    let (mut good, mut bad, mut total) = (0_usize, 0_usize, 0_usize);
    for line in text.lines() {
        let mut negated = 0;
        for word in words::words(line, language) {
            total += 1;
            let tone = tone_of(&word.stem);
            if tone == Some(0) || word.text.ends_with("n't") {
                negated = REACH;
                continue;
            }
            match tone {
                Some(1) if negated == 0 => good += 1,
                Some(1) => bad += 1,
                // "Not bad" is faint praise: it counts for nothing.
                Some(-1) if negated == 0 => bad += 1,
                _ => {}
            }
            negated = negated.saturating_sub(1);
        }
    }
    let toned = good + bad;
    let share = toned as f64 / total.max(1) as f64;
    let lead = good.abs_diff(bad) as f64 / toned.max(1) as f64;
    if toned >= 3 && share >= 0.02 && lead >= 0.5 {
        Some(if good > bad { Sentiment::Positive } else { Sentiment::Negative })
    } else if total >= 80 && share < 0.015 {
        Some(Sentiment::Neutral)
    } else {
        None
    }
}

/// The tone of a word; in Chinese also of one with its degree, as in "很脏".
fn tone_of(stem: &str) -> Option<i32> {
    let bare = || stem.strip_prefix(['很', '太', '最', '真', '更', '超', '好', '挺']);
    TONES.get(stem).or_else(|| TONES.get(bare()?)).copied()
}

/// The mood, when the text has several different words of it and clearly
/// fewer of any other.
pub(crate) fn mood(material: &Material) -> Option<Mood> {
    let hits = MOODS.hits(&material.text(), &material.language);
    let (best, lead) = leader(&hits)?;
    if hits[best].distinct < 3 || lead < 2.0 {
        return None;
    }
    mood_named(MOODS.names()[best])
}

/// A mood by its name in JSON.
pub(crate) fn mood_named(name: &str) -> Option<Mood> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

/// For whom the text says that it is, in its own language.
pub(crate) fn audience(material: &Material) -> Option<String> {
    let hits = AUDIENCES.hits(&material.text(), &material.language);
    let (best, lead) = leader(&hits)?;
    if hits[best].total < 2 || lead < 2.0 {
        return None;
    }
    let (english, chinese) = AUDIENCES.names()[best].split_once('=')?;
    Some(if material.language.is_chinese() { chinese } else { english }.to_owned())
}

/// The entry with most different words, and how many times as many it has as the next.
fn leader(hits: &[Hits]) -> Option<(usize, f64)> {
    let (best, most) = hits.iter().enumerate().max_by_key(|(_, h)| (h.distinct, h.total))?;
    let next = hits.iter().enumerate().filter(|(i, _)| *i != best).map(|(_, h)| h.distinct).max();
    (most.distinct > 0).then(|| (best, most.distinct as f64 / next.unwrap_or(0).max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_tone_in_both_languages_and_doubts() {
        let en = Language::english();
        let zh = Language::chinese();
        assert_eq!(
            sentiment_of("A wonderful, charming film. I loved it.", &en),
            Some(Sentiment::Positive)
        );
        assert_eq!(
            sentiment_of("Boring and awful. Not good, a waste of time.", &en),
            Some(Sentiment::Negative)
        );
        assert_eq!(sentiment_of("房间很脏，服务态度恶劣，很失望", &zh), Some(Sentiment::Negative));
        assert_eq!(
            sentiment_of("味道很好，非常喜欢，强烈推荐，好吃", &zh),
            Some(Sentiment::Positive)
        );
        assert_eq!(sentiment_of("The telescope stands in a room.", &en), None);
        assert_eq!(sentiment_of("Good and bad. Great but boring.", &en), None);
    }

    #[test]
    fn mood_and_audience_only_when_clear() {
        let text = "Breathe slowly. A calm and peaceful evening, gentle rain, relax.";
        assert_eq!(mood(&Material::said("", text, "en")), Some(Mood::Calm));
        assert_eq!(mood(&Material::said("", "He opened the door.", "en")), None);
        let text = "这是零基础入门教程，新手也能学会。";
        assert_eq!(audience(&Material::said("", text, "zh")).as_deref(), Some("初学者"));
        assert_eq!(audience(&Material::said("", "他打开了门。", "zh")), None);
    }
}
