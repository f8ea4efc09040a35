//! Languages by their ISO 639-1 code.

use serde::{Deserialize, Serialize};
use std::fmt;

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
