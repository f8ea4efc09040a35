//! Words, in English and Chinese.

use super::{Applied, Document, SearchIndex, ask, document, language, names, open, scenes};
use proptest::prelude::*;
use std::sync::LazyLock;
use tempfile::TempDir;
use vireo_domain::{Language, Span};

fn library() -> Vec<Document> {
    vec![
        Document {
            keywords: vec!["baking".to_owned(), "sourdough".to_owned()],
            description: "From flour & water to a crusty loaf.".to_owned(),
            language: Some(Language::english()),
            scenes: scenes(&[
                "Welcome to my kitchen. Today we feed the starter.",
                "Now we are kneading the dough for ten minutes, until it is smooth.",
                "Bake it in a hot oven.",
            ]),
            ..document("bread", "Baking bread at home")
        },
        Document {
            description: "Somebody mentions baking once.".to_owned(),
            language: Some(Language::english()),
            scenes: scenes(&["The striker scores in the last minute.", "The café was full."]),
            ..document("football", "The cup final")
        },
        Document {
            keywords: vec!["面包".to_owned(), "烘焙".to_owned()],
            description: "在家做面包的方法".to_owned(),
            language: Some(Language::chinese()),
            scenes: scenes(&["今天我们来揉面团。", "烤箱预热到二百度，然后把面包放进去。"]),
            ..document("mianbao", "手工面包入门")
        },
        Document {
            language: Some(Language::chinese()),
            scenes: scenes(&[
                "機器學習是人工智慧的一個分支。",
                "我们用 Python 训练神经网络 model。",
            ]),
            ..document("jiqi", "机器学习与 Rust 编程")
        },
    ]
}

static LIBRARY: LazyLock<(TempDir, SearchIndex)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    index.applied(&library(), &[], 4);
    (dir, index)
});

fn videos(text: &str) -> Vec<String> {
    names(&LIBRARY.1.search_videos(&ask(text)).expect("search"))
}

fn found_scenes(text: &str) -> Vec<String> {
    names(&LIBRARY.1.search_scenes(&ask(text)).expect("search"))
}

#[test]
fn english_in_any_form() {
    assert_eq!(found_scenes("knead"), ["bread#1"]);
    assert_eq!(found_scenes("KNEADED"), ["bread#1"]);
    assert_eq!(found_scenes("cafe"), ["football#1"]);
    assert_eq!(found_scenes("ｏｖｅｎ"), ["bread#2"]);
    assert_eq!(videos("who scored?"), ["football"]);
    assert!(videos("xylophone").is_empty());
}

#[test]
fn chinese_in_either_script() {
    assert_eq!(found_scenes("面团"), ["mianbao#0"]);
    assert_eq!(found_scenes("麵團"), ["mianbao#0"]);
    assert_eq!(found_scenes("机器学习"), ["jiqi#0"]);
    assert_eq!(found_scenes("人工智慧"), ["jiqi#0"]);
    assert_eq!(videos("怎么做面包？"), ["mianbao"]);
    assert_eq!(videos("学习"), ["jiqi"]);
}

#[test]
fn both_languages_in_one_text() {
    assert_eq!(found_scenes("python"), ["jiqi#1"]);
    assert_eq!(found_scenes("训练models"), ["jiqi#1"]);
    let mut found = videos("rust 面包");
    found.sort();
    assert_eq!(found, ["jiqi", "mianbao"]);
}

#[test]
fn title_comes_before_description() {
    assert_eq!(videos("baking"), ["bread", "football"]);
    let hits = LIBRARY.1.search_videos(&ask("baking")).expect("search");
    assert_eq!(hits[0].word_rank, Some(1));
    assert_eq!(hits[0].meaning_rank, None);
    assert!(hits[0].score > hits[1].score);
    assert_eq!(hits[0].matched, ["bake"]);
    assert_eq!(LIBRARY.1.search_scenes(&ask("麵團 oven")).expect("search")[0].matched.len(), 1);
}

#[test]
fn words_that_say_nothing_match_nothing() {
    for text in ["somebody", "the", "什么", "怎么", "what is it"] {
        assert!(videos(text).is_empty(), "{text}");
        assert!(found_scenes(text).is_empty(), "{text}");
    }
    assert_eq!(videos("\"somebody\""), ["football"]);
}

#[test]
fn the_best_scene_is_shown_when_it_matched_better() {
    let hits = LIBRARY.1.search_videos(&ask("kneading the dough")).expect("search");
    assert_eq!(hits[0].span, Some(Span::new(30.0, 60.0)));
    let snippet = hits[0].snippet.as_deref().expect("a passage");
    assert!(snippet.contains("<b>kneading</b> the <b>dough</b>"), "{snippet}");

    let hits = LIBRARY.1.search_videos(&ask("crusty loaf")).expect("search");
    assert_eq!(hits[0].span, None);
    let snippet = hits[0].snippet.as_deref().expect("a passage");
    assert_eq!(snippet, "From flour &amp; water to a <b>crusty</b> <b>loaf</b>.");

    let hits = LIBRARY.1.search_scenes(&ask("預熱")).expect("search");
    let snippet = hits[0].snippet.as_deref().expect("a passage");
    assert_eq!(snippet, "烤箱<b>预热</b>到二百度，然后把面包放进去。");
}

#[test]
fn quotes_want_the_words_side_by_side() {
    assert_eq!(videos("\"kneading the dough\""), ["bread"]);
    assert!(videos("\"dough the kneading\"").is_empty());
    assert_eq!(videos("“揉面团”"), ["mianbao"]);
    assert!(videos("「面团揉」").is_empty());
    // Both have what must be there; one has the other word, too.
    assert_eq!(videos("\"baking\" final"), ["football", "bread"]);
    assert_eq!(videos("\"final\" baking"), ["football"]);
}

#[test]
fn language_narrows() {
    let both = language(ask("rust baking 面包"), "zh");
    let hits = LIBRARY.1.search_videos(&both).expect("search");
    assert!(names(&hits).iter().all(|name| name == "jiqi" || name == "mianbao"));
    assert_eq!(hits.len(), 2);
    let none = language(ask("baking"), "fr");
    assert!(LIBRARY.1.search_videos(&none).expect("search").is_empty());
}

#[test]
fn limits_hold() {
    let none = super::Query { limit: 0, ..ask("baking") };
    assert!(LIBRARY.1.search_videos(&none).expect("search").is_empty());
    let all = super::Query { limit: usize::MAX, ..ask("baking 面包 rust") };
    assert_eq!(LIBRARY.1.search_videos(&all).expect("search").len(), 4);
}

#[test]
fn no_query_is_an_error() {
    for text in ["", "   ", "\"", "AND OR NOT", "title:(", "a\0b", "*", "\\", "的", "🎬", "[1 TO"]
    {
        LIBRARY.1.search_videos(&ask(text)).expect(text);
        LIBRARY.1.search_scenes(&ask(text)).expect(text);
    }
    LIBRARY.1.search_videos(&ask(&"面包bread ".repeat(100_000))).expect("a long one");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_query_at_all_is_an_error(text in "(\\PC|[\"“” a面包学习bread:+*()]){0,40}") {
        LIBRARY.1.search_videos(&ask(&text)).expect("search");
        LIBRARY.1.search_scenes(&ask(&text)).expect("search");
    }
}
