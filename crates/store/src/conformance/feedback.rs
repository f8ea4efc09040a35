//! Conformance of [`FeedbackLog`](crate::FeedbackLog).

use super::Subject;
use crate::Appended;
use std::collections::BTreeSet;
use tokio::task::JoinSet;
use vireo_domain::{Feedback, FeedbackId, FeedbackKind, Timestamp, UserId, VideoId};

fn act(id: &str, user: &str, at: &str) -> Feedback {
    Feedback {
        id: FeedbackId::new(id).expect("a valid id"),
        user: UserId::new(user).expect("a valid id"),
        video: VideoId::new("视频 1").expect("a valid id"),
        kind: FeedbackKind::Watch,
        value: Some(0.1),
        at: at.parse().expect("a moment"),
    }
}

fn numbered(n: usize) -> Feedback {
    act(&format!("id-{n}"), &format!("u{}", n % 50), "2024-01-01T00:00:00Z")
}

/// An id counts once, within a batch and between batches; the first one stays.
pub async fn known_ids_are_passed_over(store: impl Subject) {
    assert_eq!(store.append(&[]).await.expect("nothing"), Appended::default());
    let first = act("x", "u", "2024-01-01T00:00:00Z");
    let second = Feedback { kind: FeedbackKind::Like, ..first.clone() };
    let other = act("y", "u", "2023-01-01T00:00:00Z");
    let done = store.append(&[first.clone(), second.clone(), other.clone()]).await;
    assert_eq!(done.expect("append"), Appended { added: 2, duplicates: 1 });
    let again = store.append(&[second, act("z", "u", "2022-01-01T00:00:00Z")]).await;
    assert_eq!(again.expect("append"), Appended { added: 1, duplicates: 1 });
    assert_eq!(store.feedback_count().await.expect("count"), 3);
    assert_eq!(store.of_user(&first.user, 2).await.expect("read"), [first, other]);
}

/// What is read is what was put, to the last bit and nanosecond.
pub async fn every_kind_and_moment_survives(store: impl Subject) {
    let moments = [
        "-009999-01-03T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00Z",
        "2024-02-29T12:00:00.000000001Z",
        "9999-12-30T00:00:00Z",
    ];
    let values = [None, Some(0.0), Some(0.1), Some(1.0 / 3.0), Some(-5.0), Some(5e-324)];
    let batch: Vec<Feedback> = FeedbackKind::ALL
        .into_iter()
        .enumerate()
        .map(|(n, kind)| Feedback {
            kind,
            value: values[n % values.len()],
            ..act(&format!("标识 '{n}'"), "用户", moments[n % moments.len()])
        })
        .collect();
    store.append(&batch).await.expect("append");
    let read = store.since(0, 99).await.expect("read");
    assert!(read.iter().map(|(_, feedback)| feedback).eq(&batch));
}

/// By time, newest first; at the same moment the last to arrive first.
pub async fn newest_first_then_last_arrived(store: impl Subject) {
    let order = [
        ("a", "2024-01-01T00:00:00Z"),
        ("late", "2020-01-01T00:00:00Z"),
        ("b", "2024-01-01T00:00:00Z"),
        ("c", "2024-01-01T00:00:00.5Z"),
        ("before 1970", "1969-12-31T23:59:58.5Z"),
        ("also before", "1969-12-31T23:59:58.7Z"),
    ];
    for (id, at) in order {
        store.append(&[act(id, "u", at), act(&format!("other {id}"), "v", at)]).await.expect("ok");
    }
    let user = UserId::new("u").expect("id");
    let read = store.of_user(&user, 9).await.expect("read");
    let ids: Vec<&str> = read.iter().map(|feedback| feedback.id.as_str()).collect();
    assert_eq!(ids, ["c", "b", "a", "late", "also before", "before 1970"]);
    assert_eq!(store.of_user(&user, 2).await.expect("read"), read[..2]);
    let nobody = UserId::new("nobody").expect("id");
    assert!(store.of_user(&nobody, 9).await.expect("read").is_empty());
}

/// Positions grow in order of arrival; reading on from one misses nothing.
pub async fn positions_grow(store: impl Subject) {
    let batch: Vec<Feedback> = (0..10).map(numbered).collect();
    store.append(&batch[..4]).await.expect("append");
    store.append(&batch).await.expect("append with known ones");
    let mut seen = Vec::new();
    let mut position = 0;
    loop {
        let page = store.since(position, 3).await.expect("page");
        let Some((last, _)) = page.last() else { break };
        assert!(page.is_sorted_by(|one, next| one.0 < next.0) && page[0].0 > position);
        position = *last;
        seen.extend(page.into_iter().map(|(_, feedback)| feedback));
    }
    assert_eq!(seen, batch);
}

/// Batches that overlap and race: each id once, counts add up.
pub async fn concurrent_batches(store: impl Subject) {
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            let batch: Vec<Feedback> = (task * 25..task * 25 + 50).map(numbered).collect();
            store.append(&batch).await.expect("append")
        });
    }
    let done = tasks.join_all().await;
    assert_eq!(done.iter().map(|one| one.added).sum::<u64>(), 225);
    assert_eq!(done.iter().map(|one| one.duplicates).sum::<u64>(), 8 * 50 - 225);
    let read = store.since(0, 999).await.expect("read");
    let ids: BTreeSet<&str> = read.iter().map(|(_, feedback)| feedback.id.as_str()).collect();
    assert_eq!((read.len(), ids.len()), (225, 225));
}

/// More than fit into one statement.
pub async fn large_batches(store: impl Subject) {
    let batch: Vec<Feedback> = (0..5_001).map(numbered).collect();
    let done = store.append(&batch).await.expect("append");
    assert_eq!(done, Appended { added: 5_001, duplicates: 0 });
    let again = store.append(&batch).await.expect("append");
    assert_eq!(again, Appended { added: 0, duplicates: 5_001 });
    assert_eq!(store.feedback_count().await.expect("count"), 5_001);
    assert_eq!(store.of_user(&batch[0].user, 1_000).await.expect("read").len(), 101);
    assert!(batch[0].at > Timestamp::UNIX_EPOCH);
}
