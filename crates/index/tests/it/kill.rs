//! `kill -9` at random moments of an apply: words, vectors and watermark are
//! those of one and the same apply, and none that was acknowledged is lost.

use super::{Applied, DIMENSIONS, Document, about, ask, document, id, names, open, scenes};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use vireo_domain::{Embedding, VideoId};
use vireo_index::SearchIndex;

const FOLDER: &str = "VIREO_TEST_KILLED_IN";
const VIDEOS: i64 = 12;

/// What apply number `n` does: it puts two videos and removes a third.
fn put(n: i64) -> [Document; 2] {
    [n, n + 5].map(|video| Document {
        embedding: vector(n),
        scenes: scenes(&["some words", "of this video"]),
        ..document(&name(video), &format!("edition{n}"))
    })
}

fn removed(n: i64) -> VideoId {
    id(&name(n + 8))
}

fn name(video: i64) -> String {
    format!("v{:02}", video % VIDEOS)
}

fn vector(n: i64) -> Embedding {
    about(n as usize % DIMENSIONS, (n % 97) as f32 / 97.0)
}

/// What must be there after `n` applies: the apply that each video is from.
fn expected(n: i64) -> BTreeMap<VideoId, i64> {
    let mut there = BTreeMap::new();
    for apply in 1..=n {
        there.remove(&removed(apply));
        there.extend(put(apply).map(|document| (document.video, apply)));
    }
    there
}

/// What the child does: this very test binary, run again with `FOLDER` set.
#[test]
fn child_that_will_be_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let index = open(Path::new(&folder));
    for n in index.watermark() + 1.. {
        index.applied(&put(n), &[removed(n)], n);
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {n}").and_then(|()| out.flush()).expect("a parent");
    }
}

/// Kills a child after `moment`; returns the last apply that it acknowledged.
fn run_and_kill(folder: &Path, moment: Duration) -> Option<i64> {
    let this: PathBuf = std::env::current_exe().expect("this test binary");
    let mut child = Command::new(this)
        .args(["--exact", "kill::child_that_will_be_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let out = BufReader::new(child.stdout.take().expect("piped"));
    let reader = std::thread::spawn(move || {
        let lines = out.lines().map_while(Result::ok);
        lines.filter_map(|line| line.split_once("ack ")?.1.parse().ok()).last()
    });
    std::thread::sleep(moment);
    child.kill().expect("kill -9");
    child.wait().expect("is dead");
    reader.join().expect("reader")
}

fn check(index: &SearchIndex) {
    let there = expected(index.watermark());
    let all = super::Query { limit: 100, ..ask("words") };
    let mut by_words = names(&index.search_videos(&all).expect("search"));
    by_words.sort();
    let names_there: Vec<String> = there.keys().map(ToString::to_string).collect();
    assert_eq!(by_words, names_there);
    let near = index.nearest_videos(&about(0, 0.0), 100, &|_| true).expect("search");
    assert_eq!(near.len(), there.len());
    for (video, apply) in &there {
        let kept = index.embedding(video).expect("reads").expect("has a vector");
        assert!(kept.cosine(&vector(*apply)) > 0.999_99, "{video} has the vector of another apply");
        let by_title = names(&index.search_videos(&ask(&format!("edition{apply}"))).expect("s"));
        assert!(by_title.contains(&video.to_string()), "{video} has the words of another apply");
    }
}

#[test]
fn words_vectors_and_watermark_survive_kill_9_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = fastrand::Rng::with_seed(6);
    let (mut acknowledged, mut kills) = (0, 0);
    // Ten kills; more on a machine so busy that hardly an apply gets through.
    while kills < 10 || (acknowledged == 0 && kills < 40) {
        kills += 1;
        let moment = Duration::from_millis(random.u64(20..500));
        acknowledged = run_and_kill(folder.path(), moment).unwrap_or(acknowledged);
        let index = open(folder.path());
        let watermark = index.watermark();
        assert!(watermark >= acknowledged, "{acknowledged} was acknowledged, {watermark} is kept");
        check(&index);
    }
    assert!(acknowledged > 0, "the children never got to write");
    eprintln!("{acknowledged} applies acknowledged through {kills} kills");
}
