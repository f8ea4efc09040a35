//! `vireo bench duplicates`: edited copies of clips, told from other clips.
//!
//! Every copy is laid over every clip. It should match its own and no other;
//! takes of one scene are other clips.

use crate::shots::{unreadable, videos};
use crate::{Error, Measured, Report, Result, peak_memory_mb};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use vireo_media::edits::{self, Edit};
use vireo_media::fingerprint::{Fingerprint, fingerprint};
use vireo_media::probe::probe;

/// A clip and its fingerprint.
struct Clip {
    path: PathBuf,
    seconds: f64,
    fingerprint: Fingerprint,
}

/// Copies of one edit, or of all.
#[derive(Default, Clone, Copy)]
struct Score {
    copies: usize,
    found: usize,
    /// Other clips that a copy was taken for.
    wrong: usize,
    /// Seconds of video, of taking fingerprints and of comparing them.
    video: f64,
    taking: f64,
    comparing: f64,
    comparisons: usize,
}

/// Makes copies in `copies` of each video below `folder` and looks for them
/// among the videos; `progress(done, of)`. One row for each edit, one for all,
/// and one for the clips among themselves, where every match is wrong.
///
/// # Errors
/// If there are not two videos, or a copy cannot be made.
pub fn run(
    folder: &Path,
    copies: &Path,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    fs::create_dir_all(copies).map_err(|source| unreadable(copies, source))?;
    let mut clips = Vec::new();
    for path in videos(folder)? {
        let probe = probe(&path)?;
        if let Some(fingerprint) = fingerprint(&path, &probe)? {
            clips.push(Clip { path, seconds: probe.facts.duration_seconds, fingerprint });
        }
    }
    if clips.len() < 2 {
        return Err(Error::Nothing(format!("{} has no two videos", folder.display())));
    }
    let mut all = Score::default();
    for (number, edit) in Edit::ALL.into_iter().enumerate() {
        let mut score = Score::default();
        for (own, clip) in clips.iter().enumerate() {
            progress(number * clips.len() + own, Edit::ALL.len() * clips.len());
            let copy = copies.join(format!("{own}-{}.mp4", edit.name()));
            edits::write(&clip.path, clip.seconds, edit, &copy)?;
            score.look_for(own, &copy, &clips)?;
        }
        all = all.and(score);
        report.results.push(score.row(edit.name()));
    }
    progress(Edit::ALL.len() * clips.len(), Edit::ALL.len() * clips.len());
    report.results.push(all.row("all edits"));
    report.results.push(among(&clips));
    Ok(report)
}

impl Score {
    fn look_for(&mut self, own: usize, copy: &Path, clips: &[Clip]) -> Result<()> {
        let probe = probe(copy)?;
        let started = Instant::now();
        let taken = fingerprint(copy, &probe)?;
        self.taking += started.elapsed().as_secs_f64();
        self.video += probe.facts.duration_seconds;
        self.copies += 1;
        let Some(taken) = taken else { return Ok(()) };
        let started = Instant::now();
        for (number, clip) in clips.iter().enumerate() {
            let is_match = matches(&taken, &clip.fingerprint);
            let (copy, other) = (copy.display(), clip.path.display());
            if number != own && is_match {
                self.wrong += 1;
                tracing::info!(%copy, %other, "taken for a copy of another video");
            } else if number == own && !is_match {
                tracing::info!(%copy, %other, "a copy was not found");
            }
            self.found += usize::from(number == own && is_match);
        }
        self.comparing += started.elapsed().as_secs_f64();
        self.comparisons += clips.len();
        Ok(())
    }

    fn and(self, other: Self) -> Self {
        Self {
            copies: self.copies + other.copies,
            found: self.found + other.found,
            wrong: self.wrong + other.wrong,
            video: self.video + other.video,
            taking: self.taking + other.taking,
            comparing: self.comparing + other.comparing,
            comparisons: self.comparisons + other.comparisons,
        }
    }

    fn row(&self, name: &str) -> Measured {
        let share = |of: usize| self.found as f64 / of.max(1) as f64;
        let metrics = [
            ("recall", share(self.copies)),
            ("precision", share(self.found + self.wrong)),
            ("wrong", self.wrong as f64),
            ("seconds_per_minute", 60.0 * self.taking / self.video.max(1e-9)),
            ("ms_per_comparison", 1000.0 * self.comparing / self.comparisons.max(1) as f64),
        ];
        Measured {
            name: "vireo".to_owned(),
            split: Some(name.to_owned()),
            count: self.copies,
            metrics: BTreeMap::from(metrics.map(|(name, value)| (name.to_owned(), value))),
            peak_memory_mb: peak_memory_mb(),
            ..Measured::default()
        }
    }
}

fn matches(one: &Fingerprint, other: &Fingerprint) -> bool {
    one.likeness(other).is_some_and(|likeness| likeness.is_copy())
}

/// The clips among themselves: what takes of one scene are taken for.
fn among(clips: &[Clip]) -> Measured {
    let pairs = clips
        .iter()
        .enumerate()
        .flat_map(|(number, one)| clips[number + 1..].iter().map(move |other| (one, other)));
    let wrong = pairs.filter(|(one, other)| matches(&one.fingerprint, &other.fingerprint)).count();
    Measured {
        name: "vireo".to_owned(),
        split: Some("originals".to_owned()),
        count: clips.len() * (clips.len() - 1) / 2,
        metrics: BTreeMap::from([("wrong".to_owned(), wrong as f64)]),
        peak_memory_mb: peak_memory_mb(),
        ..Measured::default()
    }
}
