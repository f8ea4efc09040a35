//! Questions with the videos and seconds that answer them, as a file has them.

use crate::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use vireo_domain::{Language, Span, Video, VideoId};

/// The questions to the demo's videos.
const OF_THE_DEMO: &str = include_str!("../../questions.toml");

/// Which half of the questions is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// For choosing settings: the entries on odd places of each list.
    Tuning,
    /// For the figure that is told: the others.
    Final,
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tuning => "tuning",
            Self::Final => "final",
        })
    }
}

/// What kind of question it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// To one video, which is of this language.
    Video(Language),
    /// A single word, that one video or several are of.
    Word,
    /// Nothing answers it, for this reason.
    Nothing(String),
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The words.
    pub text: String,
    /// Their language; `None` for what nothing answers.
    pub language: Option<Language>,
    /// What is asked.
    pub kind: Kind,
    /// The videos that are right.
    pub right: Vec<VideoId>,
    /// When it is answered; `None`: by the whole video.
    pub at: Option<Span>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    video: Vec<OfVideo>,
    #[serde(default)]
    word: Vec<Word>,
    #[serde(default)]
    nothing: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfVideo {
    name: String,
    asked: Vec<Asked>,
}

/// A text for each language.
#[derive(Deserialize)]
struct Asked {
    at: Option<(f64, f64)>,
    #[serde(flatten)]
    texts: BTreeMap<Language, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    asked: BTreeMap<Language, String>,
    videos: Vec<String>,
}

/// Reads one half of the questions to these videos; without a file, those to
/// the demo's.
///
/// # Errors
/// If the file cannot be read, or names a video that is not among these.
pub fn read(file: Option<&Path>, half: Half, videos: &[Video]) -> Result<Vec<Question>> {
    let path = file.map_or_else(|| PathBuf::from("the demo's questions"), Path::to_owned);
    let text = match file {
        Some(_) => std::fs::read_to_string(&path)
            .map_err(|source| Error::Read { path: path.clone(), source })?,
        None => OF_THE_DEMO.to_owned(),
    };
    let failed = |reason: String| Error::Questions { path: path.clone(), reason };
    let file: File = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let named = |name: &String| {
        videos.iter().find(|video| is_called(video, name)).ok_or_else(|| {
            failed(format!("no video of the catalogue has the file or the title {name:?}"))
        })
    };
    let mut questions = Vec::new();
    for entry in half.of(&file.video) {
        let video = named(&entry.name)?;
        let spoken = video.language.clone().unwrap_or_else(Language::unknown);
        for asked in &entry.asked {
            questions.extend(asked.texts.iter().map(|(language, text)| Question {
                text: text.clone(),
                language: Some(language.clone()),
                kind: Kind::Video(spoken.clone()),
                right: vec![video.id.clone()],
                at: asked.at.map(|(start, end)| Span::new(start, end)),
            }));
        }
    }
    for word in half.of(&file.word) {
        let right: Vec<VideoId> =
            word.videos.iter().map(|name| Ok(named(name)?.id.clone())).collect::<Result<_>>()?;
        questions.extend(word.asked.iter().map(|(language, text)| Question {
            text: text.clone(),
            language: Some(language.clone()),
            kind: Kind::Word,
            right: right.clone(),
            at: None,
        }));
    }
    for (reason, texts) in &file.nothing {
        questions.extend(half.of(texts).map(|text| Question {
            text: text.clone(),
            language: None,
            kind: Kind::Nothing(reason.clone()),
            right: Vec::new(),
            at: None,
        }));
    }
    if questions.is_empty() {
        return Err(Error::Nothing(format!("{} has no questions", path.display())));
    }
    Ok(questions)
}

impl Half {
    fn of<T>(self, list: &[T]) -> impl Iterator<Item = &T> {
        list.iter().skip(usize::from(self == Self::Final)).step_by(2)
    }
}

fn is_called(video: &Video, name: &str) -> bool {
    let has_file = |path: &str| Path::new(path).file_name().is_some_and(|file| file == name);
    video.media.as_ref().is_some_and(|media| has_file(&media.path)) || video.title == name
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::Timestamp;

    fn video(title: &str) -> Video {
        Video::new(VideoId::new(title).expect("an id"), title, Timestamp::UNIX_EPOCH)
    }

    fn read_text(text: &str) -> Result<Vec<Question>> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("questions.toml");
        std::fs::write(&file, text).expect("written");
        read(Some(&file), Half::Tuning, &[video("Bread")])
    }

    #[test]
    fn every_question_has_its_language_and_span() {
        let questions = read_text(
            "[[video]]\nname = \"Bread\"\nasked = [{ at = [3, 9.5], en = \"steam\", zh = \"蒸汽\" }]\n\
             [[word]]\nasked = { zh = \"面包\" }\nvideos = [\"Bread\"]\n\
             [nothing]\nnoise = [\"qwx\", \"of the other half\"]",
        )
        .expect("read");
        assert_eq!(questions.len(), 4);
        assert_eq!(questions[0].at, Some(Span::new(3.0, 9.5)));
        assert_eq!(questions[1].language, Some(Language::chinese()));
        assert_eq!((&questions[2].kind, questions[2].right.len()), (&Kind::Word, 1));
        assert_eq!(questions[3].kind, Kind::Nothing("noise".to_owned()));
    }

    #[test]
    fn a_video_that_is_not_there_is_named() {
        let error = read_text("[[video]]\nname = \"Cake\"\nasked = []").expect_err("no cake");
        assert!(error.to_string().contains("\"Cake\""), "{error}");
        assert!(read_text("[[video]]\nname = \"Bread\"\nask = 1").is_err());
        assert!(matches!(read_text(""), Err(Error::Nothing(_))));
    }

    #[test]
    fn the_demo_is_asked_enough_in_either_half() {
        let file: File = toml::from_str(OF_THE_DEMO).expect("valid");
        for half in [Half::Tuning, Half::Final] {
            let scenes = half.of(&file.video).flat_map(|video| &video.asked);
            let asked: usize = scenes.filter(|it| it.at.is_some()).map(|it| it.texts.len()).sum();
            assert!(asked >= 60, "{half}: {asked}");
        }
    }
}
