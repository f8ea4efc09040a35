//! Why an item is in the list.

use crate::Snapshot;
use serde::{Deserialize, Serialize};
use vireo_domain::{Language, VideoId};
use vireo_interest::is_telling;

/// Why an item is in the list. Always true: it names the source that found
/// the item and the evidence it used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Near something the person watched or liked, or to a video that is open.
    Related {
        /// The video it is near to.
        video: VideoId,
        /// Its title.
        title: String,
        /// `finished`, `liked`, `watched`, `rated`; beside a video that is open,
        /// whoever looks at it, `similar`, or `nearest` where nothing is.
        action: String,
        /// Keywords that both have.
        shared: Vec<String>,
    },
    /// In one of the person's interests.
    Interest {
        /// Key of the interest in the map.
        key: String,
        /// Its name.
        name: String,
    },
    /// People who watched a video of the person's also watched it.
    AlsoWatched {
        /// The person's video.
        video: VideoId,
        /// Its title.
        title: String,
    },
    /// Many watch it at present.
    Popular,
    /// New in the catalogue.
    Fresh,
    /// Something else, to find out.
    Exploration {
        /// Name of the topic, if it has one.
        topic: Option<String>,
    },
}

impl Reason {
    /// In words, in Chinese or English.
    pub fn sentence(&self, language: &Language) -> String {
        if language.is_chinese() { self.in_chinese() } else { self.in_english() }
    }

    fn in_english(&self) -> String {
        match self {
            Self::Related { title, action, shared, .. } => {
                let because = match action.as_str() {
                    "similar" => format!("Similar to “{title}”"),
                    "nearest" => format!("The nearest here to “{title}”"),
                    "rated" => format!("Because you gave “{title}” a good rating"),
                    action => format!("Because you {action} “{title}”"),
                };
                match shared.as_slice() {
                    [] => because,
                    shared => format!("{because}: same subject, {}", shared.join(" and ")),
                }
            }
            Self::Interest { key, name } if key.starts_with("said-") => {
                format!("You asked for “{name}”")
            }
            Self::Interest { name, .. } => format!("One of your interests: {name}"),
            Self::AlsoWatched { title, .. } => {
                format!("People who watched “{title}” also watched this")
            }
            Self::Popular => "Popular here".to_owned(),
            Self::Fresh => "New here".to_owned(),
            Self::Exploration { topic: Some(topic) } => format!("Something to try: {topic}"),
            Self::Exploration { topic: None } => "Something to try".to_owned(),
        }
    }

    fn in_chinese(&self) -> String {
        match self {
            Self::Related { title, action, shared, .. } => {
                let because = match action.as_str() {
                    "similar" => format!("与《{title}》相似"),
                    "nearest" => format!("这里与《{title}》最接近的"),
                    "finished" => format!("因为你看完了《{title}》"),
                    "liked" => format!("因为你喜欢《{title}》"),
                    "rated" => format!("因为你给《{title}》打了高分"),
                    _ => format!("因为你看过《{title}》"),
                };
                match shared.as_slice() {
                    [] => because,
                    shared => format!("{because}：同样讲{}", shared.join("和")),
                }
            }
            Self::Interest { key, name } if key.starts_with("said-") => {
                format!("你说过想看“{name}”")
            }
            Self::Interest { name, .. } => format!("你感兴趣的题材：{name}"),
            Self::AlsoWatched { title, .. } => format!("看过《{title}》的人也看了它"),
            Self::Popular => "这里的热门".to_owned(),
            Self::Fresh => "新上架".to_owned(),
            Self::Exploration { topic: Some(topic) } => format!("试试这个题材：{topic}"),
            Self::Exploration { topic: None } => "试试看".to_owned(),
        }
    }
}

/// A word that more than this share of all videos have, and more than so many,
/// sets nothing apart: "video", "today".
const COMMON_SHARE: usize = 5;
const COMMON_FEWEST: usize = 6;

/// Up to two keywords that both videos have and that tell something, as the
/// first writes them.
pub(crate) fn shared_keywords(snapshot: &Snapshot, one: usize, other: usize) -> Vec<String> {
    let most = (snapshot.items.len() / COMMON_SHARE).max(COMMON_FEWEST);
    let plain = |word: &String| word.trim().to_lowercase();
    let other: Vec<String> = snapshot.items[other].keywords.iter().map(plain).collect();
    let mut found: Vec<String> = Vec::new();
    for word in snapshot.items[one].keywords.iter().filter(|word| is_telling(word)) {
        let key = plain(word);
        let is_new = !found.iter().any(|known| plain(known) == key);
        let videos = snapshot.keywords.get(&key).copied().unwrap_or(0);
        if found.len() < 2 && is_new && videos <= most && other.contains(&key) {
            found.push(word.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Item;
    use std::sync::Arc;
    use vireo_domain::{Embedding, Timestamp, Video};

    fn related(action: &str, shared: &[&str]) -> Reason {
        Reason::Related {
            video: VideoId::new("v").expect("id"),
            title: "X".to_owned(),
            action: action.to_owned(),
            shared: shared.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    #[test]
    fn sentences_in_both_languages() {
        let (en, zh) = (Language::english(), Language::chinese());
        let reason = related("finished", &["sourdough"]);
        assert_eq!(reason.sentence(&en), "Because you finished “X”: same subject, sourdough");
        let reason = related("finished", &["酸面团"]);
        assert_eq!(reason.sentence(&zh), "因为你看完了《X》：同样讲酸面团");
        assert_eq!(related("similar", &[]).sentence(&en), "Similar to “X”");
        let reason = related("rated", &["rye", "oven"]);
        let because = "Because you gave “X” a good rating: same subject, rye and oven";
        assert_eq!(reason.sentence(&en), because);
        assert_eq!(reason.sentence(&zh), "因为你给《X》打了高分：同样讲rye和oven");
        assert_eq!(related("watched", &[]).sentence(&zh), "因为你看过《X》");
        let said = Reason::Interest { key: "said-1".to_owned(), name: "下棋".to_owned() };
        assert_eq!(said.sentence(&zh), "你说过想看“下棋”");
        assert_eq!(said.sentence(&en), "You asked for “下棋”");
        let learned = Reason::Interest { key: "topic-1".to_owned(), name: "棋".to_owned() };
        assert_eq!(learned.sentence(&en), "One of your interests: 棋");
        assert_eq!(learned.sentence(&zh), "你感兴趣的题材：棋");
        let other = Reason::Exploration { topic: Some("chess".to_owned()) };
        assert_eq!(other.sentence(&Language::unknown()), "Something to try: chess");
        assert_eq!(other.sentence(&zh), "试试这个题材：chess");
        assert_eq!(related("nearest", &[]).sentence(&zh), "这里与《X》最接近的");
    }

    #[test]
    fn shared_words_are_in_both_and_tell_something() {
        let item = |number: usize, keywords: &[&str]| {
            let id = VideoId::new(format!("v{number}")).expect("id");
            let keywords = keywords.iter().map(|word| (*word).to_owned()).collect();
            let video = Video::new(id, "X", Timestamp::UNIX_EPOCH);
            let embedding = Embedding::new(Vec::new());
            Arc::new(Item { video, embedding, topic: None, keywords })
        };
        let mut items = vec![
            item(0, &["clideo.com", "video", "Sourdough", "sourdough ", "rye", "oven", "flour"]),
            item(1, &["video", "oven", "SOURDOUGH", "flour", "clideo.com"]),
        ];
        items.extend((2..9).map(|number| item(number, &["video", "chess"])));
        let snapshot = Snapshot::new(items, Arc::default(), Arc::default(), Arc::default());
        assert_eq!(shared_keywords(&snapshot, 0, 1), ["Sourdough", "oven"]);
        assert!(shared_keywords(&snapshot, 0, 2).is_empty(), "every video is a video");
    }
}
