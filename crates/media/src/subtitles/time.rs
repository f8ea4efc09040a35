//! Times as SRT, WebVTT and ASS write them.

/// 100 hours less a millisecond; no video is longer, and `99:59:59.999` fits every format.
pub(super) const MOST_MS: i64 = 359_999_999;

/// Milliseconds of `[-][H:]MM:SS[.fff]`; comma or point, hours may be missing,
/// `.4` is 400 ms. Values beyond reason come back beyond [`MOST_MS`].
pub(super) fn clock(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let (whole, fraction) = match text.split_once([',', '.']) {
        Some((whole, fraction)) => (whole, fraction.trim()),
        None => (text, "0"),
    };
    let mut seconds = 0.0;
    let mut parts = 0;
    for part in whole.split(':') {
        seconds = seconds * 60.0 + digits(part.trim())?;
        parts += 1;
    }
    if parts != 2 && parts != 3 {
        return None;
    }
    digits(fraction)?;
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    // A cast of a float saturates, so this holds for any number of digits.
    Some((sign * (seconds * 1000.0 + (fraction * 1000.0).round())) as i64)
}

fn digits(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Start and end of a line like `00:00:01,000 --> 00:00:02,000 align:left`.
pub(super) fn range(line: &str) -> Option<(i64, i64)> {
    let (start, rest) = line.split_once("-->")?;
    // Settings follow after white space, but some write "00: 00: 01, 500".
    let rest = rest.trim_start();
    let mut end = rest.len();
    for (at, _) in rest.match_indices([' ', '\t']) {
        if !rest[..at].ends_with([':', ',', '.']) {
            end = at;
            break;
        }
    }
    Some((clock(start)?, clock(&rest[..end])?))
}

/// Whether a line was meant as [`range`] but cannot be read as one.
pub(super) fn is_broken_range(line: &str) -> bool {
    let timed = |side: &str| side.trim().starts_with(|c: char| c.is_ascii_digit() || c == '-');
    range(line).is_none()
        && line.split_once("-->").is_some_and(|(start, end)| timed(start) && timed(end))
}

/// `HH:MM:SS` and the milliseconds, parted by `point`.
pub(super) fn write(seconds: f64, point: char) -> String {
    let ms = ((seconds * 1000.0).round() as i64).clamp(0, MOST_MS);
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{point}{:03}", ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_all_habits() {
        for (text, ms) in [
            ("00:02:17,440", 137_440),
            ("02:17.44", 137_440),
            ("0:00:01.18", 1_180),
            (" 00:00:01 ", 1_000),
            ("-00:00:01,500", -1_500),
            ("123:00:00.000", 442_800_000),
            ("00:00:01,0001", 1_000),
        ] {
            assert_eq!(clock(text), Some(ms), "{text}");
        }
        for text in ["", "12", "1:2:3:4", "a:b", "00:00:01,", "00:00:0x", "+1:2", "1:-2", "٣:٤"] {
            assert_eq!(clock(text), None, "{text}");
        }
        let absurd = format!("{}:00:00", "9".repeat(400));
        assert!(clock(&absurd).is_some_and(|ms| ms > MOST_MS));
    }

    #[test]
    fn ranges_with_settings_and_stray_spaces() {
        assert_eq!(range("00:01.000-->00:02.000 align:left"), Some((1000, 2000)));
        assert_eq!(range("00:01.000 --> 00:02.000\tX1:40"), Some((1000, 2000)));
        assert_eq!(range("00: 00: 01, 000 --> 00: 00: 02, 500"), Some((1000, 2500)));
        assert_eq!(range("a --> b"), None);
        assert!(is_broken_range("00:00:0x --> 00:00:02"));
        assert!(!is_broken_range("x --> y"));
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["00:00:00.000", "01:02:03.004", "99:59:59.999"] {
            let ms = clock(text).expect("a time");
            assert_eq!(write(ms as f64 / 1000.0, '.'), text);
        }
        assert_eq!(write(1e9, ','), "99:59:59,999");
    }
}
