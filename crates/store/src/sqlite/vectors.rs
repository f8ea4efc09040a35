//! Vectors as BLOBs, bit for bit.

use serde::Deserialize;
use serde::de::value::{Error, SeqDeserializer};
use vireo_domain::Embedding;

/// Reads [`Embedding::to_bytes`]. Not by [`Embedding::from_bytes`], which
/// scales to length 1 again and so moves the last bits of what was put.
pub(super) fn read(bytes: &[u8]) -> Result<Embedding, String> {
    let (chunks, rest) = bytes.as_chunks::<4>();
    let values: Vec<f32> = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
    if !rest.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return Err(format!("{} bytes are no vector", bytes.len()));
    }
    let values: SeqDeserializer<_, Error> = SeqDeserializer::new(values.into_iter());
    Embedding::deserialize(values).map_err(|error| error.to_string())
}

/// Vectors, each after its length in bytes.
pub(super) fn pack<'a>(vectors: impl IntoIterator<Item = &'a Embedding>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for vector in vectors {
        let vector = vector.to_bytes();
        bytes.extend((vector.len() as u32).to_le_bytes());
        bytes.extend(vector);
    }
    bytes
}

/// Puts the vectors of [`pack`] back where they belong.
pub(super) fn unpack<'a>(
    mut bytes: &[u8],
    places: impl IntoIterator<Item = &'a mut Embedding>,
) -> Result<(), String> {
    for place in places {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or("vectors are missing")?;
        let length = u32::from_le_bytes(*length) as usize;
        let (vector, rest) = rest.split_at_checked(length).ok_or("a vector is cut off")?;
        *place = read(vector)?;
        bytes = rest;
    }
    if bytes.is_empty() { Ok(()) } else { Err("there are more vectors than places".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn vectors_come_back_bit_for_bit(
            vectors in prop::collection::vec(prop::collection::vec(-9.0f32..9.0, 0..9), 0..6),
        ) {
            let put: Vec<Embedding> = vectors.into_iter().map(Embedding::new).collect();
            let mut back = vec![Embedding::new(Vec::new()); put.len()];
            unpack(&pack(&put), &mut back).expect("our own bytes");
            prop_assert_eq!(back, put);
        }

        #[test]
        fn hostile_bytes_do_no_harm(
            bytes in prop::collection::vec(any::<u8>(), 0..64), count in 0usize..4,
        ) {
            let _ = unpack(&bytes, &mut vec![Embedding::new(Vec::new()); count]);
            let _ = read(&bytes);
        }
    }
}
