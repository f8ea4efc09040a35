//! What a person's actions on a video come to.

use crate::models::Event;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use vireo_domain::{Feedback, FeedbackKind, Timestamp, VideoId};

/// What a person's actions on one video come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence<'a> {
    /// The video.
    pub video: &'a VideoId,
    /// The action that decides.
    pub kind: FeedbackKind,
    /// Its strength, -1 to 1 ([`Feedback::strength`]); never 0.
    pub strength: f64,
    /// The newest action on the video.
    pub at: Timestamp,
    /// The oldest.
    pub first: Timestamp,
}

impl Evidence<'_> {
    /// As models see it, who number its video so.
    pub fn event(&self, item: u32) -> Event {
        let (kind, weight) = (self.kind, self.strength as f32);
        Event { item, kind, weight, at: self.at.as_second(), first: self.first.as_second() }
    }
}

/// One piece of evidence for each video, newest first.
///
/// Starting, watching and finishing a video is one liking, not three, so the
/// actions on a video are not added up: the newest explicit judgement (like,
/// dislike, hide, rating) decides, and without one the action that says most.
/// Impressions say nothing, nor does a start when it is known how much was
/// watched: who left after a tenth has started it, too. What was taken back
/// ([`FeedbackKind::Unhide`]) is as if it had never been.
pub fn evidence<'a>(actions: impl IntoIterator<Item = &'a Feedback>) -> Vec<Evidence<'a>> {
    let mut actions: Vec<&Feedback> =
        actions.into_iter().filter(|action| action.kind != FeedbackKind::Impression).collect();
    let mut taken_back: HashMap<&VideoId, Timestamp> = HashMap::new();
    for action in actions.iter().filter(|action| action.kind == FeedbackKind::Unhide) {
        let last = taken_back.entry(&action.video).or_insert(action.at);
        *last = action.at.max(*last);
    }
    actions.retain(|action| match action.kind {
        FeedbackKind::Unhide => false,
        FeedbackKind::Hide => taken_back.get(&action.video).is_none_or(|last| action.at > *last),
        _ => true,
    });
    actions.sort_by_key(|action| Reverse(action.at));
    let mut places: HashMap<&VideoId, usize> = HashMap::with_capacity(actions.len());
    let mut found: Vec<Evidence<'a>> = Vec::new();
    for Feedback { video, kind, at, .. } in &actions {
        places.entry(video).or_insert_with(|| {
            found.push(Evidence { video, kind: *kind, strength: 0.0, at: *at, first: *at });
            found.len() - 1
        });
    }
    let is_watch = |action: &&&Feedback| action.kind == FeedbackKind::Watch;
    let watched: HashSet<&VideoId> =
        actions.iter().filter(is_watch).map(|action| &action.video).collect();
    for action in actions {
        let known = &mut found[places[&action.video]];
        known.first = action.at;
        if action.kind == FeedbackKind::Start && watched.contains(&action.video) {
            continue;
        }
        let strength = action.strength();
        let settled = known.strength != 0.0 && is_judgement(known.kind);
        if !settled && (is_judgement(action.kind) || strength.abs() > known.strength.abs()) {
            known.kind = action.kind;
            known.strength = strength;
        }
    }
    found.retain(|evidence| evidence.strength != 0.0);
    found
}

fn is_judgement(kind: FeedbackKind) -> bool {
    use FeedbackKind::{Dislike, Hide, Like, Rating};
    matches!(kind, Like | Dislike | Hide | Rating)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use vireo_domain::UserId;

    pub(crate) fn action(
        user: &str,
        video: &str,
        kind: FeedbackKind,
        value: Option<f64>,
        second: i64,
    ) -> Feedback {
        let user = UserId::new(user).expect("id");
        let video = VideoId::new(video).expect("id");
        let at = Timestamp::from_second(second).expect("time");
        let id = Feedback::natural_id(&user, &video, kind, value, at);
        Feedback { id, user, video, kind, value, at }
    }

    fn strength(actions: &[(FeedbackKind, Option<f64>)]) -> Option<f64> {
        let log: Vec<Feedback> = actions
            .iter()
            .enumerate()
            .map(|(second, (kind, value))| action("u", "v", *kind, *value, second as i64))
            .collect();
        evidence(&log).first().map(|evidence| evidence.strength)
    }

    #[test]
    fn best_action_counts_once_and_judgements_decide() {
        use FeedbackKind::{Dislike, Finish, Hide, Impression, Like, Rating};
        use FeedbackKind::{Skip, Start, Unhide, Watch};
        assert_eq!(strength(&[(Start, None), (Watch, Some(0.9)), (Finish, None)]), Some(0.9));
        assert_eq!(strength(&[(Start, None), (Skip, None)]), Some(-0.3));
        assert_eq!(strength(&[(Finish, None), (Dislike, None)]), Some(-1.0));
        assert_eq!(strength(&[(Dislike, None), (Finish, None)]), Some(-1.0));
        assert_eq!(strength(&[(Dislike, None), (Like, None)]), Some(1.0));
        assert_eq!(strength(&[(Like, None), (Rating, Some(1.0))]), Some(-0.6));
        assert_eq!(strength(&[(Impression, None)]), None);
        assert_eq!(strength(&[(Hide, None), (Unhide, None)]), None);
        assert_eq!(strength(&[(Like, None), (Hide, None), (Unhide, None)]), Some(1.0));
        assert_eq!(strength(&[(Hide, None), (Unhide, None), (Hide, None)]), Some(-1.0));
        assert!(strength(&[(Start, None), (Watch, Some(0.1))]).is_some_and(|s| s < 0.0));
        assert!(strength(&[(Start, None)]).is_some_and(|s| s > 0.0));
    }

    #[test]
    fn newest_first_whatever_the_order_of_the_log() {
        let log = [
            action("u", "old", FeedbackKind::Like, None, 1),
            action("u", "new", FeedbackKind::Finish, None, 9),
            action("u", "old", FeedbackKind::Start, None, 5),
        ];
        let found = evidence(&log);
        let order: Vec<&str> = found.iter().map(|evidence| evidence.video.as_str()).collect();
        assert_eq!(order, ["new", "old"]);
        assert_eq!((found[1].at.as_second(), found[1].first.as_second()), (5, 1));
    }
}
