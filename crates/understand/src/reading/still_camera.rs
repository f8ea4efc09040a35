//! A still camera films, and words come and go at times that are known: none
//! that stays for two seconds may be lost, and the models may look at no more
//! than twelve pictures a minute. With the real reader, where it was fetched.

use super::{PER_SECOND, WIDTH, read};
use std::path::Path;
use std::process::Command;
use strsim::normalized_levenshtein;
use vireo_media::frames::ColourStream;
use vireo_media::probe::probe;
use vireo_pretrained::Models;
use vireo_pretrained::models::Config;

const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
const MOST_LOOKS: usize = 12;

/// What the camera sees, a wall, a box that is carried past it, and a shelf full
/// of edges, each with the seed of its words. The sensor is noisy.
const SCENES: [(u64, &str); 3] = [
    (1, "gradients=size=854x480:rate=10:speed=0.00001:seed=3,format=yuv420p,noise=alls=8:allf=t"),
    (
        2,
        "gradients=size=854x480:rate=10:speed=0.00001:seed=3[wall];\
         color=0x202830:size=240x300:rate=10[box];\
         [wall][box]overlay=x='mod(60*t,1094)-240':y=140,format=yuv420p,noise=alls=8:allf=t",
    ),
    (
        3,
        "color=0x706050:size=854x480:rate=10,drawgrid=w=61:h=97:t=5:color=0x503828,\
         format=yuv420p,noise=alls=8:allf=t",
    ),
];

const SUBTITLES: [&str; 8] = [
    "今天教大家做红烧肉",
    "First we wash the rice",
    "先把五花肉切成小块",
    "and leave it for ten minutes",
    "锅里放一点油",
    "Do not let the pan get too hot",
    "再加两勺酱油和一点糖",
    "Now it is ready to be served",
];
const SIGNS: [&str; 2] = ["KITCHEN No 7", "家常菜第三课"];

/// Words, from and to in seconds, size, and where they are.
struct Shown {
    words: &'static str,
    from: f64,
    to: f64,
    size: u32,
    place: &'static str,
}

/// A number from 0 to 1 (Steele and Vigna's SplitMix64).
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// What is shown in a minute: eight subtitles of 2 to 5 s, and two signs.
fn minute(seed: u64) -> Vec<Shown> {
    let mut state = seed;
    let mut shown = Vec::new();
    for (slot, words) in SUBTITLES.into_iter().enumerate() {
        let from = 7.5 * slot as f64 + 2.4 * random(&mut state);
        let to = from + 2.0 + 3.0 * random(&mut state);
        shown.push(Shown { words, from, to, size: 36, place: "x=(w-tw)/2:y=h-th-24" });
    }
    for (half, words) in SIGNS.into_iter().enumerate() {
        let from = 30.0 * half as f64 + 10.0 * random(&mut state);
        let to = from + 5.0 + 10.0 * random(&mut state);
        shown.push(Shown { words, from, to, size: 44, place: "x=40:y=40" });
    }
    shown
}

fn film(scene: &str, shown: &[Shown], to: &Path) {
    let words = shown.iter().map(|Shown { words, from, to, size, place }| {
        format!(
            "drawtext=fontfile={FONT}:text='{words}':fontsize={size}:fontcolor=white:borderw=2:\
             {place}:enable='gte(t,{from:.3})*lt(t,{to:.3})'"
        )
    });
    let filter: Vec<String> = std::iter::once(scene.to_owned()).chain(words).collect();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &filter.join(","), "-t", "60"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p"])
        .arg(to)
        .status();
    assert!(made.expect("ffmpeg").success());
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[test]
fn no_caption_of_two_seconds_is_lost() {
    let models = Models::new(Config::default());
    let reader = match models.text_reader() {
        Ok(Some(reader)) if Path::new(FONT).is_file() => reader,
        _ => return eprintln!("skipped: no reader of text was fetched, or there is no {FONT}"),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut most = 0;
    let mut lost = Vec::new();
    for (seed, scene) in SCENES {
        let path = folder.path().join("film.mp4");
        let shown = minute(seed);
        film(scene, &shown, &path);
        let probe = probe(&path).expect("a video");
        let frames = ColourStream::of(&path, &probe, WIDTH, PER_SECOND).expect("pictures");
        let watched = read(frames, &*reader, &|_| {}).expect("watches");
        eprintln!("seed {seed}: {} looks at {} pictures", watched.looks, watched.pictures);
        most = most.max(watched.looks);
        for Shown { words, from, to, .. } in shown {
            let is_read = watched.captions.iter().any(|caption| {
                let second = |picture: usize| picture as f64 / f64::from(PER_SECOND);
                let is_then = second(caption.first) < to && second(caption.last) > from - 1.0;
                is_then && normalized_levenshtein(&plain(&caption.text), &plain(words)) >= 0.8
            });
            if !is_read {
                lost.push(format!("seed {seed}: {words}, {from:.1} to {to:.1} s"));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(most <= MOST_LOOKS, "{most} looks in a minute");
}
