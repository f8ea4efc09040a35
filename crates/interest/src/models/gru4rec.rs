//! A recurrent network over what a person did, in order.

use super::sequence::{Sequence, Settings};
use super::size::Size;
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};
use std::path::Path;
use vireo_learn::{Gru, RecurrentConfig as Shape};

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
            let size = Size::of(data);
            let (width, hidden) = (64, 128);
            let (length, dropout) = (size.length(), size.dropout());
            let shape = Shape { width, hidden, length, dropout };
            let parameters = hidden * (4 * width + 3 * hidden);
            Settings { shape, training: size.training(width, parameters, self.seed) }
        })
    }
}

/// GRU4Rec (Hidasi et al., 2016) with the loss of the Transformer, which is
/// what it wants, too (Petrov and Macdonald, 2023; Hidasi and Czapp, 2023).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gru4Rec(Sequence<Gru>);

impl Gru4Rec {
    /// [`Model::fit`] that, killed, goes on where it was if `kept`, a folder, is
    /// the same.
    pub fn fit_kept(data: &Interactions, config: &Gru4RecConfig, kept: Option<&Path>) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network = Gru::new(shape).expect("a shape that a network can have");
        Self(Sequence::fit(data, network, training, kept))
    }

    /// Goes on from this one, trained on `data` as it was up to `since`, a
    /// second: its first items, and what was done by then. It stays what it was
    /// where that predicts nothing better of what was done since.
    #[must_use]
    pub fn updated(&self, data: &Interactions, since: i64, config: &Gru4RecConfig) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network = Gru::new(shape).expect("a shape that a network can have");
        let updated = self.0.updated(data, since, network, training);
        updated.map_or_else(|| Self::fit(data, config), Self)
    }
}

impl Model for Gru4Rec {
    type Config = Gru4RecConfig;

    fn fit(data: &Interactions, config: &Gru4RecConfig) -> Self {
        Self::fit_kept(data, config, None)
    }

    fn scores(&self, history: &[Event], out: &mut [f32]) {
        self.0.scores(history, out);
    }
}
