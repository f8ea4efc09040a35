//! A Transformer over what a person did, in order.

use super::sequence::{Sequence, Settings};
use super::size::Size;
use super::{Event, Fitted, Interactions, Model, Run};
use serde::{Deserialize, Serialize};
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
    /// [`Model::fit`], going on from a Transformer of the run's earlier models, if there is one.
    pub fn fit_in(data: &Interactions, config: &TransformerConfig, run: &Run<'_>) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network =
            vireo_learn::Transformer::new(shape).expect("a shape that a network can have");
        let of_kind = |model| match model {
            &Fitted::Transformer(Self(ref network)) => Some(network),
            _ => None,
        };
        let earlier = run.before.and_then(|before| before.find(of_kind));
        Self(Sequence::fit("transformer", data, network, training, earlier, run))
    }
}

impl Model for Transformer {
    type Config = TransformerConfig;

    fn fit(data: &Interactions, config: &TransformerConfig) -> Self {
        Self::fit_in(data, config, &Run::default())
    }

    fn scores(&self, history: &[Event], at: i64, out: &mut [f32]) {
        self.0.scores(history, at, out);
    }
}
