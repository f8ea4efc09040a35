//! Tags and entities in cue texts: reading removes them, writing must not make any.

/// Tags of SRT and WebVTT; other things in angle brackets are text ("a <b or c> d").
const TAGS: &[&str] = &[
    "b", "big", "br", "c", "center", "em", "font", "i", "lang", "p", "rt", "ruby", "s", "small",
    "span", "strike", "strong", "tt", "u", "v",
];
/// A longer tag is text.
const LONGEST_TAG: usize = 200;
/// A longer entity name is text.
const LONGEST_ENTITY: usize = 10;

/// A piece of markup at the beginning of a text: its length and what it stands for.
struct Markup {
    length: usize,
    meaning: Option<char>,
}

/// `text` without tags, with entities as characters, without lines that were
/// blank or held nothing but tags.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '{']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(markup) = markup(rest) {
            plain.extend(markup.meaning);
            rest = &rest[markup.length..];
        } else {
            // All three are one byte long.
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    drop_blank_lines(&plain)
}

/// Drops lines of nothing but ASCII space; a line of a no-break space is a
/// blank line that is meant.
fn drop_blank_lines(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').filter(|line| !line.trim_ascii().is_empty()).collect();
    lines.join("\n")
}

/// Writes a tidy text so that [`plain`] gives it back. SRT has no escapes in
/// its (unwritten) rules, so only what a reader would take for markup is
/// escaped; WebVTT escapes all of `<`, `>` and `&`.
pub(super) fn escape(text: &str, is_vtt: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let special = matches!(c, '<' | '&' | '{') && markup(rest).is_some();
        match c {
            '<' if is_vtt || special => escaped.push_str("&lt;"),
            '&' if is_vtt || special => escaped.push_str("&amp;"),
            '{' if special => escaped.push_str("&#123;"),
            '>' if is_vtt || escaped.ends_with("--") => escaped.push_str("&gt;"),
            _ => escaped.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    // A blank line would end the cue.
    let lines: Vec<&str> =
        escaped.split('\n').map(|line| if line.is_empty() { "\u{a0}" } else { line }).collect();
    lines.join("\n")
}

fn markup(text: &str) -> Option<Markup> {
    match text.as_bytes().first()? {
        b'<' => tag(text),
        b'&' => {
            let window = &text.as_bytes()[1..text.len().min(LONGEST_ENTITY + 2)];
            let end = window.iter().position(|byte| *byte == b';')?;
            let meaning = entity(&text[1..=end])?;
            Some(Markup { length: end + 2, meaning: Some(meaning) })
        }
        // ASS overrides such as {\an8} wander into SRT files.
        b'{' if text[1..].starts_with('\\') => {
            let window = &text.as_bytes()[..text.len().min(LONGEST_TAG)];
            let end = window.iter().position(|byte| *byte == b'}')?;
            Some(Markup { length: end + 1, meaning: None })
        }
        _ => None,
    }
}

fn tag(text: &str) -> Option<Markup> {
    let window = &text.as_bytes()[..text.len().min(LONGEST_TAG)];
    let end = window.iter().position(|byte| *byte == b'>')?;
    let inside = &text[1..end];
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let name = inside.split([' ', '\t', '\n', '.', '/']).next().unwrap_or("");
    let known = TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag));
    // WebVTT's "<00:00:01.500>": the moment at which the next word is said.
    let is_moment = inside.contains(':')
        && inside.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let meaning = name.eq_ignore_ascii_case("br").then_some('\n');
    (known || is_moment).then_some(Markup { length: end + 1, meaning })
}

/// The character of an entity's name (what stands between `&` and `;`).
pub(crate) fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "lrm" => '\u{200e}',
        "rlm" => '\u{200f}',
        "shy" => '\u{ad}',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "middot" => '·',
        "bull" => '•',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "deg" => '°',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "szlig" => 'ß',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_text_stays() {
        for (text, expected) in [
            ("<i>Hi</i> <font color=\"#0f0\">you</font>", "Hi you"),
            ("<v Bob><c.loud>Hey</c></v> <00:00:01.500>there", "Hey there"),
            ("{\\an8}上面<br/>下面", "上面\n下面"),
            ("a &lt;b&gt; &amp;amp; &nbsp;&#39;&#x4e2d;", "a <b> &amp; \u{a0}'中"),
            ("I <3 you, 1 < 2 > 0, <nobody>, R&D; {x}", "I <3 you, 1 < 2 > 0, <nobody>, R&D; {x}"),
            ("<i>\na\n</i>\n \nb", "a\nb"),
            ("&#xD800; &#99999999999; <i", "&#xD800; &#99999999999; <i"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn srt_is_escaped_only_where_it_must_be() {
        assert_eq!(escape("R&D: 1 < 2 -> 3", false), "R&D: 1 < 2 -> 3");
        assert_eq!(escape("<i> --> &lt; {\\a}", false), "&lt;i> --&gt; &amp;lt; &#123;\\a}");
        assert_eq!(escape("a < b\n\nc", true), "a &lt; b\n\u{a0}\nc");
    }
}
