//! What a recogniser makes up when there is little to hear: loops, phrases
//! from its training subtitles, and more words than anyone can say.

use crate::text::is_han;
use vireo_domain::Cue;

/// What Whisper says into silence and music, folded and without punctuation.
/// Always dropped.
const NEVER_SAID: [&str; 10] = [
    "subtitles by the amara.org community",
    "subtitled by",
    "transcribed by https",
    "thanks for watching",
    "thank you for watching",
    "please subscribe to my channel",
    "字幕由",
    "字幕志愿者",
    "请不吝点赞",
    "明镜与点点栏目",
];

/// What a video is ended with, folded: said at the end of real talks, and made
/// up from music.
const CLOSINGS: [&str; 14] = [
    "end of the video",
    "end of this video",
    "the end",
    "thank you",
    "thanks",
    "bye",
    "see you",
    "subscribe",
    "谢谢",
    "感谢",
    "再见",
    "拜拜",
    "下期",
    "订阅",
];

/// Most letters (Chinese characters) of a line that does nothing but close.
const LONGEST_CLOSING: (usize, usize) = (32, 10);

/// Real people speak at most so many letters (Chinese characters) a second.
const FASTEST: (f64, f64) = (45.0, 16.0);

/// How often the same words may follow each other before it is a loop.
const REPEATS: usize = 3;

/// Cues that can be believed, in order of time, and how many could not.
pub(crate) fn believable(cues: Vec<Cue>) -> (Vec<Cue>, usize) {
    let mut kept: Vec<Cue> = Vec::with_capacity(cues.len());
    let mut dropped = 0;
    for mut cue in cues {
        cue.text = without_loops(cue.text.trim());
        let looped = kept.len() >= REPEATS
            && kept[kept.len() - REPEATS..].iter().all(|before| same(&before.text, &cue.text));
        if cue.text.is_empty() || is_made_up(&cue.text) || is_too_fast(&cue) || looped {
            dropped += 1;
            continue;
        }
        if let Some(before) = kept.last_mut() {
            // Windows are in order; a recogniser's times inside them may not be.
            cue.span.start = cue.span.start.max(before.span.start);
            cue.span.end = cue.span.end.max(cue.span.start);
            before.span.end = before.span.end.min(cue.span.start).max(before.span.start);
        }
        kept.push(cue);
    }
    // Of a video in which nothing but its end is spoken nothing is known, whether
    // somebody said it or the recogniser heard it in the music: it is no
    // transcript, and no word on the language.
    if kept.iter().all(|cue| is_closing(&cue.text)) {
        dropped += kept.len();
        kept.clear();
    }
    (kept, dropped)
}

fn is_closing(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    let (han, others): (Vec<char>, Vec<char>) = letters.partition(|c| is_han(*c));
    let lower = text.to_lowercase();
    others.len() <= LONGEST_CLOSING.0
        && han.len() <= LONGEST_CLOSING.1
        && CLOSINGS.iter().any(|closing| lower.contains(closing))
}

fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| {
        text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>()
    };
    plain(a) == plain(b)
}

fn is_made_up(text: &str) -> bool {
    let lower = text.to_lowercase();
    let start = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    NEVER_SAID.iter().any(|phrase| start.starts_with(phrase))
}

fn is_too_fast(cue: &Cue) -> bool {
    let han = cue.text.chars().filter(|c| is_han(*c)).count();
    let other = cue.text.chars().filter(|c| c.is_alphanumeric()).count() - han;
    // Times are rough for short cues: give each a second and a half.
    let seconds = cue.span.seconds().max(1.5);
    other as f64 / FASTEST.0 + han as f64 / FASTEST.1 > seconds
}

/// Cuts a text off where the same words begin to go round: a run of the same
/// one to eight words (or characters, where there are no blanks) more than
/// [`REPEATS`] times is kept once.
fn without_loops(text: &str) -> String {
    let blanks = text.contains(' ');
    let units: Vec<&str> = if blanks {
        text.split_whitespace().collect()
    } else {
        text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect()
    };
    let mut kept: Vec<&str> = Vec::with_capacity(units.len());
    let mut at = 0;
    while at < units.len() {
        let loops = (1..=8).find_map(|period| {
            let unit = units.get(at..at + period)?;
            let times = units[at..].chunks_exact(period).take_while(|chunk| *chunk == unit).count();
            (times > REPEATS).then_some((period, times))
        });
        if let Some((period, times)) = loops {
            kept.extend(&units[at..at + period]);
            at += period * times;
        } else {
            kept.push(units[at]);
            at += 1;
        }
    }
    kept.join(if blanks { " " } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vireo_domain::Span;

    fn cue(start: f64, end: f64, text: &str) -> Cue {
        Cue::new(Span::new(start, end), text)
    }

    #[test]
    fn loops_and_inventions_go() {
        let (kept, dropped) = believable(vec![
            cue(0.0, 2.0, "Hello there."),
            cue(2.0, 4.0, "Thanks for watching!"),
            cue(4.0, 6.0, "请不吝点赞 订阅 转发"),
            cue(6.0, 8.0, "no no no no no no no no"),
            cue(8.0, 9.0, "我们我们我们我们我们走"),
            cue(9.0, 9.5, &"far too many words for half a second ".repeat(9)),
        ]);
        let texts: Vec<&str> = kept.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts, ["Hello there.", "no", "我们走", "far too many words for half a second"]);
        assert_eq!(dropped, 2);
    }

    #[test]
    fn an_end_alone_is_no_transcript() {
        for line in ["This is the end of the video.", "Thank you.", "谢谢大家，再见。"] {
            assert_eq!(believable(vec![cue(3.0, 8.0, line)]), (Vec::new(), 1), "{line}");
        }
        let talk = ["我们今天做面包。", "谢谢大家，再见。"];
        let cues = |lines: &[&str]| {
            let cue =
                |(at, line): (usize, &&str)| cue(at as f64 * 4.0, at as f64 * 4.0 + 3.0, line);
            lines.iter().enumerate().map(cue).collect()
        };
        assert_eq!(believable(cues(&talk)).0.len(), 2, "whoever talked may end");
        let thanks = ["Thank you all for coming to this talk about the history of printing."];
        assert_eq!(believable(cues(&thanks)).0.len(), 1);
    }

    #[test]
    fn the_same_line_for_ever_is_kept_three_times() {
        let cues =
            (0..20).map(|i| cue(f64::from(i), f64::from(i) + 0.9, "I don't know.")).collect();
        let (kept, dropped) = believable(cues);
        assert_eq!((kept.len(), dropped), (REPEATS, 20 - REPEATS));
    }

    #[test]
    fn nobody_speaks_that_fast() {
        let text: String = ('a'..='z').cycle().take(300).collect();
        assert!(is_too_fast(&cue(0.0, 2.0, &text)));
        assert!(!is_too_fast(&cue(0.0, 2.0, "Somebody must've stolen the crown jewels")));
        assert!(!is_too_fast(&cue(0.0, 2.0, "他就是你心中的我")));
    }

    proptest! {
        #[test]
        fn times_are_in_order(raw in prop::collection::vec((0.0f64..100.0, 0.0f64..9.0, "[a-z ]{0,20}"), 0..20)) {
            let cues = raw.iter().map(|(start, length, text)| cue(*start, start + length, text)).collect();
            let (kept, _) = believable(cues);
            for pair in kept.windows(2) {
                prop_assert!(pair[0].span.start <= pair[0].span.end);
                prop_assert!(pair[0].span.end <= pair[1].span.start);
            }
        }
    }
}
