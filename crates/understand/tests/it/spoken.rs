//! Speech, with real models where there are some.

use super::{Studio, run};
use std::process::Command;
use vireo_domain::{AnnotationKind, TranscriptOrigin};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_understand::{Config, Understander};

/// The `tiny` models, if they were fetched.
fn tiny() -> Option<Models> {
    let models =
        Models::new(ModelsConfig { profile: "tiny".to_owned(), ..ModelsConfig::default() });
    let missing = models.speech().err().or_else(|| models.voice().err());
    if let Some(error) = &missing {
        eprintln!("skipped: {error}");
    }
    missing.is_none().then_some(models)
}

/// A sound file in which espeak-ng says something.
fn say(studio: &Studio, words: &str) -> Option<String> {
    let path = studio.path("said.wav");
    let mut command = Command::new("espeak-ng");
    command.args(["-v", "en-us", "-s", "140", "-w"]).arg(&path).arg(words);
    if command.output().is_ok_and(|output| output.status.success()) {
        return Some(path.to_str().expect("a plain path").to_owned());
    }
    eprintln!("skipped: espeak-ng is not installed");
    None
}

#[test]
fn what_is_said_is_written_down_at_its_time() {
    let studio = Studio::new();
    let Some(sound) = say(&studio, "The quick brown fox jumps over the lazy dog.") else { return };
    let Some(models) = tiny() else { return };
    // Twenty seconds of silence, then the sentence.
    let padded = studio.path("padded.wav");
    run(Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i", &sound, "-af", "adelay=20000:all=1"])
        .arg(&padded));
    let padded = padded.to_str().expect("a plain path");
    let path = studio.video("fox.mp4", 26, &["-i", padded]);
    let understander = Understander::new(Config::default(), models);
    let (video, analysis) = studio.analyse(&understander, &path).expect("an analysis");
    let transcript = &analysis.transcripts[0];
    assert_eq!(transcript.origin, TranscriptOrigin::Speech);
    assert!(transcript.text().to_lowercase().contains("fox"), "{}", transcript.text());
    assert!((19.0..24.0).contains(&transcript.cues[0].span.start), "{:?}", transcript.cues[0]);
    assert_eq!(video.language.map(|l| l.to_string()).as_deref(), Some("en"));
    assert!(analysis.card.is_some());
}

#[test]
fn the_sound_is_measured_beyond_the_limit_of_listening() {
    let Some(models) = tiny() else { return };
    let studio = Studio::new();
    let tone = "aevalsrc=if(between(t\\,5\\,8)\\,0\\,0.2*sin(2000*t)):d=9";
    let path = studio.video("tone.mp4", 9, &["-f", "lavfi", "-i", tone]);
    let config = Config { speech_limit_seconds: 2.0, ..Config::default() };
    let (_, analysis) =
        studio.analyse(&Understander::new(config, models), &path).expect("an analysis");
    assert!(analysis.warnings.iter().any(|warning| warning.contains("first 2 s")));
    let of = |kind| analysis.annotations.iter().filter(move |it| it.kind == kind);
    assert_eq!(of(AnnotationKind::Silent).count(), 1);
    assert_eq!(of(AnnotationKind::Loudness).count(), 1);
}

#[test]
fn silence_is_not_made_into_words() {
    let Some(models) = tiny() else { return };
    let studio = Studio::new();
    let path = studio.video(
        "silent.mp4",
        8,
        &["-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-shortest"],
    );
    let (_, analysis) =
        studio.analyse(&Understander::new(Config::default(), models), &path).expect("an analysis");
    assert!(analysis.transcripts.is_empty(), "{:?}", analysis.transcripts);
    assert_eq!(analysis.card, None);
}
