//! Writes a card: the language model proposes, the text decides, the rules fill in.

use super::prompt::{self, Reply};
use super::{Claim, Grounds, RULES, Support, Written};
use crate::material::Material;
use crate::rules::category::Choice;
use crate::rules::{keywords, summary, tone};
use crate::text::{fold, is_han, words};
use crate::{Config, Result};
use std::collections::HashSet;
use std::time::Duration;
use vireo_domain::{AnnotationKind, Card, CardAuthor, Mood, Sentiment, Source};
use vireo_pretrained::language_model::LanguageModel;

/// Most keywords and topics of a card.
const KEYWORDS: usize = 8;
const TOPICS: usize = 3;

/// A card by rules only.
pub(crate) fn by_rules(
    material: &Material,
    category: Option<&Choice>,
    support: &Support<'_>,
) -> Written {
    let mut draft = Draft::new(material);
    draft.add_rules(category, support);
    draft.written(CardAuthor::Rules, None)
}

/// A card by the model; by the rules when it fails, with the reason.
pub(crate) fn by_model(
    model: &dyn LanguageModel,
    material: &Material,
    category: Option<&Choice>,
    config: &Config,
    support: &mut Support<'_>,
) -> Result<Written> {
    let timeout = Duration::from_secs(config.card_timeout_seconds.max(1));
    let question = prompt::question(model, material, &config.categories, timeout);
    let (mut reply, by) = match model.answer_signed(&question) {
        Ok((answer, by)) => (Reply::read(&answer), by),
        Err(error) => {
            let mut written = by_rules(material, category, support);
            written.warning = Some(format!("the card was written by rules: {error}"));
            return Ok(written);
        }
    };
    let is_instruct = model.is_instruct();
    if !is_instruct {
        // Whatever else it says comes from its examples.
        reply = Reply { keywords: reply.keywords, ..Reply::default() };
    }
    let mut draft = Draft::new(material);
    draft.add_reply(&reply, &by, is_instruct, config, support)?;
    // The author of a card is who wrote its sentences; who said each part is
    // in its annotation.
    let author = if draft.count(AnnotationKind::Summary) > 0 {
        CardAuthor::LanguageModel(by.clone())
    } else {
        CardAuthor::Rules
    };
    let warning = draft.claims.is_empty().then(|| {
        format!("the card was written by rules: nothing of what {by} said is in the text")
    });
    draft.add_rules(category, support);
    Ok(draft.written(author, warning))
}

/// A card in the making.
struct Draft<'a> {
    material: &'a Material,
    claims: Vec<Claim>,
    dropped: u32,
}

impl<'a> Draft<'a> {
    fn new(material: &'a Material) -> Self {
        Self { material, claims: Vec::new(), dropped: 0 }
    }

    fn count(&self, kind: AnnotationKind) -> usize {
        self.claims.iter().filter(|claim| claim.kind == kind).count()
    }

    /// What of the model's answer holds.
    fn add_reply(
        &mut self,
        reply: &Reply,
        by: &str,
        is_instruct: bool,
        config: &Config,
        support: &mut Support<'_>,
    ) -> Result<()> {
        if summary_holds(&reply.summary, self.material) {
            self.claims.push(Claim::of_all(AnnotationKind::Summary, &reply.summary, 0.6, by));
        } else if !reply.summary.is_empty() {
            self.dropped += 1;
        }
        for (kind, values, most) in [
            (AnnotationKind::Keyword, &reply.keywords, KEYWORDS),
            (AnnotationKind::Topic, &reply.topics, TOPICS),
        ] {
            for value in values {
                if self.count(kind) == most || self.has(kind, value) {
                    continue;
                }
                let grounds = if is_instruct {
                    support.of(value)?
                } else {
                    support.verbatim(&fold(value).to_lowercase())
                };
                let grounds = grounds.filter(|_| names_something(value, self.material));
                match grounds {
                    Some(grounds) => self.push(kind, value, grounds, by),
                    None => self.dropped += 1,
                }
            }
        }
        let whole = |kind, value: &str| Claim::of_all(kind, value, 0.5, by);
        if let Some(mood) = tone::mood_named(&reply.mood) {
            self.claims.push(whole(AnnotationKind::Mood, mood_name(mood)));
        }
        if tone::sentiment(self.material).is_none() && sentiment_named(&reply.sentiment).is_some() {
            self.claims.push(whole(AnnotationKind::Sentiment, &reply.sentiment));
        }
        if config.categories.contains(&reply.category) {
            self.claims.push(whole(AnnotationKind::Category, &reply.category));
        }
        if !reply.audience.is_empty() {
            self.claims.push(whole(AnnotationKind::Audience, &reply.audience));
        }
        Ok(())
    }

    /// Fills what is missing.
    fn add_rules(&mut self, category: Option<&Choice>, support: &Support<'_>) {
        if self.count(AnnotationKind::Summary) == 0 {
            let text = summary::extract(self.material);
            if !text.is_empty() {
                self.claims.push(Claim::of_all(AnnotationKind::Summary, text, 0.7, RULES));
            }
        }
        for keyword in keywords::extract(self.material, KEYWORDS) {
            if self.count(AnnotationKind::Keyword) == KEYWORDS {
                break;
            }
            if !self.has(AnnotationKind::Keyword, &keyword)
                && let Some(grounds) = support.in_words(&fold(&keyword).to_lowercase())
            {
                self.push(AnnotationKind::Keyword, &keyword, grounds, RULES);
            }
        }
        if self.count(AnnotationKind::Category) == 0
            && let Some(choice) = category
        {
            let claim =
                Claim::of_all(AnnotationKind::Category, &choice.name, choice.confidence, RULES);
            self.claims.push(claim);
        }
        if self.count(AnnotationKind::Topic) == 0
            && let Some(choice) = category
        {
            let topic = choice.label(&self.material.language);
            self.claims.push(Claim::of_all(AnnotationKind::Topic, topic, choice.confidence, RULES));
        }
        if self.count(AnnotationKind::Mood) == 0
            && let Some(mood) = tone::mood(self.material)
        {
            self.claims.push(Claim::of_all(AnnotationKind::Mood, mood_name(mood), 0.5, RULES));
        }
        if self.count(AnnotationKind::Sentiment) == 0
            && let Some(sentiment) = tone::sentiment(self.material)
        {
            let name = sentiment_name(sentiment);
            self.claims.push(Claim::of_all(AnnotationKind::Sentiment, name, 0.5, RULES));
        }
        if self.count(AnnotationKind::Audience) == 0
            && let Some(audience) = tone::audience(self.material)
        {
            self.claims.push(Claim::of_all(AnnotationKind::Audience, audience, 0.5, RULES));
        }
    }

    fn push(&mut self, kind: AnnotationKind, value: &str, grounds: Grounds, by: &str) {
        self.claims.push(Claim { kind, value: value.to_owned(), grounds, by: by.to_owned() });
    }

    /// Whether the same thing was said already, in other letters or endings.
    fn has(&self, kind: AnnotationKind, value: &str) -> bool {
        let stems = |text: &str| words::telling_stems(&fold(text), &self.material.language);
        let (own, folded) = (stems(value), fold(value).to_lowercase());
        self.claims.iter().filter(|claim| claim.kind == kind).any(|claim| {
            fold(&claim.value).to_lowercase() == folded
                || (!own.is_empty() && stems(&claim.value) == own)
        })
    }

    fn written(mut self, author: CardAuthor, warning: Option<String>) -> Written {
        let metadata_only = self.material.lines.is_empty();
        for claim in &mut self.claims {
            if claim.grounds.source == Source::Combined && metadata_only {
                claim.grounds.source = Source::Metadata;
            }
        }
        let all =
            |kind| self.claims.iter().filter(move |c| c.kind == kind).map(|c| c.value.clone());
        let one = |kind| all(kind).next();
        let card = Card {
            language: self.material.language.clone(),
            summary: one(AnnotationKind::Summary).unwrap_or_default(),
            keywords: all(AnnotationKind::Keyword).collect(),
            topics: all(AnnotationKind::Topic).collect(),
            mood: one(AnnotationKind::Mood).and_then(|name| tone::mood_named(&name)),
            sentiment: one(AnnotationKind::Sentiment).and_then(|name| sentiment_named(&name)),
            category: one(AnnotationKind::Category),
            audience: one(AnnotationKind::Audience),
            author,
            dropped_claims: self.dropped,
        };
        Written { card, claims: self.claims, warning }
    }
}

/// Whether a phrase begins and ends with words that name something.
fn names_something(phrase: &str, material: &Material) -> bool {
    let folded = fold(phrase);
    let words = words::words(&folded, &material.language);
    words.first().is_some_and(|w| w.telling) && words.last().is_some_and(|w| w.telling)
}

/// Whether a summary is about this text: in its script, made mostly of its
/// words, with no number or name that is not in it, and no example repeated.
fn summary_holds(summary: &str, material: &Material) -> bool {
    let folded = fold(summary);
    let letters = folded.chars().filter(|c| c.is_alphabetic()).count();
    let han = folded.chars().filter(|c| is_han(*c)).count();
    let right_script = (han * 2 > letters) == material.language.is_chinese();
    if letters < 8 || !right_script || prompt::is_example(summary) || repeats_itself(&folded) {
        return false;
    }
    let text = material.text();
    let known: HashSet<String> =
        words::words(&text, &material.language).into_iter().map(|w| w.stem).collect();
    let own = words::words(&folded, &material.language);
    let telling: Vec<_> = own.iter().filter(|w| w.telling).collect();
    let supported = telling.iter().filter(|w| known.contains(&w.stem)).count();
    // Names and numbers are what a reader would quote: each must be there.
    let names_hold = own.iter().skip(1).all(|w| {
        let is_number = w.text.chars().all(|c| c.is_ascii_digit());
        let is_name = w.text.starts_with(|c: char| c.is_uppercase());
        !(is_number || is_name && w.telling) || known.contains(&w.stem)
    });
    !telling.is_empty() && supported * 2 >= telling.len() && names_hold
}

/// Whether the second half says what the first said.
fn repeats_itself(text: &str) -> bool {
    let sentences = crate::text::sentences::split(text);
    let distinct: HashSet<&String> = sentences.iter().collect();
    distinct.len() < sentences.len()
}

fn mood_name(mood: Mood) -> &'static str {
    match mood {
        Mood::Calm => "calm",
        Mood::Cheerful => "cheerful",
        Mood::Exciting => "exciting",
        Mood::Informative => "informative",
        Mood::Serious => "serious",
        Mood::Sad => "sad",
        Mood::Tense => "tense",
    }
}

fn sentiment_name(sentiment: Sentiment) -> &'static str {
    match sentiment {
        Sentiment::Positive => "positive",
        Sentiment::Neutral => "neutral",
        Sentiment::Negative => "negative",
    }
}

fn sentiment_named(name: &str) -> Option<Sentiment> {
    match name {
        "positive" => Some(Sentiment::Positive),
        "neutral" => Some(Sentiment::Neutral),
        "negative" => Some(Sentiment::Negative),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Baseline;
    use super::*;
    use serde_json::{Value, json};
    use vireo_pretrained::embedding::hashing::HashingEmbedder;
    use vireo_pretrained::language_model::Question;
    use vireo_pretrained::{Error, Result as ModelResult};

    const TEXT: &str = "This is the optical segment of the Webb space telescope. It stands in one of the \
        largest cleanrooms in the world. Engineers test its golden mirrors before the launch. \
        The telescope will look at the first galaxies in infrared light.";

    /// Answers what it was told to.
    struct Scripted {
        answer: ModelAnswer,
        is_instruct: bool,
    }
    enum ModelAnswer {
        Says(Value),
        Fails,
    }
    impl LanguageModel for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }
        fn is_instruct(&self) -> bool {
            self.is_instruct
        }
        fn context_tokens(&self) -> usize {
            4_096
        }
        fn count_tokens(&self, text: &str) -> usize {
            text.chars().count() / 3
        }
        fn answer(&self, question: &Question) -> ModelResult<Value> {
            assert!(question.prompt.len() < 20_000 && question.schema.is_object());
            match &self.answer {
                ModelAnswer::Says(value) => Ok(value.clone()),
                ModelAnswer::Fails => Err(Error::Answer {
                    model: "scripted".to_owned(),
                    reason: "timed out".to_owned(),
                }),
            }
        }
    }

    fn write(material: &Material, answer: ModelAnswer) -> Written {
        written_by(&Scripted { answer, is_instruct: true }, material)
    }

    fn written_by(model: &Scripted, material: &Material) -> Written {
        let baseline = Baseline::new(&HashingEmbedder).expect("embeds");
        let mut support = Support::new(material, &HashingEmbedder, &baseline);
        let config = Config::default();
        by_model(model, material, None, &config, &mut support).expect("a card")
    }

    fn webb() -> Material {
        Material::said("The Webb telescope", TEXT, "en")
    }

    #[test]
    fn what_the_text_supports_is_kept_with_its_evidence() {
        let answer = json!({
            "summary": "Engineers test the mirrors of the Webb space telescope in a cleanroom.",
            "keywords": ["Space Telescope", "space telescopes", "golden mirror", "sourdough", "penguins"],
            "topics": ["infrared"],
            "mood": "informative", "sentiment": "neutral", "category": "science", "audience": "everyone",
        });
        let Written { card, claims, warning } = write(&webb(), ModelAnswer::Says(answer));
        assert_eq!(card.author, CardAuthor::LanguageModel("scripted".to_owned()));
        assert!(card.summary.starts_with("Engineers test"), "{}", card.summary);
        assert_eq!(&card.keywords[..2], ["Space Telescope", "golden mirror"]);
        assert!(!card.keywords.iter().any(|k| k == "sourdough" || k == "penguins"));
        assert_eq!(card.dropped_claims, 2);
        assert_eq!(card.category.as_deref(), Some("science"));
        assert_eq!(warning, None);
        let mirror = claims.iter().find(|c| c.value == "golden mirror").expect("a claim");
        assert!(mirror.grounds.evidence.as_deref().is_some_and(|e| e.contains("golden mirrors")));
        assert_eq!(mirror.grounds.span.map(|s| s.start), Some(8.0));
    }

    #[test]
    fn invented_summaries_are_replaced() {
        for invented in [
            "A cook bakes sourdough bread with butter at home.",
            "The Webb space telescope was launched in 2021 by engineers.",
            "The Hubble telescope looks at galaxies in infrared light.",
            "这是一段关于韦伯太空望远镜的介绍视频。",
            "An explanation of binary search in sorted arrays, with its running time and common mistakes.",
            "ok",
        ] {
            let answer = json!({"summary": invented, "keywords": ["telescope"]});
            let Written { card, claims, .. } = write(&webb(), ModelAnswer::Says(answer));
            assert_ne!(card.summary, invented);
            assert!(card.summary.contains("telescope"), "{}", card.summary);
            let summary = claims.iter().find(|c| c.kind == AnnotationKind::Summary).expect("one");
            assert_eq!(summary.by, RULES);
        }
    }

    #[test]
    fn failures_and_garbage_give_a_rules_card() {
        for answer in [
            ModelAnswer::Fails,
            ModelAnswer::Says(json!(null)),
            ModelAnswer::Says(json!({"keywords": vec!["sourdough"; 500], "topics": 3})),
        ] {
            let Written { card, warning, .. } = write(&webb(), answer);
            assert_eq!(card.author, CardAuthor::Rules);
            assert!(warning.is_some_and(|w| w.contains("rules")));
            assert!(card.keywords.iter().any(|k| k.contains("telescope")), "{:?}", card.keywords);
            assert!(!card.summary.is_empty());
        }
    }

    #[test]
    fn a_base_model_is_believed_words_of_the_text_only() {
        let answer = ModelAnswer::Says(json!({
            "summary": "Engineers test the mirrors of the Webb space telescope in a cleanroom.",
            "keywords": ["golden mirrors", "golden telescope", "astronomy", "infrared light"],
            "topics": ["infrared"], "mood": "cheerful", "category": "science", "audience": "children",
        }));
        let Written { card, claims, .. } =
            written_by(&Scripted { answer, is_instruct: false }, &webb());
        let mut said = claims.iter().filter(|claim| claim.by == "scripted");
        for word in ["golden mirrors", "infrared light"] {
            let claim = said.next().expect("a claim");
            assert_eq!((claim.kind, claim.value.as_str()), (AnnotationKind::Keyword, word));
        }
        assert_eq!(said.next(), None);
        assert_eq!(card.dropped_claims, 2);
        assert_eq!(card.author, CardAuthor::Rules, "the sentences are the rules'");
        assert!(!card.summary.starts_with("Engineers test the mirrors"), "{}", card.summary);
        assert_ne!(card.audience.as_deref(), Some("children"));
    }

    #[test]
    fn chinese_claims_are_checked_in_either_script() {
        let text = "今天教大家做红烧肉。先把五花肉切成小块。锅里放一点油和冰糖，把五花肉炒到金黄。";
        let material = Material::said("红烧肉的家常做法", text, "zh");
        let answer = json!({
            "summary": "教大家用五花肉和冰糖做红烧肉。",
            "keywords": ["紅燒肉", "五花肉", "望远镜", "冰糖"],
            "topics": ["量子物理学"],
        });
        let Written { card, .. } = write(&material, ModelAnswer::Says(answer));
        assert_eq!(&card.keywords[..3], ["紅燒肉", "五花肉", "冰糖"]);
        assert_eq!(card.dropped_claims, 2);
        assert_eq!(card.summary, "教大家用五花肉和冰糖做红烧肉。");
        assert!(card.language.is_chinese());
    }
}
