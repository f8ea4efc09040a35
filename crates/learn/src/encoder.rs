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

    /// Its size, and what it drops.
    fn outline(&self) -> Outline;

    /// Numbers of a token and of a state.
    fn width(&self) -> usize {
        self.outline().width
    }

    /// Its parameters before any training.
    fn initial(&self, random: &mut Rng) -> Vec<f32>;

    /// Turns `states`, which come as tokens, into states.
    fn forward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Self::Tape);

    /// Turns the gradient of states into that of tokens, and adds that of the
    /// parameters to `gradient`. The pass and the tape are those of the forward.
    fn backward(
        &self,
        pass: &Pass<'_>,
        states: &mut [f32],
        tape: &mut Self::Tape,
        gradient: &mut [f32],
    );
}

/// The size of an encoder, and what it drops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    /// Numbers of a token and of a state.
    pub width: usize,
    /// Tokens of a sequence, at most.
    pub length: usize,
    /// The share of numbers that is dropped in training.
    pub dropout: f32,
}

/// What a forward and its backward go by.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// The encoder's.
    pub parameters: &'a [f32],
    /// Which of the tokens are of one sequence.
    pub sequences: &'a Ragged,
    /// What is dropped.
    pub noise: Noise,
}

impl<'a> Pass<'a> {
    /// The parameters of a place.
    pub(crate) fn at(&self, place: &Range<usize>) -> &'a [f32] {
        &self.parameters[place.clone()]
    }
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
