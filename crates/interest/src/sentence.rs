//! What a person says they like, interest by interest.

/// Most interests in a sentence; one that lists more is kept whole.
const MOST: usize = 6;

/// A part that is longer is a clause, not the name of a thing: words, and Han
/// characters where there are no words.
const LONGEST_WORDS: usize = 4;
const LONGEST_HAN: usize = 10;

/// How people begin, and end.
const OPENINGS: &[&str] = &[
    "i am interested in ",
    "i'm interested in ",
    "i would like to see ",
    "i want to watch ",
    "i want to see ",
    "i like ",
    "i love ",
    "i enjoy ",
    "love ",
    "show me ",
    "videos about ",
    "videos on ",
    "both ",
    "我对",
    "我想看",
    "我爱看",
    "我喜欢看",
    "我喜欢",
    "想看",
    "爱看",
    "喜欢看",
    "喜欢",
    "关于",
];
const ENDINGS: &[&str] = &[".", "!", "。", "！", "很感兴趣", "感兴趣", "的视频"];

/// What stands between two interests.
const BETWEEN: &[&str] = &[
    ",", ";", "，", "、", "；", " and ", " or ", " & ", " / ", " + ", " plus ", "以及", "还有",
    "或者", "和", "与",
];

/// One thing, though what stands between two is in it.
const ONE_THING: &[&str] = &[
    "rock and roll",
    "rock & roll",
    "black and white",
    "research and development",
    "drum and bass",
    "arts and crafts",
    "salt and pepper",
    "food and drink",
    "supply and demand",
    "track and field",
    "bed and breakfast",
    "dungeons and dragons",
    "cause and effect",
    "和平",
    "和谐",
    "和服",
    "和声",
    "和弦",
    "和面",
    "和尚",
    "和田",
    "和歌",
    "和风",
    "和牛",
    "和食",
    "和解",
    "和睦",
    "共和",
    "柔和",
    "温和",
    "暖和",
    "总和",
    "求和",
    "饱和",
    "缓和",
    "平和",
    "中和",
    "祥和",
    "调和",
    "昭和",
    "亲和",
    "大和",
    "参与",
    "赠与",
    "给与",
    "与众不同",
    "与时俱进",
    "与和平",
];

/// With one of these words, or these characters, the parts of a sentence don't
/// stand by themselves: something is denied, compared, asked or told.
const BOUND_WORDS: &[&str] = &[
    "not", "no", "don't", "never", "without", "except", "but", "between", "versus", "vs", "its",
    "them", "their", "how", "why", "what", "who", "when",
];
const BOUND_HAN: &[&str] = &[
    "不",
    "没有",
    "除了",
    "之间",
    "的区别",
    "的对比",
    "的关系",
    "的比较",
    "怎么",
    "如何",
    "为什么",
];

/// The interests in a sentence: "cooking and chess" and "烹饪和国际象棋" are
/// two, which one vector in the middle would serve neither of. Parts are slices
/// of the sentence, without "I like". A sentence is kept whole when its parts
/// don't stand by themselves: where something is denied or compared, or a part
/// is a clause.
///
/// ```
/// use vireo_interest::split_sentence;
/// assert_eq!(split_sentence("I like cooking, and chess"), ["cooking", "chess"]);
/// assert_eq!(split_sentence("烹饪和国际象棋"), ["烹饪", "国际象棋"]);
/// assert_eq!(split_sentence("black and white photography").len(), 1);
/// ```
pub fn split_sentence(text: &str) -> Vec<&str> {
    let whole = text.trim();
    let parts: Vec<&str> = pieces(bare(whole));
    let is_list = (2..=MOST).contains(&parts.len())
        && !is_bound(whole)
        && parts.iter().all(|part| is_name(part));
    if is_list { parts } else { vec![whole] }
}

/// Without the words that only say that it is liked.
fn bare(mut text: &str) -> &str {
    // Lower case of ASCII alone: places stay what they were.
    let begins = |text: &str, word: &&&str| {
        text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    while let Some(word) = OPENINGS.iter().find(|word| begins(text, word)) {
        text = text[word.len()..].trim_start();
    }
    while let Some(rest) = ENDINGS.iter().find_map(|word| text.strip_suffix(word)) {
        text = rest.trim_end();
    }
    text
}

/// What lies between the words that stand between two interests.
fn pieces(text: &str) -> Vec<&str> {
    let lower = text.to_ascii_lowercase();
    let kept: Vec<(usize, usize)> = ONE_THING
        .iter()
        .flat_map(|thing| lower.match_indices(thing))
        .map(|(at, thing)| (at, at + thing.len()))
        .collect();
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let is_inside = kept.iter().any(|(from, to)| (*from..*to).contains(&at));
        let between = BETWEEN.iter().find(|between| lower[at..].starts_with(*between));
        match between.filter(|_| !is_inside) {
            Some(between) => {
                parts.push(&text[start..at]);
                // The blank after one word is the blank before the next.
                at += between.trim_end().len();
                start = at;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn is_bound(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.any(|word| BOUND_WORDS.contains(&word))
        || BOUND_HAN.iter().any(|bound| lower.contains(bound))
}

/// Whether it is short enough, and long enough, to name a thing.
fn is_name(part: &str) -> bool {
    let han = part.chars().filter(|c| matches!(c, '\u{3400}'..='\u{9fff}')).count();
    let others = part.chars().filter(|c| c.is_alphanumeric()).count() - han;
    let is_word = han >= 1 || (others >= 1 && part.chars().count() >= 2);
    is_word && part.split_whitespace().count() <= LONGEST_WORDS && han <= LONGEST_HAN
}

/// Whether a sentence says what is not wanted. A vector knows no "not": it
/// would bring up just that.
fn is_aversion(text: &str) -> bool {
    const ENGLISH: [&str; 12] = [
        "no ",
        "not ",
        "never ",
        "don't ",
        "don’t ",
        "do not ",
        "i don't ",
        "i don’t ",
        "i do not ",
        "nothing about ",
        "i hate ",
        "less ",
    ];
    const CHINESE: [&str; 9] =
        ["不要", "不想", "不喜欢", "别推荐", "讨厌", "我不要", "我不想", "我不喜欢", "我讨厌"];
    let text = text.trim().to_lowercase();
    ENGLISH.iter().chain(&CHINESE).any(|beginning| text.starts_with(beginning))
}

/// What stands between clauses.
const CLAUSES: &[&str] =
    &[",", ";", "，", "；", "。", "！", ". ", "! ", " but ", " though ", "但是", "不过", "但"];

/// The clauses of a sentence that say what is liked, where others of it say
/// what is not: "I hate football but love the night sky" is for the night sky.
/// A sentence without such clauses is left whole; of one that has nothing else
/// nothing is left.
///
/// ```
/// use vireo_interest::liked_clauses;
/// assert_eq!(liked_clauses("我不喜欢足球，想看钢琴和旅行"), ["想看钢琴和旅行"]);
/// assert!(liked_clauses("no football please").is_empty());
/// ```
pub fn liked_clauses(text: &str) -> Vec<&str> {
    let mut clauses = vec![text.trim()];
    for between in CLAUSES {
        clauses = clauses.iter().flat_map(|clause| clause.split(between)).collect();
    }
    clauses.retain(|clause| !clause.trim().is_empty());
    if !clauses.iter().any(|clause| is_aversion(clause)) {
        return vec![text.trim()];
    }
    clauses.into_iter().map(str::trim).filter(|clause| !is_aversion(clause)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_wanted_is_no_interest() {
        for text in ["no football please", "Nothing about football", "不要足球", "我不喜欢足球"]
        {
            assert!(is_aversion(text), "{text}");
        }
        for text in ["football", "Norwegian cooking", "notes on music", "足球", "别墅装修"] {
            assert!(!is_aversion(text), "{text}");
        }
    }

    #[test]
    fn what_is_liked_is_kept_from_what_is_not() {
        for (sentence, liked) in [
            ("I hate football but love the night sky", vec!["love the night sky"]),
            ("chess, not blitz", vec!["chess"]),
            ("我讨厌足球，但是喜欢天文", vec!["喜欢天文"]),
            ("chess, but with a clock", vec!["chess, but with a clock"]),
            ("不要足球", vec![]),
        ] {
            assert_eq!(liked_clauses(sentence), liked);
        }
    }

    #[test]
    fn lists_are_taken_apart_in_both_languages() {
        for (sentence, parts) in [
            ("cooking and chess", vec!["cooking", "chess"]),
            ("Cooking, chess, and the night sky.", vec!["Cooking", "chess", "the night sky"]),
            ("I'm interested in rock and roll and gardening", vec!["rock and roll", "gardening"]),
            ("I like both C++ and Rust", vec!["C++", "Rust"]),
            ("烹饪和国际象棋", vec!["烹饪", "国际象棋"]),
            ("我喜欢园艺、天文以及世界和平", vec!["园艺", "天文", "世界和平"]),
            ("想看 Rust 编程，还有猫", vec!["Rust 编程", "猫"]),
            ("我对历史和摄影很感兴趣。", vec!["历史", "摄影"]),
            ("做饭与旅行", vec!["做饭", "旅行"]),
        ] {
            assert_eq!(split_sentence(sentence), parts);
        }
    }

    #[test]
    fn what_belongs_together_stays_together() {
        for sentence in [
            "black and white photography",
            "chess, but not blitz",
            "the difference between Rust and Go",
            "how to bake bread and keep it fresh",
            "a film about two people who meet on a train, and part in the morning",
            "国际象棋和围棋的区别",
            "战争与和平",
            "参与感",
            "R&D",
            "chess",
        ] {
            assert_eq!(split_sentence(sentence), [sentence]);
        }
        assert_eq!(split_sentence("  "), [""]);
    }

    proptest! {
        #[test]
        fn parts_are_pieces_of_the_sentence_in_order(
            text in "([a-z]{1,6}|和|与|、|, | and |烹饪|İ|\\PC){0,12}",
        ) {
            let mut rest = text.as_str();
            for part in split_sentence(&text) {
                let at = rest.find(part);
                prop_assert!(at.is_some());
                rest = &rest[at.unwrap_or(0) + part.len()..];
            }
        }
    }
}
