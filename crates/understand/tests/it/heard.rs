//! What is measured of the sound, whoever listened to it before.

use super::{Studio, by_rules, warnings};
use vireo_domain::{Analysis, AnnotationKind};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_understand::{CardWriter, Config, Understander};

/// Nine seconds: a tone, three seconds of nothing, a tone.
const PAUSE: &[&str] = &[
    "-f",
    "lavfi",
    "-i",
    "aevalsrc=if(between(t\\,3\\,6)\\,0\\,0.2*sin(2000*t)):d=9",
    "-pix_fmt",
    "yuv420p",
];

fn of(analysis: &Analysis, kind: AnnotationKind) -> Vec<(String, Option<(f64, f64)>)> {
    let stated = analysis.annotations.iter().filter(|it| it.kind == kind);
    let rounded = |seconds: f64| (seconds * 10.0).round() / 10.0;
    stated
        .map(|it| {
            let span = it.span.map(|span| (rounded(span.start), rounded(span.end)));
            (it.value.clone(), span)
        })
        .collect()
}

#[test]
fn the_pause_is_found_where_nobody_listens() {
    let studio = Studio::new();
    let path = studio.video("pause.mp4", 9, PAUSE);
    let (_, analysis) = studio.analyse(&by_rules(), &path).expect("understood");
    let silent = of(&analysis, AnnotationKind::Silent);
    assert_eq!(silent, [("silent".to_owned(), Some((3.0, 6.0)))]);
    assert_eq!(of(&analysis, AnnotationKind::Loudness).len(), 1);
    assert_eq!(warnings(&analysis), [""; 0]);
}

#[test]
fn the_pause_is_found_where_listening_fails() {
    let studio = Studio::new();
    let path = studio.video("pause.mp4", 9, PAUSE);
    let nowhere = ModelsConfig { dir: Some("/nonexistent".into()), ..ModelsConfig::default() };
    let config = Config {
        screen_text: false,
        card_writer: CardWriter::Rules,
        loudness: false,
        ..Config::default()
    };
    let understander = Understander::new(config, Models::new(nowhere));
    let (_, analysis) = studio.analyse(&understander, &path).expect("understood");
    assert_eq!(of(&analysis, AnnotationKind::Silent).len(), 1);
    assert_eq!(of(&analysis, AnnotationKind::Loudness), []);
    let [warning] = warnings(&analysis)[..] else { panic!("{:?}", analysis.warnings) };
    assert!(warning.starts_with("speech: "), "{warning}");
}
