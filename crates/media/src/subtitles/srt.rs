//! SubRip. There is no standard: what players accept is accepted.

use super::{Draft, markup, tidy, time};
use std::fmt::Write;
use vireo_domain::Cue;

/// A cue is a line of times and all that follows up to the next one; blank
/// lines inside are not taken for the end, since many files have them.
pub(super) fn parse(text: &str, draft: &mut Draft) {
    let mut open: Option<(i64, i64)> = None;
    let mut body: Vec<&str> = Vec::new();
    let mut index: Option<u64> = None;
    let mut in_cues = false;
    for (number, line) in (1..).zip(text.split('\n')) {
        let range = time::range(line);
        if range.is_some() || time::is_broken_range(line) {
            index = strip_index(&mut body, index);
            if let Some(times) = open {
                draft.cue(times, &markup::plain(&body.join("\n")));
            } else if !in_cues && body.iter().any(|line| !line.trim().is_empty()) {
                draft.warn(1, "text before the first times is passed over");
            }
            body.clear();
            in_cues = true;
            open = range;
            match range {
                Some(times) => draft.check(number, times),
                None => draft.warn(number, "the times cannot be read; the cue is passed over"),
            }
        } else {
            body.push(line);
        }
    }
    if let Some(times) = open {
        draft.cue(times, &markup::plain(&body.join("\n")));
    }
}

/// Takes the next cue's number off the end of a cue's lines and gives it back.
/// A number that is said stays: it has no blank line before it, and does not
/// follow `previous`.
fn strip_index(body: &mut Vec<&str>, previous: Option<u64>) -> Option<u64> {
    let (last, before) = body.split_last()?;
    // "+7" parses, too, but is no index.
    let index = last.trim().parse().ok().filter(|_| !last.contains('+'))?;
    let is_parted = before.last().is_none_or(|line| line.trim_ascii().is_empty());
    let follows = previous.is_some_and(|previous| previous.checked_add(1) == Some(index));
    if is_parted || follows {
        body.pop();
        return Some(index);
    }
    None
}

pub(super) fn write(cues: &[Cue]) -> String {
    let mut srt = String::new();
    let texts = cues.iter().map(|cue| (cue, tidy(&cue.text))).filter(|(_, text)| !text.is_empty());
    for (number, (cue, text)) in (1..).zip(texts) {
        let (start, end) = (time::write(cue.span.start, ','), time::write(cue.span.end, ','));
        let text = markup::escape(&text, false);
        // Writing to a String cannot fail.
        let _ = write!(srt, "{number}\n{start} --> {end}\n{text}\n\n");
    }
    srt
}
