//! `kill -9` at random moments: what was acknowledged is there, once, and no
//! batch is there in part.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use vireo_domain::{Feedback, FeedbackId, FeedbackKind, Timestamp, UserId, VideoId};
use vireo_store::FeedbackLog;
use vireo_store::sqlite::SqliteStore;

const FOLDER: &str = "VIREO_TEST_KILLED_IN";
const ROUND: &str = "VIREO_TEST_ROUND";
const BATCH: usize = 100;

/// What the child does: this very test binary, run again with `FOLDER` set.
/// Without it there is nothing to do.
#[test]
fn child_that_will_be_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let round = std::env::var(ROUND).expect("the parent sets it");
    let append_forever = async {
        let store = SqliteStore::open(Path::new(&folder)).await.expect("opens");
        for number in 0.. {
            let batch: Vec<Feedback> = (0..BATCH).map(|n| act(&round, number, n)).collect();
            store.append(&batch).await.expect("append");
            let mut out = std::io::stdout().lock();
            writeln!(out, "ack {round}-{number}").and_then(|()| out.flush()).expect("a parent");
        }
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(append_forever);
}

fn act(round: &str, batch: usize, n: usize) -> Feedback {
    Feedback {
        id: FeedbackId::new(format!("{round}-{batch}/{n}")).expect("id"),
        user: UserId::new("ann").expect("id"),
        video: VideoId::new("v").expect("id"),
        kind: FeedbackKind::Like,
        value: None,
        at: Timestamp::UNIX_EPOCH,
    }
}

fn spawn(folder: &Path, round: usize) -> Child {
    let this: PathBuf = std::env::current_exe().expect("this test binary");
    Command::new(this)
        .args(["--exact", "kill::child_that_will_be_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts")
}

#[test]
fn nothing_acknowledged_is_lost_to_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = fastrand::Rng::with_seed(9);
    let (mut acknowledged, mut kills) = (Vec::new(), 0);
    // Ten kills; more on a machine so busy that hardly a batch gets through.
    while kills < 10 || (acknowledged.is_empty() && kills < 40) {
        kills += 1;
        let mut child = spawn(folder.path(), kills);
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let reader = std::thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok);
            // libtest prints "test … " without a line end before the first one.
            lines
                .filter_map(|line| line.split_once("ack ").map(|(_, batch)| batch.to_owned()))
                .collect::<Vec<_>>()
        });
        // From before the data base is open to well into the writing.
        std::thread::sleep(Duration::from_millis(random.u64(5..300)));
        child.kill().expect("kill -9");
        child.wait().expect("is dead");
        acknowledged.extend(reader.join().expect("reader"));
    }
    assert!(!acknowledged.is_empty(), "the children never got to write");

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let log = runtime.block_on(async {
        let store = SqliteStore::open(folder.path()).await.expect("opens again");
        store.since(0, u32::MAX).await.expect("reads")
    });
    let mut batches: HashMap<&str, Vec<&str>> = HashMap::new();
    for (_, feedback) in &log {
        let (batch, n) = feedback.id.as_str().split_once('/').expect("our ids");
        batches.entry(batch).or_default().push(n);
    }
    for (batch, members) in &mut batches {
        members.sort_unstable();
        members.dedup();
        assert_eq!(members.len(), BATCH, "batch {batch} is there in part");
    }
    assert_eq!(log.len(), batches.len() * BATCH, "something is there twice");
    for batch in &acknowledged {
        assert!(batches.contains_key(batch.as_str()), "batch {batch} was acknowledged and is lost");
    }
    eprintln!("{} acknowledged, {} kept, {kills} kills", acknowledged.len(), batches.len());
}
