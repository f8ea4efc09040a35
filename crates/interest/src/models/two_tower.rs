//! From a person's history into what videos are about: the learned map.

use super::autoencoder::{AutoencoderConfig, Trained};
use super::size::WITHOUT;
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};
use vireo_learn::Without;

/// Settings of [`TwoTower`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TwoTowerConfig {
    /// Of the network and its training.
    pub training: AutoencoderConfig,
    /// Whether an item is known by its number beside its content.
    pub ids: bool,
}

impl TwoTowerConfig {
    /// Content and numbers together.
    pub const fn fused(seed: u64) -> Self {
        Self { training: AutoencoderConfig::seeded(seed), ids: true }
    }

    /// Content alone.
    pub const fn content_only(seed: u64) -> Self {
        Self { ids: false, ..Self::fused(seed) }
    }
}

/// A tower for people and one for items, which meet in one space: an item comes
/// there by a learned map of its [`super::Content`], to which what its number
/// says is added; a person by the items they liked. The towers are trained as
/// the autoencoder of [`super::Vae`]. In each step some items are without their
/// number, so an item that nobody has liked yet has a score as good as its
/// content can give. Items of which there is neither content nor a liking come
/// last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TwoTower(Trained);

impl Model for TwoTower {
    type Config = TwoTowerConfig;

    fn fit(data: &Interactions, config: &TwoTowerConfig) -> Self {
        let mut training = config.training;
        training.shape.without = if config.ids { WITHOUT } else { Without { ids: 1.0, ..WITHOUT } };
        Self(Trained::fit(data, &training))
    }

    fn scores(&self, history: &[Event], _at: i64, out: &mut [f32]) {
        self.0.scores(history, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, worlds};
    use super::super::{Base, Run};
    use super::*;

    #[test]
    fn what_is_new_is_found_by_what_it_is_about() {
        for config in [TwoTowerConfig::fused(1), TwoTowerConfig::content_only(1)] {
            let training = AutoencoderConfig { rate: 1e-2, ..config.training };
            let fitted = Base::TwoTower(TwoTowerConfig { training, ..config })
                .fit(&worlds(), &Run::default());
            let mut out = vec![f32::NAN; 21];
            fitted.model().scores(&[event(11, 1), event(12, 2)], 99, &mut out);
            assert!(out[19] > out[9], "{config:?}: {out:?}");
            assert!((0..9).all(|other| out[19] > out[other]), "{config:?}: {out:?}");
            assert!((0..20).all(|other| out[other] > out[20]), "nothing is known of it: {out:?}");
            fitted.model().scores(&[event(9, 1)], 99, &mut out);
            assert!((10..19).all(|other| out[0] > out[other]), "a new one is read: {out:?}");
        }
    }

    #[test]
    fn without_content_numbers_are_enough() {
        let data = worlds().without_content();
        let mut out = vec![f32::NAN; 21];
        let config = TwoTowerConfig::fused(1);
        let training = AutoencoderConfig { rate: 1e-2, ..config.training };
        let model = TwoTower::fit(&data, &TwoTowerConfig { training, ..config });
        model.scores(&[event(11, 1), event(12, 2)], 99, &mut out);
        assert!((0..9).all(|other| out[10] > out[other]), "{out:?}");
    }
}
