//! Vectors of meaning.

use serde::{Deserialize, Serialize};

/// A vector of length 1 (or all zeros when there was nothing to embed).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Scales `values` to length 1; non-finite values count as 0.
    pub fn new(mut values: Vec<f32>) -> Self {
        for value in &mut values {
            if !value.is_finite() {
                *value = 0.0;
            }
        }
        let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        if norm > f32::MIN_POSITIVE {
            for value in &mut values {
                *value /= norm;
            }
        }
        Self(values)
    }

    /// The weighted mean direction of several vectors; `None` if there are
    /// none or they cancel out.
    pub fn mean<'a>(weighted: impl IntoIterator<Item = (&'a Embedding, f32)>) -> Option<Self> {
        let mut sum: Vec<f32> = Vec::new();
        for (embedding, weight) in weighted {
            sum.resize(sum.len().max(embedding.0.len()), 0.0);
            for (total, value) in sum.iter_mut().zip(&embedding.0) {
                *total += value * weight;
            }
        }
        let mean = Self::new(sum);
        (!mean.is_zero()).then_some(mean)
    }

    /// Cosine similarity, -1 to 1; 0 against a zero vector or one of another length.
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }

    /// Whether there was nothing to embed.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|value| *value == 0.0)
    }

    /// The values.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// As little-endian f32 bytes, for storage.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// Reads [`Self::to_bytes`]; `None` if the length is no multiple of 4.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (chunks, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| Self::new(chunks.iter().map(|c| f32::from_le_bytes(*c)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn has_length_one_and_survives_storage(values in prop::collection::vec(-9.0f32..9.0, 1..40)) {
            let embedding = Embedding::new(values);
            let norm: f32 = embedding.as_slice().iter().map(|v| v * v).sum();
            prop_assert!(embedding.is_zero() || (norm - 1.0).abs() < 1e-4);
            let back = Embedding::from_bytes(&embedding.to_bytes()).expect("multiple of four");
            prop_assert!(back.cosine(&embedding) > 0.999 || embedding.is_zero());
        }
    }

    #[test]
    fn hostile_values_do_no_harm() {
        let embedding = Embedding::new(vec![f32::NAN, f32::INFINITY, 0.0]);
        assert!(embedding.is_zero());
        assert!(Embedding::mean([]).is_none());
    }
}
