//! What turns a sequence of vectors into a sequence of states.

use crate::noise::Noise;
use crate::{Error, Ragged, Result};
use fastrand::Rng;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use std::ops::Range;

/// A causal network: each state knows its own token and those before it.
pub trait Encoder: Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// What the forward leaves for the backward, with its memory used again.
    type Tape: Default + Send;

    /// Numbers of a token and of a state.
    fn width(&self) -> usize;

    /// Tokens of a sequence, at most.
    fn length(&self) -> usize;

    /// The share of numbers that is dropped in training.
    fn dropout(&self) -> f32;

    /// Its parameters before any training.
    fn initial(&self, random: &mut Rng) -> Vec<f32>;

    /// Turns `states`, which come as tokens, into states.
    fn forward(
        &self,
        parameters: &[f32],
        sequences: &Ragged,
        states: &mut [f32],
        noise: Noise,
        tape: &mut Self::Tape,
    );

    /// Turns the gradient of states into that of tokens, and adds that of the
    /// parameters to `gradient`. The tape is that of the same forward.
    fn backward(
        &self,
        parameters: &[f32],
        sequences: &Ragged,
        states: &mut [f32],
        noise: Noise,
        tape: &mut Self::Tape,
        gradient: &mut [f32],
    );
}

/// Refuses sizes and a dropout that fit no network.
pub(crate) fn check(sizes: &[usize], dropout: f32) -> Result<()> {
    if sizes.contains(&0) {
        return Err(Error::Settings("a size is 0".to_owned()));
    }
    if !(0.0..1.0).contains(&dropout) {
        return Err(Error::Settings(format!("dropout {dropout} is not from 0 to below 1")));
    }
    Ok(())
}

/// Gives out places in a flat list of parameters.
#[derive(Debug, Default)]
pub(crate) struct Places {
    end: usize,
}

impl Places {
    /// The next `count`.
    pub(crate) fn take(&mut self, count: usize) -> Range<usize> {
        self.end += count;
        self.end - count..self.end
    }

    /// Numbers given out.
    pub(crate) fn count(&self) -> usize {
        self.end
    }
}

/// Fills with normal numbers of a deviation (Box and Muller, 1958).
pub(crate) fn fill_normal(values: &mut [f32], deviation: f32, random: &mut Rng) {
    for value in values {
        let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
        let angle = std::f64::consts::TAU * random.f64();
        *value = deviation * (radius * angle.cos()) as f32;
    }
}
