//! `vireo bench clips`: the whole analysis over real clips, stage by stage.

use crate::{Measured, Report, Result, character_errors, manifest, peak_memory_mb};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use vireo_domain::{Timestamp, Video, VideoId};
use vireo_media::{sidecar, subtitles};
use vireo_understand::{Input, Understander};

/// A line of the manifest.
#[derive(Debug, Deserialize)]
struct Clip {
    file: String,
    /// A subtitle file with what is said, beside the manifest.
    subtitles: Option<String>,
}

/// Analyses every clip; `progress(done, of)`. The row `pipeline` has seconds of
/// work a minute of video, in all and by stage, and `text_found`, the share of
/// the known dialogue's characters that was found by listening.
pub fn run(
    understander: &Understander,
    manifest_file: &Path,
    covers: &Path,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let clips: Vec<Clip> = manifest::read(manifest_file)?;
    let mut by_stage: BTreeMap<String, f64> = BTreeMap::new();
    let (mut minutes, mut count, mut failed, mut with_words) = (0.0, 0, 0, 0);
    let mut found = Vec::new();
    for (number, clip) in clips.iter().enumerate() {
        progress(number, clips.len());
        let path = manifest::file(manifest_file, &clip.file);
        let id = VideoId::new(format!("clip-{number}")).expect("a plain id");
        let video = Video::new(id, clip.file.clone(), Timestamp::now());
        // Without its sidecars: what is measured is listening, not reading.
        let sidecars = sidecar::Sidecars::default();
        let input = Input { path: &path, video, sidecars: &sidecars, covers };
        let Ok((video, analysis)) = understander.analyse(input, &|_| {}) else {
            failed += 1;
            continue;
        };
        count += 1;
        minutes += video.duration_seconds.unwrap_or(0.0) / 60.0;
        let heard = analysis.transcripts.first().map(vireo_domain::Transcript::text);
        with_words += usize::from(heard.is_some());
        for time in &analysis.times {
            *by_stage.entry(time.stage.clone()).or_default() += time.seconds;
        }
        if let Some(known) = &clip.subtitles
            && let Ok(known) = subtitles::read(&manifest::file(manifest_file, known))
        {
            let known: Vec<&str> = known.cues.iter().map(|cue| cue.text.as_str()).collect();
            let errors = character_errors(&known.join(" "), &heard.unwrap_or_default());
            found.push((1.0 - errors.rate()).max(0.0));
        }
    }
    progress(clips.len(), clips.len());
    let all: f64 = by_stage.values().sum();
    let mut metrics = BTreeMap::from([
        ("seconds_per_minute".to_owned(), all / f64::max(minutes, 1e-9)),
        ("failed".to_owned(), f64::from(failed)),
        ("with_words".to_owned(), with_words as f64),
    ]);
    if !found.is_empty() {
        metrics.insert("text_found".to_owned(), found.iter().sum::<f64>() / found.len() as f64);
    }
    let seconds =
        by_stage.into_iter().map(|(stage, s)| (stage, s / f64::max(minutes, 1e-9))).collect();
    report.results.push(Measured {
        name: "pipeline".to_owned(),
        count,
        metrics,
        seconds,
        peak_memory_mb: peak_memory_mb(),
        ..Measured::default()
    });
    Ok(report)
}
