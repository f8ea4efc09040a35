//! An encoder that is chosen at run time.

use super::{convolutions, recurrent, transformer};
use crate::encoder::{Encoder, Outline, Pass};
use crate::{Convolutions, Gru, Lstm, Transformer};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// One of the encoders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnyEncoder {
    /// Convolutions over time.
    Convolutions(Convolutions),
    /// A recurrent network of gated units.
    Gru(Gru),
    /// One with a long short-term memory.
    Lstm(Lstm),
    /// Attention.
    Transformer(Transformer),
}

/// What the forward leaves: the tape of the one that ran.
#[derive(Debug, Default)]
pub struct Tape {
    convolutions: convolutions::Tape,
    recurrent: recurrent::Tape,
    transformer: transformer::Tape,
}

/// The same call of whichever it is.
macro_rules! of_each {
    ($self:ident, $encoder:ident => $call:expr) => {
        match $self {
            AnyEncoder::Convolutions($encoder) => $call,
            AnyEncoder::Gru($encoder) => $call,
            AnyEncoder::Lstm($encoder) => $call,
            AnyEncoder::Transformer($encoder) => $call,
        }
    };
}

/// The same, with its tape.
macro_rules! with_tape {
    ($self:ident, $tape:ident, $encoder:ident => $call:expr) => {
        match ($self, $tape) {
            (AnyEncoder::Convolutions($encoder), Tape { convolutions: $tape, .. }) => $call,
            (AnyEncoder::Gru($encoder), Tape { recurrent: $tape, .. }) => $call,
            (AnyEncoder::Lstm($encoder), Tape { recurrent: $tape, .. }) => $call,
            (AnyEncoder::Transformer($encoder), Tape { transformer: $tape, .. }) => $call,
        }
    };
}

impl Encoder for AnyEncoder {
    type Tape = Tape;

    fn outline(&self) -> Outline {
        of_each!(self, encoder => encoder.outline())
    }

    fn initial(&self, random: &mut Rng) -> Vec<f32> {
        of_each!(self, encoder => encoder.initial(random))
    }

    fn forward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape) {
        with_tape!(self, tape, encoder => encoder.forward(pass, states, tape));
    }

    fn backward(&self, pass: &Pass<'_>, states: &mut [f32], tape: &mut Tape, gradient: &mut [f32]) {
        with_tape!(self, tape, encoder => encoder.backward(pass, states, tape, gradient));
    }
}
