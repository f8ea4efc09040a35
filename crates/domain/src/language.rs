//! Languages by their ISO 639-1 code.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The two-letter codes.
const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu \
    cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi \
    ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks \
    ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl \
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl \
    sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve \
    vi vo wa wo xh yi yo za zh zu";

/// A Chinese character (also Japanese kanji).
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// A Japanese syllable.
pub fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}')
}

/// A language as its ISO 639-1 code in lower case (`en`, `zh`), `und` when unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// Reads a code or tag: `zh-Hans-CN`, `ZH`, `eng` and `chi` are understood.
    pub fn new(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        let code = match primary.as_str() {
            "eng" => "en",
            "chi" | "zho" | "cmn" | "yue" => "zh",
            "ger" | "deu" => "de",
            "fre" | "fra" => "fr",
            "spa" => "es",
            "jpn" => "ja",
            "rus" => "ru",
            "kor" => "ko",
            "por" => "pt",
            "ita" => "it",
            "" => "und",
            other => other,
        };
        Self(code.to_owned())
    }

    /// English.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// Chinese, of either script.
    pub fn chinese() -> Self {
        Self("zh".to_owned())
    }

    /// Not known.
    pub fn unknown() -> Self {
        Self("und".to_owned())
    }

    /// Whether this is Chinese.
    pub fn is_chinese(&self) -> bool {
        self.0 == "zh"
    }

    /// Whether the language is not known.
    pub fn is_unknown(&self) -> bool {
        self.0 == "und"
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }
}

/// Why a text names no language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no language; use its code, such as en, zh, de, es, fr, it, ja, ko, pt or ru")]
pub struct UnknownLanguage(String);

/// What a person asks for: a tag whose language is in ISO 639-1, or has three
/// letters, as the thousands of ISO 639-3 have. Files are read with
/// [`Language::new`], which takes what they say.
impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        let language = Self::new(tag);
        let code = language.code();
        let is_long = code.len() == 3 && code.bytes().all(|b| b.is_ascii_lowercase());
        let is_plain = tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if is_plain && !tag.is_empty() && (is_long || ISO_639_1.split(' ').any(|it| it == code)) {
            Ok(language)
        } else {
            Err(UnknownLanguage(tag.chars().take(35).collect()))
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Language {
    fn from(tag: String) -> Self {
        Self::new(&tag)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_language() {
        for (tag, code) in
            [("en", "en"), ("ZH-Hans", "zh"), ("zh_CN", "zh"), ("eng", "en"), ("haw", "haw")]
        {
            assert_eq!(tag.parse::<Language>().expect(tag).code(), code);
        }
        for tag in ["klingon", "xx", "e", "", "english", "en\"><script>", "中文"] {
            let error = tag.parse::<Language>().expect_err(tag).to_string();
            assert!(error.contains("such as en, zh"), "{error}");
        }
    }
}
