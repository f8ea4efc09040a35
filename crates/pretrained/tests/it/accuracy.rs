//! Error rates on real speech, where the shared data lie beside the checkout:
//! `cargo test -p vireo-pretrained --release -- --ignored --nocapture accuracy`

use crate::real::models;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use vireo_domain::Language;
use vireo_pretrained::catalogue::Job;

/// 16 kHz mono samples of a sound file.
fn samples(path: &Path) -> Vec<f32> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-ac", "1", "-ar", "16000", "-f", "f32le", "-"])
        .output()
        .expect("ffmpeg runs");
    output.stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Words of an English text, characters of a Chinese one.
fn units(text: &str, language: &str) -> Vec<String> {
    let text = text.to_lowercase();
    if language == "zh" {
        let text = fast2s::convert(&text);
        return text.chars().filter(|c| c.is_alphanumeric()).map(String::from).collect();
    }
    let plain = |c: char| {
        if c.is_alphanumeric() || c.is_whitespace() {
            Some(c)
        } else if c == '-' {
            Some(' ')
        } else {
            None
        }
    };
    text.chars()
        .filter_map(plain)
        .collect::<String>()
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// Levenshtein distance.
fn distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[test]
#[ignore = "measures"]
fn accuracy_of_speech() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(manifest) = std::fs::read_to_string(shared.join("speech_transcripts.jsonl")) else {
        eprintln!("skipped: no shared data beside the checkout");
        return;
    };
    let Some(models) = models("standard", &[Job::Speech]) else { return };
    let recogniser = models.speech().expect("opens");
    for language in ["en", "zh"] {
        let (mut wrong, mut all, mut sound, mut right_language, mut files) = (0, 0, 0.0, 0, 0);
        let mut seconds = 0.0;
        for line in manifest.lines() {
            let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
            if row["lang"] != language {
                continue;
            }
            let samples = samples(&shared.join(row["file"].as_str().expect("a file")));
            let start = Instant::now();
            let heard: Vec<_> = samples
                .chunks(480_000)
                .map(|window| recogniser.transcribe(window, None).expect("listens"))
                .collect();
            seconds += start.elapsed().as_secs_f64();
            sound += samples.len() as f64 / 16_000.0;
            files += 1;
            right_language += usize::from(heard[0].language == Language::new(language));
            let text: Vec<_> =
                heard.iter().flat_map(|h| &h.cues).map(|cue| cue.text.as_str()).collect();
            let text = text.join(" ");
            let reference = units(row["text"].as_str().expect("a text"), language);
            let errors = distance(&reference, &units(&text, language));
            if errors > 0 {
                println!("{errors} of {}: {} => {text}", reference.len(), row["text"]);
            }
            wrong += errors;
            all += reference.len();
        }
        println!(
            "{} {language}: error rate {:.4} ({wrong} of {all}), language right {right_language} of {files}, RTF {:.3} ({seconds:.1} s for {sound:.1} s)",
            recogniser.name(),
            f64::from(u32::try_from(wrong).expect("small")) / all as f64,
            seconds / sound
        );
    }
}
