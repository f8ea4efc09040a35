//! What somebody may want to be warned of before they watch: by the words that
//! are said. A suggestion with its evidence; nothing is hidden for it.

use crate::material::Material;
use crate::text::lexicon::Lexicon;
use crate::text::lists;
use std::sync::LazyLock;
use vireo_domain::Span;

static WARNINGS: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&lists::WARNINGS));

/// Different words that have to fall: one may be a figure of speech. Swearing
/// is no figure of anything.
const FEWEST: usize = 2;
const SWEARING: &str = "strong language";

/// Seconds between two sentences of one stretch.
const PAUSE: f64 = 20.0;

/// A stretch with words of a kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Warned {
    /// What of, in English.
    pub(crate) of: &'static str,
    /// When; `None` for the description.
    pub(crate) span: Option<Span>,
    /// The first sentence.
    pub(crate) sentence: String,
}

/// The Chinese name of what is warned of.
pub fn warning_in_chinese(of: &str) -> Option<&'static str> {
    let names = WARNINGS.names().iter().filter_map(|name| name.split_once('='));
    names.into_iter().find(|(english, _)| *english == of).map(|(_, chinese)| chinese)
}

/// The stretches, by kind and then by time.
pub(crate) fn warned(material: &Material) -> Vec<Warned> {
    let whole = WARNINGS.hits(&material.text(), &material.language);
    let mut found = Vec::new();
    for (kind, name) in WARNINGS.names().iter().enumerate() {
        let of = name.split('=').next().unwrap_or(name);
        let fewest = if of == SWEARING { 1 } else { FEWEST };
        if whole[kind].distinct < fewest {
            continue;
        }
        let mut stretches: Vec<Warned> = Vec::new();
        for sentence in &material.sentences {
            if WARNINGS.hits(&sentence.text, &material.language)[kind].total == 0 {
                continue;
            }
            let last = stretches.last_mut().and_then(|last| last.span.as_mut());
            match (last, sentence.span) {
                (Some(last), Some(span)) if span.start - last.end < PAUSE => last.end = span.end,
                (_, span) => {
                    stretches.push(Warned { of, span, sentence: sentence.text.clone() });
                }
            }
        }
        found.append(&mut stretches);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, language: &str) -> Vec<(&'static str, bool)> {
        let found = warned(&Material::said("", text, language));
        found.into_iter().map(|warned| (warned.of, warned.span.is_some())).collect()
    }

    #[test]
    fn two_words_of_a_kind_or_one_oath() {
        let text = "They found heroin in the car. The drug dealer had fled. It was late.";
        assert_eq!(of(text, "en"), [("drugs", true)], "one stretch");
        assert_eq!(of("他因为吸毒被捕，警方搜出海洛因。", "zh"), [("drugs", true)]);
        assert_eq!(of("Oh shit.", "en"), [("strong language", true)]);
        assert_eq!(warning_in_chinese("drugs"), Some("毒品"));
    }

    #[test]
    fn figures_of_speech_are_not_warned_of() {
        let text = "Kill the process, shoot the picture, and don't overdose on sugar. \
                    This recipe is murder on the knees, and a casino of flavours.";
        assert_eq!(of(text, "en"), []);
        assert_eq!(of("这道题真是折磨人，杀手级的技巧。", "zh"), []);
    }
}
