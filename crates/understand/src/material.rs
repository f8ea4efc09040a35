//! The words that a video is judged by.

use crate::text::sentences::{self, Sentence};
use crate::text::{fold, language, without_noise, words};
use std::collections::HashSet;
use vireo_domain::{Language, Span, Transcript, TranscriptOrigin, Video};

/// A recogniser hears a word or two into barking and applause.
const FEW: usize = 3;

/// The words that a video is judged by, folded.
#[derive(Debug, Clone)]
pub(crate) struct Material {
    /// Of most of the words.
    pub(crate) language: Language,
    /// The owner's title; empty when the video is only called after its file.
    pub(crate) title: String,
    /// The owner's tags.
    pub(crate) tags: Vec<String>,
    /// What is said, cue by cue.
    pub(crate) lines: Vec<Sentence>,
    /// Whether a machine heard that, rather than people wrote it down.
    is_heard: bool,
    /// Sentences of the owner's description (without links and begging), then
    /// of what is said.
    pub(crate) sentences: Vec<Sentence>,
}

impl Material {
    /// Of a video and its best transcript.
    pub(crate) fn new(video: &Video, named_by_file: bool, transcript: Option<&Transcript>) -> Self {
        let title = if named_by_file { String::new() } else { fold(&video.title) };
        let description = without_noise(&video.description);
        let tags: Vec<String> = video
            .tags
            .iter()
            .map(|tag| fold(tag.trim_start_matches('#')))
            .filter(|tag| !tag.is_empty())
            .collect();
        let cues = transcript.map_or(&[][..], |t| &t.cues);
        let lines = sentences::spoken(cues);
        let mut all: Vec<Sentence> = sentences::split(&description)
            .into_iter()
            .map(|text| Sentence { text, span: None })
            .collect();
        all.extend(sentences::of_cues(cues));
        let language = transcript
            .map(|t| t.language.clone())
            .or_else(|| video.language.clone())
            .filter(|l| !l.is_unknown())
            .unwrap_or_else(|| {
                language::detect(&format!("{title}\n{description}\n{}", tags.join(", ")))
            });
        let is_heard = transcript.is_some_and(|it| it.origin == TranscriptOrigin::Speech);
        Self { language, title, tags, lines, is_heard, sentences: all }
    }

    /// Of a topic: the titles of its videos and their keywords.
    pub(crate) fn of_topic(titles: &[String], words: &[String]) -> Self {
        let sentences =
            titles.iter().map(|title| Sentence { text: fold(title), span: None }).collect();
        Self {
            language: language::detect(&titles.join("\n")),
            title: String::new(),
            tags: words.iter().map(|word| fold(word)).collect(),
            lines: Vec::new(),
            is_heard: false,
            sentences,
        }
    }

    /// Whether there is too little to go by: no word of the owner's, and nothing
    /// said, or so few words heard that they may be none.
    pub(crate) fn is_thin(&self) -> bool {
        let has_letters = |text: &str| text.chars().any(char::is_alphabetic);
        let described = self.sentences.iter().filter(|sentence| sentence.span.is_none());
        let mut owners = described.map(|sentence| &sentence.text).chain(&self.tags);
        if has_letters(&self.title) || owners.any(|text| has_letters(text)) {
            return false;
        }
        if !self.is_heard {
            return !self.lines.iter().any(|line| has_letters(&line.text));
        }
        let stems =
            self.lines.iter().flat_map(|line| words::telling_stems(&line.text, &self.language));
        stems.collect::<HashSet<String>>().len() < FEW
    }

    /// Everything, one statement a line.
    pub(crate) fn text(&self) -> String {
        let mut text = self.title.clone();
        for part in self.tags.iter().chain(self.sentences.iter().map(|s| &s.text)) {
            text.push('\n');
            text.push_str(part);
        }
        text
    }

    /// Each part of the text and how much a word in it counts.
    pub(crate) fn weighted(&self) -> impl Iterator<Item = (&str, f64)> {
        let title = std::iter::once((self.title.as_str(), 3.0));
        let tags = self.tags.iter().map(|tag| (tag.as_str(), 2.0));
        let sentences = self
            .sentences
            .iter()
            .map(|s| (s.text.as_str(), if s.span.is_some() { 1.0 } else { 1.5 }));
        title.chain(tags).chain(sentences).filter(|(text, _)| !text.is_empty())
    }

    /// The first spoken line that `holds`, else the piece of metadata that does.
    pub(crate) fn find(&self, holds: impl Fn(&str) -> bool) -> Option<(&str, Option<Span>)> {
        if let Some(line) = self.lines.iter().find(|line| holds(&line.text)) {
            return Some((&line.text, line.span));
        }
        let metadata = std::iter::once(&self.title).chain(&self.tags);
        let described = self.sentences.iter().filter(|s| s.span.is_none()).map(|s| &s.text);
        if let Some(text) = metadata.chain(described).find(|text| holds(text)) {
            return Some((text, None));
        }
        // A phrase that runs over the border of two cues.
        self.sentences.iter().find(|s| holds(&s.text)).map(|s| (s.text.as_str(), s.span))
    }
}

#[cfg(test)]
impl Material {
    /// Something said, for tests.
    pub(crate) fn said(title: &str, text: &str, language: &str) -> Self {
        let mut video = Video::new(
            vireo_domain::VideoId::new("test").expect("an id"),
            title,
            vireo_domain::Timestamp::UNIX_EPOCH,
        );
        video.language = Some(Language::new(language));
        let cues = sentences::split(text)
            .into_iter()
            .zip(0..)
            .map(|(text, i)| {
                vireo_domain::Cue::new(
                    Span::new(f64::from(i) * 4.0, f64::from(i) * 4.0 + 3.5),
                    text,
                )
            })
            .collect();
        let transcript = Transcript {
            language: Language::new(language),
            origin: vireo_domain::TranscriptOrigin::Sidecar,
            detail: "test".to_owned(),
            cues,
        };
        Self::new(&video, title.is_empty(), Some(&transcript))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_thin(text: &str, language: &str, is_heard: bool) -> bool {
        Material { is_heard, ..Material::said("", text, language) }.is_thin()
    }

    #[test]
    fn a_word_heard_into_noise_makes_no_card() {
        assert!(is_thin("Oh. Oh yeah. Woof.", "en", true));
        assert!(is_thin("", "en", false) && is_thin("♪ 1 2 3 ♪", "en", false));
        assert!(is_thin("嗯，对。", "zh", true));
        // People wrote it down, or there is enough of it.
        assert!(!is_thin("Lighthouse.", "en", false));
        assert!(!is_thin("The telescope sees far galaxies in infrared light.", "en", true));
        assert!(!is_thin("今天教大家做红烧肉，先把五花肉切成小块。", "zh", true));
        assert!(!Material { is_heard: true, ..Material::said("Woof", "Woof.", "en") }.is_thin());
    }
}
