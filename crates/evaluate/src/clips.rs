//! `vireo bench clips`: the whole analysis over real clips, stage by stage.

use crate::{Measured, Report, Result, character_errors, manifest, peak_memory_mb};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use vireo_domain::{Timestamp, Video, VideoId};
use vireo_media::{sidecar, subtitles};
use vireo_pretrained::clock;
use vireo_understand::{Input, Stage, Understander};

/// A line of the manifest.
#[derive(Debug, Deserialize)]
struct Clip {
    file: String,
    /// A subtitle file with what is said, beside the manifest.
    subtitles: Option<String>,
}

/// Seconds by stage.
type Seconds = BTreeMap<String, f64>;

/// Shares what models work out among the stages during which they do.
struct Models {
    seconds: Seconds,
    /// The stage that is on, and what the clock said when it was heard of last.
    stage: &'static str,
    clock: f64,
}

impl Models {
    fn new() -> Self {
        Self { seconds: Seconds::new(), stage: "", clock: clock::seconds() }
    }

    fn hear(&mut self, stage: &'static str) {
        let clock = clock::seconds();
        let own = clock - std::mem::replace(&mut self.clock, clock);
        *self.seconds.entry(std::mem::replace(&mut self.stage, stage).to_owned()).or_default() +=
            own;
    }
}

/// Analyses every clip; `progress(done, of)`. The row `pipeline` has seconds of
/// work a minute of video, in all and by stage, and `text_found`, the share of
/// the known dialogue's characters that was found by listening. The row
/// `models` has what of it were the models' own seconds, to be opened and to
/// answer; `of_models` is how often those the whole takes.
pub fn run(
    understander: &Understander,
    manifest_file: &Path,
    covers: &Path,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let clips: Vec<Clip> = manifest::read(manifest_file)?;
    let mut by_stage = Seconds::new();
    let models = Mutex::new(Models::new());
    let hear = |stage| models.lock().unwrap_or_else(PoisonError::into_inner).hear(stage);
    let (mut minutes, mut count, mut failed, mut with_words) = (0.0, 0, 0, 0);
    let (mut found, mut whole) = (Vec::new(), 0.0);
    for (number, clip) in clips.iter().enumerate() {
        progress(number, clips.len());
        let path = manifest::file(manifest_file, &clip.file);
        let id = VideoId::new(format!("clip-{number}")).expect("a plain id");
        let video = Video::new(id, clip.file.clone(), Timestamp::now());
        // Without its sidecars: what is measured is listening, not reading.
        let sidecars = sidecar::Sidecars::default();
        let input = Input { path: &path, video, sidecars: &sidecars, covers };
        let started = Instant::now();
        let analysed = understander.analyse(input, &|stage: Stage| hear(stage.name));
        whole += started.elapsed().as_secs_f64();
        hear("");
        let Ok((video, analysis)) = analysed else {
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
    let mut own = models.into_inner().unwrap_or_else(PoisonError::into_inner).seconds;
    own.retain(|_, seconds| *seconds > 0.0);
    let (all, of_models): (f64, f64) = (by_stage.values().sum(), own.values().sum());
    let minutes = f64::max(minutes, 1e-9);
    let mut metrics = BTreeMap::from([
        ("seconds_per_minute".to_owned(), all / minutes),
        ("failed".to_owned(), f64::from(failed)),
        ("with_words".to_owned(), with_words as f64),
    ]);
    if of_models > 0.0 {
        metrics.insert("of_models".to_owned(), whole / of_models);
    }
    if !found.is_empty() {
        metrics.insert("text_found".to_owned(), found.iter().sum::<f64>() / found.len() as f64);
    }
    let a_minute =
        |seconds: Seconds| seconds.into_iter().map(|(stage, s)| (stage, s / minutes)).collect();
    report.results.push(Measured {
        name: "pipeline".to_owned(),
        count,
        metrics,
        seconds: a_minute(by_stage),
        peak_memory_mb: peak_memory_mb(),
        ..Measured::default()
    });
    report.results.push(Measured {
        name: "models".to_owned(),
        count,
        metrics: BTreeMap::from([("seconds_per_minute".to_owned(), of_models / minutes)]),
        seconds: a_minute(own),
        peak_memory_mb: peak_memory_mb(),
        ..Measured::default()
    });
    Ok(report)
}
