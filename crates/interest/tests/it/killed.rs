//! A choice of models that is killed goes on where it was.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use vireo_domain::FeedbackKind;
use vireo_interest::models::{self, Event, Interactions, Run, Split, Trained};

const FOLDER: &str = "VIREO_TEST_KILLED_MODEL";

/// Sixty people go around a ring of 40.
fn ring() -> Interactions {
    let event = |item: usize, at: usize| Event {
        item: item as u32,
        kind: FeedbackKind::Like,
        weight: 1.0,
        at: at as i64,
        first: at as i64,
    };
    let walk = |person: usize| (0..20).map(|at| event((person * 7 + at) % 40, at)).collect();
    Interactions { histories: (0..60).map(walk).collect(), items: 40, ..Interactions::default() }
}

fn train(kept: Option<&Path>) -> Trained {
    models::train("gru4rec", &ring(), Split::Time, &Run { seed: 1, kept, ..Run::default() })
        .expect("a known name")
}

/// What the child does: this very test binary, run again.
#[test]
fn child_that_will_be_killed() {
    if let Ok(folder) = std::env::var(FOLDER) {
        train(Some(Path::new(&folder)));
    }
}

#[test]
fn a_killed_training_leaves_what_the_next_goes_on_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "killed::child_that_will_be_killed"])
        .env(FOLDER, folder.path())
        .spawn()
        .expect("started");
    let started = Instant::now();
    let is_kept = || {
        let mut files = fs::read_dir(folder.path()).expect("a folder").flatten();
        files.any(|file| file.path().extension().is_some_and(|kind| kind == "checkpoint"))
    };
    while !is_kept() {
        assert!(started.elapsed() < Duration::from_mins(1), "nothing is kept");
        std::thread::sleep(Duration::from_millis(1));
    }
    let is_running = child.try_wait().expect("a child").is_none();
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(is_running, "it was done before it was killed");
    assert!(train(Some(folder.path())) == train(None), "to the bit");
}
