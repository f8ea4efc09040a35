//! A variational autoencoder over what a person liked, in no order.

use super::autoencoder::{AutoencoderConfig, Trained};
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};

/// Mult-VAE (Liang et al., Variational Autoencoders for Collaborative
/// Filtering, WWW 2018): what somebody likes is read with half of it left out,
/// and all of it is to be found again. What items are about is not looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vae(Trained);

impl Model for Vae {
    type Config = AutoencoderConfig;

    fn fit(data: &Interactions, config: &AutoencoderConfig) -> Self {
        Self(Trained::fit(&data.without_content(), config))
    }

    fn scores(&self, history: &[Event], _at: i64, out: &mut [f32]) {
        self.0.scores(history, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, liked};
    use super::*;

    /// Two worlds that share nobody: each item's likely neighbours are its own.
    fn worlds(people: u32) -> Interactions {
        let row = |person: u32| -> Vec<u32> {
            (0..6).filter(|item| *item != person / 2 % 6).map(|i| i + 6 * (person % 2)).collect()
        };
        let rows: Vec<Vec<u32>> = (0..people).map(row).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        liked(&rows, 13)
    }

    #[test]
    fn a_stranger_gets_the_items_of_their_world() {
        // With many people it stops by itself, with few after a third.
        for people in [60, 600] {
            let config = AutoencoderConfig { rate: 1e-2, ..AutoencoderConfig::seeded(1) };
            let model = Vae::fit(&worlds(people), &config);
            let mut out = vec![f32::NAN; 13];
            model.scores(&[event(7, 1), event(8, 2)], 99, &mut out);
            let best_other = out[..6].iter().copied().fold(f32::MIN, f32::max);
            assert!(out[6..12].iter().all(|score| *score > best_other), "{people}: {out:?}");
            assert!(out[12] < out[6], "what nobody likes: {out:?}");
            model.scores(&[], 99, &mut out);
            assert!(out.iter().all(|score| score.is_finite()), "nothing known: {out:?}");
            if people == 60 {
                assert_eq!(model, Vae::fit(&worlds(people), &config), "a seed repeats it");
            }
        }
    }

    #[test]
    fn what_is_beyond_the_cap_comes_last() {
        let mut data = worlds(60);
        data.histories.iter_mut().step_by(3).for_each(Vec::clear);
        data.histories.push(vec![event(12, 1)]);
        let config = AutoencoderConfig { most_items: 12, ..AutoencoderConfig::seeded(1) };
        let mut out = vec![0.0; 13];
        Vae::fit(&data, &config).scores(&[event(12, 3), event(1, 4)], 99, &mut out);
        assert!((0..12).all(|item| out[item] > out[12]), "{out:?}");
    }

    #[test]
    fn a_training_that_breaks_down_leaves_answers() {
        let config = AutoencoderConfig { rate: f32::MAX, ..AutoencoderConfig::seeded(1) };
        let mut out = vec![f32::NAN; 13];
        Vae::fit(&worlds(20), &config).scores(&[event(0, 1)], 99, &mut out);
        assert!(out.iter().all(|score| score.is_finite()), "{out:?}");
    }
}
