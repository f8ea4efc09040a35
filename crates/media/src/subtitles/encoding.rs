//! From bytes to text, whatever the encoding.

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A text and how it was read.
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// `UTF-8`, `windows-1250`, `gb18030`…
    pub(crate) encoding: String,
    /// Whether some bytes stood for nothing.
    pub(crate) damaged: bool,
}

/// Goes by the byte order mark, else takes what is valid UTF-8 for UTF-8,
/// else asks a detector that knows the letters of each language.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    // The mark of UTF-32LE begins like that of UTF-16LE.
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe, 0, 0]) {
        return utf_32(rest, "UTF-32LE", u32::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0, 0, 0xfe, 0xff]) {
        return utf_32(rest, "UTF-32BE", u32::from_be_bytes);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, &bytes[mark..]);
    }
    if let Some(encoding) = bare_utf_16(bytes) {
        return with(encoding, bytes);
    }
    if is_nearly_utf_8(bytes) {
        return with(UTF_8, bytes);
    }
    let mut detector = EncodingDetector::new();
    detector.feed(bytes, true);
    with(detector.guess(None, false), bytes)
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), encoding: encoding.name().to_owned(), damaged }
}

fn utf_32(bytes: &[u8], encoding: &str, value: fn([u8; 4]) -> u32) -> Decoded {
    let units = bytes.chunks_exact(4);
    let mut damaged = !units.remainder().is_empty();
    let text = units
        .map(|unit| {
            char::from_u32(value([unit[0], unit[1], unit[2], unit[3]])).unwrap_or_else(|| {
                damaged = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    Decoded { text, encoding: encoding.to_owned(), damaged }
}

/// UTF-16 without a mark: digits, colons and line ends, of which subtitles are
/// full, have a zero byte on one side.
fn bare_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096)];
    let zeros =
        |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = head.len() / 8;
    if head.len() < 8 {
        None
    } else if odd > many && even < odd / 8 {
        Some(UTF_16LE)
    } else if even > many && odd < even / 8 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// One bad byte must not turn a whole Chinese file into accented rubbish. In
/// other encodings hardly any characters look like UTF-8's.
fn is_nearly_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > 20 * bad
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, GB18030, SHIFT_JIS, WINDOWS_1251};

    const SIMPLIFIED: &str =
        "1\n00:00:01,000 --> 00:00:02,000\n我们今天来做一道家常菜,先把西红柿切成小块。\n";
    const TRADITIONAL: &str =
        "1\n00:00:01,000 --> 00:00:02,000\n我們今天來做一道家常菜,先把番茄切成小塊。\n";

    #[test]
    fn legacy_encodings_are_told_apart() {
        for (text, encoding) in [
            (SIMPLIFIED, GB18030),
            (TRADITIONAL, BIG5),
            ("00:00:01,000 --> 00:00:02,000\nこんにちは、今日は料理を作ります。", SHIFT_JIS),
            ("00:00:01,000 --> 00:00:02,000\nСегодня мы приготовим борщ.", WINDOWS_1251),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            let decoded = decode(&bytes);
            assert_eq!(decoded.text, text, "read as {}", decoded.encoding);
            assert!(!decoded.damaged);
        }
    }

    #[test]
    fn unicode_with_and_without_a_mark() {
        let utf_16 = |order: fn(u16) -> [u8; 2]| {
            SIMPLIFIED.encode_utf16().flat_map(order).collect::<Vec<u8>>()
        };
        let utf_32 = |order: fn(u32) -> [u8; 4]| {
            SIMPLIFIED.chars().flat_map(|c| order(c as u32)).collect::<Vec<u8>>()
        };
        let little = utf_16(u16::to_le_bytes);
        let big = utf_16(u16::to_be_bytes);
        for (bytes, encoding) in [
            (SIMPLIFIED.as_bytes().to_vec(), "UTF-8"),
            ([&[0xef, 0xbb, 0xbf], SIMPLIFIED.as_bytes()].concat(), "UTF-8"),
            ([&[0xff, 0xfe], little.as_slice()].concat(), "UTF-16LE"),
            ([&[0xfe, 0xff], big.as_slice()].concat(), "UTF-16BE"),
            (little, "UTF-16LE"),
            (big, "UTF-16BE"),
            ([&[0xff, 0xfe, 0, 0], utf_32(u32::to_le_bytes).as_slice()].concat(), "UTF-32LE"),
            ([&[0, 0, 0xfe, 0xff], utf_32(u32::to_be_bytes).as_slice()].concat(), "UTF-32BE"),
        ] {
            let decoded = decode(&bytes);
            assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), (SIMPLIFIED, encoding));
        }
    }

    #[test]
    fn one_bad_byte_spoils_one_character() {
        let mut bytes = SIMPLIFIED.as_bytes().to_vec();
        bytes.push(0xff);
        let decoded = decode(&bytes);
        assert!(decoded.text.starts_with(SIMPLIFIED));
        assert!(decoded.damaged);
    }
}
