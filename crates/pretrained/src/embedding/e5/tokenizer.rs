//! The tokenizer of XLM-RoBERTa: the most probable division into pieces of a
//! unigram vocabulary (Kudo, "Subword Regularization", 2018), found by Viterbi.

use crate::{Error, Result};
use llama_cpp_2::token::LlamaToken;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Start and end of a text, and what is in no piece: ids of XLM-RoBERTa.
pub(super) const START: i32 = 0;
pub(super) const END: i32 = 2;
pub(super) const UNKNOWN: i32 = 3;

/// Stands for a space before a word.
const SPACE: char = '\u{2581}';
/// An unknown character costs this much more than the rarest piece (as in SentencePiece).
const UNKNOWN_PENALTY: f32 = 10.0;
/// Text beyond this is not looked at; pieces average 3 to 5 bytes, and 512 of them are kept.
const LONGEST_TEXT: usize = 32 << 10;

const PIECES_FILE: &str = "pieces.tsv";
const NORMALISATION_FILE: &str = "normalisation.tsv";

/// One piece, as a part of [`Tokenizer::text`].
struct Piece {
    start: u32,
    end: u32,
    id: i32,
    score: f32,
}

/// Cuts texts into tokens.
pub(super) struct Tokenizer {
    /// All pieces, one after another, sorted by their bytes.
    text: String,
    pieces: Vec<Piece>,
    unknown_score: f32,
    /// What to write for a character; the others stay.
    normalisation: HashMap<char, Box<str>>,
}

impl Tokenizer {
    /// `pieces`: text, id, log probability.
    pub(super) fn new(
        mut pieces: Vec<(&str, i32, f32)>,
        normalisation: HashMap<char, Box<str>>,
    ) -> Self {
        pieces.sort_unstable_by(|a, b| a.0.cmp(b.0));
        let mut text = String::new();
        let lowest = pieces.iter().map(|piece| piece.2).fold(0.0, f32::min);
        let pieces = pieces
            .into_iter()
            .map(|(piece, id, score)| {
                let start = text.len() as u32;
                text.push_str(piece);
                Piece { start, end: text.len() as u32, id, score }
            })
            .collect();
        Self { text, pieces, unknown_score: lowest - UNKNOWN_PENALTY, normalisation }
    }

    /// Reads what [`Self::save`] wrote.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        let (path, lines) = read(dir, PIECES_FILE)?;
        let pieces = lines
            .lines()
            .enumerate()
            .map(|(number, line)| {
                let mut fields = line.split('\t');
                let piece = (|| {
                    let text = fields.next().filter(|text| !text.is_empty())?;
                    Some((text, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
                })();
                piece.ok_or_else(|| broken(&path, number))
            })
            .collect::<Result<Vec<_>>>()?;
        let (path, lines) = read(dir, NORMALISATION_FILE)?;
        let normalisation = lines
            .lines()
            .enumerate()
            .map(|(number, line)| {
                line.split_once('\t')
                    .and_then(|(from, to)| {
                        let from = u32::from_str_radix(from, 16).ok().and_then(char::from_u32)?;
                        Some((from, to.into()))
                    })
                    .ok_or_else(|| broken(&path, number))
            })
            .collect::<Result<_>>()?;
        Ok(Self::new(pieces, normalisation))
    }

    /// Writes the vocabulary into a folder: `piece TAB id TAB score` and
    /// `code point TAB replacement` lines.
    pub(super) fn save(&self, dir: &Path) -> Result<()> {
        let mut lines = String::new();
        for piece in &self.pieces {
            let Piece { id, score, .. } = piece;
            _ = writeln!(lines, "{}\t{id}\t{score}", self.text_of(piece));
        }
        write(dir, PIECES_FILE, &lines)?;
        let mut sorted: Vec<_> = self.normalisation.iter().collect();
        sorted.sort_unstable();
        let mut lines = String::new();
        for (from, to) in sorted {
            _ = writeln!(lines, "{:x}\t{to}", u32::from(*from));
        }
        write(dir, NORMALISATION_FILE, &lines)
    }

    /// Start, `prefix` and `text`, end: at most `limit` tokens, the rest of the text is cut off.
    pub(super) fn encode(&self, prefix: &str, text: &str, limit: usize) -> Vec<LlamaToken> {
        let text = &text[..text.floor_char_boundary(LONGEST_TEXT)];
        let mut ids = vec![START];
        ids.extend(self.divide(&self.normalise(prefix.chars().chain(text.chars()))));
        ids.truncate(limit - 1);
        ids.push(END);
        ids.into_iter().map(LlamaToken).collect()
    }

    /// Maps characters and writes each run of spaces, and the start, as one [`SPACE`].
    fn normalise(&self, text: impl Iterator<Item = char>) -> String {
        let mut normal = String::new();
        let mut after_space = true;
        let mut push = |character| {
            if character == ' ' {
                after_space = true;
                return;
            }
            if std::mem::take(&mut after_space) {
                normal.push(SPACE);
            }
            normal.push(character);
        };
        for character in text {
            match self.normalisation.get(&character) {
                Some(replacement) => replacement.chars().for_each(&mut push),
                None => push(character),
            }
        }
        normal
    }

    /// The most probable pieces.
    fn divide(&self, text: &str) -> Vec<i32> {
        /// The best way to get to a byte: its score, where its last piece starts, that piece.
        #[derive(Clone, Copy)]
        struct Step {
            score: f64,
            from: usize,
            id: i32,
        }
        let unreached = Step { score: f64::NEG_INFINITY, from: 0, id: UNKNOWN };
        let mut steps = vec![unreached; text.len() + 1];
        steps[0].score = 0.0;
        for (start, character) in text.char_indices() {
            let so_far = steps[start].score;
            if so_far == f64::NEG_INFINITY {
                continue;
            }
            let mut reach = |end: usize, id, score: f32| {
                let score = so_far + f64::from(score);
                if score > steps[end].score {
                    steps[end] = Step { score, from: start, id };
                }
            };
            reach(start + character.len_utf8(), UNKNOWN, self.unknown_score);
            // Pieces that begin with text[start..end], ever fewer.
            let mut candidates = self.pieces.as_slice();
            for (depth, byte) in text.as_bytes()[start..].iter().enumerate() {
                let next = |piece: &Piece| self.text_of(piece).as_bytes().get(depth).copied();
                candidates = &candidates[candidates.partition_point(|p| next(p) < Some(*byte))..];
                candidates = &candidates[..candidates.partition_point(|p| next(p) == Some(*byte))];
                let Some(shortest) = candidates.first() else { break };
                if (shortest.end - shortest.start) as usize == depth + 1 {
                    reach(start + depth + 1, shortest.id, shortest.score);
                }
            }
        }

        let mut ids = Vec::new();
        let mut end = text.len();
        while end > 0 {
            let Step { from, id, .. } = steps[end];
            // A run of unknown characters is one unknown word.
            if id != UNKNOWN || ids.last() != Some(&UNKNOWN) {
                ids.push(id);
            }
            end = from;
        }
        ids.reverse();
        ids
    }

    fn text_of(&self, piece: &Piece) -> &str {
        &self.text[piece.start as usize..piece.end as usize]
    }
}

fn read(dir: &Path, name: &str) -> Result<(PathBuf, String)> {
    let path = dir.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(source) => Err(Error::File { path, source }),
    }
}

fn write(dir: &Path, name: &str, text: &str) -> Result<()> {
    let path = dir.join(name);
    std::fs::write(&path, text).map_err(|source| Error::File { path, source })
}

fn broken(path: &Path, line: usize) -> Error {
    let reason = format!("line {} is not of this vocabulary; fetch the model again", line + 1);
    Error::File { path: path.to_owned(), source: std::io::Error::other(reason) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokenizer() -> Tokenizer {
        let pieces = [
            ("▁", 6, -4.0),
            ("▁the", 70, -3.0),
            ("▁moon", 90, -8.0),
            ("moon", 91, -9.0),
            ("m", 40, -6.0),
            ("o", 41, -6.0),
            ("n", 42, -6.0),
            ("月", 50, -7.0),
            ("月球", 51, -9.0),
            ("球", 52, -7.0),
        ];
        let normalisation =
            [('\t', " "), ('\u{3000}', " "), ('Ｍ', "m"), ('\u{1}', ""), ('㎞', "km")];
        Tokenizer::new(
            pieces.to_vec(),
            normalisation.into_iter().map(|(from, to)| (from, to.into())).collect(),
        )
    }

    fn ids(text: &str) -> Vec<i32> {
        tokenizer().encode("", text, 512).into_iter().map(|token| token.0).collect()
    }

    #[test]
    fn takes_the_most_probable_pieces() {
        assert_eq!(ids("the moon"), [0, 70, 90, 2]);
        assert_eq!(ids("月球"), [0, 6, 51, 2]);
        assert_eq!(ids("月月球"), [0, 6, 50, 51, 2]);
        assert_eq!(ids("  the\t\u{3000}Ｍoon\u{1} "), [0, 70, 90, 2]);
    }

    #[test]
    fn unknown_runs_are_one_token_and_long_texts_are_cut() {
        assert_eq!(ids("xyz moon zz"), [0, 6, 3, 90, 6, 3, 2]);
        let long = "moon ".repeat(20_000);
        let tokens = tokenizer().encode("", &long, 512);
        assert_eq!((tokens.len(), tokens[511]), (512, LlamaToken(END)));
    }

    #[test]
    fn survives_its_files_and_refuses_broken_ones() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        tokenizer().save(dir.path()).expect("saved");
        let read = Tokenizer::open(dir.path()).expect("opened");
        let text = "the Ｍoon 月球㎞";
        assert_eq!(read.encode("", text, 99), tokenizer().encode("", text, 99));
        std::fs::write(dir.path().join(PIECES_FILE), "the\tnot a number\n").expect("written");
        assert!(Tokenizer::open(dir.path()).is_err());
    }

    proptest! {
        #[test]
        fn any_text_has_tokens(text in "\\PC{0,60}") {
            let tokens = tokenizer().encode("", &text, 30);
            prop_assert!(tokens.len() <= 30);
            prop_assert_eq!((tokens[0].0, tokens[tokens.len() - 1].0), (START, END));
        }
    }
}
