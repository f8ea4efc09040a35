//! Why an item is in the list.

use serde::{Deserialize, Serialize};
use vireo_domain::{Language, VideoId};

/// Why an item is in the list. Always true: it names the source that found
/// the item and the evidence it used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Near something the person watched or liked.
    Related {
        /// The video it is near to.
        video: VideoId,
        /// Its title.
        title: String,
        /// `finished`, `liked`, `watched`, `rated`; `similar` beside a video
        /// that is open, whoever looks at it.
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
            Self::Interest { name, .. } => format!("You like this subject: {name}"),
            Self::AlsoWatched { title, .. } => {
                format!("People who watched “{title}” also watched this")
            }
            Self::Popular => "Popular here".to_owned(),
            Self::Fresh => "New here".to_owned(),
            Self::Exploration { topic: Some(topic) } => format!("Something different: {topic}"),
            Self::Exploration { topic: None } => "Something different".to_owned(),
        }
    }

    fn in_chinese(&self) -> String {
        match self {
            Self::Related { title, action, shared, .. } => {
                let because = match action.as_str() {
                    "similar" => format!("与《{title}》相似"),
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
            Self::Interest { name, .. } => format!("你喜欢这个题材：{name}"),
            Self::AlsoWatched { title, .. } => format!("看过《{title}》的人也看了它"),
            Self::Popular => "这里的热门".to_owned(),
            Self::Fresh => "新上架".to_owned(),
            Self::Exploration { topic: Some(topic) } => format!("换换口味：{topic}"),
            Self::Exploration { topic: None } => "换换口味".to_owned(),
        }
    }
}

/// Up to two keywords that both have, as the first writes them.
pub(crate) fn shared_keywords(one: &[String], other: &[String]) -> Vec<String> {
    let plain = |word: &String| word.trim().to_lowercase();
    let other: Vec<String> = other.iter().map(plain).collect();
    let mut found: Vec<String> = Vec::new();
    for word in one.iter().filter(|word| other.contains(&plain(word))) {
        if found.len() < 2 && !found.iter().any(|known| plain(known) == plain(word)) {
            found.push(word.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let said = Reason::Interest { key: "said-1".to_owned(), name: "下棋".to_owned() };
        assert_eq!(said.sentence(&zh), "你说过想看“下棋”");
        let other = Reason::Exploration { topic: Some("chess".to_owned()) };
        assert_eq!(other.sentence(&Language::unknown()), "Something different: chess");
    }

    #[test]
    fn shared_words_are_in_both() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let one = words(&["Sourdough", "sourdough ", "rye", "oven", "flour"]);
        let other = words(&["oven", "SOURDOUGH", "flour"]);
        assert_eq!(shared_keywords(&one, &other), ["Sourdough", "oven"]);
        assert!(shared_keywords(&one, &words(&["chess"])).is_empty());
    }
}
