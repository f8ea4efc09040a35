//! The interest map of a person.

use crate::{Corrections, Evidence, Said, TopicModel, evidence, half_life};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use vireo_domain::{
    Embedding, Feedback, FeedbackKind, Interest, InterestMap, InterestOrigin, Timestamp, TopicId,
    UserId, VideoId,
};

/// How much a disliked video takes from its topic: half of what a liked one
/// gives, for more often the video was bad than its subject.
const AGAINST: f64 = 0.5;

/// What a person says of their interests is worth this many liked videos at the
/// start, and halves when as many have been liked since.
const SAID: f64 = 5.0;

/// To somebody with a long history, what they say is worth at first this much
/// of their whole map.
const SAID_SHARE: f64 = 0.25;

/// How a map is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MapConfig {
    /// Days after which an action counts half; 0: as the last training found that
    /// what people turn to is foretold best ([`TopicModel::fit_half_life`]).
    pub half_life_days: f64,
    /// Most interests (muted ones and the person's own sentences aside).
    pub limit: usize,
    /// Evidence videos kept for each.
    pub evidence: usize,
}

impl Default for MapConfig {
    fn default() -> Self {
        Self { half_life_days: 0.0, limit: 12, evidence: 5 }
    }
}

impl MapConfig {
    /// The days after which an action counts half in a map of these topics.
    pub fn half_life(&self, topics: &TopicModel) -> f64 {
        let fitted = || topics.half_life_days.unwrap_or(half_life::DEFAULT);
        if self.half_life_days > 0.0 { self.half_life_days } else { fitted() }
    }
}

/// Builds the map of `user` from their actions (newest first), as of `now`.
/// `embedding_of` gives the meaning (not centred) of a video, if known.
/// Future timestamps count as now. Disliked videos push their topic down.
///
/// **Learned.** The weight of a topic is the sum over its videos of strength
/// times decay ([`evidence`]: one a video), disliked ones counting half against
/// it. Decay is counted back from the person's newest action: one who returns
/// after a year finds their tastes as they were. The vector of an interest is
/// the weighted mean of the liked videos' vectors, in the space of the
/// embedder (not centred), so it can be searched with.
///
/// **Said.** Sentences and picked videos start with a weight and hand over
/// gradually. With `b` the decayed liking of all videos and `a` what was liked
/// since the sentence, each of `n` sentences weighs
/// `max(5, b / 3) / n * 5 / (5 + a)`, so that a new viewer's map is all theirs,
/// a regular's new sentence is worth a quarter, and both fade as behaviour
/// gathers. A picked video counts as a liked one, times `5 / (5 + b)`, in its topic.
///
/// Boosts multiply; the weights of all but the muted interests are then scaled
/// to add up to 1. A muted topic stays in the map, with weight 0, even when
/// nothing speaks for it any more: forgetting it would bring it back.
#[allow(clippy::too_many_arguments)]
pub fn build_map(
    user: &UserId,
    feedback: &[Feedback],
    corrections: &Corrections,
    topics: &TopicModel,
    embedding_of: &dyn Fn(&VideoId) -> Option<Embedding>,
    chinese: bool,
    config: &MapConfig,
    now: Timestamp,
) -> InterestMap {
    let weighed = weigh(&evidence(feedback), config.half_life(topics), now);
    let liked: f64 = weighed.iter().map(|(_, weight)| weight.max(0.0)).sum();

    let mut grounds: BTreeMap<TopicId, Grounds> = BTreeMap::new();
    let mut add = |video: &VideoId, weight: f64, origin: InterestOrigin| {
        let embedding = embedding_of(video).filter(|embedding| !embedding.is_zero());
        let known = topics.of_video.get(video).copied();
        if let Some(topic) = known.or_else(|| topics.nearest(embedding.as_ref()?)) {
            grounds.entry(topic).or_default().add(video, embedding, weight, origin);
        }
    };
    for (evidence, weight) in &weighed {
        add(evidence.video, *weight, InterestOrigin::Learned);
    }
    for pick in &corrections.picks {
        if !weighed.iter().any(|(evidence, _)| evidence.video == pick) {
            add(pick, SAID / (SAID + liked), InterestOrigin::Said);
        }
    }

    let boost = |key: &str| {
        let boost = corrections.boosts.get(key).copied().unwrap_or(1.0);
        if boost.is_finite() { boost.clamp(0.0, 4.0) } else { 1.0 }
    };
    let mut interests = Vec::new();
    for topic in &topics.topics {
        let key = format!("topic-{}", topic.id.0);
        let boost = boost(&key);
        let grounds = grounds.remove(&topic.id).unwrap_or_default();
        let weight = grounds.weight * boost;
        if weight > 0.0 || boost == 0.0 {
            interests.push(Interest {
                key,
                topic: Some(topic.id),
                name: topic.name_for(chinese).to_owned(),
                weight,
                vector: grounds.vector().unwrap_or_else(|| topics.space.uncentred(&topic.centre)),
                origin: grounds.origin,
                evidence: grounds.evidence(config.evidence),
                boost,
            });
        }
    }
    for said in corrections.said.iter().filter(|said| !said.embedding.is_zero()) {
        let boost = boost(&said.key);
        let each = said_weight(said, &weighed, liked) / corrections.said.len() as f64;
        interests.push(Interest {
            key: said.key.clone(),
            topic: None,
            name: said.text.clone(),
            weight: each * boost,
            vector: said.embedding.clone(),
            evidence: Vec::new(),
            origin: InterestOrigin::Said,
            boost,
        });
    }

    InterestMap {
        user: user.clone(),
        interests: settle(interests, config.limit),
        evidence_count: feedback
            .iter()
            .filter(|action| action.kind != FeedbackKind::Impression)
            .count() as u32,
        at: now,
    }
}

/// What speaks for and against a topic.
struct Grounds {
    weight: f64,
    /// Liked videos, their weight and meaning.
    liked: Vec<(VideoId, f64, Option<Embedding>)>,
    origin: InterestOrigin,
}

impl Default for Grounds {
    fn default() -> Self {
        Self { weight: 0.0, liked: Vec::new(), origin: InterestOrigin::Said }
    }
}

impl Grounds {
    fn add(
        &mut self,
        video: &VideoId,
        embedding: Option<Embedding>,
        weight: f64,
        origin: InterestOrigin,
    ) {
        if weight > 0.0 {
            self.weight += weight;
            self.liked.push((video.clone(), weight, embedding));
        } else {
            self.weight += AGAINST * weight;
        }
        if origin == InterestOrigin::Learned {
            self.origin = origin;
        }
    }

    fn vector(&self) -> Option<Embedding> {
        // Decay may have made all weights tiny; only their shares matter here.
        let most = self.liked.iter().map(|(_, weight, _)| *weight).fold(0.0, f64::max);
        let known = self.liked.iter().filter_map(|(_, weight, embedding)| {
            Some((embedding.as_ref()?, (weight / most) as f32))
        });
        Embedding::mean(known)
    }

    /// The videos that speak most for it.
    fn evidence(mut self, limit: usize) -> Vec<VideoId> {
        self.liked.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.liked.into_iter().take(limit).map(|(video, _, _)| video).collect()
    }
}

/// The evidence with its decayed strength.
fn weigh<'a>(
    evidence: &[Evidence<'a>],
    half_life_days: f64,
    now: Timestamp,
) -> Vec<(Evidence<'a>, f64)> {
    let newest = evidence.iter().map(|evidence| evidence.at.min(now)).max();
    let decayed = |evidence: &Evidence<'a>| {
        let age = newest.map_or(0.0, |newest| newest.duration_since(evidence.at).as_secs_f64());
        (*evidence, evidence.strength * half_life::left(age / 86_400.0, half_life_days))
    };
    evidence.iter().map(decayed).collect()
}

/// What all sentences together would weigh if all were as old as this one.
fn said_weight(said: &Said, weighed: &[(Evidence<'_>, f64)], liked: f64) -> f64 {
    let since = weighed.iter().filter(|(evidence, _)| evidence.at > said.at);
    let since: f64 = since.map(|(evidence, _)| evidence.strength.max(0.0)).sum();
    let start = SAID.max(liked * SAID_SHARE / (1.0 - SAID_SHARE));
    start * SAID / (SAID + since)
}

/// Sorts, cuts and scales.
fn settle(mut interests: Vec<Interest>, limit: usize) -> Vec<Interest> {
    // Stable, so that equal weights stay in the order of topics.
    interests.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut place_of: HashMap<InterestOrigin, usize> = HashMap::new();
    interests.retain(|interest| {
        let place = place_of.entry(interest.origin).or_default();
        *place += usize::from(interest.boost > 0.0);
        *place <= limit || interest.boost == 0.0 || interest.topic.is_none()
    });
    let total: f64 = interests.iter().map(|interest| interest.weight).sum();
    if total > 0.0 {
        for interest in &mut interests {
            interest.weight /= total;
        }
    }
    interests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tests::action;
    use crate::models::Interactions;
    use crate::{TopicConfig, TopicInput};
    use proptest::prelude::*;
    use vireo_domain::FeedbackKind::{Dislike, Finish, Like, Start};

    const DAY: i64 = 86_400;
    const SUBJECTS: [&str; 4] = ["chess", "bread", "stars", "code"];

    fn meaning(video: &VideoId) -> Option<Embedding> {
        let (subject, number) = video.as_str().split_once('-')?;
        let subject = SUBJECTS.iter().position(|known| *known == subject)?;
        let mut values = vec![0.0; 12];
        values[0] = 4.0;
        values[1 + subject] = 1.0;
        values[6 + number.parse::<usize>().ok()? % 5] = 0.2;
        Some(Embedding::new(values))
    }

    fn id(name: &str) -> VideoId {
        VideoId::new(name).expect("id")
    }

    fn topics() -> TopicModel {
        let items: Vec<TopicInput> = SUBJECTS
            .iter()
            .flat_map(|subject| (0..6).map(move |number| (subject, number)))
            .map(|(subject, number)| TopicInput {
                video: id(&format!("{subject}-{number}")),
                embedding: meaning(&id(&format!("{subject}-{number}"))).expect("known"),
                keywords: vec![(*subject).to_owned()],
                language: None,
            })
            .collect();
        TopicModel::train(&items, &TopicConfig::default(), None)
    }

    fn map(log: &[Feedback], corrections: &Corrections) -> InterestMap {
        let user = UserId::new("u").expect("id");
        let now = Timestamp::from_second(100 * DAY).expect("time");
        let config = MapConfig::default();
        build_map(&user, log, corrections, &topics(), &meaning, false, &config, now)
    }

    fn weight(map: &InterestMap, name: &str) -> f64 {
        let interest = map.interests.iter().find(|interest| interest.name == name);
        interest.map_or(0.0, |interest| interest.weight)
    }

    fn likes(subject: &str, count: i64, day: i64) -> Vec<Feedback> {
        let like = |n| action("u", &format!("{subject}-{n}"), Like, None, day * DAY + n);
        (0..count).map(like).collect()
    }

    fn said(text: &str, day: i64) -> Corrections {
        let said = Said {
            key: "said-1".to_owned(),
            text: text.to_owned(),
            embedding: meaning(&id("stars-1")).expect("known"),
            at: Timestamp::from_second(day * DAY).expect("time"),
        };
        Corrections { said: vec![said], ..Corrections::default() }
    }

    #[test]
    fn weighs_by_liking_and_time() {
        let mut log = likes("chess", 2, 90);
        log.extend(likes("bread", 2, 60));
        log.push(action("u", "bread-0", Start, None, 60 * DAY));
        let map = map(&log, &Corrections::default());
        assert!((weight(&map, "chess") - 2.0 / 3.0).abs() < 1e-3, "{map:?}");
        assert_eq!(map.interests[0].name, "chess");
        assert_eq!(map.interests[0].evidence, [id("chess-1"), id("chess-0")]);
        assert_eq!(map.evidence_count, 5);
        assert!(map.interests[0].vector.cosine(&meaning(&id("chess-0")).expect("known")) > 0.98);
    }

    #[test]
    fn what_is_set_counts_before_what_was_fitted() {
        let mut log = likes("chess", 2, 90);
        log.extend(likes("bread", 2, 60));
        let user = UserId::new("u").expect("id");
        let now = Timestamp::from_second(100 * DAY).expect("time");
        let share = |set: f64, fitted: Option<f64>| {
            let topics = TopicModel { half_life_days: fitted, ..topics() };
            let config = MapConfig { half_life_days: set, ..MapConfig::default() };
            let none = Corrections::default();
            weight(&build_map(&user, &log, &none, &topics, &meaning, false, &config, now), "bread")
        };
        let quarter = 1.0 / 5.0;
        for (set, fitted, wanted) in [
            (0.0, None, 1.0 / 3.0),
            (0.0, Some(15.0), quarter),
            (15.0, Some(365.0), quarter),
            (15.0, None, quarter),
        ] {
            assert!((share(set, fitted) - wanted).abs() < 1e-3, "{set} {fitted:?}");
        }
    }

    /// People go from one subject to another every five days; the log knows a
    /// video, too, that the catalogue doesn't.
    #[test]
    fn how_long_interests_last_is_told_by_the_log() {
        let mut random = fastrand::Rng::with_seed(4);
        let mut log = Vec::new();
        for person in 0..40 {
            let mut subject = SUBJECTS[0];
            for day in 0..200 {
                if day % 5 == 0 {
                    subject = SUBJECTS[random.usize(..4)];
                }
                // Ever another video, as each counts once.
                let video = format!("{subject}-{}", day % 6);
                let (user, at) = (format!("p{person}-{}", day / 20), day * DAY);
                log.push(action(&user, &video, Like, None, at));
                log.push(action(&user, "unknown", Like, None, at));
            }
        }
        let (data, ids) = Interactions::from_feedback(&log, Timestamp::MAX);
        let mut soon = topics();
        soon.fit_half_life(&data, &ids);
        assert!(soon.half_life_days.is_some_and(|days| days <= 3.0), "{:?}", soon.half_life_days);
        let saved = serde_json::to_value(&soon).expect("saved");
        assert_eq!(serde_json::from_value::<TopicModel>(saved.clone()).expect("read"), soon);
        let mut old = saved;
        old.as_object_mut().expect("an object").remove("half_life_days");
        let old: TopicModel = serde_json::from_value(old).expect("one of before");
        assert_eq!(old.half_life_days, None);
    }

    #[test]
    fn dislikes_push_down_and_out() {
        let mut log = likes("chess", 2, 90);
        log.extend(likes("bread", 2, 90));
        log.push(action("u", "bread-4", Dislike, None, 91 * DAY));
        let milder = map(&log, &Corrections::default());
        assert!(weight(&milder, "bread") < weight(&milder, "chess"));
        for n in 3..6 {
            log.push(action("u", &format!("bread-{n}"), Dislike, None, 91 * DAY));
        }
        log.push(action("u", "bread-0", Dislike, None, 91 * DAY));
        assert_eq!(weight(&map(&log, &Corrections::default()), "bread"), 0.0);
    }

    #[test]
    fn a_sentence_hands_over_gradually() {
        let sentence = said("stars above", 1);
        let shares: Vec<f64> = [0, 1, 3, 6]
            .map(|count| weight(&map(&likes("chess", count, 90), &sentence), "stars above"))
            .into();
        assert_eq!(shares[0], 1.0);
        assert!(shares.is_sorted_by(|a, b| a > b), "{shares:?}");
        assert!(shares[3] > 0.2 && shares[3] < 0.5, "{shares:?}");
        let later = weight(&map(&likes("chess", 6, 90), &said("stars above", 95)), "stars above");
        assert!(later > shares[3], "said after the likes it hasn't faded yet");
    }

    #[test]
    fn picks_start_a_map() {
        let picks = vec![id("bread-1"), id("code-2"), id("nobody knows it")];
        let corrections = Corrections { picks, ..Corrections::default() };
        let fresh = map(&[], &corrections);
        assert_eq!((weight(&fresh, "bread"), weight(&fresh, "code")), (0.5, 0.5));
        assert!(fresh.interests.iter().all(|i| i.origin == InterestOrigin::Said));
        let used = map(&likes("chess", 5, 90), &corrections);
        assert!(weight(&used, "bread") < 0.1 && weight(&used, "bread") > 0.0);
    }

    #[test]
    fn muted_stays_known_and_boost_multiplies() {
        let mut log = likes("chess", 2, 90);
        log.extend(likes("bread", 2, 90));
        let plain = map(&log, &Corrections::default());
        let key = |name: &str| {
            let interest = plain.interests.iter().find(|interest| interest.name == name);
            interest.expect("learned").key.clone()
        };
        let boosts = BTreeMap::from([(key("chess"), 0.0), (key("bread"), 2.0)]);
        let muted = Corrections { boosts, ..Corrections::default() };
        let changed = map(&log, &muted);
        assert_eq!(weight(&changed, "bread"), 1.0);
        let last = changed.interests.last().expect("two");
        assert_eq!((last.name.as_str(), last.weight, last.boost), ("chess", 0.0, 0.0));
        let forgotten = map(&[], &muted);
        assert_eq!(forgotten.interests.len(), 1, "still muted without evidence");
        assert!(!forgotten.interests[0].vector.is_zero());
    }

    #[test]
    fn chinese_names_for_chinese_viewers_and_nothing_from_nothing() {
        let mut topics = topics();
        for topic in &mut topics.topics {
            topic.name_zh = "棋".to_owned();
        }
        let user = UserId::new("u").expect("id");
        let (config, now) = (MapConfig::default(), Timestamp::UNIX_EPOCH);
        let none = Corrections::default();
        let log = likes("chess", 1, 90);
        let map = build_map(&user, &log, &none, &topics, &meaning, true, &config, now);
        assert_eq!(map.interests[0].name, "棋");
        let empty = TopicModel::default();
        let map = build_map(&user, &log, &none, &empty, &meaning, true, &config, now);
        assert!(map.interests.is_empty());
    }

    proptest! {
        #[test]
        fn weights_add_up_to_one_and_are_sorted(
            actions in prop::collection::vec((0usize..4, 0i64..6, 0usize..11, 0i64..200), 0..40),
            muted in 0u32..5, boost in -1.0f64..9.0, limit in 1usize..5,
        ) {
            let log: Vec<Feedback> = actions
                .iter()
                .map(|(subject, n, kind, day)| {
                    let video = format!("{}-{n}", SUBJECTS[*subject]);
                    action("u", &video, FeedbackKind::ALL[*kind], Some(0.7), day * DAY)
                })
                .collect();
            let boosts = BTreeMap::from([
                (format!("topic-{muted}"), 0.0), ("topic-1".to_owned(), boost),
            ]);
            let corrections = Corrections { boosts, ..said("words", 50) };
            let user = UserId::new("u").expect("id");
            let config = MapConfig { limit, ..MapConfig::default() };
            let now = Timestamp::from_second(100 * DAY).expect("time");
            let map =
                build_map(&user, &log, &corrections, &topics(), &meaning, false, &config, now);
            let total: f64 = map.interests.iter().map(|interest| interest.weight).sum();
            prop_assert!((total - 1.0).abs() < 1e-9);
            prop_assert!(map.interests.is_sorted_by(|a, b| a.weight >= b.weight));
            for interest in &map.interests {
                prop_assert_eq!(interest.boost == 0.0, interest.weight == 0.0);
            }
            prop_assert!(log.iter().all(|action| action.kind != Finish) || map.evidence_count > 0);
        }
    }
}
