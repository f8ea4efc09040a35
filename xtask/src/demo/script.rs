//! The scripts of the demo videos: `demo/english.toml` and `demo/chinese.toml`.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One demo video.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// File name without extension.
    pub(crate) id: String,
    /// Key of `demo/subjects.toml`.
    pub(crate) subject: String,
    /// Picture of `demo/art/`, if not the subject's.
    pub(crate) art: Option<String>,
    pub(crate) channel: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    /// How it is spoken and how fast it moves.
    pub(crate) mood: Mood,
    /// What is said, a caption each.
    pub(crate) lines: Vec<String>,
    /// Set by the file that the script is in.
    #[serde(skip)]
    pub(crate) chinese: bool,
}

impl Script {
    /// Name of its picture.
    pub(crate) fn art(&self) -> &str {
        self.art.as_deref().unwrap_or(&self.subject)
    }
}

/// The mood of a demo video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mood {
    Calm,
    Cheerful,
    Exciting,
    Informative,
    Serious,
}

/// How a subject looks, and who likes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Look {
    /// Two ends of the background's gradient, as `0xRRGGBB`.
    pub(crate) colours: [String; 2],
    /// What somebody says who likes it, in English and in Chinese.
    pub(crate) said: [String; 2],
}

#[derive(Deserialize)]
struct File {
    video: Vec<Script>,
}

/// Every script, English and Chinese first the English, then the Chinese ones.
pub(crate) fn all() -> Result<Vec<Script>> {
    let english: File =
        toml::from_str(include_str!("../../demo/english.toml")).context("demo/english.toml")?;
    let chinese: File =
        toml::from_str(include_str!("../../demo/chinese.toml")).context("demo/chinese.toml")?;
    let chinese = chinese.video.into_iter().map(|script| Script { chinese: true, ..script });
    Ok(english.video.into_iter().chain(chinese).collect())
}

/// The looks by subject.
pub(crate) fn looks() -> Result<BTreeMap<String, Look>> {
    toml::from_str(include_str!("../../demo/subjects.toml")).context("demo/subjects.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_catalogue_is_as_large_as_promised() {
        let scripts = all().expect("scripts");
        let looks = looks().expect("looks");
        assert!(scripts.len() >= 40);
        assert!(scripts.iter().filter(|script| script.chinese).count() >= 10);
        let ids: BTreeSet<&str> = scripts.iter().map(|script| script.id.as_str()).collect();
        assert_eq!(ids.len(), scripts.len(), "ids are unique");
        for script in &scripts {
            let art = crate::root().join(format!("xtask/demo/art/{}.svg", script.art()));
            assert!(art.exists(), "{}", art.display());
            assert!(looks.contains_key(&script.subject), "{} has a look", script.subject);
            assert!(script.lines.len() >= 5, "{} says something", script.id);
        }
    }
}
