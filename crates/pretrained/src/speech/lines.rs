//! From what a recogniser says to lines that people read: clean text,
//! Simplified script, and cues that fit the screen.

use vireo_domain::{Cue, Language, Span, is_han, words};

/// Most characters of a cue: two lines of subtitles by the usual guides (42
/// Latin or about 18 Chinese characters a line).
const MAX_LATIN: usize = 84;
const MAX_CHINESE: usize = 36;
/// Most seconds that the middle word of a line is taken to last.
const MOST_MIDDLE: f64 = 0.7;
/// Probability of silence above which a stock phrase is not believed.
const MAX_DOUBT: f32 = 0.2;

/// Removes what nobody said: control characters, broken bytes, doubled
/// spaces. Chinese comes out in Simplified script and with its own punctuation.
pub(super) fn clean(text: &str, language: &Language) -> String {
    let is_junk = |c: char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && c != '\n');
    let text: String = text.chars().filter(|c| !is_junk(*c)).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if language.is_chinese() { chinese(&fast2s::convert(&text)) } else { text }
}

/// Whisper's answers to sound without speech: closing lines and credits that
/// its training videos had. Lower case, without punctuation and spaces.
const STOCK: [&str; 12] = [
    "you",
    "bye",
    "thankyou",
    "thankyouforwatching",
    "thanksforwatching",
    "thankyouverymuch",
    "subtitlesbytheamaraorgcommunity",
    "谢谢观看",
    "谢谢大家",
    "感谢观看",
    "字幕由amaraorg社区提供",
    "请不吝点赞订阅转发打赏支持明镜与点点栏目",
];

/// Whether a line was probably made up: no words, a label such as `[Music]`,
/// or, when the recogniser doubts that anybody spoke, a stock phrase.
pub(super) fn is_invented(text: &str, no_speech: f32) -> bool {
    let is_label = |open: char, close: char| text.starts_with(open) && text.ends_with(close);
    if is_label('[', ']') || is_label('(', ')') || is_label('*', '*') || is_label('（', '）') {
        return true;
    }
    let letters: String =
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    letters.is_empty() || (no_speech > MAX_DOUBT && STOCK.contains(&letters.as_str()))
}

/// Full-width punctuation after Chinese characters, no spaces between them.
fn chinese(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (index, &c) in chars.iter().enumerate() {
        let after_chinese = index > 0 && is_wide(chars[index - 1]);
        let before_chinese = chars.get(index + 1).is_some_and(|next| is_wide(*next));
        match c {
            ',' if after_chinese => out.push('，'),
            '.' if after_chinese => out.push('。'),
            '?' if after_chinese => out.push('？'),
            '!' if after_chinese => out.push('！'),
            ':' if after_chinese => out.push('：'),
            ';' if after_chinese => out.push('；'),
            ' ' if after_chinese && before_chinese => {}
            // The space after a comma that has just become full-width.
            ' ' if before_chinese && out.ends_with(['，', '。', '？', '！', '：', '；']) => {}
            _ => out.push(c),
        }
    }
    out
}

/// Chinese characters and their punctuation.
fn is_wide(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}')
}

/// One cue, or several when the text is long. `letters` are the times of its
/// letters and digits; without them the cues share the span by number of
/// characters, and no word has a time.
pub(super) fn split(span: Span, text: &str, language: &Language, letters: &[Span]) -> Vec<Cue> {
    let is_wide_script = language.is_chinese() || matches!(language.code(), "ja" | "ko");
    let limit = if is_wide_script { MAX_CHINESE } else { MAX_LATIN };
    let chars: Vec<char> = text.chars().collect();
    let letters = Some(letters).filter(|all| !all.is_empty() && all.len() == letters_in(&chars));
    let share = |position: usize| span.seconds() * position as f64 / chars.len() as f64;
    let mut cues = Vec::new();
    let mut start = 0;
    while start < chars.len() {
        let end = start + piece(&chars[start..], limit);
        let text: String = chars[start..end].iter().collect();
        let (first, last) = (letters_in(&chars[..start]), letters_in(&chars[..end]));
        let part = match letters {
            Some(letters) => {
                let at = |letter: Option<&Span>, side: fn(&Span) -> f64, beyond: f64| {
                    letter.map_or(beyond, |letter| within(span, side(letter)))
                };
                let said = &letters[first..last];
                let before = cues.last().map_or(span.start, |cue: &Cue| cue.span.end);
                Span::new(
                    if start == 0 { span.start } else { at(said.first(), |s| s.start, before) },
                    if end == chars.len() { span.end } else { at(said.last(), |s| s.end, before) },
                )
            }
            None => Span::new(span.start + share(start), span.start + share(end)),
        };
        let text = text.trim();
        if !text.is_empty() {
            let times = letters.map(|all| word_times(text, part, &all[first..last]));
            cues.push(Cue::new(part, text).with_times(times.unwrap_or_default()));
        }
        start = end;
    }
    cues
}

fn letters_in(chars: &[char]) -> usize {
    chars.iter().filter(|c| c.is_alphanumeric()).count()
}

fn within(span: Span, seconds: f64) -> f64 {
    seconds.clamp(span.start, span.end)
}

/// When each word of a line within `span` is said. An alignment gives a pause
/// to the word beside it; as in `whisper/timing.py`, no word lasts longer than
/// twice the middle one: after a pause it is its beginning that is late.
fn word_times(text: &str, span: Span, letters: &[Span]) -> Vec<Span> {
    let mut after = 0;
    let mut times = Vec::new();
    for word in words(text) {
        let before = after;
        after += word.chars().filter(|c| c.is_alphanumeric()).count();
        times.push(match &letters[before..after] {
            [first, .., last] => Span::new(first.start, last.end),
            [only] => *only,
            // A dash is where the word before it ends.
            [] => times.last().map_or(Span::new(span.start, span.start), |before: &Span| {
                Span::new(before.end, before.end)
            }),
        });
    }
    let mut lengths: Vec<f64> = times.iter().map(Span::seconds).filter(|s| *s > 0.0).collect();
    lengths.sort_by(f64::total_cmp);
    let middle = lengths.get(lengths.len() / 2).map_or(MOST_MIDDLE, |s| s.min(MOST_MIDDLE));
    let mut is_after_pause = true;
    for (time, word) in times.iter_mut().zip(words(text)) {
        if is_after_pause {
            time.start = time.start.max(time.end - 2.0 * middle);
        } else {
            time.end = time.end.min(time.start + 2.0 * middle);
        }
        is_after_pause = word.ends_with(['.', '?', '!', ',', '。', '？', '！', '，']);
        *time = Span::new(within(span, time.start), within(span, time.end));
    }
    times
}

/// Length of the next cue's text: up to `limit`, at the best place to break.
fn piece(chars: &[char], limit: usize) -> usize {
    if chars.len() <= limit {
        return chars.len();
    }
    // No crumbs: neither piece shorter than a fifth, if that can be helped.
    let least = limit / 5;
    let last = limit.min(chars.len() - least);
    let breaks_after = |ends: &[char]| {
        (least..last).rev().find(|&i| {
            ends.contains(&chars[i]) && (is_wide(chars[i]) || chars.get(i + 1) == Some(&' '))
        })
    };
    breaks_after(&['.', '?', '!', '…', '。', '？', '！'])
        .or_else(|| breaks_after(&[',', ';', ':', '，', '、', '；', '：']))
        .or_else(|| (least..last).rev().find(|&i| chars[i] == ' '))
        .map_or(limit, |i| i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chinese_is_simplified_and_punctuated() {
        let zh = Language::chinese();
        assert_eq!(
            clean(" 這個 問題,我們來看看 Rust 語言. ", &zh),
            "这个问题，我们来看看 Rust 语言。"
        );
        assert_eq!(clean("圓周率是 3.14", &zh), "圆周率是 3.14");
        assert_eq!(clean("  so\u{FFFD} it  goes.\n", &Language::english()), "so it goes.");
    }

    /// The characters that a Traditional text would most likely have, and their Simplified forms.
    #[test]
    fn folds_common_traditional_characters() {
        let traditional = "這來個們時說國會為學對發經還過後與無從現點開關見長頭問話電車馬魚鳥\
            龍門飛風東樂書買賣錢銀鐵難體點線網頁藥醫歡觀視覺聽講讀寫課題數據機場樓臺灣廣義習齊";
        let simplified = "这来个们时说国会为学对发经还过后与无从现点开关见长头问话电车马鱼鸟\
            龙门飞风东乐书买卖钱银铁难体点线网页药医欢观视觉听讲读写课题数据机场楼台湾广义习齐";
        assert_eq!(fast2s::convert(traditional), simplified);
    }

    #[test]
    fn long_text_breaks_at_sentences_and_keeps_its_time() {
        let text = "The invention of movable type changed everything. Books became cheap, and \
            within fifty years there were more of them than scribes had made in a thousand.";
        let cues = split(Span::new(10.0, 20.0), text, &Language::english(), &[]);
        assert_eq!(cues[0].text, "The invention of movable type changed everything.");
        assert!(cues.len() == 3 && cues.iter().all(|cue| cue.text.chars().count() <= MAX_LATIN));
        assert!((cues[0].span.start - 10.0).abs() < 1e-9 && (cues[2].span.end - 20.0).abs() < 1e-9);

        let text = "我们今天来做一道家常菜，先把土豆切成丝，再用清水洗两遍，然后热锅下油，放入花椒和干辣椒。最后加盐出锅。";
        let cues = split(Span::new(0.0, 9.0), text, &Language::chinese(), &[]);
        assert!(cues.len() == 2 && cues[0].text.ends_with('，'), "{cues:?}");
    }

    #[test]
    fn words_have_the_times_of_their_letters_and_pauses_are_nobodys() {
        // A second of silence before "now" is given to it by the alignment.
        let mut letters: Vec<Span> =
            (0..9).map(|i| Span::new(f64::from(i) * 0.1, f64::from(i + 1) * 0.1)).collect();
        let now = [(0.9, 1.9), (1.9, 2.0), (2.0, 2.1)];
        letters.extend(now.map(|(start, end)| Span::new(start, end)));
        let (span, text, english) = (Span::new(0.0, 2.2), "Stir the da. now", Language::english());
        let cues = split(span, text, &english, &letters);
        let words: Vec<(&str, Span)> = cues[0].words().collect();
        let expected =
            [("Stir", 0.0, 0.4), ("the", 0.4, 0.7), ("da.", 0.7, 0.9), ("now", 1.3, 2.1)];
        assert_eq!(words, expected.map(|(word, start, end)| (word, Span::new(start, end))));
        let untimed = split(span, text, &english, &letters[1..]);
        assert_eq!(untimed[0].words().count(), 0, "letters that do not match are not believed");
    }

    #[test]
    fn long_lines_break_where_the_words_are() {
        let text = "我们今天来做一道家常菜，先把土豆切成丝，再用清水洗两遍，然后热锅下油，放入花椒和干辣椒。";
        let count = letters_in(&text.chars().collect::<Vec<_>>());
        // All is said in the first second of nine.
        let letters: Vec<Span> = (0..count)
            .map(|i| Span::new(i as f64 / count as f64, (i + 1) as f64 / count as f64))
            .collect();
        let cues = split(Span::new(0.0, 9.0), text, &Language::chinese(), &letters);
        assert!(cues.len() == 2 && cues[1].span.start < 1.0, "{cues:?}");
        assert_eq!(cues[0].words().next().map(|(word, _)| word), Some("我"));
    }

    #[test]
    fn stock_phrases_need_a_voice() {
        assert!(is_invented("Thank you for watching!", 0.5));
        assert!(!is_invented("Thank you for watching!", 0.01));
        assert!(is_invented("[Music]", 0.0) && is_invented("♪ ♪", 0.0) && is_invented("", 0.0));
        assert!(!is_invented("你好", 0.9));
    }

    proptest! {
        #[test]
        fn splitting_loses_nothing_but_spaces(
            text in "[a-c。，. ]{0,300}",
            zh in any::<bool>(),
            length in prop::option::of(0.001..0.2_f64),
        ) {
            let language = if zh { Language::chinese() } else { Language::english() };
            let letter = |i: usize, length: f64| Span::new(i as f64 * length, (i + 1) as f64 * length);
            let count = letters_in(&text.chars().collect::<Vec<_>>());
            let letters = length.map_or_else(Vec::new, |length| {
                (0..count).map(|i| letter(i, length)).collect()
            });
            let cues = split(Span::new(1.0, 5.0), &text, &language, &letters);
            let squeeze = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            let joined: String = cues.iter().map(|cue| cue.text.as_str()).collect();
            prop_assert_eq!(squeeze(&joined), squeeze(&text));
            prop_assert!(cues.windows(2).all(|w| w[0].span.end <= w[1].span.start + 1e-9));
            prop_assert!(cues.iter().all(|c| c.span.start >= 1.0 && c.span.end <= 5.0 + 1e-9));
        }
    }
}
