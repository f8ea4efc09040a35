//! A recurrent network over what a person did, in order.

use super::sequence::{Sequence, Settings};
use super::size::Size;
use super::{Event, Fitted, Interactions, Model, Run};
use serde::{Deserialize, Serialize};
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
    /// [`Model::fit`], going on from a GRU4Rec of the run's earlier models, if there is one.
    pub fn fit_in(data: &Interactions, config: &Gru4RecConfig, run: &Run<'_>) -> Self {
        let Settings { shape, training } = config.settings(data);
        let network = Gru::new(shape).expect("a shape that a network can have");
        let of_kind = |model| match model {
            &Fitted::Gru4Rec(Self(ref network)) => Some(network),
            _ => None,
        };
        let earlier = run.before.and_then(|before| before.find(of_kind));
        Self(Sequence::fit("gru4rec", data, network, training, earlier, run))
    }
}

impl Model for Gru4Rec {
    type Config = Gru4RecConfig;

    fn fit(data: &Interactions, config: &Gru4RecConfig) -> Self {
        Self::fit_in(data, config, &Run::default())
    }

    fn scores(&self, history: &[Event], at: i64, out: &mut [f32]) {
        self.0.scores(history, at, out);
    }
}
