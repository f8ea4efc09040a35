//! A recurrent network over what a person did, in order.

use super::sequence::{Sequence, Settings};
use super::transformer::{length, training};
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};
use vireo_learn::{Gru, GruConfig as Shape};

/// Settings of [`Gru4Rec`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gru4RecConfig {
    /// Of everything that is drawn.
    pub seed: u64,
    /// `None`: by the data, as [`Gru4RecConfig::settings`] says.
    pub settings: Option<Settings<Shape>>,
}

impl Gru4RecConfig {
    /// Settings by the data.
    pub const fn seeded(seed: u64) -> Self {
        Self { seed, settings: None }
    }

    /// What is used for some data (see `docs/decisions/042-learn.md`).
    pub fn settings(&self, data: &Interactions) -> Settings<Shape> {
        self.settings.unwrap_or_else(|| {
            let shape = Shape { width: 64, hidden: 128, length: length(data), dropout: 0.3 };
            Settings { shape, training: training(data, self.seed) }
        })
    }
}

/// GRU4Rec (Hidasi et al., 2016) with the loss of the Transformer, which is
/// what it wants, too (Petrov and Macdonald, 2023; Hidasi and Czapp, 2023).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gru4Rec(Sequence<Gru>);

impl Model for Gru4Rec {
    type Config = Gru4RecConfig;

    fn fit(data: &Interactions, config: &Gru4RecConfig) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network = Gru::new(shape).expect("a shape that a network can have");
        Self(Sequence::fit(data, network, training))
    }

    fn scores(&self, history: &[Event], out: &mut [f32]) {
        self.0.scores(history, out);
    }
}
