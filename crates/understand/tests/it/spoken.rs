//! Speech, with real models where there are some.

use super::{Studio, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use vireo_domain::{Analysis, AnnotationKind, TranscriptOrigin};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_understand::{CardWriter, Config, Understander};

/// The `tiny` models, if they were fetched.
fn tiny() -> Option<Models> {
    fetched("tiny")
}

/// The models of a profile, if they were fetched.
fn fetched(profile: &str) -> Option<Models> {
    let models =
        Models::new(ModelsConfig { profile: profile.to_owned(), ..ModelsConfig::default() });
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
    let [(value, start, end)] = sounds(&analysis)[..] else { panic!("{:?}", sounds(&analysis)) };
    assert!(value == "speech" && (19.0..21.0).contains(&start) && end < 26.0, "{start} {end}");
}

/// What is heard, and from when to when.
fn sounds(analysis: &Analysis) -> Vec<(&str, f64, f64)> {
    let heard = analysis.annotations.iter().filter(|it| it.kind == AnnotationKind::Sound);
    heard
        .map(|it| {
            let span = it.span.expect("a part");
            (it.value.as_str(), span.start, span.end)
        })
        .collect()
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
    // The second of tone behind the pause is too short to be told.
    let [("other", start, end)] = sounds(&analysis)[..] else { panic!("{:?}", sounds(&analysis)) };
    assert!(start < 0.1 && (end - 5.0).abs() < 0.1, "{start} {end}");
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

/// Listens only.
fn listening(models: Models) -> Understander {
    let config = Config {
        screen_text: false,
        labels: false,
        unsafe_content: false,
        card_writer: CardWriter::Rules,
        shots: false,
        sounds: false,
        loudness: false,
        keyframes: 0,
        preview_width: 0,
        sprites: false,
        ..Config::default()
    };
    Understander::new(config, models)
}

/// Sixty seconds of what nobody says, as filters of ffmpeg.
const UNSAID: &[(&str, &str)] = &[
    ("silence", "anullsrc=r=16000:cl=mono"),
    ("white noise", "anoisesrc=c=white:a=0.2:seed=1"),
    ("faint white noise", "anoisesrc=c=white:a=0.003:seed=1"),
    ("pink noise", "anoisesrc=c=pink:a=0.3:seed=2"),
    ("brown noise", "anoisesrc=c=brown:a=0.5:seed=3"),
    // Plucked chords: C, F, G, A minor.
    (
        "chords",
        "aevalsrc=0.15*exp(-2*mod(t\\,1))*(sin(t*1644*pow(2\\,(5*gt(mod(t\\,4)\\,1)+2*gt(mod(t\\,4)\\,2)+2*gt(mod(t\\,4)\\,3))/12))\
         +sin(t*2071*pow(2\\,(5*gt(mod(t\\,4)\\,1)+2*gt(mod(t\\,4)\\,2)+2*gt(mod(t\\,4)\\,3))/12))\
         +sin(t*2463*pow(2\\,(5*gt(mod(t\\,4)\\,1)+2*gt(mod(t\\,4)\\,2)+2*gt(mod(t\\,4)\\,3))/12)))",
    ),
    // Four notes a second of a bowed string's many partials, up and down an octave.
    ("strings", "aevalsrc=0.1*(sin(t*f)+sin(2*t*f)/2+sin(3*t*f)/3+sin(4*t*f)/4+sin(5*t*f)/5)"),
    // A kick twice a second and a hat four times.
    (
        "drums",
        "aevalsrc=0.5*sin(60*(1-exp(-9*mod(t\\,0.5))))*exp(-6*mod(t\\,0.5))+0.2*(random(0)-0.5)*exp(-40*mod(t\\,0.25))",
    ),
    // A hum with vibrato that swells four times a second, as syllables do.
    (
        "hum",
        "aevalsrc=0.1*(0.55+0.45*sin(25*t))*(sin(1400*t+2*sin(35*t))+sin(2800*t+4*sin(35*t))/2+sin(4200*t+6*sin(35*t))/3)",
    ),
];

/// Angular frequency of a note of the scale that goes up and down.
const NOTE: &str = "(1382*pow(2\\,floor(abs(mod(t*4\\,24)-12))/12))";

#[test]
fn silence_noise_and_music_give_no_cue() {
    let Some(models) = fetched("standard") else { return };
    let understander = listening(models);
    let studio = Studio::new();
    for (name, source) in UNSAID {
        let source = source.replace("t*f", &format!("t*{NOTE}"));
        let path = studio.path("unsaid.flac");
        run(Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", &source])
            .args(["-t", "60", "-ar", "16000"])
            .arg(&path));
        let (_, analysis) = studio.analyse(&understander, &path).expect("an analysis");
        assert!(analysis.transcripts.is_empty(), "{name}: {:?}", analysis.transcripts);
    }
}

/// Read by people: a minute of English, then of Chinese. Without the data: none.
fn two_languages(studio: &Studio) -> Option<(PathBuf, f64)> {
    const ENGLISH: [&str; 4] = ["LJ001-0001.flac", "LJ001-0004.flac", "LJ001-0005.flac", "jfk.wav"];
    const CHINESE: [&str; 5] = [
        "BAC009S0764W0121.wav",
        "BAC009S0724W0121.wav",
        "funasr_asr_example.wav",
        "masr_test.wav",
        "kimi_asr_example.wav",
    ];
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        eprintln!("skipped: there is no {}", data.display());
        return None;
    }
    let english = ENGLISH.iter().map(|file| data.join("speech_en").join(file));
    let chinese = CHINESE.iter().map(|file| data.join("speech_zh").join(file));
    let border = english.clone().map(|file| seconds_of(&file) + 1.0).sum();
    let files: Vec<PathBuf> = english.chain(chinese).collect();
    let path = studio.path("two.flac");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]);
    for file in &files {
        command.arg("-i").arg(file);
    }
    // A second of silence after each.
    let pause = "aresample=16000,aformat=channel_layouts=mono,apad=pad_dur=1";
    let numbers = 0..files.len();
    let parts: Vec<String> = numbers.clone().map(|n| format!("[{n}]{pause}[a{n}];")).collect();
    let names: Vec<String> = numbers.map(|n| format!("[a{n}]")).collect();
    let graph = format!("{}{}concat=n={}:v=0:a=1", parts.concat(), names.concat(), files.len());
    run(command.args(["-filter_complex", &graph]).arg(&path));
    Some((path, border))
}

fn seconds_of(path: &Path) -> f64 {
    vireo_media::probe::probe(path).expect("a sound").facts.duration_seconds
}

#[test]
fn each_language_is_written_down_in_its_own() {
    let Some(models) = fetched("standard") else { return };
    let studio = Studio::new();
    let Some((path, border)) = two_languages(&studio) else { return };
    let (_, analysis) = studio.analyse(&listening(models), &path).expect("an analysis");
    let [transcript] = analysis.transcripts.as_slice() else { panic!("{analysis:?}") };
    let text = transcript.text();
    let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
    for cue in &transcript.cues {
        let chinese =
            cue.text.chars().filter(|c| is_han(*c)).count() * 2 > cue.text.chars().count();
        assert_eq!(chinese, cue.span.start > border - 0.5, "border {border}: {cue:?}");
    }
    // The last words before the border and the first behind it are there, too.
    for words in ["movable", "country", "欢迎", "近几年", "不是告别"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
