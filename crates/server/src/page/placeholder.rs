//! A drawn cover for a video that has none: the initials of its title on the
//! colour of its topic.

use std::fmt::Write;
use vireo_domain::TopicId;

/// Up to two letters that stand for a title.
fn initials(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut letters = String::new();
    for word in words.take(2) {
        let mut word = word.chars();
        let Some(first) = word.next() else { continue };
        letters.extend(first.to_uppercase());
        // Chinese words are not set apart by spaces: take two characters.
        if !first.is_ascii() && letters.chars().count() < 2 && first >= '\u{2e80}' {
            letters.extend(word.next());
            break;
        }
    }
    letters
}

/// The picture, 640 by 360.
pub(crate) fn svg(title: &str, topic: Option<TopicId>) -> String {
    let seed = topic.map_or_else(
        || title.bytes().fold(7, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(byte.into())),
        |topic| topic.0,
    );
    // The golden angle sets neighbouring topics far apart.
    let hue = f64::from(seed % 360_000) * 137.508 % 360.0;
    let mut letters = String::new();
    for letter in initials(title).chars() {
        let _ = write!(letters, "&#{};", u32::from(letter));
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360" viewBox="0 0 640 360">
<rect width="640" height="360" fill="hsl({hue:.0},32%,30%)"/>
<circle cx="560" cy="40" r="220" fill="hsl({hue:.0},34%,36%)"/>
<circle cx="90" cy="350" r="150" fill="hsl({hue:.0},34%,26%)"/>
<text x="320" y="180" fill="#fff" font-family="system-ui,sans-serif" font-size="112" font-weight="600" text-anchor="middle" dominant-baseline="central">{letters}</text>
</svg>
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_both_scripts() {
        assert_eq!(initials("How to bake bread"), "HT");
        assert_eq!(initials("番茄炒蛋"), "番茄");
        assert_eq!(initials("  …  "), "");
        assert_eq!(initials("x"), "X");
    }

    #[test]
    fn titles_cannot_break_out() {
        let svg = svg("<script>alert(1)</script> & \"", None);
        assert!(!svg.contains("<script") && svg.contains("&#83;&#65;"), "{svg}");
    }

    #[test]
    fn topics_have_their_own_colours() {
        assert_ne!(svg("a", Some(TopicId(1))), svg("a", Some(TopicId(2))));
        assert_eq!(svg("ab", Some(TopicId(1))), svg("ab", Some(TopicId(1))));
    }
}
