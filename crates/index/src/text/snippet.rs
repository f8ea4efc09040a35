//! The passage that matched, as HTML.
//!
//! tantivy's own snippets take it that words don't overlap; ours do (words
//! within Chinese words), and it would cut or panic there.

use super::tokenizer::analyzer;
use std::collections::HashSet;
use std::ops::Range;

/// Bytes of a snippet: about 80 Chinese characters or 240 Latin ones, which
/// take about the same room on a page.
const LENGTH: usize = 240;
/// Bytes before the first match.
const LEAD: usize = 48;

/// The densest passage of `text` with its matches of `terms` marked by
/// `<b>…</b>`; `None` if none of them is in it.
pub(crate) fn snippet(text: &str, terms: &HashSet<&str>) -> Option<String> {
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut matches: Vec<Range<usize>> = Vec::new();
    while let Some(token) = stream.next() {
        let range = token.offset_from..token.offset_to;
        if terms.contains(token.text.as_str()) {
            match matches.last_mut() {
                // Overlapping, or side by side as Chinese words are: one mark.
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => matches.push(range.clone()),
            }
        }
        words.push(range);
    }
    let within = |start: usize| {
        let end = start.saturating_add(LENGTH - LEAD);
        matches.iter().filter(move |found| found.start >= start && found.end <= end).count()
    };
    // The earliest of the densest.
    let best = matches.iter().rev().max_by_key(|found| within(found.start))?;
    let shown = window(text, &words, best);
    Some(marked(text, shown, &matches))
}

/// Which of `terms` are in any of the texts, in order of appearance, each once.
pub(crate) fn matched(texts: &[String], terms: &HashSet<&str>) -> Vec<String> {
    let mut analyzer = analyzer();
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        let mut stream = analyzer.token_stream(text);
        while let Some(token) = stream.next() {
            if terms.contains(token.text.as_str()) && !found.contains(&token.text) {
                found.push(token.text.clone());
            }
        }
    }
    found
}

/// The beginning of `text`, for what matches in meaning and not in words;
/// `None` if it is empty.
pub(crate) fn passage(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.floor_char_boundary(LENGTH);
    let end = if end < text.len() { word_end(text, end) } else { end };
    (!text.is_empty()).then(|| marked(text, 0..end, &[]))
}

/// The last white space before `end`, unless that is far off (Chinese has none).
fn word_end(text: &str, end: usize) -> usize {
    text[..end].rfind(char::is_whitespace).filter(|at| at + LEAD > end).unwrap_or(end)
}

/// From a little before `found`, cut between words.
fn window(text: &str, words: &[Range<usize>], found: &Range<usize>) -> Range<usize> {
    if text.len() <= LENGTH {
        return 0..text.len();
    }
    let wanted = found.start.saturating_sub(LEAD);
    let start = match wanted {
        0 => 0,
        _ => words
            .iter()
            .map(|word| word.start)
            .find(|start| *start >= wanted)
            .map_or(found.start, |start| start.min(found.start)),
    };
    let limit = start + LENGTH;
    if text.len() <= limit {
        return start..text.len();
    }
    let end = words.iter().map(|word| word.end).filter(|end| *end <= limit).max();
    start..end.unwrap_or(0).max(found.end)
}

fn marked(text: &str, shown: Range<usize>, matches: &[Range<usize>]) -> String {
    let mut html = String::with_capacity(LENGTH * 2);
    if shown.start > 0 {
        html.push('…');
    }
    let mut at = shown.start;
    for found in matches.iter().filter(|one| one.start >= shown.start && one.end <= shown.end) {
        escape(&text[at..found.start], &mut html);
        html.push_str("<b>");
        escape(&text[found.clone()], &mut html);
        html.push_str("</b>");
        at = found.end;
    }
    escape(&text[at..shown.end], &mut html);
    if shown.end < text.len() {
        html.push('…');
    }
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Words;
    use super::*;
    use proptest::prelude::*;

    fn find(text: &str, query: &str) -> Option<String> {
        snippet(text, &Words::parse(query).terms())
    }

    #[test]
    fn marks_words_in_any_form_and_escapes_the_rest() {
        let html = find("<i>Knead</i> & fold: kneaded dough", "kneading").expect("matches");
        assert_eq!(html, "&lt;i&gt;<b>Knead</b>&lt;/i&gt; &amp; fold: <b>kneaded</b> dough");
        assert_eq!(find("nothing of it", "kneading"), None);
    }

    #[test]
    fn marks_chinese_words_and_those_within() {
        assert_eq!(
            find("今天学机器学习。", "机器学习").as_deref(),
            Some("今天学<b>机器学习</b>。")
        );
        assert_eq!(find("在清華大學。", "大学").as_deref(), Some("在清華<b>大學</b>。"));
    }

    #[test]
    fn matched_words_are_folded_and_come_once() {
        let texts = ["Kneading 麵包".to_owned(), "the dough, knead it".to_owned()];
        let found = matched(&texts, &Words::parse("how to knead dough 面包 oven").terms());
        assert_eq!(found, ["knead", "面包", "dough"]);
    }

    #[test]
    fn a_long_text_is_cut_around_the_matches() {
        let text = format!("{} sourdough starter {}", "word ".repeat(100), "more ".repeat(100));
        let html = find(&text, "sourdough starter").expect("matches");
        assert!(html.starts_with("…word") && html.ends_with("more…"), "{html}");
        assert!(html.contains("<b>sourdough</b> <b>starter</b>") && html.len() < 300);

        let text = format!("{}揉面团{}", "好天气".repeat(60), "坏天气".repeat(60));
        let html = find(&text, "面团").expect("matches");
        assert!(html.contains("<b>面团</b>") && html.starts_with('…') && html.ends_with('…'));
    }

    #[test]
    fn a_passage_is_a_beginning() {
        assert_eq!(passage("  "), None);
        assert_eq!(passage("a < b").as_deref(), Some("a &lt; b"));
        let long = passage(&"word ".repeat(100)).expect("not empty");
        assert!(long.ends_with("word…") && long.len() < 250, "{long}");
        assert!(passage(&"天".repeat(100)).expect("not empty").ends_with("天…"));
    }

    proptest! {
        #[test]
        fn html_is_well_formed_for_any_text(
            text in "(\\PC|[<>&b面包团机器学习 ]){0,300}", query in "(\\PC|[b面包机器学习 ]){0,12}",
        ) {
            for html in [find(&text, &query), passage(&text)].into_iter().flatten() {
                let bare = html.replace("<b>", "").replace("</b>", "");
                prop_assert!(!bare.contains(['<', '>']));
                prop_assert_eq!(html.matches("<b>").count(), html.matches("</b>").count());
            }
        }
    }
}
