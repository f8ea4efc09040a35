//! What everybody did, numbered: the input of every model here.

use super::content::Content;
use super::sparse::Rows;
use crate::evidence;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use vireo_domain::{Feedback, FeedbackKind, Timestamp, UserId, VideoId};

/// One thing that one person did with one item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Number of the item.
    pub item: u32,
    /// What was done.
    pub kind: FeedbackKind,
    /// The liking in it, -1 to 1, with the value (stars, fraction watched)
    /// already counted in. Only above 0 counts as an interaction; at or below,
    /// the item is known to the person and nothing more.
    pub weight: f32,
    /// When, in seconds since 1970.
    pub at: i64,
    /// When the person first did anything with the item; not after [`Self::at`].
    pub first: i64,
}

/// What everybody did: a history for each person, oldest event first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Interactions {
    /// The histories, each oldest first.
    pub histories: Vec<Vec<Event>>,
    /// Items are numbered below this.
    pub items: usize,
    /// What items are about, where that is known.
    pub content: Content,
}

impl Interactions {
    /// Numbers a log: people in the order of their ids, items in the order in
    /// which they then occur (their ids are the second value). A person has one
    /// event for each item, what [`evidence`] makes of all their actions on it;
    /// an event from the future, of a clock that is ahead, counts as `now`.
    pub fn from_feedback<'a>(
        log: impl IntoIterator<Item = &'a Feedback>,
        now: Timestamp,
    ) -> (Self, Vec<&'a VideoId>) {
        let mut people: HashMap<&UserId, Vec<&Feedback>> = HashMap::new();
        for action in log {
            people.entry(&action.user).or_default().push(action);
        }
        let mut people: Vec<(&UserId, Vec<&Feedback>)> = people.into_iter().collect();
        people.sort_unstable_by_key(|(user, _)| *user);
        let mut numbers: HashMap<&VideoId, u32> = HashMap::new();
        let mut ids: Vec<&VideoId> = Vec::new();
        let mut histories = Vec::with_capacity(people.len());
        for (_, actions) in people {
            let found = evidence(actions).into_iter().rev();
            let history = found.map(|evidence| Event {
                item: *numbers.entry(evidence.video).or_insert_with(|| {
                    ids.push(evidence.video);
                    ids.len() as u32 - 1
                }),
                kind: evidence.kind,
                weight: evidence.strength as f32,
                at: evidence.at.min(now).as_second(),
                first: evidence.first.min(now).as_second(),
            });
            histories.push(history.collect());
        }
        (Self { histories, items: ids.len(), content: Content::default() }, ids)
    }

    /// With so many of the newest likings of each person, and what is between.
    #[must_use]
    pub fn recent(&self, most: usize) -> Self {
        let newest = |history: &Vec<Event>| {
            let liked = (0..history.len()).rev().filter(|place| history[*place].weight > 0.0);
            history[liked.take(most).last().unwrap_or(history.len())..].to_vec()
        };
        let histories = self.histories.iter().map(newest).collect();
        Self { histories, items: self.items, content: self.content.clone() }
    }

    /// With nothing said of what items are about.
    #[must_use]
    pub fn without_content(&self) -> Self {
        Self { content: Content::default(), ..self.clone() }
    }

    /// The first digits of the BLAKE3 hash of what everybody did, and of what items
    /// are about.
    pub fn checksum(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for history in &self.histories {
            hasher.update(&(history.len() as u64).to_le_bytes());
            for Event { item, kind, weight, at, first } in history {
                hasher.update(&item.to_le_bytes());
                hasher.update(kind.name().as_bytes());
                hasher.update(&weight.to_le_bytes());
                hasher.update(&at.to_le_bytes());
                hasher.update(&first.to_le_bytes());
            }
        }
        self.content.hash(&mut hasher);
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// All events, person by person.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.histories.iter().flatten()
    }

    /// The newest event's time; 0 without events.
    pub fn newest(&self) -> i64 {
        self.events().map(|event| event.at).max().unwrap_or(0)
    }

    /// People by items: the liking of each, each item once a person.
    pub(super) fn liked(&self) -> Rows {
        Rows::new(self.items, self.histories.iter().map(|history| distinct(history)))
    }

    /// How many people liked each item.
    pub(super) fn popularity(&self) -> Vec<f32> {
        let mut counts = vec![0.0; self.items];
        for history in &self.histories {
            for (item, _) in distinct(history) {
                counts[item as usize] += 1.0;
            }
        }
        counts
    }
}

/// The liked items of a history, each once with its largest weight, by number.
pub(super) fn distinct(history: &[Event]) -> Vec<(u32, f32)> {
    let liked = history.iter().filter(|event| event.weight > 0.0);
    let mut row: Vec<(u32, f32)> = liked.map(|event| (event.item, event.weight)).collect();
    row.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    row.dedup_by_key(|(item, _)| *item);
    row
}

/// How much of a history a model sees: the last events, older ones with less weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recency {
    /// So many of the newest events.
    pub last: usize,
    /// Each step back in the history multiplies the weight by this.
    pub decay: f32,
}

impl fmt::Display for Recency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            1 => return f.write_str("the last liking"),
            usize::MAX => f.write_str("all likings")?,
            last => write!(f, "the last {last} likings")?,
        }
        if self.decay < 1.0 { write!(f, ", each step back × {}", self.decay) } else { Ok(()) }
    }
}

impl Recency {
    /// The whole history, evenly.
    pub const ALL: Self = Self { last: usize::MAX, decay: 1.0 };

    /// Of the last event only.
    pub const LAST: Self = Self { last: 1, decay: 1.0 };

    /// Fading with every step back, to nothing that matters.
    pub const fn fading(decay: f32) -> Self {
        Self { last: 64, decay }
    }

    /// The history with its weights faded, oldest first. What was not liked
    /// takes no step.
    pub fn of(self, history: &[Event]) -> Vec<Event> {
        let liked = history.iter().rev().filter(|event| event.weight > 0.0);
        let mut fade = 1.0;
        let mut seen: Vec<Event> = liked
            .take(self.last)
            .map(|event| {
                let faded = Event { weight: event.weight * fade, ..*event };
                fade *= self.decay;
                faded
            })
            .collect();
        seen.reverse();
        seen
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Description;
    use super::*;
    use crate::evidence::tests::action;
    use vireo_domain::FeedbackKind::{Dislike, Finish, Like};

    /// Histories of liked items, a second between events.
    pub(in crate::models) fn liked(histories: &[&[u32]], items: usize) -> Interactions {
        let history =
            |row: &[u32]| row.iter().zip(0..).map(|(item, at)| event(*item, at)).collect();
        let histories = histories.iter().map(|row| history(row)).collect();
        Interactions { histories, items, content: Content::default() }
    }

    pub(in crate::models) fn event(item: u32, at: i64) -> Event {
        Event { item, kind: FeedbackKind::Like, weight: 1.0, at, first: at }
    }

    /// People like films of one of two worlds, 0 to 8 or 10 to 18; 9 and 19 are
    /// new, and 20 is not described.
    pub(in crate::models) fn worlds() -> Interactions {
        let row = |person: u32| -> Vec<u32> {
            (0..9)
                .filter(|item| !(item + person / 2).is_multiple_of(3))
                .map(|i| i + 10 * (person % 2))
                .collect()
        };
        let rows: Vec<Vec<u32>> = (0..80).map(row).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let meaning = |item: u32| match item {
            0..10 => Some(vec![1.0, 0.2, 3.0]),
            10..20 => Some(vec![0.1, 1.0, 3.0]),
            _ => None,
        };
        let described =
            |item: u32| Description { meaning: meaning(item), ..Description::default() };
        let items: Vec<Description> = (0..21).map(described).collect();
        Interactions { content: Content::new(&items, |_| true), ..liked(&rows, 21) }
    }

    #[test]
    fn a_log_is_numbered_oldest_first() {
        let log = [
            action("b", "x", Like, None, 5),
            action("a", "y", Finish, None, 9),
            action("a", "x", Dislike, None, 3),
        ];
        let (data, ids) = Interactions::from_feedback(&log, Timestamp::MAX);
        let ids: Vec<&str> = ids.into_iter().map(VideoId::as_str).collect();
        assert_eq!(ids, ["x", "y"]);
        let first: Vec<(u32, i64)> = data.histories[0].iter().map(|e| (e.item, e.at)).collect();
        assert_eq!(first, [(0, 3), (1, 9)]);
        assert_eq!(data.popularity(), [1.0, 1.0], "a dislike is no interaction");
        assert_eq!(data.newest(), 9);
        assert_eq!(data.recent(1).histories[0], data.histories[0][1..]);
        assert_eq!(data.recent(9).histories[0], data.histories[0][1..], "no liking before it");
        let now = Timestamp::from_second(4).expect("a time");
        assert_eq!(Interactions::from_feedback(&log, now).0.newest(), 4, "no clock is ahead");
    }

    #[test]
    fn recency_fades_from_the_newest() {
        let mut history = vec![event(1, 1), event(2, 2), event(3, 3)];
        history[1].weight = -1.0;
        let faded = Recency { last: 2, decay: 0.5 }.of(&history);
        let weights: Vec<(u32, f32)> = faded.iter().map(|e| (e.item, e.weight)).collect();
        assert_eq!(weights, [(1, 0.5), (3, 1.0)]);
        assert!(Recency::ALL.of(&[]).is_empty());
    }
}
