//! Pages of one list fit together, whatever happens meanwhile.

use crate::world::*;
use proptest::prelude::*;
use std::sync::Arc;
use vireo_domain::FeedbackKind::{Dislike, Finish, Hide, Like};
use vireo_domain::{Feedback, VideoId};
use vireo_interest::Corrections;
use vireo_recommend::{Error, FeedRequest, Snapshot};

fn history() -> Vec<Feedback> {
    let liked = ["bread-1", "bread-2", "code-5", "stars-0", "stars-4"];
    liked.map(|video| act("ann", video, Like, days_ago(2))).to_vec()
}

/// Reads a list page by page; `meanwhile` gives the actions after each page.
fn read(
    snapshot: &Snapshot,
    sizes: &[usize],
    mut meanwhile: impl FnMut(usize, &[VideoId]) -> Vec<Feedback>,
) -> Vec<VideoId> {
    let recommender = recommender();
    let (mut log, mut shown, mut cursor) = (history(), Vec::new(), None);
    for (number, size) in sizes.iter().cycle().enumerate() {
        let later = now() + jiff::SignedDuration::from_secs(60 * number as i64);
        let user = vireo_domain::UserId::new("ann").expect("an id");
        let opened = recommender.opened_at(&user, cursor.as_deref(), later).expect("our cursor");
        let viewer = viewer_at(snapshot, log.clone(), &Corrections::default(), opened);
        let request = FeedRequest { cursor, now: later, ..request(*size, 5) };
        let page = recommender.feed(snapshot, &viewer, &request).expect("a page");
        shown.extend(videos(&page.items));
        log.extend(meanwhile(number, &shown));
        cursor = page.next;
        if cursor.is_none() {
            return shown;
        }
    }
    unreachable!("lists end")
}

fn act_later(video: &VideoId, kind: vireo_domain::FeedbackKind, page: usize) -> Feedback {
    let at = now() + jiff::SignedDuration::from_secs(60 * page as i64 + 30);
    act("ann", video.as_str(), kind, at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn pages_of_any_size_are_the_whole_list(sizes in prop::collection::vec(1usize..20, 1..5)) {
        let snapshot = snapshot(catalogue(), &[]);
        let whole = read(&snapshot, &[500], |_, _| Vec::new());
        prop_assert!(whole.len() > 50);
        prop_assert_eq!(read(&snapshot, &sizes, |_, _| Vec::new()), whole);
    }
}

#[test]
fn watching_what_is_shown_does_not_shuffle_the_rest() {
    let snapshot = snapshot(catalogue(), &[]);
    let whole = read(&snapshot, &[500], |_, _| Vec::new());
    let watching = read(&snapshot, &[8], |page, shown| {
        let last = shown.last().expect("a page has items");
        vec![act_later(last, Finish, page), act_later(&shown[0], Like, page)]
    });
    assert_eq!(watching, whole);
}

#[test]
fn what_is_hidden_or_seen_meanwhile_vanishes_from_the_next_page() {
    let snapshot = snapshot(catalogue(), &[]);
    let whole = read(&snapshot, &[500], |_, _| Vec::new());
    let gone = [whole[9].clone(), whole[12].clone(), whole[20].clone()];
    let shown = read(&snapshot, &[8], |page, _| {
        let kinds = [Hide, Dislike, Finish];
        let acts = gone.iter().zip(kinds).map(|(video, kind)| act_later(video, kind, page));
        if page == 0 { acts.collect() } else { Vec::new() }
    });
    let rest: Vec<VideoId> = whole.into_iter().filter(|video| !gone.contains(video)).collect();
    assert_eq!(shown, rest);
}

#[test]
fn excluding_leaves_the_order_of_the_others() {
    let snapshot = snapshot(catalogue(), &[]);
    let viewer = viewer(&snapshot, history());
    let whole = videos(&feed(&snapshot, &viewer, 500, 5).items);
    let request = FeedRequest { exclude: vec![whole[3].clone()], ..request(500, 5) };
    let page = recommender().feed(&snapshot, &viewer, &request).expect("a page");
    let rest: Vec<VideoId> = whole.iter().filter(|video| **video != whole[3]).cloned().collect();
    assert_eq!(videos(&page.items), rest);
}

#[test]
fn a_video_that_comes_meanwhile_waits_for_the_next_list() {
    let mut before = catalogue();
    for place in (2..60).step_by(6) {
        before[place].video.added_at = days_ago(1 + place as i64 / 4);
    }
    let mut after = before.clone();
    let mut new = after[14].clone();
    new.video.id = id("bread-99");
    new.video.added_at = now() + jiff::SignedDuration::from_secs(10);
    after.insert(0, new);
    let viewer = viewer(&snapshot(before.clone(), &[]), history());
    let unchanged = snapshot(before, &[]);
    let first = feed(&unchanged, &viewer, 10, 5);
    // The model is that of before, as it is until the next training.
    let model = snapshot(catalogue(), &[]).topics;
    let topic_of = |video: &VideoId| model.of_video.get(video).copied();
    let items = after.into_iter().map(|mut item| {
        item.topic = topic_of(&item.video.id).or_else(|| model.nearest(&item.embedding));
        Arc::new(item)
    });
    let grown = Snapshot::new(items.collect(), model.clone(), Arc::default(), Arc::default());
    let later = now() + jiff::SignedDuration::from_secs(60);
    let request = FeedRequest { cursor: first.next, now: later, ..request(500, 5) };
    let rest = recommender().feed(&grown, &viewer, &request).expect("a page");
    let mut all = videos(&first.items);
    all.extend(videos(&rest.items));
    let whole = feed(&unchanged, &viewer, 500, 5).items;
    assert!(whole.iter().any(|item| item.trace.steps.iter().any(|step| step.contains("kept"))));
    assert_eq!(all, videos(&whole));
    let reopened = FeedRequest { cursor: None, ..request };
    let reopened = recommender().feed(&grown, &viewer, &reopened).expect("a page");
    assert!(videos(&reopened.items).contains(&id("bread-99")));
}

#[test]
fn a_foreign_cursor_is_refused() {
    let snapshot = snapshot(catalogue(), &[]);
    let mut viewer = viewer(&snapshot, history());
    let cursor = feed(&snapshot, &viewer, 5, 5).next;
    viewer.user = vireo_domain::UserId::new("bob").expect("an id");
    let request = FeedRequest { cursor, ..request(5, 5) };
    let answer = recommender().feed(&snapshot, &viewer, &request);
    assert!(matches!(answer, Err(Error::Cursor(_))));
}
