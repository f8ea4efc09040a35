//! WebVTT (<https://www.w3.org/TR/webvtt1/>): blocks parted by blank lines.

use super::{Draft, markup, tidy, time};
use std::fmt::Write;
use vireo_domain::Cue;

/// First words of blocks and header lines that are no cues.
const ASIDE: &[&str] = &["NOTE", "REGION", "Region:", "STYLE", "WEBVTT", "X-TIMESTAMP-MAP"];

pub(super) fn parse(text: &str, draft: &mut Draft) {
    let mut open: Option<(i64, i64)> = None;
    let mut body: Vec<&str> = Vec::new();
    // Whether the block so far is a comment, a style sheet or the header.
    let mut aside = false;
    let mut block_start = true;
    for (number, line) in (1..).zip(text.split('\n')) {
        let range = time::range(line);
        if line.is_empty() || range.is_some() {
            if let Some(times) = open.take() {
                draft.cue(times, &markup::plain(&body.join("\n")));
            }
            body.clear();
        }
        if line.is_empty() {
            block_start = true;
        } else if let Some(times) = range {
            open = Some(times);
            draft.check(number, times);
        } else if open.is_some() {
            body.push(line);
        } else {
            if block_start {
                aside = ASIDE.iter().any(|word| line.trim_start().starts_with(word));
            }
            if !aside && time::is_broken_range(line) {
                draft.warn(number, "the times cannot be read; the cue is passed over");
            }
        }
        block_start &= line.is_empty();
    }
    if let Some(times) = open {
        draft.cue(times, &markup::plain(&body.join("\n")));
    }
}

pub(super) fn write(cues: &[Cue]) -> String {
    let mut vtt = "WEBVTT\n\n".to_owned();
    for cue in cues {
        let text = tidy(&cue.text);
        if text.is_empty() {
            continue;
        }
        let (start, end) = (time::write(cue.span.start, '.'), time::write(cue.span.end, '.'));
        let text = markup::escape(&text, true);
        // Writing to a String cannot fail.
        let _ = write!(vtt, "{start} --> {end}\n{text}\n\n");
    }
    vtt
}
