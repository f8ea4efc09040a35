//! What a person typed, as a query. Whatever it is, it is valid: there is no
//! syntax but quotes, and a quote that is never closed is no quote.

use super::tokenizer::{analyzer, analyzer_without_stopwords};
use std::collections::HashSet;
use tantivy::Term;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::tokenizer::TextAnalyzer;

/// Characters that are read; more is no query but a paste.
const LONGEST: usize = 500;
/// Words that are looked up; each is a bit of a `u64` where it matters which.
const MOST_WORDS: usize = 48;

const QUOTES: [(char, char); 4] = [('"', '"'), ('“', '”'), ('「', '」'), ('『', '』')];

/// A word and its position.
type Word = (usize, String);

/// The words of a query.
pub(crate) struct Words {
    /// Each makes a match better, one is enough for a match.
    any: Vec<Vec<Word>>,
    /// Quoted: each must be there, word by word.
    quoted: Vec<Vec<Word>>,
    /// Whether the person set the quotes.
    is_exact: bool,
}

impl Words {
    /// Reads what a person typed.
    pub(crate) fn parse(text: &str) -> Self {
        let (mut loose, mut quoted) = (Vec::new(), Vec::new());
        for part in split_quotes(text) {
            match part {
                Part::Loose(text) => loose.push(text),
                Part::Quoted(text) => {
                    let words = words(&mut analyzer(), text);
                    quoted.extend(Some(words).filter(|words| !words.is_empty()));
                }
            }
        }
        let cut = |mut analyzer: TextAnalyzer| -> Vec<Vec<Word>> {
            let parts = loose.iter().map(|text| words(&mut analyzer, text));
            parts.filter(|words| !words.is_empty()).collect()
        };
        // A query of nothing but stop words is matched by its meaning, or as a
        // phrase if it is long enough to be one: each of these words alone is
        // in half of all videos.
        let is_exact = !quoted.is_empty();
        let mut any = cut(analyzer_without_stopwords());
        if any.is_empty() && !is_exact {
            quoted = cut(analyzer()).into_iter().filter(|words| words.len() > 2).collect();
        }
        let mut left = MOST_WORDS;
        for part in quoted.iter_mut().chain(&mut any) {
            part.truncate(left);
            left -= part.len();
        }
        any.retain(|words| !words.is_empty());
        quoted.retain(|words| !words.is_empty());
        Self { any, quoted, is_exact }
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.any.is_empty() && self.quoted.is_empty()
    }

    /// Whether something was quoted, so that only exact matches are wanted.
    pub(crate) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Every word, to mark it in a snippet.
    pub(crate) fn terms(&self) -> HashSet<&str> {
        let parts = self.any.iter().chain(&self.quoted);
        parts.flatten().map(|(_, word)| word.as_str()).collect()
    }

    /// A query for each word alone, in order of the words.
    pub(crate) fn each(&self, fields: &[(Field, f32)]) -> Vec<BooleanQuery> {
        let mut words: Vec<&str> = self.terms().into_iter().collect();
        words.sort_unstable();
        words.into_iter().map(|word| term(word, fields)).collect()
    }

    /// The query over these fields, each with its weight. BM25 of each word in
    /// each field adds up; a document with all words counts its words twice,
    /// one with the words side by side gets more.
    pub(crate) fn query(&self, fields: &[(Field, f32)]) -> BooleanQuery {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for part in &self.quoted {
            clauses.push((Occur::Must, Box::new(phrase(part, fields))));
        }
        let all: Vec<&str> = self.any.iter().flatten().map(|(_, word)| word.as_str()).collect();
        for word in &all {
            clauses.push((Occur::Should, Box::new(term(word, fields))));
        }
        if all.len() > 1 {
            let each = all.iter().map(|word| Box::new(term(word, fields)) as Box<dyn Query>);
            clauses.push((Occur::Should, Box::new(BooleanQuery::intersection(each.collect()))));
        }
        for part in self.any.iter().filter(|part| part.len() > 1) {
            clauses.push((Occur::Should, Box::new(phrase(part, fields))));
        }
        BooleanQuery::new(clauses)
    }
}

fn words(analyzer: &mut TextAnalyzer, text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while words.len() < MOST_WORDS
        && let Some(token) = stream.next()
    {
        words.push((token.position, token.text.clone()));
    }
    words
}

fn term(word: &str, fields: &[(Field, f32)]) -> BooleanQuery {
    let in_field = |(field, weight): &(Field, f32)| -> Box<dyn Query> {
        let term = Term::from_field_text(*field, word);
        let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
        Box::new(BoostQuery::new(Box::new(query), *weight))
    };
    BooleanQuery::union(fields.iter().map(in_field).collect())
}

fn phrase(words: &[Word], fields: &[(Field, f32)]) -> BooleanQuery {
    if let [(_, word)] = words {
        return term(word, fields);
    }
    let in_field = |(field, weight): &(Field, f32)| -> Box<dyn Query> {
        let terms = words.iter().map(|(at, word)| (*at, Term::from_field_text(*field, word)));
        let query = PhraseQuery::new_with_offset(terms.collect());
        Box::new(BoostQuery::new(Box::new(query), *weight))
    };
    BooleanQuery::union(fields.iter().map(in_field).collect())
}

#[derive(Debug, PartialEq)]
enum Part<'a> {
    Loose(&'a str),
    Quoted(&'a str),
}

fn split_quotes(text: &str) -> Vec<Part<'_>> {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    let mut rest = &text[..end];
    let mut parts = Vec::new();
    let mut searched = 0;
    while let Some((open, (mark, closing))) = next_quote(rest, searched) {
        let inside = open + mark.len_utf8();
        if let Some(length) = rest[inside..].find(closing) {
            parts.push(Part::Loose(&rest[..open]));
            parts.push(Part::Quoted(&rest[inside..inside + length]));
            rest = &rest[inside + length + closing.len_utf8()..];
            searched = 0;
        } else {
            searched = inside;
        }
    }
    parts.push(Part::Loose(rest));
    parts
}

fn next_quote(text: &str, from: usize) -> Option<(usize, (char, char))> {
    let opening = |c| QUOTES.into_iter().find(|(open, _)| *open == c);
    text[from..].char_indices().find_map(|(at, c)| Some((from + at, opening(c)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loose(text: &str) -> Vec<String> {
        Words::parse(text).any.into_iter().flatten().map(|(_, word)| word).collect()
    }

    #[test]
    fn stop_words_alone_are_a_phrase() {
        assert_eq!(loose("How do I knead the dough?"), ["knead", "dough"]);
        assert_eq!(loose("怎么做面包？"), ["做", "面包"]);
        assert!(loose("to be or not to be").is_empty());
        assert_eq!(Words::parse("to be or not to be").quoted[0].len(), 6);
        assert!(Words::parse("somebody").is_empty() && Words::parse("什么").is_empty());
        assert!(Words::parse(" ?! ").is_empty());
    }

    #[test]
    fn quotes_pair_up() {
        let parts = split_quotes("a \"b c\" d “e” \" f");
        let expected = [
            Part::Loose("a "),
            Part::Quoted("b c"),
            Part::Loose(" d "),
            Part::Quoted("e"),
            Part::Loose(" \" f"),
        ];
        assert_eq!(parts, expected);
        assert!(Words::parse("「面包」").is_exact());
        assert!(!Words::parse("\"\" 5\" disk").is_exact());
    }

    proptest! {
        #[test]
        fn any_text_is_a_query(text in "(\\PC|[\"“”「」+:*()^~ a面\\n\\\\]){0,700}") {
            let words = Words::parse(&text);
            prop_assert!(words.terms().len() <= MOST_WORDS);
            words.query(&[(Field::from_field_id(0), 1.0)]);
        }
    }
}
