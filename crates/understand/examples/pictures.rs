//! Looks at the pictures of files and prints what is seen, how many people, what
//! is warned of, and what it costs.
//!
//! ```text
//! cargo run --release -p vireo-understand --example pictures -- FILE...
//! ```
//!
//! The table at the end is for files that are all safe: every warning in it is
//! a false one.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use vireo_domain::{AnnotationKind, Timestamp, Video, VideoId};
use vireo_media::frames::{ColourFrame, ColourStream};
use vireo_media::{content, probe, sidecar};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_pretrained::picture::Picture;
use vireo_understand::{CardWriter, Config, Input, Understander};

const THRESHOLDS: [f32; 4] = [0.5, 0.7, 0.8, 0.9];

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        return Err("usage: pictures FILE...".into());
    }
    // One thread: what a picture costs on one core.
    let models = Models::new(ModelsConfig { threads: 1, ..ModelsConfig::default() });
    let config = Config {
        speech: false,
        screen_text: false,
        card_writer: CardWriter::Rules,
        keyframes: 0,
        preview_width: 0,
        sprites: false,
        ..Config::default()
    };
    let understander = Understander::new(config, models.clone());
    let detector = models.unsafe_content()?.ok_or("the detector was not fetched")?;
    let labeller = models.picture_labeller()?.ok_or("the labeller was not fetched")?;
    let objects = models.object_detector()?.ok_or("the detector of objects was not fetched")?;

    let (mut minutes, mut warnings, mut seconds) = (0.0, 0, 0.0);
    let mut flags = [0; THRESHOLDS.len()];
    let (mut pictures, mut labelling, mut detecting, mut finding) = (0, 0.0, 0.0, 0.0);
    for file in &files {
        let file = file.canonicalize()?;
        let shown = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let analysis = analyse(&understander, &file)?;
        for said in &analysis.annotations {
            if let (
                AnnotationKind::Label | AnnotationKind::People | AnnotationKind::UnsafeContent,
                Some(span),
            ) = (said.kind, said.span)
            {
                let (from, to) = (span.start, span.end);
                let (sure, model) = (said.confidence, &said.model);
                println!("{shown} {from:.1}-{to:.1} s: {} ({sure:.2}, {model})", said.value);
                warnings += usize::from(said.kind == AnnotationKind::UnsafeContent);
            }
        }
        for warning in &analysis.warnings {
            println!("{shown} warning: {warning}");
        }
        let spent = analysis.times.iter().filter(|time| time.stage == "pictures");
        seconds += spent.map(|time| time.seconds).sum::<f64>();

        let probe = probe::probe(&file)?;
        minutes += probe.facts.duration_seconds / 60.0;
        for frame in ColourStream::of(&file, &probe, 400, 1)? {
            let ColourFrame { width, height, pixels, .. } = frame?;
            let picture = Picture::new(width, height, &pixels).ok_or("no picture")?;
            let started = Instant::now();
            let score = detector.score(&picture)?;
            detecting += started.elapsed().as_secs_f64();
            let started = Instant::now();
            labeller.look(&picture)?;
            labelling += started.elapsed().as_secs_f64();
            let started = Instant::now();
            objects.detect(&picture)?;
            finding += started.elapsed().as_secs_f64();
            pictures += 1;
            for (flags, threshold) in flags.iter_mut().zip(THRESHOLDS) {
                *flags += usize::from(score >= threshold);
            }
        }
    }
    println!("\n{} files, {minutes:.2} minutes, {pictures} pictures", files.len());
    let per_picture = |seconds: f64| seconds * 1000.0 / f64::from(pictures.max(1));
    println!("{:.1} ms a picture for labels, both views", per_picture(labelling));
    println!("{:.1} ms a picture for people and objects", per_picture(finding));
    println!("{:.1} ms a picture for unsafe content", per_picture(detecting));
    println!("{:.2} s a minute of video for the whole stage", seconds / minutes);
    println!("{warnings} warnings, {:.2} a minute", warnings as f64 / minutes);
    for (flags, threshold) in flags.iter().zip(THRESHOLDS) {
        let a_minute = *flags as f64 / minutes;
        println!("{flags} single pictures score {threshold} or more, {a_minute:.2} a minute");
    }
    Ok(())
}

fn analyse(
    understander: &Understander,
    file: &Path,
) -> Result<vireo_domain::Analysis, Box<dyn Error>> {
    let video = Video::new(VideoId::of_content(&content::hash(file)?), "", Timestamp::now());
    let sidecars = sidecar::find(file)?;
    let covers = std::env::temp_dir().join("vireo-pictures");
    let input = Input { path: file, video, sidecars: &sidecars, covers: &covers };
    Ok(understander.analyse(input, &|_| {})?.1)
}
