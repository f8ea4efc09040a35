//! A Transformer over what a person did, in order.

use super::sequence::{Sequence, Settings};
use super::size::Size;
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};
use std::path::Path;
use vireo_learn::TransformerConfig as Shape;

/// Settings of [`Transformer`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Of everything that is drawn.
    pub seed: u64,
    /// `None`: by the data, as [`TransformerConfig::settings`] says.
    pub settings: Option<Settings<Shape>>,
}

impl TransformerConfig {
    /// Settings by the data.
    pub const fn seeded(seed: u64) -> Self {
        Self { seed, settings: None }
    }

    /// What is used for some data (see `docs/decisions/042-learn.md`).
    pub fn settings(&self, data: &Interactions) -> Settings<Shape> {
        self.settings.unwrap_or_else(|| {
            let size = Size::of(data);
            let (width, hidden) = (64, 128);
            let blocks = if size.is_sparse() { 1 } else { 2 };
            let (length, dropout) = (size.length(), size.dropout());
            let shape = Shape { width, heads: 2, blocks, hidden, length, dropout };
            let parameters = blocks * width * (4 * width + 3 * hidden + length);
            Settings { shape, training: size.training(width, parameters, self.seed) }
        })
    }
}

/// The causal Transformer of [`vireo_learn`] with a softmax over all items:
/// SASRec (Kang and McAuley, 2018) with the loss of Klenitskiy and Vasilev
/// (`RecSys` 2023) and the layers of eSASRec (Tikhonovich et al., `RecSys` 2025).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transformer(Sequence<vireo_learn::Transformer>);

impl Transformer {
    /// [`Model::fit`] that, killed, goes on where it was if `kept`, a folder, is
    /// the same.
    pub fn fit_kept(data: &Interactions, config: &TransformerConfig, kept: Option<&Path>) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network =
            vireo_learn::Transformer::new(shape).expect("a shape that a network can have");
        Self(Sequence::fit(data, network, training, kept))
    }

    /// Goes on from this one, trained on `data` as it was up to `since`, a
    /// second: its first items, and what was done by then. It stays what it was
    /// where that predicts nothing better of what was done since.
    #[must_use]
    pub fn updated(&self, data: &Interactions, since: i64, config: &TransformerConfig) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network =
            vireo_learn::Transformer::new(shape).expect("a shape that a network can have");
        let updated = self.0.updated(data, since, network, training);
        updated.map_or_else(|| Self::fit(data, config), Self)
    }
}

impl Model for Transformer {
    type Config = TransformerConfig;

    fn fit(data: &Interactions, config: &TransformerConfig) -> Self {
        Self::fit_kept(data, config, None)
    }

    fn scores(&self, history: &[Event], out: &mut [f32]) {
        self.0.scores(history, out);
    }
}
