//! Timed Text Markup Language (<https://www.w3.org/TR/ttml2/>): `<p begin end>`.

use super::{Draft, markup, time};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How the document counts.
struct Rates {
    frames: f64,
    ticks: f64,
}

/// An element that is open: where its children's times count from.
struct Open {
    offset_ms: i64,
    is_cue: bool,
    keeps_space: bool,
}

/// The cue being read; its text is complete when its element closes.
struct Current {
    times: (i64, i64),
    text: String,
}

/// Reads cues up to the first error in the XML; an error before the first cue
/// is the file's, as line and reason.
pub(super) fn parse(text: &str, draft: &mut Draft) -> Result<(), (usize, String)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut rates = Rates { frames: 30.0, ticks: 1.0 };
    let mut stack: Vec<Open> = Vec::new();
    let mut current: Option<Current> = None;
    let mut lines = Lines { text, at: 0, line: 1 };
    loop {
        let keeps_space = stack.last().is_some_and(|open| open.keeps_space);
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                if element.local_name().as_ref() == b"tt" {
                    rates = Rates::of(&element);
                }
                let open = open(&element, stack.last(), &rates, current.is_some());
                if let Some(times) = open.1 {
                    draft.check(lines.at(reader.buffer_position()), times);
                    current = Some(Current { times, text: String::new() });
                }
                stack.push(open.0);
            }
            Ok(Event::Empty(element)) if element.local_name().as_ref() == b"br" => {
                if let Some(current) = &mut current {
                    current.text.push('\n');
                }
            }
            Ok(Event::End(_)) => {
                if stack.pop().is_some_and(|open| open.is_cue)
                    && let Some(current) = current.take()
                {
                    draft.cue(current.times, &without_blank_lines(&current.text));
                }
            }
            Ok(Event::Text(piece)) => {
                if let (Some(current), Ok(piece)) = (&mut current, piece.decode()) {
                    if keeps_space {
                        current.text.push_str(&piece);
                    } else {
                        push_collapsed(&mut current.text, &piece);
                    }
                }
            }
            Ok(Event::CData(piece)) => {
                if let (Some(current), Ok(piece)) = (&mut current, piece.decode()) {
                    current.text.push_str(&piece);
                }
            }
            Ok(Event::GeneralRef(name)) => {
                if let (Some(current), Ok(name)) = (&mut current, name.decode()) {
                    current.text.extend(markup::entity(&name));
                }
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                let at = lines.at(reader.error_position());
                if draft.cues.is_empty() {
                    return Err((at, format!("the XML is broken: {error}")));
                }
                draft.warn(at, &format!("the XML is broken and the rest is passed over: {error}"));
                return Ok(());
            }
        }
    }
}

/// Line numbers of positions that only grow, so that each byte is looked at once.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> usize {
        let position = (position as usize).clamp(self.at, self.text.len());
        let passed = &self.text.as_bytes()[self.at..position];
        self.line += passed.split(|byte| *byte == b'\n').count() - 1;
        self.at = position;
        self.line
    }
}

/// The state that an element opens, and the times of the cue that begins with it, if one does.
fn open(
    element: &BytesStart<'_>,
    parent: Option<&Open>,
    rates: &Rates,
    in_cue: bool,
) -> (Open, Option<(i64, i64)>) {
    let offset = parent.map_or(0, |open| open.offset_ms);
    let time = |name: &str| attribute(element, name).and_then(|value| rates.milliseconds(&value));
    let begin = time("begin");
    let start = offset.saturating_add(begin.unwrap_or(0));
    let name = element.local_name();
    // Text may be timed by its spans instead of its paragraph.
    let is_cue = !in_cue && begin.is_some() && matches!(name.as_ref(), b"p" | b"span");
    let end = time("end").map(|end| offset.saturating_add(end));
    let end = end.or_else(|| time("dur").map(|length| start.saturating_add(length)));
    let keeps_space = match attribute(element, "space") {
        Some(space) => space == "preserve",
        None => parent.is_some_and(|open| open.keeps_space),
    };
    let times = is_cue.then(|| (start, end.unwrap_or(start)));
    (Open { offset_ms: start, is_cue, keeps_space }, times)
}

/// An attribute by its name without the prefix.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name.as_bytes())?;
    attribute.unescape_value().ok().map(std::borrow::Cow::into_owned)
}

impl Rates {
    fn of(tt: &BytesStart<'_>) -> Self {
        let number = |name: &str| {
            let value = attribute(tt, name)?.trim().parse::<f64>().ok()?;
            (value.is_finite() && value > 0.0).then_some(value)
        };
        let multiplier = attribute(tt, "frameRateMultiplier").and_then(|ratio| {
            let (over, under) = ratio.trim().split_once([' ', ':'])?;
            let ratio = over.parse::<f64>().ok()? / under.trim().parse::<f64>().ok()?;
            (ratio.is_finite() && ratio > 0.0).then_some(ratio)
        });
        let frames = number("frameRate").unwrap_or(30.0) * multiplier.unwrap_or(1.0);
        Self { frames, ticks: number("tickRate").unwrap_or(1.0) }
    }

    /// `00:00:01.500`, `00:00:01:12` (frames), `1.5s`, `1500ms`, `2m`, `1h`, `36f`, `900t`.
    fn milliseconds(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        if let Some(ms) = time::clock(text).filter(|_| text.contains(':')) {
            return Some(ms);
        }
        if let Some((clock, frames)) = text.rsplit_once(':') {
            let seconds = frames.parse::<f64>().ok()? / self.frames;
            return Some(time::clock(clock)?.saturating_add((seconds * 1000.0).round() as i64));
        }
        let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (count, unit) = text.split_at(unit_at);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "f" => 1.0 / self.frames,
            "t" => 1.0 / self.ticks,
            _ => return None,
        };
        let count = count.parse::<f64>().ok().filter(|count| count.is_finite())?;
        Some((count * seconds * 1000.0).round() as i64)
    }
}

/// Line breaks and indents of the XML are one space, and none at the start of a line.
fn push_collapsed(text: &mut String, piece: &str) {
    for c in piece.chars() {
        if !c.is_ascii_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

fn without_blank_lines(text: &str) -> String {
    let lines: Vec<&str> =
        text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_kinds() {
        let rates = Rates { frames: 25.0, ticks: 1000.0 };
        for (text, ms) in [
            ("00:01:39.040", 99_040),
            ("00:02:33:11", 153_440),
            ("1.5s", 1500),
            ("250ms", 250),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("50f", 2000),
            ("900t", 900),
        ] {
            assert_eq!(rates.milliseconds(text), Some(ms), "{text}");
        }
        for text in ["", "s", "1x", "::", "1e999s"] {
            assert_eq!(rates.milliseconds(text), None, "{text}");
        }
    }
}
