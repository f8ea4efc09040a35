//! What a sidecar says of a video, whatever its format.

use crate::chapters::Chapter;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use vireo_domain::{Language, Timestamp, Video};

/// What a sidecar says of a video; `None` and empty: nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// Title.
    pub title: Option<String>,
    /// Description or plot.
    pub description: Option<String>,
    /// Tags and genres.
    pub tags: Vec<String>,
    /// Category; of several the first.
    pub category: Option<String>,
    /// Channel, uploader, series or studio.
    pub channel: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// The page it is watched on.
    pub url: Option<String>,
    /// Running time in seconds.
    pub duration_seconds: Option<f64>,
    /// The youngest age it is meant for.
    pub age_limit: Option<u32>,
    /// Chapters, in order of time.
    pub chapters: Vec<Chapter>,
}

const MOST_TITLE_CHARS: usize = 500;
const MOST_DESCRIPTION_CHARS: usize = 20_000;
const MOST_TAGS: usize = 200;
const MOST_TAG_CHARS: usize = 100;
const ADULT: u32 = 18;

impl Metadata {
    /// Puts what is said into `video`; what is not said stays as it is.
    pub fn fill(self, video: &mut Video) {
        let line = |text: Option<String>| text.and_then(|text| one_line(&text, MOST_TITLE_CHARS));
        if let Some(title) = line(self.title) {
            video.title = title;
        }
        if let Some(text) =
            self.description.map(|text| paragraphs(&text)).filter(|text| !text.is_empty())
        {
            video.description = text;
        }
        video.category = line(self.category).or(video.category.take());
        video.channel = line(self.channel).or(video.channel.take());
        video.published_at = self.published_at.or(video.published_at);
        // The page links to it: nothing but the web may come in here.
        let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        video.url = line(self.url).filter(is_web).or(video.url.take());
        let sensible = |seconds: &f64| seconds.is_finite() && *seconds > 0.0;
        video.duration_seconds = video.duration_seconds.or(self.duration_seconds.filter(sensible));
        let language = self.language.map(|tag| Language::new(tag.trim()));
        let is_code = |language: &Language| {
            (2..=3).contains(&language.code().len())
                && language.code().bytes().all(|byte| byte.is_ascii_lowercase())
                && !language.is_unknown()
        };
        video.language = language.filter(is_code).or(video.language.take());
        let adult = self.age_limit.filter(|age| *age >= ADULT).map(|_| "18+".to_owned());
        for tag in self.tags.into_iter().take(MOST_TAGS).chain(adult) {
            if let Some(tag) = one_line(&tag, MOST_TAG_CHARS)
                && !video.tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase())
            {
                video.tags.push(tag);
            }
        }
    }
}

/// Text on one line without control characters; `None` if nothing is left.
fn one_line(text: &str, most_chars: usize) -> Option<String> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line: String = words.join(" ").chars().take(most_chars).collect();
    (!line.is_empty()).then_some(line)
}

fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let plain = text.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control());
    plain.take(MOST_DESCRIPTION_CHARS).collect::<String>().trim().to_owned()
}

/// Midnight UTC of `2024-05-01…` or `20240501`.
pub(super) fn day(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let day = text.get(..10).unwrap_or(text);
    let format = if day.contains('-') { "%Y-%m-%d" } else { "%Y%m%d" };
    let date = Date::strptime(format, day).ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|moment| moment.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_both_spellings() {
        for (text, expected) in [
            ("20210720", Some("2021-07-20T00:00:00Z")),
            ("2004-07-16", Some("2004-07-16T00:00:00Z")),
            ("2021-02-11 07:47:23", Some("2021-02-11T00:00:00Z")),
            ("20211399", None),
            ("soon", None),
            ("年年年年", None),
        ] {
            assert_eq!(day(text).map(|moment| moment.to_string()).as_deref(), expected, "{text}");
        }
    }
}
