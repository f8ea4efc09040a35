//! What text stands for a video, and how its vectors become one.

use crate::text::{fold, shortened, without_noise};
use vireo_domain::{Embedding, Scene, Video};

/// Texts that are embedded at once.
pub(crate) const BATCH: usize = 64;

/// Weight of what is said of a video against what is said in it: a choice, not
/// a result, see `docs/decisions/021-video-vectors.md`.
const ABOUT: f32 = 0.5;

/// Shortest part of what is said that a video's vector is made of, in seconds:
/// sentences one by one say less of a subject than half a minute, see
/// `docs/decisions/022-search-fusion.md`.
pub(crate) const PART: f64 = 20.0;

/// Letters of the shortest text that is embedded.
const FEWEST_LETTERS: usize = 4;

/// Longest description that is embedded, in characters: embedders read no more.
const DESCRIPTION: usize = 600;

/// What is said of a video: title, tags, keywords, description.
pub(crate) fn about(video: &Video, keywords: &[String]) -> String {
    let mut text = fold(&video.title);
    let tags: Vec<String> =
        video.tags.iter().chain(keywords).map(|word| fold(word)).take(24).collect();
    let mut seen: Vec<&String> = Vec::new();
    for tag in &tags {
        if !tag.is_empty() && !seen.contains(&tag) {
            text.push_str(if seen.is_empty() { ". " } else { ", " });
            text.push_str(tag);
            seen.push(tag);
        }
    }
    let description = fold(&shortened(&without_noise(&video.description), DESCRIPTION));
    if !description.is_empty() {
        text.push_str(". ");
        text.push_str(&description);
    }
    text
}

/// Whether there is enough to have a meaning: an embedder puts "Hm" near every
/// short query. A Chinese character counts as two letters.
pub(crate) fn says_something(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>() >= FEWEST_LETTERS
}

/// Scenes in runs that last as long as `shortest` seconds, in order; the last
/// may be shorter.
pub(crate) fn runs(scenes: &[Scene], shortest: f64) -> Vec<&[Scene]> {
    let mut runs = Vec::new();
    let mut start = 0;
    for (place, scene) in scenes.iter().enumerate() {
        let is_long = scene.span.end - scenes[start].span.start >= shortest;
        if is_long || place + 1 == scenes.len() {
            runs.push(&scenes[start..=place]);
            start = place + 1;
        }
    }
    runs
}

/// A part of what is said in a video.
pub(crate) struct Part {
    /// Its meaning.
    pub(crate) embedding: Embedding,
    /// Its length.
    pub(crate) seconds: f64,
}

/// The vector of a video: what is said of it and, in shares by length of time,
/// what is said in it. Zeros only if there is nothing at all.
pub(crate) fn of_video(about: Option<Embedding>, said: &[Part], dimensions: usize) -> Embedding {
    let said = Embedding::mean(
        said.iter().map(|part| (&part.embedding, part.seconds.max(1.0).sqrt() as f32)),
    );
    let about = about.filter(|about| !about.is_zero());
    let parts = [(about.as_ref(), ABOUT), (said.as_ref(), 1.0 - ABOUT)];
    Embedding::mean(parts.into_iter().filter_map(|(part, weight)| Some((part?, weight))))
        .unwrap_or_else(|| Embedding::new(vec![0.0; dimensions]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::{Span, Timestamp, VideoId};

    #[test]
    fn words_of_the_owner_come_once_and_clean() {
        let mut video =
            Video::new(VideoId::new("v").expect("an id"), "做麵包", Timestamp::UNIX_EPOCH);
        video.tags = vec!["烘焙".into(), "面包".into()];
        video.description = "在家做面包 https://x.example".into();
        assert_eq!(
            about(&video, &["面包".into(), "酵母".into()]),
            "做面包. 烘焙, 面包, 酵母. 在家做面包"
        );
    }

    #[test]
    fn a_sigh_has_no_meaning() {
        assert!(!says_something("Hm") && !says_something("— ♪ 嗯"));
        assert!(says_something("黑洞") && says_something("Bake it."));
    }

    #[test]
    fn every_scene_is_in_one_run() {
        let scene = |place: usize| Scene {
            span: Span::new(place as f64 * 6.0, place as f64 * 6.0 + 5.0),
            text: String::new(),
            embedding: Embedding::new(vec![1.0]),
        };
        let scenes: Vec<Scene> = (0..10).map(scene).collect();
        let lengths: Vec<usize> = runs(&scenes, 20.0).iter().map(|run| run.len()).collect();
        assert_eq!(lengths, [4, 4, 2]);
        assert_eq!(runs(&scenes, 1.0).len(), 10);
        assert!(runs(&[], 20.0).is_empty());
    }

    #[test]
    fn a_video_is_between_its_words() {
        let about = Embedding::new(vec![1.0, 0.0]);
        let said = Part { embedding: Embedding::new(vec![0.0, 1.0]), seconds: 30.0 };
        let both = of_video(Some(about.clone()), &[said], 2);
        assert!(both.as_slice()[0] > 0.5 && both.as_slice()[1] > 0.5);
        assert_eq!(of_video(Some(about.clone()), &[], 2), about);
        let nothing = of_video(None, &[], 2);
        assert!(nothing.is_zero() && nothing.dimensions() == 2);
    }
}
