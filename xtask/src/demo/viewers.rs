//! The simulated viewers of the demo, and what they did.

use super::script::{self, Script};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use vireo_domain::{Feedback, FeedbackKind, Language, Timestamp, User, UserId, VideoId};

/// Nameless viewers besides the named ones, so that something is popular.
const CROWD: usize = 24;
const SEED: u64 = 20_240_601;

#[derive(Deserialize)]
struct Viewers {
    viewer: Vec<Viewer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Viewer {
    id: String,
    name: String,
    language: String,
    likes: Vec<String>,
}

/// Writes the files that `vireo import` reads; returns what each holds.
pub(crate) fn write(videos: &Path, to: &Path) -> Result<[(&'static str, PathBuf); 2]> {
    let scripts = script::all()?;
    let mut catalogue = Vec::new();
    for script in scripts {
        let path = videos.join(format!("{}.mp4", script.id));
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        catalogue.push((VideoId::of_content(&blake3::hash(&bytes)), script));
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut viewers: Viewers =
        toml::from_str(include_str!("../../demo/viewers.toml")).context("demo/viewers.toml")?;
    let named = viewers.viewer.len();
    viewers.viewer.extend(crowd(&mut random, &catalogue));

    let (users_file, feedback_file) = (to.join("users.jsonl"), to.join("feedback.jsonl"));
    let mut users = BufWriter::new(File::create(&users_file)?);
    let mut feedback = BufWriter::new(File::create(&feedback_file)?);
    for (number, viewer) in viewers.viewer.iter().enumerate() {
        let mut labels: Vec<String> = viewer.likes.iter().map(|s| format!("likes {s}")).collect();
        if number >= named {
            labels.push("crowd".to_owned());
        }
        let user = User {
            id: UserId::new(&viewer.id)?,
            name: Some(viewer.name.clone()),
            language: Some(Language::new(&viewer.language)),
            labels,
            simulated: true,
        };
        writeln!(users, "{}", serde_json::to_string(&user)?)?;
        for action in watch(viewer, &user.id, &catalogue, &mut random) {
            writeln!(feedback, "{}", serde_json::to_string(&action)?)?;
        }
    }
    users.flush()?;
    feedback.flush()?;
    Ok([("users", users_file), ("feedback", feedback_file)])
}

/// Viewers with one to three random tastes.
fn crowd(random: &mut fastrand::Rng, catalogue: &[(VideoId, Script)]) -> Vec<Viewer> {
    let mut subjects: Vec<String> = catalogue.iter().map(|(_, s)| s.subject.clone()).collect();
    subjects.sort();
    subjects.dedup();
    (0..CROWD)
        .map(|number| {
            random.shuffle(&mut subjects);
            let count = random.usize(1..=3);
            Viewer {
                id: format!("demo-viewer-{:02}", number + 1),
                name: format!("Viewer {:02}", number + 1),
                language: if random.f64() < 0.35 { "zh" } else { "en" }.to_owned(),
                likes: subjects[..count].to_vec(),
            }
        })
        .collect()
}

/// What a viewer did: most of what they like is watched to the end and often
/// liked, some of the rest is tried and left. Something of every taste is
/// left unseen, so that there is something to recommend.
fn watch(
    viewer: &Viewer,
    user: &UserId,
    catalogue: &[(VideoId, Script)],
    random: &mut fastrand::Rng,
) -> Vec<Feedback> {
    let mut actions = Vec::new();
    let now = Timestamp::now();
    for (video, script) in catalogue {
        let in_their_language = script.chinese == (viewer.language == "zh");
        let taste = viewer.likes.contains(&script.subject);
        let chance = match (taste, in_their_language) {
            (true, true) => 0.6,
            (true, false) => 0.2,
            (false, true) => 0.12,
            (false, false) => 0.02,
        };
        if random.f64() >= chance {
            continue;
        }
        let mut at = now - jiff::SignedDuration::from_mins(random.i64(30..20 * 24 * 60));
        let mut act = |kind, value: Option<f64>, minutes: i64| {
            at += jiff::SignedDuration::from_mins(minutes);
            let at = at.min(now);
            let id = Feedback::natural_id(user, video, kind, value, at);
            actions.push(Feedback {
                id,
                user: user.clone(),
                video: video.clone(),
                kind,
                value,
                at,
            });
        };
        act(FeedbackKind::Start, None, 0);
        if taste {
            let share = (random.f64().mul_add(0.3, 0.75) * 100.0).round() / 100.0;
            act(FeedbackKind::Watch, Some(share.min(1.0)), 1);
            if share >= 0.9 {
                act(FeedbackKind::Finish, None, 0);
            }
            if random.f64() < 0.45 {
                act(FeedbackKind::Like, None, 1);
            }
        } else {
            act(FeedbackKind::Watch, Some((random.f64() * 30.0).round() / 100.0), 1);
        }
    }
    actions.sort_by_key(|action| action.at);
    actions
}
