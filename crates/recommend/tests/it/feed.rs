//! What is in a list, and why.

use crate::world::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use vireo_domain::FeedbackKind::{Dislike, Finish, Hide, Impression, Like, Start};
use vireo_domain::{Embedding, Feedback, FeedbackKind, Language, VideoId};
use vireo_interest::{Corrections, Said};
use vireo_recommend::{Config, Error, Reason, Recommended, Snapshot};

fn likes(subject: &str, numbers: std::ops::Range<usize>) -> Vec<Feedback> {
    numbers.map(|n| act("ann", &format!("{subject}-{n}"), Like, days_ago(2 + n as i64))).collect()
}

/// Ten people who like chess and bread, most of all `bread-7`.
fn crowd() -> Vec<Feedback> {
    let mut log = Vec::new();
    for person in 0..10 {
        let name = format!("p{person}");
        for number in 0..=person {
            let (chess, bread) = (format!("chess-{number}"), format!("bread-{}", 7 - number % 8));
            log.push(act(&name, &chess, Finish, days_ago(3)));
            log.push(act(&name, &bread, Finish, days_ago(3)));
        }
    }
    log
}

#[test]
fn a_viewer_gets_mostly_what_they_like_and_something_else() {
    let snapshot = snapshot(catalogue(), &[]);
    let viewer = viewer(&snapshot, likes("bread", 0..5));
    let page = feed(&snapshot, &viewer, 10, 1);
    assert!(count(&page.items, "bread") >= 5, "{:?}", videos(&page.items));
    assert!(count(&page.items, "bread") < 10, "nothing else: {:?}", videos(&page.items));
    assert_eq!(subject(&page.items[0].video), "bread");
}

#[test]
fn of_videos_that_show_the_same_a_list_has_one() {
    let copies: Vec<VideoId> = (5..12).map(|number| id(&format!("bread-{number}"))).collect();
    let of = |snapshot: &Snapshot, seed| {
        let page = feed(snapshot, &viewer(snapshot, likes("bread", 0..5)), 10, seed);
        // Places of exploration are drawn by lot, and the lot knows no copies.
        let drawn = |item: &&Recommended| matches!(item.reason, Reason::Exploration { .. });
        let chosen = page.items.iter().filter(|item| !drawn(item));
        chosen.filter(|item| copies.contains(&item.video)).count()
    };
    let snapshot = snapshot(catalogue(), &[]);
    assert!((1..=5).all(|seed| of(&snapshot, seed) > 1));
    let grouped = snapshot.with_copies(std::slice::from_ref(&copies));
    assert!((1..=5).all(|seed| of(&grouped, seed) <= 1));
}

#[test]
fn interests_share_a_list_by_their_weight() {
    let snapshot = snapshot(catalogue(), &[]);
    let mut log = likes("bread", 0..4);
    log.extend(likes("stars", 0..4));
    let page = feed(&snapshot, &viewer(&snapshot, log), 10, 1);
    let (bread, stars) = (count(&page.items, "bread"), count(&page.items, "stars"));
    assert!(bread >= 3 && stars >= 3, "{:?}", videos(&page.items));
}

/// Who opened a video for a moment and left is not told to see it because
/// they opened it.
#[test]
fn what_an_interest_was_learned_from_is_not_recommended_for_it() {
    let snapshot = snapshot(catalogue(), &[]);
    let mut log = likes("bread", 0..5);
    log.push(act("ann", "chess-0", Start, days_ago(1)));
    let viewer = viewer(&snapshot, log);
    assert!(viewer.map.interests.iter().any(|interest| interest.evidence == [id("chess-0")]));
    for seed in 1..=5 {
        let page = feed(&snapshot, &viewer, 30, seed);
        let opened = page.items.iter().position(|item| item.video == id("chess-0"));
        let reason = opened.map(|place| &page.items[place].reason);
        assert!(!matches!(reason, Some(Reason::Interest { .. })), "{opened:?} {reason:?}");
        assert!(opened.is_none_or(|place| place > 4), "{opened:?}");
    }
}

#[test]
fn a_new_viewer_gets_popular_and_varied_videos_with_true_reasons() {
    let log = crowd();
    let snapshot = snapshot(catalogue(), &log);
    let page = feed(&snapshot, &viewer(&snapshot, Vec::new()), 10, 1);
    let subjects: HashSet<&str> = page.items.iter().map(|item| subject(&item.video)).collect();
    assert!(subjects.len() >= 5, "{:?}", videos(&page.items));
    assert!(page.items.iter().any(|item| item.reason == Reason::Popular));
    for item in &page.items {
        let known = snapshot.crowd.popularity(&item.video) > 0.0;
        assert!(item.reason != Reason::Popular || known, "{item:?}");
        let personal = matches!(
            item.reason,
            Reason::Interest { .. } | Reason::Related { .. } | Reason::AlsoWatched { .. }
        );
        assert!(!personal, "{item:?}");
        assert!(item.reason != Reason::Fresh, "everything is 400 days old");
    }
}

#[test]
fn day_one_without_any_data_is_varied_and_fresh() {
    let mut items = catalogue();
    items[40].video.added_at = days_ago(1);
    let new = items[40].video.id.clone();
    let snapshot = snapshot(items, &[]);
    let page = feed(&snapshot, &viewer(&snapshot, Vec::new()), 12, 3);
    assert_eq!(page.items.len(), 12);
    let fresh: Vec<_> = page.items.iter().filter(|item| item.reason == Reason::Fresh).collect();
    assert!(fresh.len() == 1 && fresh[0].video == new, "{fresh:?}");
    let subjects: HashSet<&str> = page.items[..6].iter().map(|i| subject(&i.video)).collect();
    assert!(subjects.len() >= 5, "{:?}", videos(&page.items));
    let empty = feed(&Snapshot::default(), &viewer(&snapshot, Vec::new()), 12, 3);
    assert!(empty.items.is_empty() && empty.next.is_none());
}

#[test]
fn what_all_arrived_at_once_is_not_new() {
    let mut items = catalogue();
    for item in &mut items {
        item.video.added_at = days_ago(1);
    }
    let snapshot = snapshot(items, &[]);
    let page = feed(&snapshot, &viewer(&snapshot, Vec::new()), 12, 3);
    let new = page.items.iter().filter(|item| item.reason == Reason::Fresh).count();
    assert_eq!((page.items.len(), new), (12, 0));
}

const LIKED_BY_ALL: [&str; 3] = ["chess-0", "bread-0", "stars-0"];

/// So many people, one a day, who like [`LIKED_BY_ALL`] and then videos of their own.
fn people(count: usize) -> Vec<Feedback> {
    let mut log = Vec::new();
    for person in 0..count {
        let (name, day) = (format!("p{person}"), 2 + (count - person) as i64);
        let own = (0..4).map(|turn| format!("{}-{}", SUBJECTS[(person + turn) % 6], 4 + turn));
        let all = LIKED_BY_ALL.map(str::to_owned).into_iter().chain(own);
        for (turn, video) in all.enumerate() {
            let at = days_ago(day) + jiff::SignedDuration::from_mins(turn as i64);
            log.push(act(&name, &video, Finish, at));
        }
    }
    log
}

#[test]
fn a_new_viewer_gets_what_many_like_where_there_are_many() {
    let popular = |count: usize| -> f64 {
        let snapshot = snapshot(catalogue(), &people(count));
        let viewer = viewer(&snapshot, Vec::new());
        let first = (1..=20).flat_map(|seed| videos(&feed(&snapshot, &viewer, 4, seed).items));
        first.filter(|video| LIKED_BY_ALL.contains(&video.as_str())).count() as f64 / 20.0
    };
    let (few, many) = (popular(5), popular(150));
    assert!(many > 2.5 && many > few + 0.5, "{few} of the three among the first four, then {many}");
}

#[test]
fn to_who_liked_nothing_a_model_counts_beside_popularity() {
    let snapshot = snapshot(catalogue(), &people(150));
    let scores = snapshot.taste.scores(&[], now()).expect("a model");
    let mut places: Vec<&VideoId> = snapshot.items.iter().map(|item| &item.video.id).collect();
    let score = |video: &VideoId| snapshot.taste.number(video).map_or(f32::MIN, |n| scores[n]);
    places.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let (topics, crowd) = (Arc::clone(&snapshot.topics), Arc::clone(&snapshot.crowd));
    let without = snapshot.relearned(topics, crowd, Arc::default());
    // The mean turn in the model's order of the first places of some lists.
    let turn = |snapshot: &Snapshot| -> f64 {
        let viewer = viewer(snapshot, Vec::new());
        let first = (1..=20).flat_map(|seed| videos(&feed(snapshot, &viewer, 8, seed).items));
        let turns = first.map(|video| places.iter().position(|other| **other == video));
        turns.map(|turn| turn.expect("it is there") as f64).sum::<f64>() / 160.0
    };
    let (with, without) = (turn(&snapshot), turn(&without));
    assert!(with < without - 0.2, "{with} with the model, {without} without");
}

#[test]
fn one_sentence_is_enough_to_start() {
    let snapshot = snapshot(catalogue(), &[]);
    let said = Said {
        key: "said-1".to_owned(),
        text: "the sky at night".to_owned(),
        embedding: snapshot.item(&id("stars-0")).expect("there").embedding.clone(),
        at: now(),
    };
    let corrections = Corrections { said: vec![said], ..Corrections::default() };
    let viewer = viewer_at(&snapshot, Vec::new(), &corrections, now());
    let page = feed(&snapshot, &viewer, 10, 1);
    assert!(count(&page.items, "stars") >= 4, "{:?}", videos(&page.items));
    let asked = "You asked for “the sky at night”";
    assert!(page.items.iter().any(|item| item.sentence == asked), "{:?}", page.items[0]);
}

/// What everybody watched is popular nowhere.
fn everybody() -> Vec<Feedback> {
    let mut log = Vec::new();
    for person in 0..12 {
        for number in 0..SUBJECTS.len() * EACH {
            if (number + person) % 3 > 0 {
                let video = format!("{}-{}", SUBJECTS[number / EACH], number % EACH);
                log.push(act(&format!("p{person}"), &video, Finish, days_ago(2)));
            }
        }
    }
    log
}

#[test]
fn in_a_small_catalogue_not_everything_is_popular() {
    let snapshot = snapshot(catalogue(), &everybody());
    let known = feed(&snapshot, &viewer(&snapshot, likes("bread", 0..4)), 30, 1);
    let new = feed(&snapshot, &viewer(&snapshot, Vec::new()), 60, 1);
    for (page, most) in [(known, 8), (new, 20)] {
        let popular = page.items.iter().filter(|item| item.reason == Reason::Popular);
        assert!(popular.count() <= most, "{:#?}", page.items);
        let bread = page.items.iter().filter(|item| subject(&item.video) == "bread");
        assert!(most == 20 || bread.clone().all(|item| item.reason != Reason::Popular));
    }
}

#[test]
fn the_reason_is_the_interest_that_is_nearest() {
    let snapshot = snapshot(catalogue(), &[]);
    let said = |key: &str, text: &str, near: &str| Said {
        key: key.to_owned(),
        text: text.to_owned(),
        embedding: snapshot.item(&id(near)).expect("there").embedding.clone(),
        at: now(),
    };
    let said = vec![said("said-1", "stars", "stars-0"), said("said-2", "chess", "chess-0")];
    let corrections = Corrections { said, ..Corrections::default() };
    let viewer = viewer_at(&snapshot, likes("bread", 0..5), &corrections, now());
    let page = feed(&snapshot, &viewer, 40, 1);
    let mut named = HashSet::new();
    for item in &page.items {
        if let Reason::Interest { name, .. } = &item.reason {
            let own = subject(&item.video);
            assert!(name.starts_with(own), "{name} is not {own}");
            named.insert(own);
        }
    }
    assert!(named.contains("stars") && named.contains("chess"), "{named:?}");
}

#[test]
fn reasons_name_the_video_and_the_shared_subject_in_the_viewers_language() {
    let snapshot = snapshot(catalogue(), &[]);
    let log = vec![act("ann", "bread-0", Finish, days_ago(1))];
    let mut viewer = viewer(&snapshot, log);
    let page = feed(&snapshot, &viewer, 10, 1);
    let because = "Because you finished “bread no. 0”: same subject, bread";
    assert!(page.items.iter().any(|item| item.sentence.starts_with(because)), "{page:#?}");
    viewer.language = Language::chinese();
    let page = feed(&snapshot, &viewer, 10, 1);
    let because = "因为你看完了《bread no. 0》";
    assert!(page.items.iter().any(|item| item.sentence.starts_with(because)), "{page:#?}");
    for item in &page.items {
        if let Reason::Related { video, shared, .. } = &item.reason {
            assert_eq!(*video, id("bread-0"));
            let item = snapshot.item(&item.video).expect("there");
            assert!(shared.iter().all(|word| item.keywords.contains(word)), "{shared:?}");
        }
    }
}

#[test]
fn people_who_watched_lead_where_there_is_no_content() {
    let log = crowd();
    let mut items = catalogue();
    for item in &mut items {
        item.embedding = Embedding::new(Vec::new());
        item.keywords.clear();
    }
    let snapshot = snapshot(items, &log);
    let viewer = viewer(&snapshot, likes("chess", 0..2));
    let page = feed(&snapshot, &viewer, 6, 1);
    let told = page.items.iter().filter(|i| matches!(i.reason, Reason::AlsoWatched { .. }));
    assert!(told.count() >= 4, "{:?}", page.items);
    for item in &page.items {
        if let Reason::AlsoWatched { video, .. } = &item.reason {
            let mut near = snapshot.crowd.co_watched(video);
            assert!(near.any(|(other, _)| *other == item.video));
        }
    }
}

#[test]
fn an_event_changes_the_next_list() {
    let snapshot = snapshot(catalogue(), &[]);
    let mut log = likes("bread", 0..1);
    let before = feed(&snapshot, &viewer(&snapshot, log.clone()), 10, 1);
    log.push(act("ann", "football-3", Like, now()));
    let after = feed(&snapshot, &viewer(&snapshot, log), 10, 1);
    assert!(count(&after.items, "football") > count(&before.items, "football"));
    assert!(!videos(&after.items).contains(&id("football-3")));
}

#[test]
fn another_seed_is_another_page_with_the_same_leading_interest() {
    let snapshot = snapshot(catalogue(), &[]);
    let viewer = viewer(&snapshot, likes("code", 0..5));
    let (one, two) = (feed(&snapshot, &viewer, 10, 1), feed(&snapshot, &viewer, 10, 2));
    assert_eq!(videos(&one.items), videos(&feed(&snapshot, &viewer, 10, 1).items));
    assert_ne!(videos(&one.items), videos(&two.items));
    assert_eq!(subject(&one.items[0].video), "code");
    assert_eq!(subject(&two.items[0].video), "code");
}

#[test]
fn what_was_shown_often_in_vain_goes_down() {
    let snapshot = snapshot(catalogue(), &[]);
    let mut log = likes("code", 0..3);
    let first = feed(&snapshot, &viewer(&snapshot, log.clone()), 5, 1).items[0].video.clone();
    for hour in 0..8 {
        let at = now() - jiff::SignedDuration::from_hours(hour);
        log.push(act("ann", first.as_str(), Impression, at));
    }
    let after = feed(&snapshot, &viewer(&snapshot, log), 5, 1);
    assert_ne!(after.items[0].video, first);
}

#[test]
fn the_admin_can_tune_and_veto() {
    let mut items = catalogue();
    items[0].video.hidden = true;
    let snapshot = snapshot(items, &[]);
    let viewer = viewer(&snapshot, Vec::new());
    let page = |config: Config| {
        let request = vireo_recommend::FeedRequest { explain: true, ..request(60, 1) };
        with(config).feed(&snapshot, &viewer, &request).expect("a page")
    };
    let blocked = ["Bread".to_owned(), "chess channel 1".to_owned(), "code-4".to_owned()];
    let vetoed = page(Config { blocked: blocked.into(), ..Config::default() });
    assert_eq!(count(&vetoed.items, "bread"), 0);
    assert_eq!(count(&vetoed.items, "chess"), EACH / 2 - 1);
    assert!(!videos(&vetoed.items).contains(&id("code-4")));
    let filters: HashSet<&str> = vetoed.removed.iter().map(|r| r.filter.as_str()).collect();
    assert_eq!(filters, HashSet::from(["blocked", "vetoed"]));
    assert_eq!(vetoed.removed.len(), 1 + EACH + EACH / 2 + 1);

    let boosts = BTreeMap::from([("garden".to_owned(), 20.0)]);
    let plain = Config { diversity: 0.0, channel_cap: 0, ..Config::default() };
    let boosted = page(Config { boosts, ..plain.clone() });
    assert_eq!(count(&boosted.items[..5], "garden"), 5);

    let off = ["exploration", "fresh", "popular"].map(|name| (name.to_owned(), 0.0));
    let nothing = page(Config { sources: off.into(), ..plain });
    assert!(nothing.items.is_empty(), "a new viewer has no other sources");

    let wrong = Config { sources: [("populr".to_owned(), 1.0)].into(), ..Config::default() };
    assert!(matches!(wrong.check(), Err(Error::UnknownSource { .. })));
}

#[test]
fn a_video_that_the_admin_hid_is_not_named_as_a_reason() {
    let mut items = catalogue();
    let watched: Vec<VideoId> = likes("bread", 0..3).into_iter().map(|like| like.video).collect();
    for item in items.iter_mut().filter(|item| watched.contains(&item.video.id)) {
        item.video.hidden = true;
    }
    let snapshot = snapshot(items, &[]);
    let page = feed(&snapshot, &viewer(&snapshot, likes("bread", 0..3)), 20, 1);
    assert!(count(&page.items, "bread") > 0, "what they liked still counts");
    let named = page.items.iter().filter_map(|item| match &item.reason {
        Reason::Related { video, .. } | Reason::AlsoWatched { video, .. } => Some(video.clone()),
        _ => None,
    });
    let named: Vec<VideoId> = named.collect();
    assert!(named.iter().all(|video| !watched.contains(video)), "{named:?}");
}

#[test]
fn a_muted_interest_vanishes() {
    let snapshot = snapshot(catalogue(), &crowd());
    let log = likes("bread", 0..4);
    let learned = viewer(&snapshot, log.clone());
    let boosts = BTreeMap::from([(learned.map.interests[0].key.clone(), 0.0)]);
    let corrections = Corrections { boosts, ..Corrections::default() };
    let muted = viewer_at(&snapshot, log, &corrections, now());
    let page = feed(&snapshot, &muted, 60, 1);
    assert_eq!(count(&page.items, "bread"), 0, "{:?}", videos(&page.items));
    assert!(!page.items.is_empty());
}

/// Of two places that are kept for something else, the second is for what is new
/// and hardly anybody likes yet; what was shown in vain makes room.
#[test]
fn what_is_new_has_a_place() {
    let mut items = catalogue();
    items[40].video.added_at = days_ago(1);
    let newest = items[40].video.id.clone();
    let snapshot = snapshot(items, &[]);
    let page = |log: Vec<Feedback>| feed(&snapshot, &viewer(&snapshot, log), 20, 4);
    let first = page(likes("bread", 0..6));
    assert!(matches!(first.items[9].reason, Reason::Exploration { .. }));
    assert_eq!((&first.items[19].video, &first.items[19].reason), (&newest, &Reason::Fresh));
    assert_eq!(first.items[19].trace.propensity, 1.0, "it was not drawn");
    let mut log = likes("bread", 0..6);
    let shown = |day| act("ann", newest.as_str(), Impression, days_ago(day));
    log.extend((1..5).map(shown));
    assert_ne!(page(log).items[19].video, newest);
    let boosts = BTreeMap::from([(newest.to_string(), 0.0)]);
    let viewer = viewer(&snapshot, likes("bread", 0..6));
    let demoting = with(Config { boosts, ..Config::default() });
    let demoted = demoting.feed(&snapshot, &viewer, &request(20, 4)).expect("a page");
    assert_ne!(demoted.items[19].video, newest, "the owner demoted it");
    let copies = vec![vec![id("bread-7"), newest.clone()]];
    let shown = |snapshot: &Snapshot| videos(&feed(snapshot, &viewer, 20, 4).items);
    assert!(shown(&snapshot)[..19].contains(&id("bread-7")));
    assert!(!shown(&snapshot.clone().with_copies(&copies)).contains(&newest), "it was shown");
}

#[test]
fn of_what_is_new_each_gets_what_people_like_them_like() {
    // A world in two: who likes bread likes gardens, who likes stars likes code,
    // and what they are about has nothing of that.
    let mut items = catalogue();
    let (garden, code) = (items[4 * EACH].video.id.clone(), items[3 * EACH].video.id.clone());
    for item in &mut items {
        if [&garden, &code].contains(&&item.video.id) {
            item.video.added_at = days_ago(2);
        }
    }
    let mut log = Vec::new();
    for person in 0..60_usize {
        let subjects = [["bread", "garden"], ["stars", "code"]][person % 2];
        for turn in 0..8 {
            let video = format!("{}-{}", subjects[turn % 2], 1 + (person + turn) % 11);
            log.push(act(&format!("p{person}"), &video, Finish, days_ago(20)));
        }
    }
    let snapshot = snapshot(items, &log);
    for (subject, new) in [("bread", &garden), ("stars", &code)] {
        let liked = (1..4).map(|n| act("ann", &format!("{subject}-{n}"), Like, days_ago(1)));
        let page = feed(&snapshot, &viewer(&snapshot, liked.collect()), 20, 4);
        let other = if new == &garden { &code } else { &garden };
        let place = |video: &VideoId| page.items.iter().position(|item| item.video == *video);
        let (new, other) = (place(new).unwrap_or(99), place(other).unwrap_or(99));
        assert!(new < 20 && new < other, "{subject}: {new}, {other}");
    }
}

#[test]
fn explored_places_say_so_with_their_chance() {
    let snapshot = snapshot(catalogue(), &[]);
    let viewer = viewer(&snapshot, likes("bread", 0..6));
    let page = feed(&snapshot, &viewer, 20, 4);
    for place in [9, 19] {
        let item = &page.items[place];
        assert!(matches!(item.reason, Reason::Exploration { topic: Some(_) }), "{item:?}");
        // Five unknown topics of twelve videos.
        assert!((item.trace.propensity - 1.0 / 60.0).abs() < 1e-9);
    }
    let sure = page.items.iter().filter(|item| item.trace.propensity == 1.0);
    assert_eq!(sure.count(), 18);
}

#[test]
fn a_failing_source_is_named_and_the_rest_answers() {
    let snapshot = snapshot(catalogue(), &crowd());
    let mut viewer = viewer(&snapshot, likes("bread", 0..2));
    viewer.map.interests[0].vector = Embedding::new(vec![1.0; 7]);
    let page = feed(&snapshot, &viewer, 10, 1);
    assert_eq!(page.items.len(), 10);
    assert_eq!(page.degraded.len(), 1);
    assert!(page.degraded[0].starts_with("interest: "), "{:?}", page.degraded);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn lists_keep_their_promises(
        actions in prop::collection::vec((0usize..6, 0usize..EACH, 0usize..11, 0i64..90), 0..30),
        diversity in 0.0f64..1.0, cap in 1usize..4, exploration in 0.0f64..0.5, seed in any::<u64>(),
    ) {
        let snapshot = snapshot(catalogue(), &crowd());
        let log: Vec<Feedback> = actions
            .into_iter()
            .map(|(subject, number, kind, days)| {
                let video = format!("{}-{number}", SUBJECTS[subject]);
                let action = act("ann", &video, FeedbackKind::ALL[kind], days_ago(days));
                Feedback { value: Some(0.8), ..action }
            })
            .collect();
        let viewer = viewer(&snapshot, log.clone());
        let config = Config { diversity, channel_cap: cap, exploration, ..Config::default() };
        let page = with(config).feed(&snapshot, &viewer, &request(500, seed)).expect("a page");
        let shown = videos(&page.items);
        let different: HashSet<&VideoId> = shown.iter().collect();
        prop_assert_eq!(different.len(), shown.len(), "no video twice");
        for action in &log {
            let judged = matches!(action.kind, Hide | Dislike);
            let later_liked = log.iter().any(|other| {
                let judgement = matches!(other.kind, Like | Dislike | Hide | FeedbackKind::Rating);
                other.video == action.video && judgement && other.at >= action.at
                    && !matches!(other.kind, Hide | Dislike)
            });
            if action.is_seen() || (judged && !later_liked) {
                prop_assert!(!different.contains(&action.video), "{action:?}");
            }
        }
        prop_assert!(page.items.iter().enumerate().all(|(n, item)| item.place == n));
        let chances = page.items.iter().map(|item| item.trace.propensity);
        prop_assert!(chances.into_iter().all(|chance| chance > 0.0 && chance <= 1.0));
        // The cap holds while videos of enough channels are left.
        let channel = |video: &VideoId| snapshot.item(video).expect("there").video.channel.clone();
        if exploration == 0.0 {
            for row in shown[..10.min(shown.len())].windows(10) {
                for video in row {
                    let same = row.iter().filter(|other| channel(other) == channel(video));
                    prop_assert!(same.count() <= cap);
                }
            }
        }
    }
}
