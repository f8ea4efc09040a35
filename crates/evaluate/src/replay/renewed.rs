//! `vireo evaluate --new`: as if some videos had just come.

use super::{Options, Replay};
use crate::{Error, Result};
use fastrand::Rng;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use vireo_domain::{Feedback, Timestamp, VideoId};
use vireo_recommend::Snapshot;

/// Seconds of a year.
const YEAR: i64 = 365 * 86_400;

/// The log and the catalogue as if some videos, which the seed draws, had come
/// after the cut, each before anybody did anything with it, and all others long
/// before.
pub(super) fn renewed(options: &Options<'_>) -> Result<(Vec<Feedback>, Snapshot)> {
    let Options { log, new, seed, now, snapshot, .. } = *options;
    if !(0.0..1.0).contains(&new) {
        return Err(Error::Nothing(format!("{new} is no share of the videos, 0 to below 1")));
    }
    let videos: BTreeSet<&VideoId> = log.iter().map(|action| &action.video).collect();
    let mut videos: Vec<&VideoId> = videos.into_iter().collect();
    Rng::with_seed(seed).shuffle(&mut videos);
    videos.truncate((videos.len() as f64 * new).round() as usize);
    let new: HashSet<&VideoId> = videos.into_iter().collect();
    // With less before it the cut comes later, and there may be more before it.
    let mut log = log.to_vec();
    let cut = loop {
        let (cut, before) = (Replay::new(&log, now)?.cut, log.len());
        log.retain(|action| action.at.as_second() > cut || !new.contains(&action.video));
        if log.len() == before {
            break cut;
        }
    };
    let mut came: HashMap<VideoId, i64> = HashMap::new();
    for action in log.iter().filter(|action| new.contains(&action.video)) {
        let first = came.entry(action.video.clone()).or_insert(i64::MAX);
        *first = action.at.as_second().min(*first);
    }
    let mut snapshot = snapshot.clone();
    for item in &mut snapshot.items {
        // A second before, for a list may have what came before it.
        let came = came.get(&item.video.id).map_or(cut - YEAR, |first| first - 1);
        let video = &mut Arc::make_mut(item).video;
        video.added_at = Timestamp::from_second(came).unwrap_or_default();
        video.published_at = Some(video.added_at);
    }
    Ok((log, snapshot))
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::super::tests::{ring, with_options};
    use super::*;
    use crate::Report;
    use crate::recommend::table;
    use vireo_recommend::Item;

    #[test]
    fn of_new_videos_nothing_was_learned() {
        let log = ring();
        let rows = |new: f64| {
            with_options(&log, |options| {
                let options = Options { new, ..options.clone() };
                run(&options, Report::new("evaluate", Vec::new()), &|_, _| {})
            })
        };
        let count = |report: &Report, age: &str| {
            let split = Some(format!("time, item {age}"));
            let row = report.results.iter().find(|row| row.split == split);
            row.map_or(0, |row| row.count)
        };
        let (all, some) = (rows(0.0).expect("measured"), rows(0.3).expect("measured"));
        assert_eq!(count(&all, "liked by nobody"), 0, "{}", table(&all));
        assert!(count(&all, "under 30 days") > 0);
        assert!(count(&some, "liked by nobody") > 2, "{}", table(&some));
        let error = rows(1.5).expect_err("no share").to_string();
        assert!(error.contains("1.5 is no share"), "{error}");
        with_options(&log, |options| {
            let (log, snapshot) =
                renewed(&Options { new: 0.3, ..options.clone() }).expect("a share");
            let first = |video: &VideoId| {
                let actions = log.iter().filter(|action| action.video == *video);
                actions.map(|action| action.at).min()
            };
            let cut = Replay::new(&log, options.now).expect("cases").cut;
            let is_new = |item: &&Arc<Item>| item.video.fresh_from().as_second() >= cut - 1;
            let new: Vec<&Arc<Item>> = snapshot.items.iter().filter(is_new).collect();
            assert!((3..=9).contains(&new.len()), "{}", new.len());
            assert!(new.iter().all(|item| first(&item.video.id) > Some(item.video.added_at)));
        });
    }
}
