//! What everybody likes: the floor under every other model, and the answer to
//! a person of whom nothing is known.

use super::{Event, Interactions, Model};
use crate::half_life;
use serde::{Deserialize, Serialize};

const DAY: f64 = 86_400.0;

/// Which likes count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum PopularityConfig {
    /// All, evenly.
    AllTime,
    /// All; one counts half for every so many days before the newest event.
    HalfLife(f64),
    /// Those of so many days before the newest event.
    Days(f64),
}

/// The same score for everybody. Where nothing recent is known, popularity of
/// all time decides.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Popularity {
    scores: Vec<f32>,
}

impl Popularity {
    /// The score of an item; above 0 if anybody ever liked it.
    pub(crate) fn of(&self, item: u32) -> f32 {
        self.scores[item as usize]
    }
}

impl Model for Popularity {
    type Config = PopularityConfig;

    fn fit(data: &Interactions, config: &PopularityConfig) -> Self {
        let newest = data.newest();
        let all_time = data.popularity();
        let people = data.histories.len().max(1) as f32;
        let mut scores = vec![0.0; data.items];
        for event in data.events().filter(|event| event.weight > 0.0) {
            let days = (newest - event.at) as f64 / DAY;
            let share = match *config {
                PopularityConfig::AllTime => 0.0,
                PopularityConfig::HalfLife(half_life) => half_life::left(days, half_life),
                PopularityConfig::Days(window) => f64::from(u8::from(days <= window)),
            };
            scores[event.item as usize] += share * f64::from(event.weight);
        }
        let scores = scores.iter().zip(&all_time);
        // Below the least that a recent event adds, and in its order.
        let scores = scores.map(|(recent, all)| *recent as f32 + 1e-3 * all / people).collect();
        Self { scores }
    }

    fn scores(&self, _history: &[Event], _at: i64, out: &mut [f32]) {
        out.copy_from_slice(&self.scores);
    }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::event;
    use super::*;

    #[test]
    fn recent_windows_forget_and_all_time_does_not() {
        let days = |item, days: i64| event(item, days * 86_400);
        let histories = vec![vec![days(0, 0), days(1, 30)], vec![days(0, 0)], vec![days(0, 1)]];
        let data = Interactions { histories, items: 3, ..Interactions::default() };
        let scores = |config| {
            let mut out = vec![0.0; 3];
            Popularity::fit(&data, &config).scores(&[], 99, &mut out);
            out
        };
        let all_time = scores(PopularityConfig::AllTime);
        assert!(all_time[0] > all_time[1] && all_time[1] > all_time[2]);
        for config in [PopularityConfig::Days(7.0), PopularityConfig::HalfLife(7.0)] {
            let recent = scores(config);
            assert!(recent[1] > recent[0] && recent[0] > recent[2], "{config:?}: {recent:?}");
        }
    }
}
