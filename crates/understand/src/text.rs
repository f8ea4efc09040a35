//! Words as the analysers see them: one script, one width, no markup.
//!
//! What is shown to people stays as it was written; what is compared,
//! counted and embedded is folded first.

pub(crate) mod language;
pub(crate) mod lexicon;
pub(crate) mod lists;
pub(crate) mod sentences;
pub(crate) mod title;
pub(crate) mod words;

pub(crate) use vireo_domain::{is_han, is_kana};

use unicode_normalization::UnicodeNormalization;

/// NFKC, Traditional Chinese to Simplified, every run of white space one blank.
///
/// Chinese punctuation keeps its width: summaries are made of folded sentences.
/// Japanese keeps its characters: its kanji are not Chinese words.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let wide = |c: char| matches!(c, '，' | '！' | '？' | '：' | '；' | '（' | '）');
    let mut normal = String::with_capacity(text.len());
    for piece in text.split_inclusive(wide) {
        let mark = piece.chars().next_back().filter(|c| wide(*c));
        normal.extend(piece.trim_end_matches(wide).nfkc());
        normal.extend(mark);
    }
    for part in normal.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(part.chars().filter(|c| !c.is_control() && !is_invisible(*c)));
    }
    let japanese = folded.chars().any(is_kana);
    if !japanese && folded.chars().any(is_han) {
        fast2s::replace(&mut folded);
    }
    folded
}

/// Removes what is written for machines and for reach: addresses, hash tags'
/// marks, time codes, and lines that ask to subscribe.
pub(crate) fn without_noise(text: &str) -> String {
    let begs = |line: &str| {
        let line = line.to_lowercase();
        ["subscribe", "follow me", "follow us", "patreon", "关注我", "三连", "点赞", "订阅"]
            .iter()
            .any(|word| line.contains(word))
    };
    let is_address = |word: &str| {
        word.contains("://")
            || word.starts_with("www.")
            || (word.contains('@') && word.contains('.'))
    };
    let is_time = |word: &str| {
        word.contains(':') && word.chars().all(|c| c.is_ascii_digit() || ":-–,.".contains(c))
    };
    let mut clean = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !begs(line)) {
        let words = line.split_whitespace().filter(|word| !is_address(word) && !is_time(word));
        let line = words.map(|word| word.trim_start_matches('#')).collect::<Vec<_>>().join(" ");
        if !line.is_empty() {
            if !clean.is_empty() {
                clean.push('\n');
            }
            clean.push_str(&line);
        }
    }
    clean
}

/// At most `limit` characters, cut between words, with an ellipsis if cut.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let head = &text[..cut];
    // Chinese has no blanks to cut at; a blank far back would lose too much.
    let end = head.rfind(char::is_whitespace).filter(|at| at * 3 > cut * 2).unwrap_or(cut);
    format!("{}…", head[..end].trim_end_matches([' ', ',', '，', ';', '；', ':', '：']))
}

/// Zero-width marks and byte order marks that survive NFKC.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_script_width_and_blanks() {
        assert_eq!(fold("  機器學習\u{3000}ＡＢＣ\n１２ "), "机器学习 ABC 12");
        assert_eq!(fold("\u{feff}na\u{200b}me"), "name");
        assert_eq!(fold("好，嗎？"), "好，吗？");
        assert_eq!(fold("東京の機械"), "東京の機械", "Japanese keeps its script");
    }

    #[test]
    fn noise_goes_and_words_stay() {
        let text = "Bread for beginners #baking\nhttps://x.example/a me@x.org\n00:12 Mixing\nPlease SUBSCRIBE!\n求三连";
        assert_eq!(without_noise(text), "Bread for beginners baking\nMixing");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn shortened_is_short(text in "\\PC{0,80}", limit in 1usize..40) {
            prop_assert!(shortened(&text, limit).chars().count() <= limit + 1);
        }
    }
}
