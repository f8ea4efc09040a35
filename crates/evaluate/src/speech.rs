//! `vireo bench speech`: error rates and speed of the speech analyser.

use crate::{
    Errors, Measured, Report, Result, character_errors, manifest, peak_memory_mb, word_errors,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use vireo_domain::{Language, Timestamp, TranscriptOrigin, Video, VideoId};
use vireo_media::sidecar::Sidecars;
use vireo_understand::{Input, Understander};

/// A line of the manifest.
#[derive(Debug, Deserialize)]
struct Utterance {
    file: String,
    lang: String,
    text: String,
}

#[derive(Default)]
struct Sum {
    count: usize,
    errors: Errors,
    sound_seconds: f64,
    speech_seconds: f64,
}

/// Listens to every utterance through the whole analysis of a video;
/// `progress(done, of)`. `name` is the recogniser's, for the table.
pub fn run(
    understander: &Understander,
    name: &str,
    manifest_file: &Path,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let utterances: Vec<Utterance> = manifest::read(manifest_file)?;
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for (number, utterance) in utterances.iter().enumerate() {
        progress(number, utterances.len());
        let path = manifest::file(manifest_file, &utterance.file);
        let id = VideoId::new(format!("utterance-{number}")).expect("a plain id");
        let video = Video::new(id, "utterance", Timestamp::now());
        let covers = std::env::temp_dir();
        let input = Input { path: &path, video, sidecars: &Sidecars::default(), covers: &covers };
        let (video, analysis) = understander.analyse(input, &|_| {})?;
        let heard = analysis
            .transcripts
            .iter()
            .find(|transcript| transcript.origin == TranscriptOrigin::Speech)
            .map(vireo_domain::Transcript::text)
            .unwrap_or_default();
        let language = Language::new(&utterance.lang);
        let sum = sums.entry(language.to_string()).or_default();
        sum.count += 1;
        sum.errors += if language.is_chinese() {
            character_errors(&utterance.text, &heard)
        } else {
            word_errors(&utterance.text, &heard)
        };
        sum.sound_seconds += video.duration_seconds.unwrap_or(0.0);
        sum.speech_seconds +=
            analysis.times.iter().filter(|t| t.stage == "speech").map(|t| t.seconds).sum::<f64>();
    }
    progress(utterances.len(), utterances.len());
    for (language, sum) in sums {
        let metric = if language == "zh" { "cer" } else { "wer" };
        let metrics = BTreeMap::from([
            (metric.to_owned(), sum.errors.rate()),
            ("rtf".to_owned(), sum.speech_seconds / sum.sound_seconds.max(1e-9)),
        ]);
        report.results.push(Measured {
            name: name.to_owned(),
            language: Some(language),
            count: sum.count,
            metrics,
            peak_memory_mb: peak_memory_mb(),
            ..Measured::default()
        });
    }
    Ok(report)
}
