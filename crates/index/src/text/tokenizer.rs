//! One tokenizer for both languages, so that a field may mix them.
//!
//! Text falls into runs of Chinese characters and runs of other letters and
//! digits. Chinese is folded to simplified characters and cut by jieba in
//! search mode (long words and the words within them); other runs are one
//! word each, brought to NFKC, lower case, ASCII and the English stem.
//! Token offsets always point into the text as it was given.

use super::stopwords;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, Stemmer, StopWordFilter,
    TextAnalyzer, Token, TokenStream, Tokenizer,
};
use tantivy_jieba::JiebaTokenizer;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Name under which the index knows [`analyzer`].
pub(crate) const TOKENIZER: &str = "bilingual";

/// Bytes beyond which a word is noise (a hash, a link's tail) and left out.
const LONGEST_WORD: usize = 120;

/// The whole chain, as fields are indexed with it.
pub(crate) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(Bilingual::new())
        .filter(RemoveLongFilter::limit(LONGEST_WORD))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The same without stop words, for queries.
pub(super) fn analyzer_without_stopwords() -> TextAnalyzer {
    TextAnalyzer::builder(Bilingual::new())
        .filter(RemoveLongFilter::limit(LONGEST_WORD))
        .filter(LowerCaser)
        .filter(StopWordFilter::remove(stopwords::all()))
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// Cuts into words; see the module.
#[derive(Clone)]
struct Bilingual {
    jieba: JiebaTokenizer,
}

impl Bilingual {
    fn new() -> Self {
        // Not guessing words that are not in the dictionary: a guess depends on
        // the neighbours, and a query has others than the text. What is unknown
        // falls into single characters on both sides.
        Self { jieba: JiebaTokenizer::with_hmm(false) }
    }
}

impl Tokenizer for Bilingual {
    type TokenStream<'a> = Words;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words {
        let mut words = Vec::new();
        let mut position = 0;
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let script = Script::of(first);
            let run = &text[at..][..run_length(&text[at..], script)];
            match script {
                Script::Chinese => {
                    cut_chinese(&mut self.jieba, run, at, position, &mut words);
                    position += run.chars().count();
                }
                Script::Other => {
                    words.push(Token {
                        offset_from: at,
                        offset_to: at + run.len(),
                        position,
                        text: run.nfkc().map(|c| if c == '’' { '\'' } else { c }).collect(),
                        position_length: 1,
                    });
                    position += 1;
                }
                Script::None => {}
            }
            at += run.len();
        }
        Words { words, next: 0 }
    }
}

/// A position is a character here, so that the words within a word stand
/// where their characters do and phrases match whatever way they were cut.
fn cut_chinese(
    jieba: &mut JiebaTokenizer,
    run: &str,
    at: usize,
    position: usize,
    words: &mut Vec<Token>,
) {
    let composed: String = run.nfkc().collect();
    let simplified = fast2s::convert(&composed);
    let mut offsets: Vec<usize> = run.char_indices().map(|(offset, _)| at + offset).collect();
    offsets.push(at + run.len());
    let first = words.len();
    let mut stream = jieba.token_stream(&simplified);
    while let Some(word) = stream.next() {
        let (from, to) = (word.position, word.position + word.position_length);
        // Folding maps character to character; should one ever become two, the
        // words at the end of this run go rather than point beside the text.
        if let (Some(&offset_from), Some(&offset_to)) = (offsets.get(from), offsets.get(to)) {
            words.push(Token {
                offset_from,
                offset_to,
                position: position + from,
                text: word.text.clone(),
                position_length: word.position_length,
            });
        }
    }
    words[first..].sort_by_key(|word| (word.offset_from, word.offset_to));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Chinese,
    Other,
    None,
}

impl Script {
    fn of(c: char) -> Self {
        match c {
            '々'
            | '〇'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}' => Self::Chinese,
            _ if c.is_alphanumeric() || is_combining_mark(c) => Self::Other,
            _ => Self::None,
        }
    }
}

/// Bytes of the run of `script` that `text` begins with. An apostrophe
/// between letters belongs to the word.
fn run_length(text: &str, script: Script) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let apostrophe = script == Script::Other && matches!(c, '\'' | '’');
        let goes_on = Script::of(c) == script
            || apostrophe && chars.peek().is_some_and(|(_, next)| Script::of(*next) == script);
        if !goes_on {
            return at;
        }
    }
    text.len()
}

/// The words of one text.
struct Words {
    words: Vec<Token>,
    next: usize,
}

impl TokenStream for Words {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.words.len()
    }

    fn token(&self) -> &Token {
        &self.words[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.words[self.next - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut analyzer = analyzer();
        let mut stream = analyzer.token_stream(text);
        let mut words = Vec::new();
        while let Some(token) = stream.next() {
            words.push(token.text.clone());
        }
        words
    }

    #[test]
    fn english_is_stemmed_and_folded() {
        assert_eq!(words("Kneading the DOUGH's crust"), ["knead", "the", "dough", "crust"]);
        assert_eq!(words("Crème brûlée, ＡＢＣ １２"), ["creme", "brule", "abc", "12"]);
        assert_eq!(words("don’t 'quote' it's"), words("don't “quote” it's"));
    }

    #[test]
    fn chinese_is_cut_into_words_and_the_words_within() {
        assert_eq!(words("清华大学入门"), ["清华", "清华大学", "华大", "大学", "入门"]);
        assert_eq!(words("機器學習"), words("机器学习"));
        assert_eq!(words("用Rust写程序"), ["用", "rust", "写", "程序"]);
    }

    #[test]
    fn punctuation_and_space_are_no_words() {
        assert_eq!(words("  …，。！ -- \n\t"), Vec::<String>::new());
        assert_eq!(words(&"x".repeat(5_000)), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn offsets_point_into_any_text(text in "(\\PC|[a-z '’é中文機學面包々\u{f900}\u{301}]){0,60}") {
            let mut analyzer = analyzer();
            let mut stream = analyzer.token_stream(&text);
            let mut last = (0, 0);
            while let Some(token) = stream.next() {
                prop_assert!(text.get(token.offset_from..token.offset_to).is_some());
                prop_assert!(token.offset_from < token.offset_to);
                prop_assert!((token.offset_from, token.position) >= last);
                last = (token.offset_from, token.position);
            }
        }
    }
}
