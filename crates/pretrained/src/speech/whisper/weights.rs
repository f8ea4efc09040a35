//! Reads the tensors of a CTranslate2 model (`model.bin`).
//!
//! The format is that of CTranslate2's `python/ctranslate2/specs/model_spec.py`,
//! versions 4 to 6: a header, named tensors, and other names for some of them.
//! All numbers are little-endian.

use half::{bf16, f16};
use std::collections::HashMap;
use std::ops::Range;

/// The versions of the format that are known.
const VERSIONS: std::ops::RangeInclusive<u32> = 4..=6;
/// Sides of a tensor: no network has more.
const MAX_RANK: usize = 8;

/// The tensors of a file, by name.
pub(super) struct Weights {
    bytes: Vec<u8>,
    tensors: HashMap<String, Tensor>,
}

/// Where a tensor lies, and what it is.
#[derive(Debug, Clone)]
struct Tensor {
    shape: Vec<usize>,
    kind: Kind,
    data: Range<usize>,
}

/// What its numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Float,
    Byte,
    Short,
    Int,
    Half,
    Brain,
}

impl Kind {
    fn of(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Float,
            1 => Self::Byte,
            2 => Self::Short,
            3 => Self::Int,
            4 => Self::Half,
            5 => Self::Brain,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Short | Self::Half | Self::Brain => 2,
            Self::Float | Self::Int => 4,
        }
    }
}

impl Weights {
    /// Reads the names and places of all tensors.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, String> {
        let mut reader = Reader { bytes: &bytes, at: 0 };
        let version = reader.u32()?;
        if !VERSIONS.contains(&version) {
            return Err(format!("its format has version {version}, known are 4 to 6"));
        }
        let spec = reader.text()?;
        if spec != "WhisperSpec" {
            return Err(format!("it holds a {spec}, not a WhisperSpec"));
        }
        let _revision = reader.u32()?;
        let mut tensors = HashMap::new();
        for _ in 0..reader.u32()? {
            let name = reader.text()?;
            let tensor = reader.tensor().map_err(|reason| format!("{name}: {reason}"))?;
            tensors.insert(name, tensor);
        }
        for _ in 0..reader.u32()? {
            let (alias, name) = (reader.text()?, reader.text()?);
            for end in ["", "_scale"] {
                if let Some(tensor) = tensors.get(&format!("{name}{end}")) {
                    tensors.insert(format!("{alias}{end}"), tensor.clone());
                }
            }
        }
        Ok(Self { bytes, tensors })
    }

    /// The sides of a tensor.
    pub(super) fn shape(&self, name: &str) -> Result<&[usize], String> {
        Ok(&self.tensor(name)?.shape)
    }

    /// Whether there is a tensor of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// A single whole number.
    pub(super) fn number(&self, name: &str) -> Result<usize, String> {
        let tensor = self.tensor(name)?;
        let mut little = [0; 8];
        let data = &self.bytes[tensor.data.clone()];
        little[..data.len().min(8)].copy_from_slice(&data[..data.len().min(8)]);
        Ok(u64::from_le_bytes(little) as usize)
    }

    /// The numbers of a tensor, in the order of a C array.
    pub(super) fn values(&self, name: &str) -> Result<Vec<f32>, String> {
        let tensor = self.tensor(name)?;
        let data = &self.bytes[tensor.data.clone()];
        let two = |pair: &[u8]| [pair[0], pair[1]];
        let values: Vec<f32> = match tensor.kind {
            Kind::Float => {
                data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
            }
            Kind::Half => {
                data.chunks_exact(2).map(|b| f16::from_le_bytes(two(b)).to_f32()).collect()
            }
            Kind::Brain => {
                data.chunks_exact(2).map(|b| bf16::from_le_bytes(two(b)).to_f32()).collect()
            }
            // Whole numbers are so many steps; each row has a step of its own.
            Kind::Byte => {
                let scale = format!("{name}_scale");
                if self.tensor(&scale)?.kind != Kind::Float {
                    return Err(format!("{scale} is not made of floats"));
                }
                let scales = self.values(&scale)?;
                let row = tensor.shape.iter().skip(1).product::<usize>().max(1);
                let scale = |at: usize| scales.get(at / row).or(scales.first()).copied();
                let bytes = data.iter().enumerate();
                bytes
                    .map(|(at, byte)| f32::from(byte.cast_signed()) / scale(at).unwrap_or(1.0))
                    .collect()
            }
            kind @ (Kind::Short | Kind::Int) => {
                return Err(format!("{name} is made of {kind:?}, which is not supported"));
            }
        };
        Ok(values)
    }

    fn tensor(&self, name: &str) -> Result<&Tensor, String> {
        self.tensors.get(name).ok_or_else(|| format!("it lacks {name}"))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end =
            end.ok_or_else(|| format!("it ends at byte {}, in the middle", self.bytes.len()))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32, String> {
        let b = self.take(4)?;
        Ok(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// A length, and so many bytes, of which the last is 0.
    fn text(&mut self) -> Result<String, String> {
        let b = self.take(2)?;
        let text = self.take(usize::from(u16::from_le_bytes([b[0], b[1]])))?;
        let text = text.strip_suffix(&[0]).unwrap_or(text);
        String::from_utf8(text.to_vec()).map_err(|_| "a name is no text".to_owned())
    }

    fn tensor(&mut self) -> Result<Tensor, String> {
        let rank = usize::from(self.u8()?);
        if rank > MAX_RANK {
            return Err(format!("it has {rank} sides"));
        }
        let shape = (0..rank).map(|_| Ok(self.u32()? as usize));
        let shape = shape.collect::<Result<Vec<usize>, String>>()?;
        let number = self.u8()?;
        let kind = Kind::of(number).ok_or_else(|| format!("numbers of the kind {number}"))?;
        let length = self.u32()? as usize;
        let wanted = shape.iter().try_fold(kind.size(), |all, side| all.checked_mul(*side));
        if wanted != Some(length) {
            return Err(format!("{shape:?} of {kind:?} in {length} bytes"));
        }
        let start = self.at;
        self.take(length)?;
        Ok(Tensor { shape, kind, data: start..self.at })
    }
}

/// Writes such files.
#[cfg(test)]
pub(super) mod written {
    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u16 + 1).to_le_bytes()[..], text.as_bytes(), &[0]].concat()
    }

    /// A tensor; `kind` is the number of what it is made of.
    pub(in super::super) fn tensor(name: &str, shape: &[u32], kind: u8, data: &[u8]) -> Vec<u8> {
        let mut out = text(name);
        out.push(shape.len() as u8);
        out.extend(shape.iter().flat_map(|side| side.to_le_bytes()));
        out.push(kind);
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out
    }

    /// A file of tensors, some of which have another name, too.
    pub(in super::super) fn file(tensors: &[Vec<u8>], aliases: &[(&str, &str)]) -> Vec<u8> {
        let mut out = 6_u32.to_le_bytes().to_vec();
        out.extend(text("WhisperSpec"));
        out.extend(3_u32.to_le_bytes());
        out.extend((tensors.len() as u32).to_le_bytes());
        out.extend(tensors.concat());
        out.extend((aliases.len() as u32).to_le_bytes());
        for (alias, name) in aliases {
            out.extend([text(alias), text(name)].concat());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use super::written::{file as of, tensor};

    /// Two rows of a half and of bytes, and another name for each.
    fn file() -> Vec<u8> {
        let halves = [1.5, -2.0].map(|v| f16::from_f32(v).to_le_bytes()).concat();
        let scales = [127.0_f32, 2.0].map(f32::to_le_bytes).concat();
        let tensors = [
            tensor("half", &[2], 4, &halves),
            tensor("bytes", &[2, 2], 1, &[127, 129, 2, 0]),
            tensor("bytes_scale", &[2], 0, &scales),
            tensor("heads", &[], 2, &[8, 0]),
        ];
        of(&tensors, &[("alias", "bytes")])
    }

    #[test]
    fn every_kind_of_number_is_read() {
        let weights = Weights::read(file()).expect("reads");
        assert_eq!(weights.values("half"), Ok(vec![1.5, -2.0]));
        assert_eq!(weights.values("alias"), Ok(vec![1.0, -1.0, 1.0, 0.0]));
        assert_eq!(weights.shape("alias"), Ok(&[2, 2][..]));
        assert_eq!(weights.number("heads"), Ok(8));
        assert_eq!(weights.values("none"), Err("it lacks none".to_owned()));
    }

    proptest! {
        #[test]
        fn no_file_brings_it_down(cut in 0_usize..200, at in 0_usize..200, byte: u8) {
            let mut bytes = file();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut % bytes.len());
            if let Ok(weights) = Weights::read(bytes) {
                for name in ["half", "alias", "heads"] {
                    let _ = (weights.values(name), weights.number(name));
                }
            }
        }
    }
}
