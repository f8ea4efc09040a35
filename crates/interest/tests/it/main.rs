//! Known figures of MovieLens 100K, where its `u.data` is at hand.

mod killed;

use std::path::Path;
use std::time::Instant;
use vireo_domain::FeedbackKind;
use vireo_interest::models::{self, Event, Interactions, Run, Split};

/// The data set beside the working copy, if it is there.
const DATA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/interactions/ml-100k/u.data");

fn ml_100k() -> Option<Interactions> {
    let text = std::fs::read_to_string(Path::new(DATA)).ok()?;
    let histories = vec![Vec::new(); 943];
    let mut data = Interactions { histories, items: 1682, ..Interactions::default() };
    for line in text.lines() {
        let field = |place: usize| line.split('\t').nth(place).and_then(|f| f.parse::<i64>().ok());
        let (user, item, at) = (field(0)? as usize, field(1)? as u32, field(3)?);
        let event =
            Event { item: item - 1, kind: FeedbackKind::Rating, weight: 1.0, at, first: at };
        data.histories[user - 1].push(event);
    }
    for history in &mut data.histories {
        history.sort_by_key(|event| event.at);
    }
    Some(data)
}

/// NDCG@10 over all unseen items; an equal score counts against the target.
fn ndcg(name: &str, data: &Interactions) -> f64 {
    let (train, cases) = Split::LeaveOneOut.of(data);
    let started = Instant::now();
    let model =
        models::train(name, &train, Split::LeaveOneOut, &Run::seeded(1)).expect("a known name");
    let seconds = started.elapsed().as_secs_f64();
    let mut scores = vec![0.0; train.items];
    let (mut hits, mut gain) = (0.0, 0.0);
    for case in &cases {
        model.scores(&case.history, case.at, &mut scores);
        let own = scores[case.target as usize];
        for event in &case.history {
            scores[event.item as usize] = f32::NEG_INFINITY;
        }
        let rank = scores.iter().filter(|score| **score >= own).count();
        if rank <= 10 {
            hits += 1.0;
            gain += 1.0 / (rank as f64 + 1.0).log2();
        }
    }
    let (hits, gain) = (hits / cases.len() as f64, gain / cases.len() as f64);
    println!("{name:16} HR@10 {hits:.4} NDCG@10 {gain:.4} train {seconds:.2} s");
    gain
}

#[test]
fn known_floors_come_out_and_the_blend_beats_them() {
    let Some(data) = ml_100k() else {
        println!("skipped: there is no {DATA}");
        return;
    };
    for (name, known) in [("popular", 0.0443), ("markov", 0.0791), ("ease", 0.0723)] {
        let found = ndcg(name, &data);
        assert!((found - known).abs() < 1e-3, "{name}: {found}, known {known}");
    }
    // They train for minutes: `--example sequences` measures them.
    let slow = ["gru4rec", "transformer"];
    let quick = |name: &&str| *name != "blend" && !slow.contains(name);
    for name in models::names().into_iter().filter(quick) {
        assert!(ndcg(name, &data) > 0.02, "{name} has learned nothing");
    }
    assert!(ndcg("blend", &data) > 0.114);
}
