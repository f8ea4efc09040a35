//! How a text becomes what the network reads: by `tokenizer.json`, cut and
//! filled up to the length that the network was trained with.

use super::unusable;
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tokenizers::{PaddingStrategy, PostProcessor, Tokenizer, TruncationParams};

/// Beside `tokenizer.json`; says what that often leaves out.
const CONFIG: &str = "tokenizer_config.json";

/// What is read of [`CONFIG`].
#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    /// Tokens of the longest text; a number beyond all measure where none was set.
    model_max_length: Option<f64>,
    /// A token, or an object with its `content`.
    pad_token: Value,
}

/// More tokens than any such model reads.
const BEYOND_MEASURE: f64 = 10_000.0;

/// Cuts texts into tokens.
pub(super) struct Tokens {
    path: PathBuf,
    tokenizer: Tokenizer,
    /// What texts are filled up with.
    padding: u32,
    /// Tokens of the longest text.
    longest: usize,
    /// Whether every text is filled up to that.
    is_full: bool,
}

/// Texts as the network reads them, one after another.
pub(super) struct Cut {
    pub(super) ids: Vec<i64>,
    /// 1 for a token of the text, 0 for what fills it up.
    pub(super) mask: Vec<i64>,
    /// Tokens of each.
    pub(super) length: usize,
}

impl Tokens {
    /// Reads the file. `length`: of the network's input, if that is fixed. A
    /// network that is not told which tokens are padding was trained with the
    /// full length, so that is what it gets.
    pub(super) fn open(path: &Path, length: Option<usize>, is_told_padding: bool) -> Result<Self> {
        let mut tokenizer = Tokenizer::from_file(path).map_err(|error| unusable(path, error))?;
        let config = read_config(&path.with_file_name(CONFIG))?;
        let fixed = tokenizer.get_padding().and_then(|padding| match padding.strategy {
            PaddingStrategy::Fixed(length) => Some(length),
            PaddingStrategy::BatchLongest => None,
        });
        let cut = tokenizer.get_truncation().map(|truncation| truncation.max_length);
        let said = config.model_max_length.filter(|length| (1.0..BEYOND_MEASURE).contains(length));
        let Some(longest) = length.or(fixed).or(cut).or(said.map(|length| length as usize)) else {
            let reason =
                format!("neither it nor {CONFIG} (model_max_length) says how long a text may be");
            return Err(unusable(path, reason));
        };
        let of_config = config.pad_token.as_str().or(config.pad_token["content"].as_str());
        let padding = match (tokenizer.get_padding(), of_config) {
            (Some(padding), _) => Some(padding.pad_id),
            (None, Some(token)) => tokenizer.token_to_id(token),
            (None, None) => None,
        };
        tokenizer.with_padding(None);
        let added = tokenizer.get_post_processor().map_or(0, |it| it.added_tokens(false));
        if longest <= added {
            return Err(unusable(
                path,
                format!("texts of {longest} tokens have no room for words"),
            ));
        }
        let truncation = TruncationParams { max_length: longest, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| unusable(path, error))?;
        // Where nothing is said, models fill up with the token that ends a text.
        let padding = if let Some(padding) = padding {
            padding
        } else {
            let empty = tokenizer.encode("", true).map_err(|error| unusable(path, error))?;
            empty.get_ids().last().copied().unwrap_or_default()
        };
        let is_full = length.is_some() || fixed.is_some() || !is_told_padding;
        Ok(Self { path: path.to_owned(), tokenizer, padding, longest, is_full })
    }

    /// The tokens of texts, all of one length.
    pub(super) fn encode(&self, texts: &[&str]) -> Result<Cut> {
        let encode = |text: &&str| self.tokenizer.encode(*text, true);
        let encoded: Result<Vec<_>, _> = texts.iter().map(encode).collect();
        let encoded = encoded.map_err(|error| unusable(&self.path, error))?;
        let longest = encoded.iter().map(|text| text.get_ids().len()).max().unwrap_or_default();
        let length = if self.is_full { self.longest } else { longest.max(1) };
        let mut cut = Cut { ids: Vec::new(), mask: Vec::new(), length };
        for text in &encoded {
            let ids = text.get_ids();
            let fill = length.saturating_sub(ids.len());
            let padding = std::iter::repeat_n(&self.padding, fill);
            cut.ids.extend(ids.iter().chain(padding).map(|id| i64::from(*id)));
            cut.mask.extend(std::iter::repeat_n(1, ids.len()).chain(std::iter::repeat_n(0, fill)));
        }
        Ok(cut)
    }
}

fn read_config(path: &Path) -> Result<Config> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| unusable(path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
        Err(error) => Err(Error::file(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture_text::colours::{self, Export};

    const END: i64 = 1;

    #[test]
    fn texts_are_filled_up_and_cut_before_their_end() {
        let dir = tempfile::tempdir().expect("a folder");
        colours::write(dir.path(), Export::Clip).expect("written");
        let path = dir.path().join("tokenizer.json");
        let told = Tokens::open(&path, None, true).expect("opens");
        let cut = told.encode(&["red", "a photo of red"]).expect("cuts");
        assert_eq!(cut.length, 5);
        assert_eq!(cut.mask, [[1, 1, 0, 0, 0], [1; 5]].concat());
        assert_eq!(cut.ids[1..5], [END, 0, 0, 0], "ends, and is filled up with its own padding");
        // The length is that of tokenizer_config.json; the end is never cut off.
        let long = told.encode(&["red ".repeat(99).as_str()]).expect("cuts");
        assert_eq!((long.length, long.ids[15]), (16, END));
        // Who is not told the padding gets the full length; a fixed input decides.
        assert_eq!(
            Tokens::open(&path, None, false).expect("opens").encode(&["红"]).expect("cuts").length,
            16
        );
        assert_eq!(
            Tokens::open(&path, Some(8), true)
                .expect("opens")
                .encode(&["红"])
                .expect("cuts")
                .length,
            8
        );
    }

    #[test]
    fn a_length_that_nobody_says_is_asked_for() {
        let dir = tempfile::tempdir().expect("a folder");
        colours::write(dir.path(), Export::Clip).expect("written");
        let path = dir.path().join("tokenizer.json");
        std::fs::remove_file(dir.path().join(CONFIG)).expect("there");
        let message = Tokens::open(&path, None, true).err().expect("refused").to_string();
        assert!(message.contains("model_max_length"), "{message}");
        // Without a word about padding, the token that ends texts fills them up.
        let cut = Tokens::open(&path, Some(4), true).expect("opens").encode(&["red"]);
        assert_eq!(cut.expect("cuts").ids[1..], [END; 3]);
        std::fs::write(&path, "{}").expect("written");
        let message = Tokens::open(&path, Some(4), true).err().expect("refused").to_string();
        assert!(message.contains("tokenizer.json"), "{message}");
    }
}
