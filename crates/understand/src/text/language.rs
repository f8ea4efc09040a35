//! Which language a text is in.

use super::lists;
use super::{is_han, is_kana};
use std::collections::HashSet;
use vireo_domain::Language;

/// How much of a text is looked at, in characters; enough for certainty.
const SAMPLE: usize = 4_000;

/// The language of `text`; unknown when it cannot be told.
///
/// Scripts decide first (a Chinese title with English words in it is
/// Chinese), then trigrams (whatlang), then function words: titles are too
/// short for trigrams.
pub(crate) fn detect(text: &str) -> Language {
    let sample: String = text.chars().take(SAMPLE).collect();
    if let Some(language) = by_script(&sample) {
        return language;
    }
    if let Some(info) = whatlang::detect(&sample)
        && info.is_reliable()
        && sample.len() >= 40
    {
        return Language::new(two_letters(info.lang().code()));
    }
    let words: HashSet<String> = sample
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let known = words.iter().filter(|word| lists::is_stop_word(word, &Language::english())).count();
    if known >= 2 && known * 4 >= words.len() { Language::english() } else { Language::unknown() }
}

/// Chinese, Japanese and Korean by their characters.
fn by_script(text: &str) -> Option<Language> {
    let (mut letters, mut han, mut kana, mut hangul) = (0, 0, 0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        if is_han(c) {
            han += 1;
        } else if is_kana(c) {
            kana += 1;
        } else if matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}') {
            hangul += 1;
        }
    }
    // A character says as much as a short word, hence the low shares.
    let much = |count: usize| count * 5 >= letters && count > 0;
    if much(hangul) {
        Some(Language::new("ko"))
    } else if much(han + kana) && kana * 10 >= han + kana {
        Some(Language::new("ja"))
    } else if much(han) {
        Some(Language::chinese())
    } else {
        None
    }
}

/// whatlang speaks ISO 639-3; the domain knows the commonest ones itself.
fn two_letters(code: &str) -> &str {
    match code {
        "ara" => "ar",
        "bul" => "bg",
        "ben" => "bn",
        "cat" => "ca",
        "ces" => "cs",
        "dan" => "da",
        "ell" => "el",
        "pes" => "fa",
        "fin" => "fi",
        "heb" => "he",
        "hin" => "hi",
        "hrv" => "hr",
        "hun" => "hu",
        "ind" => "id",
        "nld" => "nl",
        "nob" => "no",
        "pol" => "pl",
        "ron" => "ro",
        "slk" => "sk",
        "slv" => "sl",
        "srp" => "sr",
        "swe" => "sv",
        "tam" => "ta",
        "tha" => "th",
        "tur" => "tr",
        "ukr" => "uk",
        "vie" => "vi",
        other => other,
    }
}

/// The language of subtitles: what the tag says, unless the script denies it
/// (files are often named wrongly).
pub(crate) fn of_tagged(tag: Option<&str>, text: &str) -> Language {
    let sample: String = text.chars().take(SAMPLE).collect();
    let tagged = tag.map(Language::new).filter(|l| !l.is_unknown() && l.code() != "mul");
    match (by_script(&sample), tagged) {
        (Some(written), _) => written,
        (None, Some(tagged)) if !matches!(tagged.code(), "zh" | "ja" | "ko") => tagged,
        (None, _) => detect(&sample),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_languages_apart() {
        for (text, code) in [
            ("How to bake a loaf of bread", "en"),
            ("The quick brown fox jumps over the lazy dog while the others are watching it", "en"),
            ("如何做面包", "zh"),
            ("如何用 Rust 写 web server", "zh"),
            ("機器學習入門", "zh"),
            ("パンの作り方を教えます", "ja"),
            ("빵 만드는 방법", "ko"),
            (
                "Dies ist ein ganz gewöhnlicher deutscher Satz über das Backen von Brot im Ofen",
                "de",
            ),
            ("Это обычное русское предложение о том, как испечь хлеб", "ru"),
            ("", "und"),
            ("12:30", "und"),
            ("IMG_2041", "und"),
        ] {
            assert_eq!(detect(text).code(), code, "{text}");
        }
    }

    #[test]
    fn a_wrong_tag_is_overruled_by_the_script() {
        assert_eq!(of_tagged(Some("en"), "今天我们学做面包").code(), "zh");
        assert_eq!(
            of_tagged(Some("zh-Hans"), "and now we are going to bake a loaf of bread").code(),
            "en"
        );
        assert_eq!(of_tagged(Some("swe"), "hej").code(), "swe");
        assert_eq!(of_tagged(Some("und"), "what is this and where are we").code(), "en");
    }
}
