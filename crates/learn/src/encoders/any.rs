//! An encoder that is chosen at run time.

use super::{convolutions, gru, transformer};
use crate::encoder::Encoder;
use crate::noise::Noise;
use crate::{Convolutions, Gru, Ragged, Transformer};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// One of the encoders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnyEncoder {
    /// Convolutions over time.
    Convolutions(Convolutions),
    /// A recurrent network.
    Gru(Gru),
    /// Attention.
    Transformer(Transformer),
}

/// What the forward leaves: the tape of the one that ran.
#[derive(Debug, Default)]
pub struct Tape {
    convolutions: convolutions::Tape,
    gru: gru::Tape,
    transformer: transformer::Tape,
}

/// The same call of whichever it is.
macro_rules! of_each {
    ($self:ident, $encoder:ident => $call:expr) => {
        match $self {
            AnyEncoder::Convolutions($encoder) => $call,
            AnyEncoder::Gru($encoder) => $call,
            AnyEncoder::Transformer($encoder) => $call,
        }
    };
}

impl Encoder for AnyEncoder {
    type Tape = Tape;

    fn width(&self) -> usize {
        of_each!(self, encoder => encoder.width())
    }

    fn length(&self) -> usize {
        of_each!(self, encoder => encoder.length())
    }

    fn dropout(&self) -> f32 {
        of_each!(self, encoder => encoder.dropout())
    }

    fn initial(&self, random: &mut Rng) -> Vec<f32> {
        of_each!(self, encoder => encoder.initial(random))
    }

    fn forward(
        &self,
        parameters: &[f32],
        sequences: &Ragged,
        states: &mut [f32],
        noise: Noise,
        tape: &mut Tape,
    ) {
        match self {
            Self::Convolutions(it) => {
                it.forward(parameters, sequences, states, noise, &mut tape.convolutions);
            }
            Self::Gru(it) => it.forward(parameters, sequences, states, noise, &mut tape.gru),
            Self::Transformer(it) => {
                it.forward(parameters, sequences, states, noise, &mut tape.transformer);
            }
        }
    }

    fn backward(
        &self,
        parameters: &[f32],
        sequences: &Ragged,
        states: &mut [f32],
        noise: Noise,
        tape: &mut Tape,
        gradient: &mut [f32],
    ) {
        match self {
            Self::Convolutions(it) => {
                let tape = &mut tape.convolutions;
                it.backward(parameters, sequences, states, noise, tape, gradient);
            }
            Self::Gru(it) => {
                it.backward(parameters, sequences, states, noise, &mut tape.gru, gradient);
            }
            Self::Transformer(it) => {
                let tape = &mut tape.transformer;
                it.backward(parameters, sequences, states, noise, tape, gradient);
            }
        }
    }
}
