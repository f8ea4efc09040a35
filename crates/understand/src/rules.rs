//! What can be said of a text without a language model.
//!
//! The analysers call the rules on all that is known of a video;
//! [`keywords_of`] and [`sentiment_of`] call the same ones on a bare text.

pub(crate) mod category;
pub(crate) mod keywords;
pub(crate) mod names;
pub(crate) mod summary;
pub(crate) mod tone;
pub(crate) mod warnings;

pub use warnings::warning_in_chinese;

use crate::material::Material;
use crate::text::{fold, language};
use vireo_domain::{Sentiment, Timestamp, Video, VideoId};

/// The most telling words and phrases of a text, best first: what a video with
/// this description and no title gets.
pub fn keywords_of(text: &str, limit: usize) -> Vec<String> {
    let id = VideoId::new("text").expect("a plain id");
    let mut video = Video::new(id, "", Timestamp::UNIX_EPOCH);
    text.clone_into(&mut video.description);
    keywords::extract(&Material::new(&video, false, None), limit)
}

/// The tone of a text; `None` when it cannot be told from its words.
pub fn sentiment_of(text: &str) -> Option<Sentiment> {
    let text = fold(text);
    tone::sentiment_of(&text, &language::detect(&text))
}
