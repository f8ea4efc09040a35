//! The space of content, centred.

use serde::{Deserialize, Serialize};
use vireo_domain::Embedding;

/// With fewer vectors than this the mean says more of them than of the embedder.
const FEWEST: usize = 8;

/// Vectors of a text embedder crowd into a narrow cone (all cosines of e5 lie
/// between 0.7 and 1). Taking the catalogue's mean away spreads them, so that
/// "unlike" is about 0 (Mu and Viswanath, "All-but-the-Top", ICLR 2018).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Space {
    /// Mean of the catalogue's vectors; empty: nothing is taken away.
    pub mean: Vec<f32>,
}

impl Space {
    /// From the catalogue's vectors. With few of them (under 8) nothing is taken
    /// away. Zero vectors don't count, nor those of another width than the first.
    pub fn fit<'a>(vectors: impl IntoIterator<Item = &'a Embedding>) -> Self {
        let mut sum: Vec<f64> = Vec::new();
        let mut count = 0;
        for vector in vectors.into_iter().filter(|vector| !vector.is_zero()) {
            if count == 0 {
                sum.resize(vector.dimensions(), 0.0);
            }
            if vector.dimensions() == sum.len() {
                count += 1;
                for (sum, value) in sum.iter_mut().zip(vector.as_slice()) {
                    *sum += f64::from(*value);
                }
            }
        }
        if count < FEWEST {
            return Self::default();
        }
        Self { mean: sum.into_iter().map(|sum| (sum / count as f64) as f32).collect() }
    }

    /// The vector without the mean, of length 1. Zero stays zero, and a vector
    /// of another width stays as it is.
    pub fn centred(&self, vector: &Embedding) -> Embedding {
        if vector.is_zero() || vector.dimensions() != self.mean.len() {
            return vector.clone();
        }
        let values = vector.as_slice().iter().zip(&self.mean).map(|(value, mean)| value - mean);
        Embedding::new(values.collect())
    }

    /// The way back, as near as a direction allows: the mean is added to the
    /// vector at the typical distance of a video from it. Vectors have length
    /// 1, so that distance is `sqrt(1 - |mean|²)`.
    pub fn uncentred(&self, vector: &Embedding) -> Embedding {
        if vector.is_zero() || vector.dimensions() != self.mean.len() {
            return vector.clone();
        }
        let length: f32 = self.mean.iter().map(|value| value * value).sum();
        let distance = (1.0 - length).max(0.0).sqrt();
        let values = vector.as_slice().iter().zip(&self.mean);
        Embedding::new(values.map(|(value, mean)| mean + distance * value).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors in a narrow cone around the first axis, leaning to one of the others.
    fn cone(count: usize) -> Vec<Embedding> {
        (0..count)
            .map(|i| {
                let mut values = vec![0.0; 5];
                values[0] = 3.0;
                values[1 + i % 4] = 1.0;
                Embedding::new(values)
            })
            .collect()
    }

    #[test]
    fn centring_spreads_a_narrow_cone() {
        let vectors = cone(40);
        let space = Space::fit(&vectors);
        assert!(vectors[0].cosine(&vectors[1]) > 0.85);
        let (a, b) = (space.centred(&vectors[0]), space.centred(&vectors[1]));
        assert!(a.cosine(&b) < 0.0);
        assert!(a.cosine(&space.centred(&vectors[4])) > 0.99);
        assert!(space.uncentred(&a).cosine(&vectors[0]) > 0.99);
    }

    #[test]
    fn few_vectors_stay_as_they_are() {
        let vectors = cone(7);
        let space = Space::fit(&vectors);
        assert!(space.mean.is_empty());
        assert_eq!(space.centred(&vectors[0]), vectors[0]);
        assert_eq!(Space::fit([]), Space::default());
    }

    #[test]
    fn nothing_known_stays_nothing_known() {
        let space = Space::fit(&cone(40));
        let zero = Embedding::new(vec![0.0; 5]);
        assert!(space.centred(&zero).is_zero());
        let other = Embedding::new(vec![1.0, 0.0]);
        assert_eq!(space.centred(&other), other);
    }
}
