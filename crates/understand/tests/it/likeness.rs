//! Words and pictures in one space, through the real loading code, with a small
//! model of the format that hubs carry, which knows colours.

use super::{Studio, by_rules, run, warnings};
use std::path::{Path, PathBuf};
use std::process::Command;
use vireo_domain::{Analysis, AnnotationKind, Source};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_pretrained::picture_text::colours::{self, Export};
use vireo_understand::{CardWriter, Config, Understander};

/// A models folder with the small model; `None` (and why) where it cannot run.
fn models(studio: &Studio, export: Export) -> Option<Models> {
    let dir = studio.path("models");
    let is_whole = colours::install(&dir, export).expect("written");
    let config =
        ModelsConfig { dir: Some(dir), profile: "tiny".to_owned(), ..ModelsConfig::default() };
    is_whole.then(|| Models::new(config))
}

fn understander(models: &Models, names: &[&str]) -> Understander {
    let config = Config {
        speech: false,
        sounds: false,
        card_writer: CardWriter::Rules,
        keyframes: 0,
        preview_width: 0,
        sprites: false,
        picture_names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Config::default()
    };
    Understander::new(config, models.clone())
}

/// Red, then blue, so many seconds each.
fn red_then_blue(studio: &Studio, seconds: u32) -> PathBuf {
    let path = studio.path("film.mp4");
    let colour = |name: &str| format!("color={name}:size=160x90:rate=10:duration={seconds}");
    run(Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &colour("red")])
        .args(["-f", "lavfi", "-i", &colour("blue")])
        .args(["-filter_complex", "[0][1]concat=n=2", "-pix_fmt", "yuv420p", "-g", "20"])
        .arg(&path));
    path
}

fn labels(analysis: &Analysis) -> Vec<(&str, f64, f64)> {
    let labels = analysis.annotations.iter().filter(|it| it.kind == AnnotationKind::Label);
    let span = labels.map(|it| (&*it.value, it.span.expect("each has one")));
    span.map(|(name, span)| (name, span.start.round(), span.end.round())).collect()
}

#[test]
fn colours_are_named_and_found_by_words_of_two_languages() {
    for export in [Export::Clip, Export::SigLip] {
        let studio = Studio::new();
        let Some(models) = models(&studio, export) else { return };
        let understander = understander(&models, &["红", "green", "blue"]);
        let path = red_then_blue(&studio, 4);
        let (_, analysis) = studio.analyse(&understander, &path).expect("understood");
        assert_eq!(warnings(&analysis), [""; 0]);
        assert_eq!(labels(&analysis), [("红", 0.0, 4.0), ("blue", 4.0, 8.0)], "{export:?}");
        let label = analysis.annotations.iter().find(|it| it.value == "红").expect("said");
        assert_eq!((label.source, &label.model), (Source::Pictures, &analysis.picture_model));
        assert!(label.confidence > 0.9 && label.model.starts_with("picture-text@"));
        let at: Vec<f64> = analysis.pictures.iter().map(|picture| picture.at.round()).collect();
        assert!(matches!(at[..], [0.0, 4.0 | 5.0]), "one of each colour, of eight seconds: {at:?}");
        for (words, shown) in [("red", 0), ("红色", 0), ("a photo of blue", 1), ("蓝", 1)] {
            let sought = understander.look_for(words).expect("embedded").expect("known words");
            assert_eq!(sought.model, analysis.picture_model);
            let is_shown = |place: usize| {
                let picture: &vireo_domain::PictureVector = &analysis.pictures[place];
                sought.direction.cosine(&picture.embedding) >= sought.floor
            };
            assert!(is_shown(shown) && !is_shown(1 - shown), "{words}");
        }
        let green = understander.look_for("green").expect("embedded").expect("a known word");
        let best = analysis.pictures.iter().map(|it| green.direction.cosine(&it.embedding));
        assert!(best.fold(f32::MIN, f32::max) < green.floor, "no picture is green");
        assert_eq!(understander.look_for("of").expect("embedded"), None);
    }
}

#[test]
fn of_long_videos_the_frames_that_are_stored_whole_are_kept() {
    let studio = Studio::new();
    let Some(models) = models(&studio, Export::SigLip) else { return };
    let path = red_then_blue(&studio, 60);
    let understander = understander(&models, &["red"]);
    let (_, analysis) = studio.analyse(&understander, &path).expect("understood");
    assert_eq!(analysis.pictures.len(), 2, "{:?}", analysis.pictures);
    assert!((59.0..=66.0).contains(&analysis.pictures[1].at), "{:?}", analysis.pictures);
    assert_eq!(labels(&analysis).first().map(|it| it.0), Some("red"));
}

#[test]
fn a_broken_model_is_a_warning_and_none_is_nothing() {
    let studio = Studio::new();
    let path = red_then_blue(&studio, 1);
    let (_, analysis) = studio.analyse(&by_rules(), &path).expect("understood");
    assert_eq!(warnings(&analysis), [""; 0]);
    assert!(analysis.pictures.is_empty() && analysis.picture_model.is_empty());
    assert_eq!(by_rules().look_for("red").expect("no model is no error"), None);

    let Some(models) = models(&studio, Export::Clip) else { return };
    let tokenizer = Path::new("picture-text/tokenizer.json");
    std::fs::remove_file(models.dir().join(tokenizer)).expect("there");
    let understander = understander(&models, &["red"]);
    let (_, analysis) = studio.analyse(&understander, &path).expect("understood all the same");
    let [warning] = warnings(&analysis)[..] else { panic!("{:?}", analysis.warnings) };
    assert!(warning.starts_with("likeness: ") && warning.contains("tokenizer.json is missing"));
    assert!(understander.look_for("red").is_err());
}
