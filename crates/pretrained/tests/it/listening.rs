//! Voice detection and speech recognition on sound that is made here.

use crate::real::models;
use std::process::Command;
use vireo_domain::Language;
use vireo_pretrained::catalogue::Job;

const RATE: usize = 16_000;
const SENTENCE: &str = "The library opens at nine o'clock, and children read there until noon.";

/// English from espeak-ng at 16 kHz; `None` (and why) if it isn't installed.
fn spoken(text: &str) -> Option<Vec<f32>> {
    let output =
        Command::new("espeak-ng").args(["-v", "en-us", "-s", "140", "--stdout", text]).output();
    let wav = match output {
        Ok(output) if output.status.success() => output.stdout,
        _ => {
            eprintln!("skipped: espeak-ng is not installed");
            return None;
        }
    };
    // A 44-byte header, then 22,050 Hz mono in 16 bits.
    let samples: Vec<f32> = wav[44..]
        .as_chunks::<2>()
        .0
        .iter()
        .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32768.0)
        .collect();
    let ratio = 22_050.0 / RATE as f64;
    let count = ((samples.len() - 1) as f64 / ratio) as usize;
    let at = |i: usize| {
        let position = i as f64 * ratio;
        let (index, share) = (position as usize, position.fract() as f32);
        samples[index] * (1.0 - share) + samples[index + 1] * share
    };
    Some((0..count).map(at).collect())
}

fn silence(seconds: usize) -> Vec<f32> {
    vec![0.0; seconds * RATE]
}

/// White noise from a fixed seed.
fn noise(seconds: usize, loudness: f32) -> Vec<f32> {
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    (0..seconds * RATE).map(|_| next() * loudness).collect()
}

fn hum(seconds: usize) -> Vec<f32> {
    let angle = |i: usize| i as f32 * 2.0 * std::f32::consts::PI * 220.0 / RATE as f32;
    (0..seconds * RATE).map(|i| 0.2 * angle(i % RATE).sin()).collect()
}

#[test]
fn the_voice_is_found_between_silences() {
    let Some(models) = models("tiny", &[Job::Runtime, Job::Voice]) else { return };
    let Some(speech) = spoken(SENTENCE) else { return };
    let length = speech.len() as f64 / RATE as f64;
    let sound = [silence(3), speech, silence(3)].concat();
    let voice = models.voice().expect("opens");

    // In pieces of any size, the answer is the same.
    let mut answers = Vec::new();
    for piece in [173, 16_000, sound.len()] {
        let mut session = voice.start().expect("starts");
        let mut spans = Vec::new();
        for samples in sound.chunks(piece) {
            spans.extend(session.push(samples).expect("listens"));
        }
        spans.extend(session.finish().expect("ends"));
        answers.push(spans);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    let (first, last) = (answers[0][0], answers[0][answers[0].len() - 1]);
    assert!((first.start - 3.0).abs() < 0.4, "{first:?}");
    assert!((last.end - 3.0 - length).abs() < 0.8, "{last:?} {length}");
}

#[test]
fn there_is_no_voice_in_silence_noise_and_hum() {
    let Some(models) = models("tiny", &[Job::Runtime, Job::Voice]) else { return };
    let voice = models.voice().expect("opens");
    for sound in [silence(5), noise(5, 0.05), hum(5), vec![f32::NAN; RATE], Vec::new()] {
        let mut session = voice.start().expect("starts");
        let mut spans = session.push(&sound).expect("listens");
        spans.extend(session.finish().expect("ends"));
        assert!(spans.is_empty(), "{spans:?}");
    }
}

#[test]
fn a_sentence_is_understood() {
    let Some(models) = models("tiny", &[Job::Runtime, Job::Speech]) else { return };
    let Some(speech) = spoken(SENTENCE) else { return };
    let length = speech.len() as f64 / RATE as f64;
    let recogniser = models.speech().expect("opens");
    let sound = [silence(2), speech].concat();
    let listened = recogniser.listen(&sound).expect("listens");
    let (language, _) = listened.language(0..sound.len()).expect("is in a language");
    assert_eq!(language, Language::english());
    // An English-only model stays with English whatever it is told.
    let cues = listened.transcribe(&Language::chinese()).expect("writes down");
    let text = cues.iter().map(|cue| cue.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    for word in ["library", "children", "noon"] {
        assert!(text.contains(word), "{text}");
    }
    let end = cues.last().expect("a cue").span.end;
    assert!(end <= length + 2.0 && end > length, "{end} {length}");
}

#[test]
fn silence_and_noise_say_nothing() {
    let Some(models) = models("tiny", &[Job::Runtime, Job::Speech]) else { return };
    let recogniser = models.speech().expect("opens");
    for sound in [Vec::new(), silence(10), noise(10, 0.0005), noise(10, 0.05), hum(10)] {
        let heard = recogniser.listen(&sound).expect("listens");
        let cues = heard.transcribe(&Language::english()).expect("writes down");
        assert!(cues.is_empty(), "{cues:?}");
    }
}

#[test]
fn words_have_their_times_and_a_pause_is_nobodys() {
    let Some(models) = models("tiny", &[Job::Runtime, Job::Speech]) else { return };
    let halves = ["The library opens at nine o'clock.", "Children read there until noon."];
    let Some(first) = spoken(halves[0]) else { return };
    let second = spoken(halves[1]).expect("spoken, as the first was");
    let sound = [silence(1), first, silence(2), second].concat();
    let seconds = |samples: usize| samples as f64 / RATE as f64;
    let recogniser = models.speech().expect("opens");
    let heard = recogniser.listen(&sound).expect("listens");
    let heard = heard.transcribe(&Language::english()).expect("writes down");
    let words: Vec<(&str, f64, f64)> = heard
        .iter()
        .flat_map(vireo_domain::Cue::words)
        .map(|(word, span)| (word, span.start, span.end))
        .collect();
    let find = |wanted: &str| {
        let found = words.iter().find(|(word, ..)| word.to_lowercase().starts_with(wanted));
        *found.unwrap_or_else(|| panic!("{wanted} is not in {words:?}"))
    };
    let begins = seconds(sound.len()) - seconds(spoken(halves[1]).expect("spoken").len());
    let (_, the, _) = find("the");
    let (_, _, clock) = find("o'clock");
    let (_, children, _) = find("children");
    let is_near = |heard: f64, said: f64| (heard - said).abs() < 0.3;
    assert!(is_near(the, 1.0) && is_near(clock, begins - 2.0), "{begins}: {words:?}");
    assert!(is_near(children, begins), "{begins}: {words:?}");
    assert!(words.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{words:?}");
}
