//! What is said in a video, and when.

use crate::{Language, Span, is_han, is_kana};
use serde::{Deserialize, Serialize};

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// When it is said.
    pub span: Span,
    /// Plain text without markup; lines separated by `\n`.
    pub text: String,
    /// First and last second of each of its words, where a recogniser told them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    times: Vec<(f64, f64)>,
}

impl Cue {
    /// A line of which only the whole has a time.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into(), times: Vec::new() }
    }

    /// The same with a time for each of its [`words`], to a hundredth of a second.
    #[must_use]
    pub fn with_times(mut self, times: impl IntoIterator<Item = Span>) -> Self {
        let hundredth = |seconds: f64| (seconds * 100.0).round() / 100.0;
        let rounded = |span: Span| (hundredth(span.start), hundredth(span.end));
        self.times = times.into_iter().map(rounded).collect();
        self
    }

    /// Its words and when they are said; none where that is not known, or
    /// where the text is no longer the one that was heard.
    pub fn words(&self) -> impl Iterator<Item = (&str, Span)> {
        let words = words(&self.text);
        let is_known = words.len() == self.times.len();
        // A line may have been cut after it was heard.
        let within = |seconds: f64| seconds.clamp(self.span.start, self.span.end);
        let times =
            self.times.iter().map(move |(start, end)| Span::new(within(*start), within(*end)));
        words.into_iter().zip(times).filter(move |_| is_known)
    }

    /// The same line at another place: `place` says where a span comes to lie.
    #[must_use]
    pub fn placed(self, place: impl Fn(Span) -> Span) -> Self {
        let times: Vec<Span> = self.words().map(|(_, span)| place(span)).collect();
        Self::new(place(self.span), self.text).with_times(times)
    }
}

/// The words of a line: what blanks part, and each Chinese or Japanese
/// character, with the marks around them.
pub fn words(text: &str) -> Vec<&str> {
    let is_wide = |c: char| is_han(c) || is_kana(c);
    let mut words = Vec::new();
    let (mut start, mut letter): (usize, Option<char>) = (0, None);
    for (at, c) in text.char_indices() {
        let follows = letter.is_some_and(|before| is_wide(before) || is_wide(c));
        if c.is_whitespace() || (c.is_alphanumeric() && follows) {
            words.push(text[start..at].trim());
            (start, letter) = (at, None);
        }
        letter = Some(c).filter(|c| c.is_alphanumeric()).or(letter);
    }
    words.push(text[start..].trim());
    words.retain(|word| !word.is_empty());
    words
}

/// Where a transcript comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptOrigin {
    /// A subtitle stream inside the video file.
    Embedded,
    /// A subtitle file beside it.
    Sidecar,
    /// Our own speech recognition.
    Speech,
    /// Subtitles that are part of the pictures, read by our own text recognition.
    BurntIn,
}

/// The cues of one language, in order of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Language of the text.
    pub language: Language,
    /// Where it comes from.
    pub origin: TranscriptOrigin,
    /// File name, stream (`stream 2`) or model (`whisper-base`).
    pub detail: String,
    /// The cues, sorted by start.
    pub cues: Vec<Cue>,
}

impl Transcript {
    /// All text, one cue a line.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.cues.iter().map(|cue| cue.text.as_str()).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_blanks_part_and_chinese_characters() {
        assert_eq!(words(" It's \"new\" — 3.14,\nso "), ["It's", "\"new\"", "—", "3.14,", "so"]);
        assert_eq!(words("“学习”Rust语言。"), ["“学", "习”", "Rust", "语", "言。"]);
        assert!(words(" \n").is_empty());
    }

    #[test]
    fn times_of_words_are_kept_moved_and_forgotten_with_the_text() {
        let times = [Span::new(1.0, 1.254), Span::new(1.5, 2.0)];
        let cue = Cue::new(Span::new(1.0, 2.0), "揉面").with_times(times);
        let json = serde_json::to_string(&cue).expect("JSON");
        assert_eq!(
            json,
            r#"{"span":{"start":1.0,"end":2.0},"text":"揉面","times":[[1.0,1.25],[1.5,2.0]]}"#
        );
        let cue: Cue = serde_json::from_str(&json).expect("the same cue");
        let mut later = cue.placed(|span| Span::new(span.start + 10.0, span.end + 10.0));
        let words: Vec<(&str, Span)> = later.words().collect();
        assert_eq!(words, [("揉", Span::new(11.0, 11.25)), ("面", Span::new(11.5, 12.0))]);
        later.text = "面".to_owned();
        assert_eq!(later.words().count(), 0);
    }
}
