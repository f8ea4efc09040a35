//! What is asked of the index, and what it answers.

use vireo_domain::{Embedding, Language, SceneId, Span, VideoId};

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The words. Any text is valid; what stands in quotes must be there word
    /// by word.
    pub text: String,
    /// Their meaning, as the embedder gives it for a question; without it only
    /// words are matched.
    pub embedding: Option<Embedding>,
    /// Whether it is a word or two, rather than a sentence ([`is_word`]): then
    /// its meaning is compared with each tag too.
    pub is_word: bool,
    /// What pictures of it look like; without it no pictures are looked at.
    pub picture: Option<PictureQuery>,
    /// Only videos of this language.
    pub language: Option<Language>,
    /// Most hits.
    pub limit: usize,
}

/// What the pictures that are looked for look like.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureQuery {
    /// The model whose vectors are compared.
    pub model: String,
    /// What is near them.
    pub embedding: Embedding,
    /// Least cosine of a picture that shows it.
    pub floor: f32,
}

/// Most Chinese characters, and else most words, of a query that names a thing.
const WORD: (usize, usize) = (4, 2);

/// Whether a text names a thing, rather than says something: a sentence knows
/// its meaning better than its words do, a single word does not.
pub fn is_word(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (mut han, mut others) = (0, 0);
    for word in words {
        let count = word.chars().filter(|c| ('\u{3400}'..='\u{9fff}').contains(c)).count();
        han += count;
        others += usize::from(count < word.chars().count());
    }
    han + others > 0 && han <= WORD.0 && others <= WORD.1 && (han == 0 || others <= 1)
}

/// Whole video or scene.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A video.
    Video(VideoId),
    /// A scene of a video.
    Scene(SceneId),
}

/// Something found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What.
    pub target: Target,
    /// When, for a scene, and for a video whose scene matched better than its
    /// title, keywords and description.
    pub span: Option<Span>,
    /// Fused score; only its order means something.
    pub score: f64,
    /// Rank among word matches, from 1.
    pub word_rank: Option<usize>,
    /// Rank among neighbours in meaning, or among those with a tag of this
    /// meaning, from 1.
    pub meaning_rank: Option<usize>,
    /// Rank among those with a picture that shows it, from 1.
    pub picture_rank: Option<usize>,
    /// When the picture that shows it best is seen, in seconds.
    pub picture_at: Option<f64>,
    /// The words of the query that it has, folded: lower case, stems,
    /// simplified Chinese. Empty when it matches in meaning only.
    pub matched: Vec<String>,
    /// The matching passage with the matched words marked by `<b>…</b>`; HTML-escaped.
    pub snippet: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::is_word;

    #[test]
    fn a_word_or_two_are_no_sentence() {
        for word in ["bread", "tai chi", "吉他", "国际象棋", "Python 教程"] {
            assert!(is_word(word), "{word}");
        }
        for other in ["", "?!", "how to bake bread", "怎么做面包", "面包怎么发酵"] {
            assert!(!is_word(other), "{other}");
        }
    }
}
