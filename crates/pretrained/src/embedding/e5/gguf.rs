//! Writes GGUF version 3 files (the file format of ggml:
//! `docs/gguf.md` in its repository).

use std::io::{self, Write};

/// Tensors start at multiples of this.
const ALIGNMENT: usize = 32;

/// A value of the header.
pub(super) enum Value<'a> {
    U32(u32),
    F32(f32),
    Bool(bool),
    Text(&'a str),
}

/// Type of a tensor's elements: code in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32 = 0,
    /// Blocks of 32 elements: an f16 scale and 32 4-bit numbers.
    Q4_0 = 2,
}

/// A tensor, rows one after another.
pub(super) struct Tensor<'a> {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) columns: usize,
    /// `None`: a vector.
    pub(super) rows: Option<usize>,
    pub(super) data: &'a [u8],
}

/// Writes a file.
pub(super) fn write(
    out: &mut impl Write,
    header: &[(&str, Value<'_>)],
    tensors: &[Tensor<'_>],
) -> io::Result<()> {
    let mut head = Vec::new();
    head.extend(b"GGUF");
    head.extend(3_u32.to_le_bytes());
    head.extend((tensors.len() as u64).to_le_bytes());
    head.extend((header.len() as u64).to_le_bytes());
    let text = |head: &mut Vec<u8>, text: &str| {
        head.extend((text.len() as u64).to_le_bytes());
        head.extend(text.as_bytes());
    };
    for (key, value) in header {
        text(&mut head, key);
        // The codes are those of `gguf_metadata_value_type`.
        match value {
            Value::U32(number) => {
                head.extend(4_u32.to_le_bytes());
                head.extend(number.to_le_bytes());
            }
            Value::F32(number) => {
                head.extend(6_u32.to_le_bytes());
                head.extend(number.to_le_bytes());
            }
            Value::Bool(flag) => {
                head.extend(7_u32.to_le_bytes());
                head.push(u8::from(*flag));
            }
            Value::Text(value) => {
                head.extend(8_u32.to_le_bytes());
                text(&mut head, value);
            }
        }
    }
    let mut offset = 0;
    for tensor in tensors {
        text(&mut head, &tensor.name);
        head.extend(if tensor.rows.is_some() { 2_u32 } else { 1 }.to_le_bytes());
        head.extend((tensor.columns as u64).to_le_bytes());
        if let Some(rows) = tensor.rows {
            head.extend((rows as u64).to_le_bytes());
        }
        head.extend((tensor.kind as u32).to_le_bytes());
        head.extend((offset as u64).to_le_bytes());
        offset += tensor.data.len().next_multiple_of(ALIGNMENT);
    }
    head.resize(head.len().next_multiple_of(ALIGNMENT), 0);
    out.write_all(&head)?;
    for tensor in tensors {
        out.write_all(tensor.data)?;
        let padding = tensor.data.len().next_multiple_of(ALIGNMENT) - tensor.data.len();
        out.write_all(&[0; ALIGNMENT][..padding])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_start_at_multiples_of_32() {
        let tensors = ["a", "b"].map(|name| Tensor {
            name: name.to_owned(),
            kind: Kind::F32,
            columns: 1,
            rows: None,
            data: &[7, 8, 9, 10],
        });
        let mut file = Vec::new();
        write(&mut file, &[("general.architecture", Value::Text("bert"))], &tensors)
            .expect("written to memory");
        assert_eq!(file.len() % ALIGNMENT, 0);
        let starts: Vec<usize> = file
            .windows(4)
            .enumerate()
            .filter_map(|(at, window)| (window == [7, 8, 9, 10]).then_some(at))
            .collect();
        assert_eq!(starts, [file.len() - 64, file.len() - 32]);
    }
}
