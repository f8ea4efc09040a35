//! A title out of a file name.

use std::path::Path;
use std::sync::LazyLock;

/// Tokens of release names that say nothing of the subject.
static TECHNICAL: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    "1080p 720p 480p 2160p 4k x264 x265 h264 h265 hevc webrip web-dl bluray hdtv dvdrip aac"
        .split(' ')
        .collect()
});

/// `My_first_loaf [dQw4w9WgXcQ].mp4` is called "My first loaf".
///
/// The extension goes, underscores and (where there is no blank) dots and
/// hyphens become blanks, and the `[id]` that yt-dlp appends is dropped. The
/// file name itself if nothing else is left.
pub fn title_of(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut title = name.trim();
    while let Some(rest) = without_id(title) {
        title = rest;
    }
    let mut title = title.replace('_', " ");
    if !title.trim().contains(' ') {
        title = title.replace(['.', '-', '+'], " ");
    }
    let words: Vec<&str> = title
        .split_whitespace()
        .filter(|word| !TECHNICAL.contains(&word.to_lowercase().as_str()))
        .collect();
    let title = words.join(" ");
    if title.is_empty() { name.into_owned() } else { title }
}

/// `text` without a last `[id]` as yt-dlp writes it: no blanks, and either a
/// digit or mark in it or capitals after small letters, so that
/// `[Documentary]` stays.
fn without_id(text: &str) -> Option<&str> {
    let (rest, id) = text.strip_suffix(']')?.rsplit_once('[')?;
    let rest = rest.trim_end();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let mixed =
        id.as_bytes().windows(2).any(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase());
    let is_id = (6..=40).contains(&id.len())
        && id.bytes().all(plain)
        && (mixed || id.bytes().any(|b| !b.is_ascii_alphabetic()));
    (is_id && !rest.is_empty()).then_some(rest)
}

/// Whether `title` is only the name of the file, in any of its shapes.
pub(crate) fn is_file_name(title: &str, path: &Path) -> bool {
    let title = title.trim();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    title.is_empty() || title == name || title == stem || title == title_of(path)
}

/// What programs and sites that cut videos write into the title tag.
const MARKS: [&str; 19] = [
    "capcut",
    "clideo",
    "clipchamp",
    "core media",
    "created by",
    "created with",
    "encoded",
    "ffmpeg",
    "handbrake",
    "iso media",
    "kapwing",
    "lavc",
    "lavf",
    "made with",
    "soundhandler",
    "untitled",
    "videohandler",
    "www.",
    "://",
];

/// Endings of addresses that are written without `www`.
const SITES: [&str; 10] = ["app", "cn", "co", "com", "io", "me", "net", "org", "ru", "tv"];

/// Whether a title tag of a container is worth showing.
pub(crate) fn is_worthy(title: &str) -> bool {
    let lower = title.to_lowercase();
    let is_site =
        !lower.contains(' ') && lower.rsplit_once('.').is_some_and(|(_, end)| SITES.contains(&end));
    title.chars().filter(|c| c.is_alphabetic()).count() >= 2
        && title.chars().count() <= 200
        && !is_site
        && !MARKS.iter().any(|mark| lower.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_titles() {
        for (name, title) in [
            ("My_first_loaf [dQw4w9WgXcQ].mp4", "My first loaf"),
            ("making_cake.mp4", "making cake"),
            ("The.Long.Night.1080p.x264.mkv", "The Long Night"),
            ("做面包 [BV112421Z7tW].mp4", "做面包"),
            ("Talk (part 2).webm", "Talk (part 2)"),
            ("[dQw4w9WgXcQ].mp4", "[dQw4w9WgXcQ]"),
            ("Bees [Documentary].mp4", "Bees [Documentary]"),
            ("St. John's walk.mp4", "St. John's walk"),
            ("___.mp4", "___"),
        ] {
            assert_eq!(title_of(Path::new(name)), title);
        }
        assert!(is_file_name("making_cake", Path::new("a/making_cake.mp4")));
        assert!(!is_file_name("How to make a cake", Path::new("a/making_cake.mp4")));
    }

    #[test]
    fn marks_of_programs_are_no_titles() {
        for mark in
            ["clideo.com", "Lavf58.29.100", "VideoHandler", "Made with Clipchamp", "x.TV", "7"]
        {
            assert!(!is_worthy(mark), "{mark}");
        }
        for title in
            ["A day in Rome", "春天", "Mr. Bean", "St.Moritz", "HTTP in an hour", "Dog handlers"]
        {
            assert!(is_worthy(title), "{title}");
        }
    }
}
