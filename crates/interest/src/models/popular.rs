//! Popularity with decay.

use crate::evidence;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vireo_domain::{Feedback, Timestamp, UserId, VideoId};

/// How popular each video is: the decayed liking of all people.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Popular {
    /// Score by video, above 0.
    pub scores: HashMap<VideoId, f64>,
}

impl Popular {
    /// From the log. Each person counts once for a video (so nobody makes it
    /// popular alone), positive liking only, half after `half_life_days`.
    ///
    /// The clock starts at the newest action, so that the popularity of an old,
    /// imported log never fades to nothing; actions from the future count as `now`.
    pub fn train<'a>(
        log: impl IntoIterator<Item = &'a Feedback>,
        half_life_days: f64,
        now: Timestamp,
    ) -> Self {
        let liked = liked_by_person(log);
        let newest = liked.iter().flatten().map(|(_, _, at)| (*at).min(now)).max();
        let mut scores: HashMap<VideoId, f64> = HashMap::new();
        for (video, strength, at) in liked.iter().flatten() {
            let age = newest.map_or(0.0, |newest| newest.duration_since(*at).as_secs_f64());
            let decay = 0.5_f64.powf(age.max(0.0) / 86_400.0 / half_life_days.max(1e-3));
            // An old video stays above 0: it was watched, and that is true for good.
            let score = (strength * decay).max(f64::MIN_POSITIVE);
            match scores.get_mut(*video) {
                Some(total) => *total += score,
                None => {
                    scores.insert((*video).clone(), score);
                }
            }
        }
        Self { scores }
    }
}

/// What each person liked: video, strength and time, newest first; people in
/// the order of their ids, so that sums come out the same every time.
pub(super) fn liked_by_person<'a>(
    log: impl IntoIterator<Item = &'a Feedback>,
) -> Vec<Vec<(&'a VideoId, f64, Timestamp)>> {
    let mut people: HashMap<&UserId, Vec<&Feedback>> = HashMap::new();
    for action in log {
        people.entry(&action.user).or_default().push(action);
    }
    let mut people: Vec<(&UserId, Vec<&Feedback>)> = people.into_iter().collect();
    people.sort_unstable_by_key(|(user, _)| *user);
    let liked = people.into_iter().map(|(_, actions)| {
        let found = evidence(actions).into_iter().filter(|evidence| evidence.strength > 0.0);
        found.map(|evidence| (evidence.video, evidence.strength, evidence.at)).collect()
    });
    liked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tests::action;
    use vireo_domain::FeedbackKind::{Dislike, Finish, Like};

    const DAY: i64 = 86_400;

    fn score(popular: &Popular, video: &str) -> Option<f64> {
        popular.scores.get(&VideoId::new(video).expect("id")).copied()
    }

    #[test]
    fn fades_counts_people_and_leaves_out_the_disliked() {
        let log = [
            action("a", "old", Like, None, 0),
            action("a", "new", Like, None, 10 * DAY),
            action("a", "new", Finish, None, 10 * DAY),
            action("b", "bad", Dislike, None, 10 * DAY),
        ];
        let now = Timestamp::from_second(10 * DAY).expect("time");
        let popular = Popular::train(&log, 10.0, now);
        assert_eq!(score(&popular, "new"), Some(1.0));
        assert!((score(&popular, "old").expect("known") - 0.5).abs() < 1e-9);
        assert_eq!(score(&popular, "bad"), None);
    }

    #[test]
    fn an_old_log_keeps_its_popularity() {
        let log = [action("a", "x", Like, None, 0)];
        let now = Timestamp::from_second(50 * 365 * DAY).expect("time");
        assert_eq!(score(&Popular::train(&log, 1.0, now), "x"), Some(1.0));
        assert!(Popular::train(&[], 1.0, now).scores.is_empty());
    }

    #[test]
    fn the_future_counts_as_now() {
        let log = [action("a", "x", Like, None, 90 * DAY), action("b", "y", Like, None, DAY)];
        let popular = Popular::train(&log, 1.0, Timestamp::from_second(DAY).expect("time"));
        assert_eq!(score(&popular, "x"), score(&popular, "y"));
    }
}
