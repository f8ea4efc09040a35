//! What the language model is asked, and how its answer is read.

use crate::material::Material;
use crate::rules::summary;
use crate::text::sentences::Sentence;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use vireo_pretrained::language_model::{LanguageModel, Question};

const ENGLISH: &str = include_str!("../../prompts/card.en.txt");
const CHINESE: &str = include_str!("../../prompts/card.zh.txt");

/// Where the text goes. All before it is the same for every video, so an
/// engine that keeps its cache reads it once.
const PLACE: &str = "{text}";

/// Most tokens of a video's own text.
const TEXT_TOKENS: usize = 700;
/// Longest answer, in tokens.
const ANSWER_TOKENS: u32 = 320;

/// The moods a card may have; `none` is for "cannot be told".
const MOODS: [&str; 8] =
    ["calm", "cheerful", "exciting", "informative", "serious", "sad", "tense", "none"];

/// A model's answer, before any check. Whatever is missing or of a wrong
/// shape counts as not said.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Reply {
    pub(super) summary: String,
    pub(super) keywords: Vec<String>,
    pub(super) topics: Vec<String>,
    pub(super) mood: String,
    pub(super) sentiment: String,
    pub(super) category: String,
    pub(super) audience: String,
}

impl Reply {
    /// Reads an answer; hostile shapes and lengths are cut down, not trusted.
    pub(super) fn read(answer: &Value) -> Self {
        let text = |key: &str, limit: usize| {
            let text = answer.get(key).and_then(Value::as_str).unwrap_or("");
            text.chars()
                .filter(|c| !c.is_control())
                .take(limit)
                .collect::<String>()
                .trim()
                .to_owned()
        };
        let list = |key: &str| {
            let items = answer.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let texts = items.iter().take(24).filter_map(Value::as_str);
            texts
                .map(|t| t.trim().trim_matches(['#', '"', '.', '。']).trim().to_owned())
                .filter(|t| {
                    !t.is_empty() && t.chars().count() <= 60 && !t.chars().any(char::is_control)
                })
                .collect::<Vec<_>>()
        };
        Self {
            summary: text("summary", 600),
            keywords: list("keywords"),
            topics: list("topics"),
            mood: text("mood", 20),
            sentiment: text("sentiment", 20),
            category: text("category", 60),
            audience: text("audience", 40),
        }
    }
}

/// The keys that only models that follow instructions are asked for. A base
/// model repeats the examples' moods, categories and audiences and calls
/// everything positive: asking it costs time and gives nothing.
const JUDGEMENTS: &str = r#", "mood":"#;

/// The shape of the answer.
pub(super) fn schema(categories: &[String], is_instruct: bool) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "summary": {"type": "string", "minLength": 8, "maxLength": 300},
            "keywords": {"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 32}, "minItems": 3, "maxItems": 6},
            "topics": {"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 32}, "minItems": 1, "maxItems": 3},
            "mood": {"enum": MOODS},
            "sentiment": {"enum": ["positive", "neutral", "negative"]},
            "category": {"enum": categories},
            "audience": {"type": "string", "minLength": 2, "maxLength": 32},
        },
        "required": ["summary", "keywords", "topics", "mood", "sentiment", "category", "audience"],
        "additionalProperties": false,
    });
    if !is_instruct {
        schema["required"] = json!(["summary", "keywords", "topics"]);
        if let Some(properties) = schema["properties"].as_object_mut() {
            properties.retain(|key, _| matches!(key.as_str(), "summary" | "keywords" | "topics"));
        }
    }
    schema
}

/// The instructions and examples for a model and a language, with [`PLACE`]
/// for the text.
fn frame(material: &Material, is_instruct: bool) -> String {
    let frame = if material.language.is_chinese() { CHINESE } else { ENGLISH };
    let lines = frame.lines().map(|line| match line.split_once(JUDGEMENTS) {
        Some((words, _)) if !is_instruct => format!("{words}}}"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The question about one text.
pub(super) fn question(
    model: &dyn LanguageModel,
    material: &Material,
    categories: &[String],
    timeout: Duration,
) -> Question {
    let frame = frame(material, model.is_instruct());
    // The examples stay whole; a small context leaves less room for the text.
    let room = model
        .context_tokens()
        .saturating_sub(model.count_tokens(&frame) + ANSWER_TOKENS as usize + 16);
    let text = within(material, room.min(TEXT_TOKENS), |text| model.count_tokens(text));
    Question {
        prompt: frame.trim_end().replace(PLACE, &text),
        schema: schema(categories, model.is_instruct()),
        max_tokens: ANSWER_TOKENS,
        timeout,
        seed: 0,
    }
}

/// The title and the most telling sentences that fit, in the order of the text.
fn within(material: &Material, budget: usize, count: impl Fn(&str) -> usize) -> String {
    let mut text = material.title.clone();
    if !text.is_empty() && !text.ends_with(crate::text::sentences::is_end) {
        text.push(if material.language.is_chinese() { '。' } else { '.' });
    }
    let mut room = budget.saturating_sub(count(&text));
    let mut chosen: Vec<&Sentence> = Vec::new();
    for sentence in summary::ranked(material) {
        let tokens = count(&sentence.text) + 1;
        if tokens > room {
            // The first that does not fit ends it: the rest is worth less, and
            // counting an eight-hour transcript's tokens would take long.
            break;
        }
        room -= tokens;
        chosen.push(sentence);
    }
    let place = |s: &Sentence| s.span.map_or(-1.0, |span| span.start);
    chosen.sort_by(|a, b| place(a).total_cmp(&place(b)));
    let joint = if material.language.is_chinese() { "" } else { " " };
    for sentence in chosen {
        if !text.is_empty() {
            text.push_str(joint);
        }
        text.push_str(&sentence.text);
    }
    // The frame is a list of lines; the text must not look like one of its own.
    text.replace('\n', " ")
}

/// The summaries of the examples, folded: a model that repeats one was not listening.
pub(super) fn is_example(summary: &str) -> bool {
    summary.chars().count() >= 8 && (ENGLISH.contains(summary) || CHINESE.contains(summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn examples_follow_the_schema() {
        let categories = Config::default().categories;
        for (frame, label) in [(ENGLISH, "Card: "), (CHINESE, "卡片：")] {
            assert_eq!(frame.matches(PLACE).count(), 1);
            let before = frame.split(PLACE).next().expect("a part before");
            let cards: Vec<&str> =
                before.lines().filter_map(|line| line.strip_prefix(label)).collect();
            assert!(cards.len() >= 3);
            for card in cards {
                let value: Value = serde_json::from_str(card).expect("an example is JSON");
                assert_eq!(keys(&value), keys(&schema(&categories, true)["properties"]));
                let reply = Reply::read(&value);
                assert!(categories.contains(&reply.category), "{}", reply.category);
                assert!(MOODS.contains(&reply.mood.as_str()));
                assert!(["positive", "neutral", "negative"].contains(&reply.sentiment.as_str()));
                assert!((3..=6).contains(&reply.keywords.len()));
                assert!((1..=3).contains(&reply.topics.len()));
            }
        }
    }

    fn keys(value: &Value) -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    }

    #[test]
    fn base_models_are_not_asked_to_judge() {
        for (language, label) in [("en", "Card: "), ("zh", "卡片：")] {
            let material = Material::said("", "text", language);
            let frame = frame(&material, false);
            let cards = frame.lines().filter_map(|l| l.strip_prefix(label));
            let cards: Vec<&str> = cards.filter(|card| !card.is_empty()).collect();
            assert!(cards.len() >= 3 && frame.contains(PLACE));
            for card in cards {
                let value: Value = serde_json::from_str(card).expect("an example is JSON");
                assert_eq!(keys(&value), keys(&schema(&[], false)["properties"]));
            }
            assert!(super::frame(&material, true).contains("mood"));
        }
    }

    #[test]
    fn the_text_stays_in_its_budget_and_order() {
        let text = "The telescope sees far galaxies in infrared light. ".to_owned()
            + &"Some engineers walked by with coffee cups today. ".repeat(300)
            + "The mirror of the telescope has eighteen golden segments.";
        let material = Material::said("The Webb telescope", &text, "en");
        let words = |text: &str| text.split_whitespace().count();
        let chosen = within(&material, 60, words);
        assert!(words(&chosen) <= 60, "{chosen}");
        assert!(chosen.starts_with("The Webb telescope."));
        let (early, late) = (chosen.find("infrared"), chosen.find("golden"));
        assert!(early.is_some() && late.is_some() && early < late, "{chosen}");
        assert_eq!(within(&Material::said("", "", "en"), 60, words), "");
    }

    #[test]
    fn hostile_answers_are_cut_down() {
        let reply = Reply::read(&json!({
            "summary": "x".repeat(100_000),
            "keywords": (0..10_000).map(|i| format!("k{i}")).collect::<Vec<_>>(),
            "topics": [1, null, {"a": []}, "  #fine  ", "a\u{0}b", "y".repeat(500)],
            "mood": 7,
            "category": ["news"],
        }));
        assert_eq!(reply.summary.len(), 600);
        assert_eq!(reply.keywords.len(), 24);
        assert_eq!(reply.topics, ["fine"]);
        assert_eq!((reply.mood.as_str(), reply.category.as_str()), ("", ""));
        for shape in [json!(null), json!([]), json!("card"), json!(3)] {
            assert_eq!(Reply::read(&shape), Reply::default());
        }
    }
}
