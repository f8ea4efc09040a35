//! The kinds of heads over time, and the shapes of their networks.

use crate::Result;
use serde::{Deserialize, Serialize};
use std::fmt;
use vireo_learn::{
    AnyEncoder, Convolutions, ConvolutionsConfig, Gru, Lstm, RecurrentConfig, Transformer,
    TransformerConfig,
};

/// Numbers of a token in the networks, the share that is dropped of them, and
/// the units of those that have units.
const WIDTH: usize = 32;
const DROPOUT: f32 = 0.3;
const HIDDEN: usize = 48;

/// What looks at the moments of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Their mean, by logistic regression.
    Mean,
    /// Convolutions over time.
    Cnn,
    /// A recurrent network of gated units.
    Gru,
    /// A recurrent network of units with a long short-term memory.
    Lstm,
    /// Attention with positions.
    Transformer,
}

impl Kind {
    /// All of them, the simplest first.
    pub const ALL: [Self; 5] = [Self::Mean, Self::Cnn, Self::Gru, Self::Lstm, Self::Transformer];

    /// The network over stretches of so many moments; `None`: it needs none.
    pub(super) fn encoder(self, length: usize) -> Result<Option<AnyEncoder>> {
        let (width, hidden, dropout) = (WIDTH, HIDDEN, DROPOUT);
        let recurrent = RecurrentConfig { width, hidden, length, dropout };
        Ok(Some(match self {
            Self::Mean => return Ok(None),
            Self::Cnn => {
                let config = ConvolutionsConfig { width, blocks: 3, taps: 3, length, dropout };
                AnyEncoder::Convolutions(Convolutions::new(config)?)
            }
            Self::Gru => AnyEncoder::Gru(Gru::new(recurrent)?),
            Self::Lstm => AnyEncoder::Lstm(Lstm::new(recurrent)?),
            Self::Transformer => {
                let config =
                    TransformerConfig { width, heads: 4, blocks: 2, hidden, length, dropout };
                AnyEncoder::Transformer(Transformer::new(config)?)
            }
        }))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Cnn => "cnn",
            Self::Gru => "gru",
            Self::Lstm => "lstm",
            Self::Transformer => "transformer",
        })
    }
}
