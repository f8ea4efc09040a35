//! Full text: BM25 over titles, tags, keywords, descriptions and transcripts,
//! English stemmed, Chinese cut into words (jieba), both in one index.

mod query;
mod snippet;
mod stopwords;
mod tokenizer;

pub(crate) use query::Words;
pub(crate) use snippet::{matched, passage, snippet};
pub(crate) use tokenizer::{TOKENIZER, analyzer};
