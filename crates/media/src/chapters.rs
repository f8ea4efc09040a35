//! Chapters that somebody made: in the container, in yt-dlp's metadata, or as
//! lines of times in a description.

use vireo_domain::Span;

/// A chapter that the file, its sidecar or its description declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Chapter {
    /// When.
    pub span: Span,
    /// Its title.
    pub title: String,
}

/// Fewer times than this in a description are remarks, not chapters.
const FEWEST: usize = 3;

/// Longest title, in characters.
const LONGEST: usize = 200;

/// Chapters from a description whose lines begin or end with a time
/// (`0:00 Intro`, `[1:02:03] 面团`, `Baking - 12:30`), by YouTube's rules: at
/// least three, the first at 0:00, in ascending order. Otherwise none.
pub fn in_description(description: &str, duration_seconds: f64) -> Vec<Chapter> {
    let marked: Vec<(f64, String)> = description.lines().filter_map(marked).collect();
    let ascends = marked.is_sorted_by(|a, b| a.0 < b.0);
    let starts = marked.first().is_some_and(|(at, _)| *at == 0.0);
    let fits = marked.last().is_some_and(|(at, _)| *at < duration_seconds);
    if marked.len() < FEWEST || !ascends || !starts || !fits {
        return Vec::new();
    }
    let ends = marked.iter().skip(1).map(|(at, _)| *at).chain([duration_seconds]);
    let ends: Vec<f64> = ends.collect();
    let chapters = marked.into_iter().zip(ends);
    chapters.map(|((at, title), end)| Chapter { span: Span::new(at, end), title }).collect()
}

/// The time and the title of a line that has both.
fn marked(line: &str) -> Option<(f64, String)> {
    let is_frame = |c: char| c.is_whitespace() || "-–—:：|()[]【】（）•*·.▶►".contains(c);
    let line = line.trim_matches(is_frame);
    let (first, rest) = line.split_once(char::is_whitespace)?;
    let (before, last) = line.rsplit_once(char::is_whitespace)?;
    let (at, title) = [(first, rest), (last, before)]
        .into_iter()
        .find_map(|(time, title)| Some((seconds(time.trim_matches(is_frame))?, title)))?;
    let title: String = title.trim_matches(is_frame).chars().take(LONGEST).collect();
    title.chars().any(char::is_alphanumeric).then_some((at, title))
}

/// `1:02:03` and `02:03` in seconds.
fn seconds(time: &str) -> Option<f64> {
    let parts: Vec<&str> = time.split([':', '：']).collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut total = 0.0;
    for (place, part) in parts.iter().enumerate() {
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let value: f64 = part.parse().ok().filter(|_| is_number)?;
        if place > 0 && value >= 60.0 {
            return None;
        }
        total = total * 60.0 + value;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_of_times_are_chapters() {
        let text =
            "A film about bread.\n\n0:00 Intro\n[01:30] 面团 – 揉\n• 12:05 - Baking\n\nThanks";
        let found = in_description(text, 900.0);
        let told: Vec<(f64, f64, &str)> =
            found.iter().map(|c| (c.span.start, c.span.end, c.title.as_str())).collect();
        assert_eq!(
            told,
            [(0.0, 90.0, "Intro"), (90.0, 725.0, "面团 – 揉"), (725.0, 900.0, "Baking")]
        );
        let behind = "Intro 0:00\nMoves 1:00\nMate 1:02:03";
        assert_eq!(in_description(behind, 4000.0)[2].span, Span::new(3723.0, 4000.0));
    }

    #[test]
    fn remarks_are_no_chapters() {
        for text in [
            "0:00 Intro\n1:00 Bread",
            "0:10 Intro\n1:00 Bread\n2:00 End",
            "0:00 Intro\n2:00 Bread\n1:00 End",
            "0:00 Intro\n2:00 Bread\n99:00 End",
            "0:00\n1:00\n2:00",
            "0:00 a\n1:75 b\n2:00 c",
            "",
        ] {
            assert!(in_description(text, 600.0).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in ".{0,200}", duration in prop::num::f64::ANY) {
            for chapter in in_description(&text, duration) {
                prop_assert!(chapter.span.start <= chapter.span.end);
            }
        }
    }
}
