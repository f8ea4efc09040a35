//! A Transformer over what a person did, in order.

use super::sequence::{Sequence, Settings};
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};
use vireo_learn::{AdamConfig, TrainingConfig, TransformerConfig as Shape};

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
            let length = length(data);
            let shape = Shape { width: 64, heads: 2, blocks: 2, hidden: 128, length, dropout: 0.3 };
            Settings { shape, training: training(data, self.seed) }
        })
    }
}

/// The causal Transformer of [`vireo_learn`] with a softmax over all items:
/// SASRec (Kang and McAuley, 2018) with the loss of Klenitskiy and Vasilev
/// (`RecSys` 2023) and the layers of eSASRec (Tikhonovich et al., `RecSys` 2025).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transformer(Sequence<vireo_learn::Transformer>);

impl Model for Transformer {
    type Config = TransformerConfig;

    fn fit(data: &Interactions, config: &TransformerConfig) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network =
            vireo_learn::Transformer::new(shape).expect("a shape that a network can have");
        Self(Sequence::fit(data, network, training))
    }

    fn scores(&self, history: &[Event], out: &mut [f32]) {
        self.0.scores(history, out);
    }
}

/// How far back it looks. Longer is slower and not better where histories are
/// of a hundred events; only where they are much longer is more tried.
pub(super) fn length(data: &Interactions) -> usize {
    let mean = data.events().count() / data.histories.len().max(1);
    match mean {
        0..=150 => 50,
        151..=400 => 100,
        _ => 200,
    }
}

/// Some fifty steps an epoch, of a batch that keeps all cores busy at most. A
/// softmax over everything is exact, and affordable up to some ten thousand items.
pub(super) fn training(data: &Interactions, seed: u64) -> TrainingConfig {
    let events = data.events().count();
    TrainingConfig {
        batch: (events / 50).clamp(64, 12_800),
        negatives: (data.items > 20_000).then_some(2_048),
        epochs: 30,
        patience: 6,
        adam: AdamConfig { rate: 2e-3, ..AdamConfig::default() },
        seed,
    }
}
