//! Conformance of [`Jobs`](crate::Jobs).

use super::Subject;
use crate::{Job, JobState};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const Q: &str = "ingest";
const LONG: u32 = 3_600;

async fn enqueue(store: &impl Subject, keys: &[&str]) {
    for key in keys {
        assert!(ask(store, key, &json!({ "path": key, "文件": [1, 2.5, null] })).await);
    }
}

/// As somebody who has just looked at the job.
async fn ask(store: &impl Subject, key: &str, payload: &Value) -> bool {
    let seen = look(store, key).await;
    store.enqueue(Q, key, payload, seen.as_ref()).await.expect("put")
}

async fn look(store: &impl Subject, key: &str) -> Option<Job> {
    store.job(Q, key).await.expect("read")
}

async fn claim(store: &impl Subject, worker: &str) -> Option<Job> {
    store.claim(Q, worker, LONG).await.expect("claim")
}

fn keys(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.key.as_str()).collect()
}

/// Jobs are taken in the order in which they came.
pub async fn oldest_first(store: impl Subject) {
    assert_eq!(claim(&store, "w").await, None);
    enqueue(&store, &["c", "a", "路径/b.mp4"]).await;
    let waiting = store.jobs(Q, JobState::Waiting, 9).await.expect("list");
    assert_eq!(keys(&waiting), ["c", "a", "路径/b.mp4"]);
    assert_eq!(store.jobs(Q, JobState::Waiting, 2).await.expect("list"), waiting[..2]);
    for expected in ["c", "a", "路径/b.mp4"] {
        let job = claim(&store, "w").await.expect("a job");
        assert_eq!((job.key.as_str(), job.state, job.attempts), (expected, JobState::Running, 1));
        assert_eq!(job.payload["path"], expected);
        assert_eq!(store.job(Q, expected).await.expect("read"), Some(job));
    }
    assert_eq!(claim(&store, "w").await, None);
    assert_eq!(store.job(Q, "none").await.expect("read"), None);
}

/// Finishing, with and without an error; counts name every state.
pub async fn from_waiting_to_done_or_failed(store: impl Subject) {
    enqueue(&store, &["good", "bad", "later"]).await;
    claim(&store, "w").await.expect("a job");
    claim(&store, "w").await.expect("a job");
    store.finish(Q, "bad", Some("it is no video: 坏")).await.expect("finish");
    store.finish(Q, "good", None).await.expect("finish");
    store.finish(Q, "later", None).await.expect("not running: left alone");
    store.finish(Q, "none", None).await.expect("not there: left alone");
    let failed = store.job(Q, "bad").await.expect("read").expect("is there");
    assert_eq!(failed.state, JobState::Failed);
    assert_eq!(failed.error.as_deref(), Some("it is no video: 坏"));
    assert_eq!(store.job(Q, "good").await.expect("read").expect("is there").error, None);
    let counts = store.job_counts(Q).await.expect("counts");
    let expected = [
        (JobState::Waiting, 1),
        (JobState::Running, 0),
        (JobState::Done, 1),
        (JobState::Failed, 1),
    ];
    assert_eq!(counts, expected);
    assert_eq!(claim(&store, "w").await.expect("the one that waits").key, "later");
    assert_eq!(claim(&store, "w").await, None);
}

/// Enqueueing starts a job anew, whether it waits, is done or has failed; one
/// that waits is not closed by a run that was given up.
pub async fn enqueued_again(store: impl Subject) {
    enqueue(&store, &["a"]).await;
    claim(&store, "w").await.expect("a job");
    store.finish(Q, "a", Some("no")).await.expect("finish");
    assert!(ask(&store, "a", &json!("new")).await);
    let job = look(&store, "a").await.expect("is there");
    assert_eq!((job.state, job.attempts, job.error), (JobState::Waiting, 0, None));
    assert_eq!(job.payload, json!("new"));
    assert!(ask(&store, "a", &json!("newer")).await, "one that waits");

    claim(&store, "w").await.expect("a job");
    store.release(Q, "w").await.expect("release");
    store.finish(Q, "a", None).await.expect("the run that was given up ends");
    assert_eq!(claim(&store, "w").await.expect("still to be done").payload, json!("newer"));
    store.finish(Q, "a", None).await.expect("finish");
    assert!(ask(&store, "a", &json!("newer")).await, "one that is done, with the same payload");
}

/// Whoever decided by an old look, or wants what a living worker is at,
/// changes nothing; a dead worker's job is free.
pub async fn what_another_did_is_left_alone(store: impl Subject) {
    let late = async |seen: Option<&Job>| {
        let before = look(&store, "a").await;
        assert!(!store.enqueue(Q, "a", &json!("late"), seen).await.expect("answers"));
        assert_eq!(look(&store, "a").await, before);
    };
    enqueue(&store, &["a"]).await;
    let waiting = look(&store, "a").await.expect("is there");
    late(None).await;

    let running = claim(&store, "w").await.expect("a job");
    late(None).await;
    late(Some(&waiting)).await;
    late(Some(&running)).await;

    store.finish(Q, "a", None).await.expect("finish");
    late(None).await;
    late(Some(&waiting)).await;
    late(Some(&running)).await;
    assert_eq!(look(&store, "a").await.expect("is there").state, JobState::Done);

    enqueue(&store, &["b"]).await;
    store.claim(Q, "dead", 0).await.expect("claim").expect("a job");
    assert!(ask(&store, "b", &json!(2)).await, "its lease ran out");
}

/// Many who find the same work at the same moment: each piece is done once.
pub async fn all_at_once_are_done_once(store: impl Subject) {
    let names: Vec<String> = (0..20).map(|n| format!("file {n:02}")).collect();
    let mut tasks = JoinSet::new();
    let all_have_looked = Arc::new(Barrier::new(6));
    for worker in 0..6 {
        let (store, names, all) = (store.clone(), names.clone(), Arc::clone(&all_have_looked));
        tasks.spawn(async move {
            let worker = format!("w{worker}");
            let mut looks = Vec::new();
            for name in &names {
                looks.push(look(&store, name).await);
            }
            all.wait().await;
            let (mut asked, mut done) = (0, 0);
            for (name, seen) in names.iter().zip(&looks) {
                let new = store.enqueue(Q, name, &json!(1), seen.as_ref()).await.expect("put");
                asked += usize::from(new);
                // Some finish while others still ask.
                if let Some(job) = claim(&store, &worker).await {
                    store.finish(Q, &job.key, None).await.expect("finish");
                    done += 1;
                }
            }
            (asked, done)
        });
    }
    let all = tasks.join_all().await;
    let (asked, done) = all.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert_eq!((asked, done), (names.len(), names.len()), "{all:?}");
}

/// A job whose worker died is taken again, one whose lease lasts is not.
pub async fn leases_run_out(store: impl Subject) {
    enqueue(&store, &["a", "b"]).await;
    let first = store.claim(Q, "dead", 0).await.expect("claim").expect("a job");
    let second = store.claim(Q, "alive", LONG).await.expect("claim").expect("a job");
    assert_eq!((first.key.as_str(), second.key.as_str()), ("a", "b"));
    let again = claim(&store, "other").await.expect("the lease ran out");
    assert_eq!((again.key.as_str(), again.attempts), ("a", 2));
    assert_eq!(claim(&store, "other").await, None);
}

/// A worker that stops gives back its own jobs only.
pub async fn released(store: impl Subject) {
    enqueue(&store, &["a", "b", "c"]).await;
    claim(&store, "one").await.expect("a job");
    claim(&store, "two").await.expect("a job");
    claim(&store, "one").await.expect("a job");
    store.finish(Q, "c", None).await.expect("finish");
    assert_eq!(store.release(Q, "one").await.expect("release"), 1);
    assert_eq!(store.release(Q, "one").await.expect("release"), 0);
    let job = claim(&store, "three").await.expect("given back");
    assert_eq!((job.key.as_str(), job.attempts), ("a", 2));
    assert_eq!(keys(&store.jobs(Q, JobState::Running, 9).await.expect("list")), ["b", "a"]);
}

/// However many ask at once, a job goes to one.
pub async fn each_claimed_once(store: impl Subject) {
    let names: Vec<String> = (0..40).map(|n| format!("job {n:02}")).collect();
    for name in &names {
        enqueue(&store, &[name]).await;
    }
    let mut tasks = JoinSet::new();
    for worker in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut taken = Vec::new();
            while let Some(job) = claim(&store, &format!("w{worker}")).await {
                store.finish(Q, &job.key, None).await.expect("finish");
                taken.push(job.key);
            }
            taken
        });
    }
    let taken: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), names.len());
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), names.into_iter().collect());
}

/// The same key in two queues is two jobs.
pub async fn queues_are_apart(store: impl Subject) {
    enqueue(&store, &["a"]).await;
    assert_eq!(store.claim("train", "w", LONG).await.expect("claim"), None);
    assert!(store.enqueue("train", "a", &json!(null), None).await.expect("put"));
    claim(&store, "w").await.expect("a job");
    assert_eq!(store.release("train", "w").await.expect("release"), 0);
    let other = store.job("train", "a").await.expect("read").expect("is there");
    assert_eq!(other.state, JobState::Waiting);
}
