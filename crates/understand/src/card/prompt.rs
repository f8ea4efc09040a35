//! What the language model is asked, and how its answer is read.

use crate::material::Material;
use crate::rules::summary;
use crate::text::sentences::Sentence;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use vireo_pretrained::language_model::{LanguageModel, Question};

/// For models that follow instructions: a whole card.
const CARD_ENGLISH: &str = include_str!("../../prompts/card.en.txt");
const CARD_CHINESE: &str = include_str!("../../prompts/card.zh.txt");

/// For base models: keywords. Asked for sentences and judgements, they repeat
/// their examples (`docs/decisions/020-cards.md`).
const KEYWORDS_ENGLISH: &str = include_str!("../../prompts/keywords.en.txt");
const KEYWORDS_CHINESE: &str = include_str!("../../prompts/keywords.zh.txt");

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

/// The shape of the answer.
pub(super) fn schema(categories: &[String], is_instruct: bool) -> Value {
    let keywords = json!({"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 32}, "minItems": 3, "maxItems": 6});
    if !is_instruct {
        return json!({
            "type": "object",
            "properties": {"keywords": keywords},
            "required": ["keywords"],
            "additionalProperties": false,
        });
    }
    json!({
        "type": "object",
        "properties": {
            "summary": {"type": "string", "minLength": 8, "maxLength": 300},
            "keywords": keywords,
            "topics": {"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 32}, "minItems": 1, "maxItems": 3},
            "mood": {"enum": MOODS},
            "sentiment": {"enum": ["positive", "neutral", "negative"]},
            "category": {"enum": categories},
            "audience": {"type": "string", "minLength": 2, "maxLength": 32},
        },
        "required": ["summary", "keywords", "topics", "mood", "sentiment", "category", "audience"],
        "additionalProperties": false,
    })
}

/// The instructions and examples for a model and a language, with [`PLACE`]
/// for the text.
fn frame(is_instruct: bool, is_chinese: bool) -> &'static str {
    match (is_instruct, is_chinese) {
        (true, false) => CARD_ENGLISH,
        (true, true) => CARD_CHINESE,
        (false, false) => KEYWORDS_ENGLISH,
        (false, true) => KEYWORDS_CHINESE,
    }
}

/// The question about one text.
pub(super) fn question(
    model: &dyn LanguageModel,
    material: &Material,
    categories: &[String],
    timeout: Duration,
) -> Question {
    let frame = frame(model.is_instruct(), material.language.is_chinese());
    // The examples stay whole; a small context leaves less room for the text.
    let room = model
        .context_tokens()
        .saturating_sub(model.count_tokens(frame) + ANSWER_TOKENS as usize + 16);
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
    summary.chars().count() >= 8
        && (CARD_ENGLISH.contains(summary) || CARD_CHINESE.contains(summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    /// The examples of a frame, as JSON.
    fn examples(frame: &str) -> Vec<Value> {
        assert_eq!(frame.matches(PLACE).count(), 1);
        let before = frame.split(PLACE).next().expect("a part before");
        let json = before.lines().filter_map(|line| line.find('{').map(|at| &line[at..]));
        json.map(|json| serde_json::from_str(json).expect("an example is JSON")).collect()
    }

    fn keys(value: &Value) -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    }

    #[test]
    fn examples_follow_the_schema() {
        let categories = Config::default().categories;
        for is_chinese in [false, true] {
            let cards = examples(frame(true, is_chinese));
            assert!(cards.len() >= 3);
            for card in cards {
                assert_eq!(keys(&card), keys(&schema(&categories, true)["properties"]));
                let reply = Reply::read(&card);
                assert!(categories.contains(&reply.category), "{}", reply.category);
                assert!(MOODS.contains(&reply.mood.as_str()));
                assert!(["positive", "neutral", "negative"].contains(&reply.sentiment.as_str()));
                assert!((3..=6).contains(&reply.keywords.len()));
                assert!((1..=3).contains(&reply.topics.len()));
            }
        }
    }

    #[test]
    fn base_models_are_shown_and_asked_words_of_the_text_only() {
        for is_chinese in [false, true] {
            let frame = frame(false, is_chinese);
            let mut examples = examples(frame).into_iter();
            let texts =
                frame.lines().filter(|l| l.starts_with("Text: ") || l.starts_with("文字："));
            let texts: Vec<String> = texts.map(str::to_lowercase).collect();
            assert!(texts.len() >= 4, "three examples and the place");
            for text in &texts[..texts.len() - 1] {
                let example = examples.next().expect("each text has its keywords");
                assert_eq!(keys(&example), keys(&schema(&[], false)["properties"]));
                for keyword in Reply::read(&example).keywords {
                    assert!(text.contains(&keyword), "{keyword}: {text}");
                }
            }
            assert_eq!(examples.next(), None);
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
