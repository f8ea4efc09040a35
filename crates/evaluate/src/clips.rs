//! `vireo bench clips`: the whole analysis over real clips, stage by stage.

use crate::{Measured, Report, Result, character_errors, manifest, peak_memory_mb};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use vireo_domain::{Analysis, Timestamp, Transcript, Video, VideoId};
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

/// Shares what models work out among the stages during which they do, of clips
/// that are analysed one after the other.
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

/// What was measured of the clips so far.
#[derive(Default)]
struct Sums {
    by_stage: Seconds,
    minutes: f64,
    done: usize,
    failed: usize,
    with_words: usize,
    /// Of each clip with known words the share that was found.
    found: Vec<f64>,
}

/// Analyses every clip, `workers` at the same time; `progress(done, of)`. The row
/// `pipeline` has seconds a minute of video, on the clock in all and of work by
/// stage (several clips at once work more than the clock goes on), and
/// `text_found`, the share of the known dialogue's characters that was found by
/// listening. The row `models` has the seconds in which any model was opened or
/// asked, and of one worker those during each stage (text is read during the
/// stages that it goes on beside); `of_models` is how often they go into the whole.
pub fn run(
    understander: &Understander,
    manifest_file: &Path,
    covers: &Path,
    workers: usize,
    mut report: Report,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report> {
    let clips: Vec<Clip> = manifest::read(manifest_file)?;
    let (sums, models) = (Mutex::new(Sums::default()), Mutex::new(Models::new()));
    let hear = |stage| held(&models).hear(stage);
    let (next, began, started) = (AtomicUsize::new(0), clock::seconds(), Instant::now());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(clip) = clips.get(number) else { return };
            let path = manifest::file(manifest_file, &clip.file);
            let id = VideoId::new(format!("clip-{number}")).expect("a plain id");
            let video = Video::new(id, clip.file.clone(), Timestamp::now());
            // Without its sidecars: what is measured is listening, not reading.
            let sidecars = sidecar::Sidecars::default();
            let input = Input { path: &path, video, sidecars: &sidecars, covers };
            let analysed = understander.analyse(input, &|stage: Stage| hear(stage.name));
            hear("");
            let mut sums = held(&sums);
            sums.add(analysed.ok(), clip, manifest_file);
            progress(sums.done + sums.failed, clips.len());
        }
    };
    progress(0, clips.len());
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(work);
        }
    });
    let (whole, of_models) = (started.elapsed().as_secs_f64(), clock::seconds() - began);
    let sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    let minutes = sums.minutes.max(1e-9);
    let mut metrics = BTreeMap::from([
        ("seconds_per_minute".to_owned(), whole / minutes),
        ("failed".to_owned(), sums.failed as f64),
        ("with_words".to_owned(), sums.with_words as f64),
    ]);
    if of_models > 0.0 {
        metrics.insert("of_models".to_owned(), whole / of_models);
    }
    if !sums.found.is_empty() {
        let found = sums.found.iter().sum::<f64>() / sums.found.len() as f64;
        metrics.insert("text_found".to_owned(), found);
    }
    let a_minute =
        |seconds: Seconds| seconds.into_iter().map(|(stage, s)| (stage, s / minutes)).collect();
    report.results.push(Measured {
        name: "pipeline".to_owned(),
        count: sums.done,
        metrics,
        seconds: a_minute(sums.by_stage),
        peak_memory_mb: peak_memory_mb(),
        ..Measured::default()
    });
    let mut own = models.into_inner().unwrap_or_else(PoisonError::into_inner).seconds;
    own.retain(|_, seconds| *seconds > 0.0);
    if workers > 1 {
        // Whose stage a model was at work in cannot be told.
        own.clear();
    }
    report.results.push(Measured {
        name: "models".to_owned(),
        count: sums.done,
        metrics: BTreeMap::from([("seconds_per_minute".to_owned(), of_models / minutes)]),
        seconds: a_minute(own),
        peak_memory_mb: peak_memory_mb(),
        ..Measured::default()
    });
    Ok(report)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sums {
    fn add(&mut self, analysed: Option<(Video, Analysis)>, clip: &Clip, manifest_file: &Path) {
        let Some((video, analysis)) = analysed else {
            self.failed += 1;
            return;
        };
        self.done += 1;
        self.minutes += video.duration_seconds.unwrap_or(0.0) / 60.0;
        let heard = analysis.transcripts.first().map(Transcript::text);
        self.with_words += usize::from(heard.is_some());
        for time in analysis.times {
            *self.by_stage.entry(time.stage).or_default() += time.seconds;
        }
        if let Some(known) = &clip.subtitles
            && let Ok(known) = subtitles::read(&manifest::file(manifest_file, known))
        {
            let known: Vec<&str> = known.cues.iter().map(|cue| cue.text.as_str()).collect();
            let errors = character_errors(&known.join(" "), &heard.unwrap_or_default());
            self.found.push((1.0 - errors.rate()).max(0.0));
        }
    }
}
