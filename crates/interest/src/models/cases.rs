//! What is held back from a training to see how good it is.

use super::{Event, Interactions};
use std::collections::BTreeMap;

/// One question with its answer: what comes after this history?
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The person, by their number.
    pub person: usize,
    /// What they had done by then, oldest first.
    pub history: Vec<Event>,
    /// The item they turned to next.
    pub target: u32,
    /// When they did.
    pub at: i64,
}

impl Case {
    /// Place of the target among all items that are not in the history, from
    /// 1, by the scores of all. Items of an equal score come before it: a tie
    /// is no success. A target that was in the history has no rank.
    pub fn rank(&self, scores: &[f32]) -> Option<usize> {
        let own = scores[self.target as usize];
        let before = |score: &f32| *score >= own || own.is_nan();
        let mut rank = scores.iter().filter(|score| before(score)).count();
        let mut seen: Vec<u32> = self.history.iter().map(|event| event.item).collect();
        seen.sort_unstable();
        seen.dedup();
        if seen.binary_search(&self.target).is_ok() {
            return None;
        }
        rank -= seen.iter().filter(|item| before(&scores[**item as usize])).count();
        Some(rank)
    }

    /// NDCG@10, there being one target.
    pub fn ndcg(&self, scores: &[f32]) -> f64 {
        match self.rank(scores) {
            Some(rank) if rank <= 10 => 1.0 / (rank as f64 + 1.0).log2(),
            _ => 0.0,
        }
    }
}

/// How interactions are held back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Split {
    /// The last liked event of everybody who has two or more.
    LeaveOneOut,
    /// All of the last tenth of the time line, by number of events; at most
    /// [`MOST_CASES`] cases a person, the first ones after the cut, each with
    /// all that the person did before it.
    Time,
    /// All that was done after this second, with as many cases a person; what
    /// the person had done something with before it is no case.
    Since(i64),
}

/// Cases that one person may have in a split by time.
pub const MOST_CASES: usize = 10;

impl Split {
    /// What may be learned from, and the cases. In a split by time, events of
    /// the same second as the cut are kept in the training.
    pub fn of(self, data: &Interactions) -> (Interactions, Vec<Case>) {
        let cut = match self {
            Self::LeaveOneOut => i64::MAX,
            Self::Since(second) => second,
            Self::Time => {
                let mut times: Vec<i64> = data.events().map(|event| event.at).collect();
                times.sort_unstable();
                times.get((times.len() * 9 / 10).saturating_sub(1)).copied().unwrap_or(i64::MAX)
            }
        };
        let mut cases = Vec::new();
        let histories = data.histories.iter().enumerate().map(|(person, history)| {
            let liked = |event: &Event| event.weight > 0.0;
            let kept = match self {
                Self::LeaveOneOut if history.iter().filter(|event| liked(event)).count() < 2 => {
                    history.len()
                }
                Self::LeaveOneOut => history.iter().rposition(liked).unwrap_or(history.len()),
                Self::Time | Self::Since(_) => history.partition_point(|event| event.at <= cut),
            };
            let is_new = |event: &Event| match self {
                Self::Since(second) => event.first > second,
                Self::LeaveOneOut | Self::Time => true,
            };
            let asked = (kept..history.len())
                .filter(|place| liked(&history[*place]) && is_new(&history[*place]));
            let asked = asked.take(MOST_CASES);
            cases.extend(asked.map(|place| Case {
                person,
                history: history[..place].to_vec(),
                target: history[place].item,
                at: history[place].at,
            }));
            history[..kept].to_vec()
        });
        let content = data.content.clone();
        (Interactions { histories: histories.collect(), items: data.items, content }, cases)
    }
}

/// The mean row of each person, in the order of their numbers: people count the
/// same, however many cases they have.
pub fn by_person<'a>(rows: impl Iterator<Item = (&'a Case, Vec<f64>)>) -> Vec<Vec<f64>> {
    let mut people: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
    for (case, row) in rows {
        people.entry(case.person).or_default().push(row);
    }
    let mean = |rows: Vec<Vec<f64>>| -> Vec<f64> {
        let sum = |place: usize| rows.iter().map(|row| row[place]).sum::<f64>();
        (0..rows[0].len()).map(|place| sum(place) / rows.len() as f64).collect()
    };
    people.into_values().map(mean).collect()
}

/// Mean of values and its standard error; infinite where there is but one.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let error = if count > 1.0 { (squares / (count - 1.0) / count).sqrt() } else { f64::INFINITY };
    (mean, error)
}

#[cfg(test)]
mod tests {
    use super::super::interactions::tests::liked;
    use super::*;

    #[test]
    fn the_last_is_left_out_of_those_who_have_two() {
        let (train, cases) = Split::LeaveOneOut.of(&liked(&[&[0, 1, 2], &[3], &[]], 4));
        let sizes: Vec<usize> = train.histories.iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1, 0]);
        assert_eq!(cases.len(), 1);
        assert_eq!((cases[0].target, cases[0].history.len(), cases[0].person), (2, 2, 0));
    }

    #[test]
    fn seen_items_take_no_place_and_ties_count_against() {
        let (_, cases) = Split::LeaveOneOut.of(&liked(&[&[0, 0, 1]], 5));
        assert_eq!(cases[0].rank(&[0.9, 0.5, 0.8, 0.5, f32::NAN]), Some(3));
        assert_eq!(cases[0].ndcg(&[0.9, 0.5, 0.8, 0.5, 0.1]), 0.5);
        assert_eq!(cases[0].rank(&[0.0, f32::NAN, 0.0, 0.0, 0.0]), Some(4));
        let (_, again) = Split::LeaveOneOut.of(&liked(&[&[0, 0]], 5));
        assert_eq!((again[0].rank(&[1.0; 5]), again[0].ndcg(&[1.0; 5])), (None, 0.0));
    }

    #[test]
    fn what_is_done_again_is_no_case() {
        // Seconds 1 to 4; the third is of a video that was begun in the first.
        let mut data = liked(&[&[0, 1, 2, 3]], 4);
        let seconds: Vec<i64> = data.histories[0].iter().map(|event| event.at).collect();
        data.histories[0][2].first = seconds[0];
        let (train, cases) = Split::Since(seconds[1]).of(&data);
        assert_eq!((train.histories[0].len(), train.newest()), (2, seconds[1]));
        let targets: Vec<u32> = cases.iter().map(|case| case.target).collect();
        assert_eq!(targets, [3]);
        assert_eq!(cases[0].history.len(), 3, "all that was done before");
    }

    #[test]
    fn nothing_after_the_cut_is_learned() {
        let mut data = liked(&[&[0, 1, 2, 3, 4, 5, 6, 7], &[0, 1]], 8);
        for event in &mut data.histories[1] {
            event.at += 50;
        }
        let (train, cases) = Split::Time.of(&data);
        let sizes: Vec<usize> = train.histories.iter().map(Vec::len).collect();
        assert_eq!((sizes, train.newest()), (vec![8, 1], 50));
        assert_eq!(cases.len(), 1);
        assert_eq!((cases[0].target, cases[0].history[0].item), (1, 0));
        let timeless = liked(&[&[0], &[0]], 1);
        assert!(Split::Time.of(&timeless).1.is_empty(), "without times nothing is later");
    }
}
