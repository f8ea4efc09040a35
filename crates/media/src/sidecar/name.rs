//! Which file beside a video is what, by its name.

use super::{PICTURES, SUBTITLES, Sidecars, SubtitleFile, THUMBNAILS, is_video};
use std::path::Path;

/// Marks between a subtitle's language and its extension, and how good such
/// subtitles are: 0 is best.
const MARKS: &[(&str, u8)] = &[
    ("default", 0),
    ("full", 0),
    ("cc", 1),
    ("hi", 1),
    ("sdh", 1),
    ("auto", 2),
    ("orig", 2),
    ("foreign", 3),
    ("forced", 3),
];

/// Languages that are named rather than coded.
const NAMES: &[(&str, &str)] = &[
    ("english", "en"),
    ("chinese", "zh"),
    ("chs", "zh-Hans"),
    ("cht", "zh-Hant"),
    ("sc", "zh-Hans"),
    ("tc", "zh-Hant"),
    ("简体", "zh-Hans"),
    ("简体中文", "zh-Hans"),
    ("繁体", "zh-Hant"),
    ("繁體", "zh-Hant"),
    ("繁體中文", "zh-Hant"),
    ("中文", "zh"),
    ("英文", "en"),
];

/// Sorts `names` (of files in `folder`, each beginning with `stem`) into what belongs to the video `stem`.
pub(super) fn sort(folder: &Path, stem: &str, names: &[String]) -> Sidecars {
    let longer: Vec<&str> = names
        .iter()
        .filter(|name| is_video(name))
        .filter_map(|name| name.rsplit_once('.'))
        .map(|(other, _)| other)
        .filter(|other| other.len() > stem.len())
        .collect();
    let belongs = |name: &str, stem: &str| {
        name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['.', '-']))
    };
    let mut found = Sidecars::default();
    let mut thumbnail_rank = usize::MAX;
    let mut subtitles = Vec::new();
    for name in names {
        let is_others = longer.iter().any(|other| belongs(name, other));
        let Some(rest) = name.strip_prefix(stem).filter(|_| !is_others) else { continue };
        let path = folder.join(name);
        let Some((middle, extension)) = rest.rsplit_once('.') else { continue };
        let extension = extension.to_ascii_lowercase();
        match (middle, extension.as_str()) {
            (".info", "json") => found.info_json = Some(path),
            ("", "nfo") => found.nfo = Some(path),
            ("", "description") => found.description = Some(path),
            (marks, kind)
                if SUBTITLES.contains(&kind) && (marks.is_empty() || marks.starts_with('.')) =>
            {
                let (language, rank) = describe(marks);
                subtitles.push((rank, SubtitleFile { path, language }));
            }
            (ending, kind) if PICTURES.contains(&kind) => {
                let rank = THUMBNAILS.iter().position(|thumbnail| *thumbnail == ending);
                if let Some(rank) = rank.filter(|rank| *rank < thumbnail_rank) {
                    thumbnail_rank = rank;
                    found.thumbnail = Some(path);
                }
            }
            _ => {}
        }
    }
    subtitles.sort_by_key(|(rank, _)| *rank);
    found.subtitles = subtitles.into_iter().map(|(_, file)| file).collect();
    found
}

/// Language and rank of `.zh-Hans.forced`.
fn describe(marks: &str) -> (Option<String>, u8) {
    let mut language = None;
    let mut rank = 0;
    for part in marks.split('.').filter(|part| !part.is_empty()) {
        let lower = part.to_lowercase();
        // "hi" is Hindi, unless another language is named.
        let mark = MARKS
            .iter()
            .find(|(mark, _)| *mark == lower)
            .filter(|_| lower != "hi" || language.is_some());
        let named =
            NAMES.iter().find(|(name, _)| *name == lower).map(|(_, code)| (*code).to_owned());
        if let Some((_, mark_rank)) = mark {
            rank = rank.max(*mark_rank);
        } else if let Some(code) = named.or_else(|| language_tag(part)) {
            language = language.or(Some(code));
        }
    }
    // yt-dlp names the language spoken `en-orig`, and translations from it `zh-Hans-en`.
    if let Some(tag) = &mut language
        && let Some(code) = tag.strip_suffix("-orig")
    {
        *tag = code.to_owned();
        rank = rank.max(2);
    }
    (language, rank)
}

/// A BCP 47 tag: a code of two or three letters, then short parts.
fn language_tag(text: &str) -> Option<String> {
    let mut parts = text.split(['-', '_']);
    let code = parts.next()?;
    let is_code =
        (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part = |part: &str| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    (is_code && parts.all(is_part)).then(|| text.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn languages_and_marks_of_subtitle_names() {
        for (marks, language, rank) in [
            ("", None, 0),
            (".en", Some("en"), 0),
            (".zh-Hans", Some("zh-Hans"), 0),
            (".pt_BR.forced", Some("pt-BR"), 3),
            (".en.hi", Some("en"), 1),
            (".hi", Some("hi"), 0),
            (".en-orig", Some("en"), 2),
            (".简体中文", Some("zh-Hans"), 0),
            (".chs.default", Some("zh-Hans"), 0),
            (".Director's cut.eng.sdh", Some("eng"), 1),
            (".forced", None, 3),
        ] {
            assert_eq!(describe(marks), (language.map(str::to_owned), rank), "{marks}");
        }
    }
}
