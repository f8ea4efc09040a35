//! What follows what.

use super::sparse::Rows;
use super::{Event, Interactions, Model};
use serde::{Deserialize, Serialize};

/// Which pairs of a history count as "followed by".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MarkovConfig {
    /// Steps between the two, at most: 1 is a Markov chain of order 1.
    pub reach: usize,
    /// Each further step multiplies the count by this.
    pub decay: f32,
    /// Power of both items' popularity that a count is divided by, so that
    /// what follows everything says less; 0 leaves the counts.
    pub damping: f32,
}

impl MarkovConfig {
    /// The chain of order 1.
    pub const FIRST_ORDER: Self = Self { reach: 1, decay: 1.0, damping: 0.0 };
    /// Whatever came soon after, of popular things less: a nearest-neighbour
    /// model of sequences.
    pub const TRAIL: Self = Self { reach: 5, decay: 0.7, damping: 0.3 };
}

/// How much the popularity of an item adds to its transitions: it orders what
/// has never followed.
const SMOOTHING: f32 = 1e-2;

/// Counts of what followed what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Markov {
    followers: Rows,
    popularity: Vec<f32>,
}

impl Model for Markov {
    type Config = MarkovConfig;

    fn fit(data: &Interactions, config: &MarkovConfig) -> Self {
        let mut pairs: Vec<Vec<(u32, f32)>> = vec![Vec::new(); data.items];
        for history in &data.histories {
            let liked: Vec<u32> =
                history.iter().filter(|event| event.weight > 0.0).map(|event| event.item).collect();
            for (place, item) in liked.iter().enumerate() {
                let mut count = 1.0;
                for later in liked.iter().skip(place + 1).take(config.reach) {
                    pairs[*item as usize].push((*later, count));
                    count *= config.decay;
                }
            }
        }
        let mut popularity = data.popularity();
        let damping: Vec<f32> =
            popularity.iter().map(|count| count.max(1.0).powf(-config.damping)).collect();
        let rows = pairs.into_iter().zip(&damping).map(|(mut row, from)| {
            row.sort_unstable_by_key(|(item, _)| *item);
            row.dedup_by(|next, sum| {
                let same = next.0 == sum.0;
                if same {
                    sum.1 += next.1;
                }
                same
            });
            for (item, count) in &mut row {
                *count *= from * damping[*item as usize];
            }
            row
        });
        let followers = Rows::new(data.items, rows);
        let people = data.histories.len().max(1) as f32;
        for count in &mut popularity {
            *count *= SMOOTHING / people;
        }
        Self { followers, popularity }
    }

    fn scores(&self, history: &[Event], _at: i64, out: &mut [f32]) {
        out.copy_from_slice(&self.popularity);
        for event in history {
            for (item, count) in self.followers.row(event.item as usize) {
                out[*item as usize] += event.weight * count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::{event, liked};
    use super::*;

    fn scores(config: MarkovConfig) -> Vec<f32> {
        let data = liked(&[&[0, 1, 2], &[0, 1, 3], &[3, 0, 2]], 5);
        let mut out = vec![0.0; 5];
        Markov::fit(&data, &config).scores(&[event(0, 9)], 99, &mut out);
        out
    }

    #[test]
    fn what_followed_most_often_is_first() {
        let first = scores(MarkovConfig::FIRST_ORDER);
        assert!(first[1] > first[2] && first[2] > first[3], "{first:?}");
        assert!(first[3] > first[4], "popularity orders what never followed: {first:?}");
        let trail = scores(MarkovConfig { damping: 0.0, ..MarkovConfig::TRAIL });
        assert!((trail[2] - trail[3] - 1.0).abs() < 1e-2, "{trail:?}");
    }
}
