//! Text in pictures, with the real reader where it was fetched. What is shown
//! when is drawn by ffmpeg, so it is known.

use super::{Studio, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use vireo_domain::{AnnotationKind, Source, TranscriptOrigin};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_understand::{CardWriter, Config, Understander};

const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

/// Something shown: words, seconds from and to, size, place.
type Shown<'a> = (&'a str, f64, f64, u32, &'a str);

/// The middle of the lower part.
const SUBTITLE: &str = "x=(w-tw)/2:y=h-th-30";

/// Understands what is written, and nothing else; `None` (and why) without reader or font.
fn reader() -> Option<Understander> {
    let models = Models::new(ModelsConfig::default());
    if let Err(error) = models.text_reader() {
        eprintln!("skipped: {error}");
        return None;
    }
    if !Path::new(FONT).is_file() {
        eprintln!("skipped: {FONT} is missing (apt install fonts-noto-cjk)");
        return None;
    }
    let config = Config {
        speech: false,
        card_writer: CardWriter::Rules,
        keyframes: 0,
        sprites: false,
        ..Config::default()
    };
    Some(Understander::new(config, models))
}

/// A video of this background with words on it.
fn film(studio: &Studio, background: &str, seconds: u32, shown: &[Shown<'_>]) -> PathBuf {
    let path = studio.path("shown.mp4");
    let draw = |(words, from, to, size, place): &Shown<'_>| {
        format!(
            "drawtext=fontfile={FONT}:text='{words}':fontsize={size}:fontcolor=white:borderw=2:\
             {place}:enable='gte(t,{from})*lt(t,{to})'"
        )
    };
    let filter: Vec<String> = shown.iter().map(draw).collect();
    let source = format!("{background}:duration={seconds}");
    run(Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &source])
        .args(["-vf", &filter.join(","), "-pix_fmt", "yuv420p"])
        .arg(&path));
    path
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn subtitles_are_searched_and_signs_are_noted() {
    let Some(understander) = reader() else { return };
    let studio = Studio::new();
    let shown = [
        ("红烧肉的做法", 1.0, 8.0, 56, "x=60:y=60"),
        ("今天教大家做红烧肉", 2.0, 5.0, 40, SUBTITLE),
        ("先把五花肉切成小块", 5.0, 9.0, 40, SUBTITLE),
        ("锅里放一点油", 12.0, 14.0, 40, SUBTITLE),
    ];
    let path = film(&studio, "color=0x406050:size=854x480:rate=25", 16, &shown);
    let (video, analysis) = studio.analyse(&understander, &path).expect("an analysis");
    let transcript = &analysis.transcripts[0];
    assert_eq!(transcript.origin, TranscriptOrigin::BurntIn, "{analysis:?}");
    assert_eq!(transcript.detail, "pp-ocrv5-mobile");
    assert!(transcript.language.is_chinese());
    assert!(video.language.is_some_and(|language| language.is_chinese()));
    let texts: Vec<String> = transcript.cues.iter().map(|cue| plain(&cue.text)).collect();
    assert_eq!(texts, [shown[1].0, shown[2].0, shown[3].0]);
    for (cue, (_, from, to, ..)) in transcript.cues.iter().zip(&shown[1..]) {
        assert!((cue.span.start - from).abs() <= 0.5, "{cue:?}");
        assert!((cue.span.end - to).abs() <= 0.5, "{cue:?}");
    }
    let signs: Vec<_> = analysis
        .annotations
        .iter()
        .filter(|statement| statement.kind == AnnotationKind::OnScreenText)
        .collect();
    assert_eq!(signs.len(), 1, "{signs:?}");
    assert_eq!(plain(&signs[0].value), shown[0].0);
    assert_eq!((signs[0].source, signs[0].model.as_str()), (Source::Pictures, "pp-ocrv5-mobile"));
    let span = signs[0].span.expect("it has a time");
    assert!((span.start - 1.0).abs() <= 0.5 && (span.end - 8.0).abs() <= 0.5, "{span:?}");
    assert!(analysis.scenes[0].text.contains("红烧肉的做法"), "{}", analysis.scenes[0].text);
    assert!(analysis.warnings.is_empty(), "{:?}", analysis.warnings);
}

#[test]
fn english_titles_over_moving_pictures_are_read() {
    let Some(understander) = reader() else { return };
    let studio = Studio::new();
    let shown = [
        ("How to prune a rose", 1.0, 4.0, 48, "x=60:y=60"),
        ("Cut above an outward bud", 6.0, 8.0, 36, SUBTITLE),
    ];
    let path = film(&studio, "testsrc2=size=854x480:rate=25", 10, &shown);
    let (_, analysis) = studio.analyse(&understander, &path).expect("an analysis");
    let text: Vec<String> = analysis.scenes.iter().map(|scene| plain(&scene.text)).collect();
    for (words, ..) in shown {
        assert!(text.iter().any(|text| text.contains(&plain(words))), "{words}: {text:?}");
    }
}

/// Issue 3: no caption that is shown for 2 s is lost.
#[test]
fn a_minute_of_short_captions_is_read_whole() {
    let Some(understander) = reader() else { return };
    let studio = Studio::new();
    let lines = [
        "第一步洗菜",
        "Boil the water",
        "第三步切葱花",
        "Add two eggs",
        "第五步热锅",
        "Stir it well",
        "第七步放盐",
        "Turn down the heat",
        "第九步装盘",
        "Serve it hot",
        "最后一步洗碗",
    ];
    // At odd moments, for 2 s each.
    let shown: Vec<Shown<'_>> = lines
        .iter()
        .zip(0..)
        .map(|(words, i)| {
            let from = 0.7 + 5.37 * f64::from(i);
            (*words, from, from + 2.0, 40, SUBTITLE)
        })
        .collect();
    let path = film(&studio, "testsrc=size=854x480:rate=25", 60, &shown);
    let (_, analysis) = studio.analyse(&understander, &path).expect("an analysis");
    let cues = &analysis.transcripts[0].cues;
    // One character may be misread (蔥 for 葱): it is captions that must not be lost.
    let is_read = |text: &str, words: &str| {
        let (read, shown) = (plain(text), plain(words));
        let misread = read.chars().zip(shown.chars()).filter(|(a, b)| a != b).count();
        read.chars().count() == shown.chars().count() && misread <= 1
    };
    for (words, from, to, ..) in &shown {
        let cue = cues.iter().find(|cue| is_read(&cue.text, words));
        let cue = cue.unwrap_or_else(|| panic!("{words} is lost: {cues:?}"));
        assert!(
            (cue.span.start - from).abs() <= 0.5 && (cue.span.end - to).abs() <= 0.5,
            "{cue:?}"
        );
    }
}

#[test]
fn a_profile_without_a_reader_is_no_warning() {
    let studio = Studio::new();
    let path = studio.video("silent.mp4", 2, &[]);
    let models = ModelsConfig { profile: "tiny".to_owned(), ..ModelsConfig::default() };
    let config = Config { card_writer: CardWriter::Rules, ..Config::default() };
    let understander = Understander::new(config, Models::new(models));
    let (_, analysis) = studio.analyse(&understander, &path).expect("an analysis");
    let [only] = analysis.warnings.as_slice() else { panic!("{:?}", analysis.warnings) };
    assert!(only.starts_with("nothing could be read"), "of the video, not of a reader: {only}");
}

/// A film, then its credits, which roll over black for twelve seconds.
#[test]
fn credits_that_roll_are_found_where_they_are() {
    let Some(understander) = reader() else { return };
    let studio = Studio::new();
    let roles = ["Directed by", "Ann Lee", "", "摄影", "王小明", "", "Music", "J. Okafor", ""];
    let lines = roles.iter().cycle().take(54).copied().collect::<Vec<_>>().join("\n");
    studio.write("roll.txt", lines);
    let path = studio.path("rolls.mp4");
    let roll = format!(
        "[1]drawtext=fontfile={FONT}:textfile={}:fontsize=26:fontcolor=white:line_spacing=12:\
         x=(w-tw)/2:y=h-60*t,format=yuv420p[roll];[0]format=yuv420p[film];[film][roll]concat",
        studio.path("roll.txt").display()
    );
    run(Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=854x480:rate=25:duration=8",
        ])
        .args(["-f", "lavfi", "-i", "color=black:size=854x480:rate=25:duration=12"])
        .args(["-filter_complex", &roll])
        .arg(&path));
    let (_, analysis) = studio.analyse(&understander, &path).expect("an analysis");
    let credits = analysis.annotations.iter().filter(|it| it.kind == AnnotationKind::Credits);
    let spans: Vec<_> = credits.filter_map(|it| it.span).collect();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!((7.5..=10.0).contains(&spans[0].start), "{spans:?}");
    assert!((19.0..=20.0).contains(&spans[0].end), "{spans:?}");
}
