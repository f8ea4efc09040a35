//! How long what was liked counts, told by what was liked next: in a person's
//! interests, and in what is popular.

use crate::models::{Event, Interactions, mean_and_error};

/// Days that interests last, where nothing says otherwise.
pub(crate) const DEFAULT: f64 = 30.0;

/// Days that popularity lasts, where nothing says otherwise.
pub(crate) const POPULAR: f64 = 14.0;

/// Days that are tried beside the default, of interests and of popularity; the
/// last is for good.
const TRIED: [f64; 8] = [1.0, 3.0, 7.0, 14.0, 60.0, 120.0, 365.0, 36_500.0];
const TRIED_POPULAR: [f64; 9] = [1.0, 3.0, 7.0, 30.0, 60.0, 120.0, 365.0, 1_500.0, 36_500.0];

/// The first likings of a person, which are what popularity must foretell: of
/// later ones their own say more.
const FIRST: usize = 5;

/// The share of what everybody likes in what a person is said to like next: no
/// topic is out of the question.
const OF_ALL: f64 = 0.1;

/// Less is no gain.
const ROUNDING: f64 = 1e-6;

/// A growing weight begins anew from here.
const LARGEST: f64 = 1e100;

const DAY: f64 = 86_400.0;

/// People of whom something was foretold, at least.
const FEWEST: usize = 30;

/// What is left of something after so many days.
pub(crate) fn left(days: f64, half_life_days: f64) -> f64 {
    0.5_f64.powf(days.max(0.0) / half_life_days)
}

/// The half-life of interests by which topics of what people liked next were
/// foretold best: the mean over people of the mean logarithm of the share that
/// the topic had among what they had liked by then, older likings halved as
/// [`crate::build_map`] does, and a little of what everybody likes. It is the
/// default where none is better by more than a standard error; `None` where too
/// little can be foretold. `topic_of` gives the topic of an item, below `topics`.
pub(crate) fn fitted(
    data: &Interactions,
    topic_of: &[Option<usize>],
    topics: usize,
) -> Option<f64> {
    let mut of_all = vec![1.0; topics];
    let liked = |event: &&Event| event.weight > 0.0;
    for event in data.events().filter(liked) {
        if let Some(topic) = topic_of[event.item as usize] {
            of_all[topic] += 1.0;
        }
    }
    let sum: f64 = of_all.iter().sum();
    for count in &mut of_all {
        *count /= sum;
    }
    let told = |days: f64| -> Vec<Option<f64>> {
        let person = |history: &Vec<Event>| foretold(history, topic_of, &of_all, days);
        data.histories.iter().map(person).collect()
    };
    best(DEFAULT, &TRIED, told)
}

/// The half-life of popularity by which what people liked first was foretold
/// best: the mean over people of the mean logarithm of the share that it had
/// among what everybody had liked by then, older likings halved, and a little of
/// the same with all counted alike. Chosen as in [`fitted`].
pub(crate) fn of_popularity(data: &Interactions) -> Option<f64> {
    let mut likings: Vec<(usize, usize, &Event)> = Vec::new();
    for (person, history) in data.histories.iter().enumerate() {
        let liked = history.iter().filter(|event| event.weight > 0.0);
        likings.extend(liked.enumerate().map(|(turn, event)| (person, turn, event)));
    }
    likings.sort_by_key(|(_, _, event)| event.at);
    let told = |days: f64| -> Vec<Option<f64>> {
        let mut foretold = vec![(0.0, 0); data.histories.len()];
        let (mut recent, mut all) = (vec![0.0; data.items], vec![1.0; data.items]);
        // What a liking adds grows, in place of all that was before fading.
        let (mut sum, mut worth, mut newest) = (0.0, 1.0, None);
        for (count, (person, turn, event)) in likings.iter().enumerate() {
            let item = event.item as usize;
            let days_between = newest.map_or(0.0, |newest| (event.at - newest) as f64 / DAY);
            worth /= left(days_between, days).max(1.0 / LARGEST);
            newest = Some(event.at);
            if worth > LARGEST {
                for weight in &mut recent {
                    *weight /= worth;
                }
                sum /= worth;
                worth = 1.0;
            }
            if *turn < FIRST && count > 0 {
                let of_all = all[item] / (count + data.items) as f64;
                let share = (1.0 - OF_ALL) * recent[item] / sum + OF_ALL * of_all;
                foretold[*person].0 += share.ln();
                foretold[*person].1 += 1;
            }
            recent[item] += worth;
            sum += worth;
            all[item] += 1.0;
        }
        let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
        foretold.into_iter().map(mean).collect()
    };
    best(POPULAR, &TRIED_POPULAR, told)
}

/// The days of `tried` by which people were foretold best (`told(days)`, a figure
/// for each person of whom there is one); `default` where none is better by more than a
/// standard error, `None` where there are too few people.
fn best(default: f64, tried: &[f64], told: impl Fn(f64) -> Vec<Option<f64>>) -> Option<f64> {
    let by_default = told(default);
    if by_default.iter().flatten().count() < FEWEST {
        return None;
    }
    let gain = |days: f64| {
        let pairs = told(days).into_iter().flatten().zip(by_default.iter().flatten());
        mean_and_error(&pairs.map(|(own, other)| own - other).collect::<Vec<f64>>())
    };
    let tried = tried.iter().map(|days| (*days, gain(*days)));
    let clear = tried.filter(|(_, (gain, error))| *gain > error.max(ROUNDING));
    let best = clear.max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0));
    Some(best.map_or(default, |(days, _)| days))
}

/// The mean logarithm of a person's next topics' shares; `None` with fewer than two likings.
fn foretold(
    history: &[Event],
    topic_of: &[Option<usize>],
    of_all: &[f64],
    days: f64,
) -> Option<f64> {
    let mut own = vec![0.0; of_all.len()];
    let (mut sum, mut count, mut newest) = (0.0, 0, None);
    for event in history.iter().filter(|event| event.weight > 0.0) {
        let Some(topic) = topic_of[event.item as usize] else { continue };
        if let Some(newest) = newest {
            let total: f64 = own.iter().sum();
            sum += ((1.0 - OF_ALL) * own[topic] / total + OF_ALL * of_all[topic]).ln();
            count += 1;
            let left = left((event.at - newest) as f64 / DAY, days);
            for weight in &mut own {
                *weight *= left;
            }
        }
        own[topic] += f64::from(event.weight).max(1e-6);
        newest = Some(event.at);
    }
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Interactions;
    use vireo_domain::FeedbackKind;

    /// People who like one topic for some days and then another, of as many as
    /// they care for; items are as many as topics.
    fn people(days: i64, topics: u32) -> Interactions {
        let mut random = fastrand::Rng::with_seed(4);
        let mut history = || {
            let (first, mut topic) = (random.u32(..topics), 0);
            let step = |day: i64| {
                if day % days == 0 {
                    topic = (first + random.u32(..topics.div_ceil(2))) % topics;
                }
                let at = day * 86_400;
                Event { item: topic, kind: FeedbackKind::Like, weight: 1.0, at, first: at }
            };
            (0..200).map(step).collect()
        };
        let histories = (0..40).map(|_| history()).collect();
        Interactions { histories, items: topics as usize, ..Interactions::default() }
    }

    #[test]
    fn who_changes_soon_is_forgotten_soon() {
        let topic_of: Vec<Option<usize>> = (0..6).map(Some).collect();
        let of = |days| fitted(&people(days, 6), &topic_of, 6).expect("enough");
        assert!(of(5) <= 3.0, "{}", of(5));
        assert!(of(1) >= 120.0, "each day another of three: {}", of(1));
        let mut few = people(5, 6);
        few.histories.truncate(20);
        assert_eq!(fitted(&few, &topic_of, 6), None);
        assert_eq!(fitted(&people(5, 6), &[None; 6], 6), None, "of no topic");
    }

    /// People who come one a day and like five videos of twenty; after so many
    /// `days` it is five others.
    fn newcomers(days: i64, gap: i64) -> Interactions {
        let history = |person: i64| {
            let of = |turn: i64| Event {
                item: ((person / days * 5 + (person + turn) % 5) % 20) as u32,
                kind: FeedbackKind::Like,
                weight: 1.0,
                at: person * gap,
                first: person * gap,
            };
            (0..5).map(of).collect()
        };
        let histories = (0..200).map(history).collect();
        Interactions { histories, items: 20, ..Interactions::default() }
    }

    #[test]
    fn what_is_popular_lasts_as_long_as_the_log_says() {
        let soon = of_popularity(&newcomers(6, 86_400)).expect("enough");
        assert!(soon <= 3.0, "{soon}");
        let late = of_popularity(&newcomers(100, 86_400)).expect("enough");
        assert!(late > soon && late <= 60.0, "{late}");
        // Always the same five: the longer, the surer.
        let always = of_popularity(&newcomers(1_000, 86_400)).expect("enough");
        assert!(always >= 120.0, "{always}");
        let mut few = newcomers(6, 86_400);
        few.histories.truncate(20);
        assert_eq!(of_popularity(&few), None);
    }

    #[test]
    fn years_without_anybody_are_no_trouble() {
        // Everything has faded when the next comes, and counts alike.
        let found = of_popularity(&newcomers(6, 86_400 * 100_000)).expect("enough");
        assert_eq!(found, 36_500.0, "only that remembers who came before the last");
    }

    #[test]
    fn without_a_difference_it_is_the_default() {
        // One topic for all, and one for each: whatever is forgotten, it is all there is.
        let own: Vec<Option<usize>> = (0..6).map(Some).collect();
        assert_eq!(fitted(&people(1_000, 6), &own, 6), Some(DEFAULT));
        assert_eq!(fitted(&people(5, 1), &[Some(0)], 1), Some(DEFAULT));
    }
}
