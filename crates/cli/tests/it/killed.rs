//! `kill -9` at any moment of an ingest, and two at the same time.

use crate::vireo::{Vireo, clip};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

const CLIPS: u32 = 12;

fn make_clips(vireo: &Vireo) -> String {
    for number in 0..CLIPS {
        clip(&vireo.path(&format!("in/clip{number:02}.mp4")), 200 + 37 * number, 1);
    }
    vireo.path("in").to_str().expect("UTF-8").to_owned()
}

/// Every clip is one video, found by the words of its title.
fn check(vireo: &Vireo) {
    let mut ids = BTreeSet::new();
    for number in 0..CLIPS {
        let title = format!("clip{number:02}");
        let found = vireo.well(&["search", "--json", &title]).json();
        let exact: Vec<&Value> = found["videos"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|hit| hit["title"] == title.as_str() && !hit["word_rank"].is_null())
            .collect();
        assert_eq!(exact.len(), 1, "{title}: {found}");
        ids.insert(exact[0]["video"].as_str().expect("an id").to_owned());
    }
    assert_eq!(ids.len(), CLIPS as usize);
    let export = vireo.path("out");
    let counts = vireo.well(&["export", "--json", export.to_str().expect("UTF-8")]).json();
    assert_eq!(counts["videos.jsonl"], CLIPS);
    assert_eq!(counts["analyses.jsonl"], CLIPS);
}

#[test]
fn killed_ten_times_it_still_completes() {
    let vireo = Vireo::new();
    let folder = make_clips(&vireo);
    let mut random = fastrand::Rng::with_seed(20_260_724);
    for _ in 0..10 {
        let mut ingest = vireo
            .command(&["ingest", "--workers", "2", &folder])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("vireo starts");
        std::thread::sleep(Duration::from_millis(random.u64(20..700)));
        // SIGKILL: nothing is tidied up.
        ingest.kill().expect("killed");
        ingest.wait().expect("ended");
    }
    let report = vireo.well(&["ingest", "--json", "--quiet", &folder]).json();
    let known = report["added"].as_u64().expect("a number")
        + report["unchanged"].as_u64().expect("a number");
    assert_eq!(known, u64::from(CLIPS), "{report}");
    let again = vireo.well(&["ingest", "--json", "--quiet", &folder]).json();
    assert_eq!(again["unchanged"], CLIPS, "{again}");
    check(&vireo);
}

#[test]
fn two_at_the_same_time_share_the_work() {
    let vireo = Vireo::new();
    let folder = make_clips(&vireo);
    let start = || {
        vireo
            .command(&["ingest", "--json", "--quiet", &folder])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("vireo starts")
    };
    let both = [start(), start()];
    let mut added = 0;
    for one in both {
        let ended: crate::vireo::Ended = one.wait_with_output().expect("ended").into();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        added += ended.json()["added"].as_u64().expect("a number");
    }
    assert_eq!(added, u64::from(CLIPS), "each file was watched once");
    check(&vireo);
}
