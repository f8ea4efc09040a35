//! Advanced SubStation Alpha and SubStation Alpha: the `Dialogue:` lines of `[Events]`.

use super::{Draft, time};

/// Order of the fields where a file has no `Format:` line (v4.00+).
const FIELDS: &[&str] =
    &["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"];

pub(super) fn parse(text: &str, draft: &mut Draft) {
    let mut in_events = false;
    let mut fields: Vec<String> = FIELDS.iter().map(ToString::to_string).collect();
    let mut previous: Option<&str> = None;
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.trim();
        if line.starts_with('[') && line.ends_with(']') {
            in_events = line.eq_ignore_ascii_case("[events]");
        } else if let Some(names) = line.strip_prefix("Format:").filter(|_| in_events) {
            fields = names.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        } else if let Some(values) = line.strip_prefix("Dialogue:") {
            // Shadows and outlines repeat a line as it is on another layer.
            let said = values.split_once(',').map(|(_layer, rest)| rest);
            if said.is_some() && said == previous {
                continue;
            }
            previous = said;
            dialogue(number, values, &fields, draft);
        }
    }
}

fn dialogue(number: usize, values: &str, fields: &[String], draft: &mut Draft) {
    // The text comes last and may hold commas.
    let values: Vec<&str> = values.splitn(fields.len(), ',').collect();
    let value = |name: &str| {
        let at = fields.iter().position(|field| field == name)?;
        values.get(at).copied()
    };
    let times = value("start").and_then(time::clock).zip(value("end").and_then(time::clock));
    match (times, value("text")) {
        (Some(times), Some(text)) => {
            draft.check(number, times);
            draft.cue(times, &plain(text));
        }
        (None, _) => draft.warn(number, "the times cannot be read; the line is passed over"),
        (_, None) => draft.warn(number, "the line has too few fields and is passed over"),
    }
}

/// The text without `{\overrides}` and drawings; `\N` and `\n` break the line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut drawing = false;
    let last_close = text.rfind('}');
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let next = rest.chars().next();
        match (c, next) {
            ('{', _) if last_close.is_some_and(|close| close >= text.len() - rest.len()) => {
                let (overrides, after) = rest.split_once('}').unwrap_or((rest, ""));
                drawing = draws(overrides).unwrap_or(drawing);
                rest = after;
            }
            ('\\', Some('N' | 'n')) => {
                plain.push('\n');
                rest = &rest[1..];
            }
            ('\\', Some('h')) => {
                plain.push(' ');
                rest = &rest[1..];
            }
            ('\\', Some(brace @ ('{' | '}'))) => {
                plain.push(brace);
                rest = &rest[1..];
            }
            _ if drawing => {}
            _ => plain.push(c),
        }
    }
    let lines: Vec<&str> =
        plain.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// `\p1` begins a drawing made of numbers, `\p0` ends it.
fn draws(overrides: &str) -> Option<bool> {
    let mut state = None;
    for part in overrides.split('\\') {
        let scale = part.strip_prefix('p').and_then(|scale| scale.trim().parse::<u32>().ok());
        state = scale.map(|scale| scale > 0).or(state);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn overrides_and_drawings_go() {
        for (text, expected) in [
            ("{\\pos(400,570)}Like an angel\\NSecond, line", "Like an angel\nSecond, line"),
            ("{\\p1}m 0 0 l 100 0{\\p0}你好", "你好"),
            ("{\\pos(1,2)}a{comment}b\\hc", "ab c"),
            ("\\{kept\\} {open", "{kept} {open"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
