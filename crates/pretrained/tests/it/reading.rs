//! Reading text in pictures that ffmpeg draws.

use crate::real::models;
use std::path::Path;
use std::process::Command;
use vireo_pretrained::catalogue::Job;
use vireo_pretrained::picture::Picture;

const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
const WIDTH: usize = 640;
const HEIGHT: usize = 360;

/// A picture with these texts at these places; `None` (and why) without font or ffmpeg.
fn drawn(background: &str, texts: &[(&str, u32, &str)]) -> Option<Vec<u8>> {
    if !Path::new(FONT).is_file() {
        eprintln!("skipped: {FONT} is missing (apt install fonts-noto-cjk)");
        return None;
    }
    let text = |(words, size, place): &(&str, u32, &str)| {
        format!("drawtext=fontfile={FONT}:text='{words}':fontsize={size}:fontcolor=white:{place}")
    };
    let filter: Vec<String> = texts.iter().map(text).collect();
    let source = format!("{background}=s={WIDTH}x{HEIGHT}");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &source, "-frames:v", "1"])
        .args(["-vf", &filter.join(","), "-pix_fmt", "rgb24", "-f", "rawvideo", "-"])
        .output();
    match output {
        Ok(output) if output.stdout.len() == WIDTH * HEIGHT * 3 => Some(output.stdout),
        other => {
            eprintln!("skipped: ffmpeg cannot draw text: {other:?}");
            None
        }
    }
}

#[test]
fn english_and_chinese_are_read_where_they_are() {
    let texts = [
        ("How to bake bread", 34, "x=40:y=40"),
        ("今天教大家做红烧肉", 40, "x=(w-tw)/2:y=280"),
        ("Part 3", 20, "x=540:y=160"),
    ];
    let Some(pixels) = drawn("color=0x305070", &texts) else { return };
    let Some(models) = models("standard", &[Job::Runtime, Job::TextReading]) else { return };
    let reader = models.text_reader().expect("opens").expect("in the profile");
    let picture = Picture::new(WIDTH, HEIGHT, &pixels).expect("whole");
    let lines = reader.read_all(&picture).expect("reads");
    let said: Vec<String> = lines.iter().map(|line| line.text.replace(' ', "")).collect();
    assert_eq!(said, ["Howtobakebread", "Part3", "今天教大家做红烧肉"]);
    let [left, top, right, bottom] = lines[2].region.bounds();
    assert!((120.0..160.0).contains(&left) && (480.0..520.0).contains(&right), "{left} {right}");
    assert!((270.0..295.0).contains(&top) && (315.0..345.0).contains(&bottom), "{top} {bottom}");
    assert!(lines.iter().all(|line| line.confidence > 0.8), "{lines:?}");
}

#[test]
fn nothing_is_read_where_nothing_is_written() {
    let Some(models) = models("standard", &[Job::Runtime, Job::TextReading]) else { return };
    let reader = models.text_reader().expect("opens").expect("in the profile");
    for background in ["color=black", "color=white", "mandelbrot"] {
        let Some(pixels) = drawn(background, &[(" ", 10, "x=0")]) else { return };
        let picture = Picture::new(WIDTH, HEIGHT, &pixels).expect("whole");
        assert_eq!(reader.read_all(&picture).expect("reads"), [], "{background}");
    }
    let dot = [7; 3];
    let picture = Picture::new(1, 1, &dot).expect("whole");
    assert_eq!(reader.read_all(&picture).expect("reads"), []);
}

#[test]
fn a_profile_without_a_reader_says_none() {
    let config = vireo_pretrained::models::Config {
        profile: "tiny".to_owned(),
        ..vireo_pretrained::models::Config::default()
    };
    let reader = vireo_pretrained::Models::new(config).text_reader().expect("sound");
    assert!(reader.is_none());
}
