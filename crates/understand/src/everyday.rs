//! What an embedder makes of texts apart from their subjects: everyday texts,
//! each in the same languages, as things to be found and as things asked; and of
//! everyday words.

use crate::Result;
use vireo_domain::Embedding;
use vireo_pretrained::embedding::{Purpose, TextEmbedder};

/// Vectors of the same everyday texts; a list a language, texts in one order.
#[derive(Debug, Clone, PartialEq)]
pub struct Everyday {
    /// As something to be found.
    pub passages: Vec<Vec<Embedding>>,
    /// As something asked.
    pub queries: Vec<Vec<Embedding>>,
    /// Single words that have nothing to do with each other, as something asked;
    /// a list a language, in one order.
    pub words: Vec<Vec<Embedding>>,
}

impl Everyday {
    /// Embeds the texts, each twice.
    pub(crate) fn new(embedder: &dyn TextEmbedder) -> Result<Self> {
        let texts = languages(include_str!("../resources/everyday.txt"));
        let words = languages(include_str!("../resources/everyday_words.txt"));
        let embed = |languages: &[Vec<&str>], purpose| -> Result<Vec<Vec<Embedding>>> {
            // All at once: a batch is as quick as its number of tokens.
            let all = languages.concat();
            let vectors = embedder.embed(&all, purpose)?;
            let mut lists = vectors.into_iter();
            Ok(languages.iter().map(|texts| lists.by_ref().take(texts.len()).collect()).collect())
        };
        Ok(Self {
            passages: embed(&texts, Purpose::Passage)?,
            queries: embed(&texts, Purpose::Query)?,
            words: embed(&words, Purpose::Query)?,
        })
    }
}

/// The texts of each language.
fn languages(file: &str) -> Vec<Vec<&str>> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut languages: Vec<Vec<&str>> = Vec::new();
    for line in lines {
        for (place, text) in line.split('|').map(str::trim).enumerate() {
            if languages.len() <= place {
                languages.push(Vec::new());
            }
            languages[place].push(text);
        }
    }
    languages
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_pretrained::embedding::hashing::HashingEmbedder;

    #[test]
    fn every_text_is_there_in_every_language() {
        for file in [
            include_str!("../resources/everyday.txt"),
            include_str!("../resources/everyday_words.txt"),
        ] {
            let languages = languages(file);
            assert!(languages.len() >= 2 && languages[0].len() >= 12);
            for texts in &languages {
                assert_eq!(texts.len(), languages[0].len());
                assert!(texts.iter().all(|text| !text.is_empty()));
            }
        }
        let everyday = Everyday::new(&HashingEmbedder).expect("vectors");
        assert_eq!(everyday.passages.len(), everyday.words.len());
        assert_eq!(everyday.queries[1].len(), everyday.passages[0].len());
    }
}
