//! What the admin can tune.

use serde::{Deserialize, Serialize};

/// Who writes the cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardWriter {
    /// The language model, and the rules when it is missing or fails.
    LanguageModel,
    /// The rules only: fast.
    Rules,
}

/// What the admin can tune.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each switches an analyser")]
pub struct Config {
    /// Listen to videos that have no subtitles.
    pub speech: bool,
    /// Longest sound that is listened to, in seconds from the beginning; 0: all of it.
    pub speech_limit_seconds: f64,
    /// Read what is written in the pictures: titles, signs, burnt-in subtitles.
    pub screen_text: bool,
    /// Name what is seen in the pictures.
    pub labels: bool,
    /// Count the people in the pictures, and name things that are only a part of them.
    pub objects: bool,
    /// Keep what pictures look like, so that they are found by words; only where
    /// there is a model that has pictures and words in one space.
    pub picture_search: bool,
    /// Names of what the same model looks for in the pictures, in any language.
    pub picture_names: Vec<String>,
    /// Warn of pictures that may not be safe for work; nothing is hidden for it.
    pub unsafe_content: bool,
    /// Who writes the cards.
    pub card_writer: CardWriter,
    /// Longest time for one card, in seconds.
    pub card_timeout_seconds: u64,
    /// Shortest and longest scene, in seconds: a sentence or two, so that search
    /// finds the second; see `docs/decisions/022-search-fusion.md`.
    pub scene_seconds: (f64, f64),
    /// Find the shots, and the parts that are black, frozen or silent. Credits
    /// are found where this or `screen_text` is on.
    pub shots: bool,
    /// Tell where somebody speaks and where something else is heard.
    pub sounds: bool,
    /// Measure how loud the sound is.
    pub loudness: bool,
    /// Keyframes kept for a video.
    pub keyframes: usize,
    /// Width of covers, in pixels.
    pub cover_width: u32,
    /// Width of previews, in pixels; 0: none are made.
    pub preview_width: u32,
    /// Make a sheet of small pictures of the whole video, for the line of time
    /// under the player.
    pub sprites: bool,
    /// The fixed list that the category is chosen from, in English.
    pub categories: Vec<String>,
}

impl Config {
    /// Whether anybody is to look at whole pictures.
    pub(crate) fn looks(&self) -> bool {
        let by_words = self.picture_search || !self.picture_names.is_empty();
        self.labels || self.objects || self.unsafe_content || by_words
    }

    /// Without what takes long and can be had later: the language model's card,
    /// all that is read or seen in the pictures, loudness, previews. Speech
    /// stays: without its words a video is hardly found.
    #[must_use]
    pub fn fast(self) -> Self {
        Self {
            card_writer: CardWriter::Rules,
            screen_text: false,
            labels: false,
            objects: false,
            picture_search: false,
            picture_names: Vec::new(),
            unsafe_content: false,
            loudness: false,
            preview_width: 0,
            ..self
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let categories = [
            "animals",
            "arts",
            "business",
            "comedy",
            "cooking",
            "education",
            "film",
            "games",
            "gardening",
            "health",
            "history",
            "how-to",
            "music",
            "nature",
            "news",
            "people",
            "programming",
            "science",
            "sports",
            "technology",
            "travel",
            "vehicles",
        ];
        Self {
            speech: true,
            speech_limit_seconds: 0.0,
            screen_text: true,
            labels: true,
            objects: true,
            picture_search: true,
            picture_names: Vec::new(),
            unsafe_content: true,
            card_writer: CardWriter::LanguageModel,
            card_timeout_seconds: 60,
            scene_seconds: (3.0, 8.0),
            shots: true,
            sounds: true,
            loudness: true,
            keyframes: 12,
            cover_width: 640,
            preview_width: 320,
            sprites: true,
            categories: categories.map(str::to_owned).to_vec(),
        }
    }
}
