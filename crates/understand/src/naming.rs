//! Names of topics by a language model. It proposes, and the titles and
//! keywords of the topic decide, as the text of a video does for its card.

use crate::card::Support;
use crate::material::Material;
use crate::text::is_han;
use crate::understander::Tools;
use crate::{CardWriter, Result};
use serde_json::{Value, json};
use std::time::Duration;
use vireo_pretrained::language_model::{LanguageModel, Question};

const FRAME: &str = include_str!("../prompts/topic.txt");

/// Most titles and words that the model is shown, and characters of each.
const TITLES: usize = 8;
const WORDS: usize = 12;
const LONGEST: usize = 80;

/// Longest names, in characters; more English words are a sentence.
const ENGLISH: usize = 40;
const ENGLISH_WORDS: usize = 5;
const CHINESE: usize = 12;

/// What a topic's videos say of themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unnamed {
    /// What they are called, those in the middle of the topic first.
    pub titles: Vec<String>,
    /// Their keywords, the most telling first.
    pub words: Vec<String>,
}

/// What of a model's answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicName {
    /// In English; empty: nothing that was said holds.
    pub english: String,
    /// In Chinese; the same.
    pub chinese: String,
    /// The model.
    pub by: String,
}

/// See [`crate::Understander::name_topic`].
pub(crate) fn name(tools: &Tools, topic: &Unnamed) -> Result<Option<TopicName>> {
    let (models, config) = (&tools.models, &tools.config);
    if config.card_writer == CardWriter::Rules || topic.titles.is_empty() {
        return Ok(None);
    }
    let Some(model) = models.language_model()?.filter(|model| model.is_instruct()) else {
        // A base model's names lose to the keywords (`docs/decisions/052-topics.md`).
        return Ok(None);
    };
    let timeout = Duration::from_secs(config.card_timeout_seconds.max(1));
    let (answer, by) = model.answer_signed(&question(&*model, topic, timeout))?;
    let embedder = models.text_embedder()?;
    let material = Material::of_topic(&topic.titles, &topic.words);
    let mut support = Support::new(&material, &*embedder, tools.baseline(&*embedder)?);
    let (english, chinese) = read(&answer);
    let mut holds = |name: String| -> Result<String> {
        let holds = !name.is_empty() && support.of(&name)?.is_some();
        Ok(if holds { name } else { String::new() })
    };
    Ok(Some(TopicName { english: holds(english)?, chinese: holds(chinese)?, by }))
}

fn question(model: &dyn LanguageModel, topic: &Unnamed, timeout: Duration) -> Question {
    let listed = |texts: &[String], most: usize, joint: &str| {
        let short = |text: &String| text.chars().take(LONGEST).collect::<String>();
        // The frame is a list of lines; a title must not look like one of its own.
        let texts: Vec<String> = texts.iter().take(most).map(short).collect();
        texts.join(joint).replace('\n', " ")
    };
    let mut titles = TITLES;
    let prompt = loop {
        let frame = FRAME.trim_end().replace("{titles}", &listed(&topic.titles, titles, "; "));
        let prompt = frame.replace("{words}", &listed(&topic.words, WORDS, ", "));
        // A small context leaves less room.
        if titles == 1 || model.count_tokens(&prompt) + 80 < model.context_tokens() {
            break prompt;
        }
        titles /= 2;
    };
    let schema = json!({
        "type": "object",
        "properties": {
            "english": {"type": "string", "minLength": 3, "maxLength": ENGLISH},
            "chinese": {"type": "string", "minLength": 2, "maxLength": CHINESE},
        },
        "required": ["english", "chinese"],
        "additionalProperties": false,
    });
    Question { prompt, schema, max_tokens: 60, timeout, seed: 0 }
}

/// What of an answer can be a name: each in its script, short, on one line.
fn read(answer: &Value) -> (String, String) {
    let said = |key: &str, longest: usize| {
        let text = answer.get(key).and_then(Value::as_str).unwrap_or_default();
        let text = text.trim().trim_matches(['.', '。', ',', '，', '"', '#', '：', ':']).trim();
        let fits = text.chars().count() <= longest && !text.chars().any(char::is_control);
        if fits { text.to_owned() } else { String::new() }
    };
    let (mut english, mut chinese) = (said("english", ENGLISH), said("chinese", CHINESE));
    // A model that repeats an example was not listening.
    let is_example = |name: &str| {
        let quoted = format!("\"{}\"", name.to_lowercase());
        let mut answers = FRAME.lines().filter(|line| line.starts_with("Name: "));
        answers.any(|answer| answer.to_lowercase().contains(&quoted))
    };
    if english.split_whitespace().count() > ENGLISH_WORDS
        || is_example(&english)
        || english.chars().any(is_han)
        || !english.chars().any(char::is_alphabetic)
    {
        english.clear();
    }
    if is_example(&chinese) || !chinese.chars().any(is_han) {
        chinese.clear();
    }
    (english, chinese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_in_its_script() {
        let both =
            |english: &str, chinese: &str| read(&json!({ "english": english, "chinese": chinese }));
        let (english, chinese) = both(" Pottery at home. ", "家庭陶艺");
        assert_eq!((english.as_str(), chinese.as_str()), ("Pottery at home", "家庭陶艺"));
        assert_eq!(both("Chinese Home Cooking", "太极与气功"), (String::new(), String::new()));
        assert_eq!(both("Programming", "气功"), ("Programming".to_owned(), "气功".to_owned()));
        assert_eq!(both("家常菜", "cooking"), (String::new(), String::new()));
        assert_eq!(both(&"x".repeat(41), &"菜".repeat(13)), (String::new(), String::new()));
        assert_eq!(both("The world where people live now", "x").0, "");
        assert_eq!(both("a\nb", "菜\u{0}"), (String::new(), String::new()));
        for shape in [json!(null), json!([]), json!({"english": 3})] {
            assert_eq!(read(&shape), (String::new(), String::new()));
        }
    }

    #[test]
    fn the_examples_are_such_answers() {
        let answers = FRAME.lines().filter_map(|line| line.strip_prefix("Name: "));
        let answers: Vec<Value> =
            answers.map(|json| serde_json::from_str(json).expect("JSON")).collect();
        assert!(answers.len() >= 4);
        for answer in answers {
            let length = |key: &str| answer[key].as_str().map_or(0, |name| name.chars().count());
            assert!((3..=ENGLISH).contains(&length("english")), "{answer}");
            assert!((2..=CHINESE).contains(&length("chinese")), "{answer}");
        }
    }
}
