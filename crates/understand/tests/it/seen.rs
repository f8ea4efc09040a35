//! What is seen in real clips, with the real networks where they were fetched.

use super::{Studio, by_rules, warnings};
use std::path::Path;
use vireo_domain::{AnnotationKind, Source};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_understand::{CardWriter, Config, Understander};

/// Looks at pictures and shots only; `None` (and why) without the networks.
fn looking() -> Option<Understander> {
    let models = Models::new(ModelsConfig::default());
    let fetched = models.picture_labeller().expect("opens").is_some()
        && models.unsafe_content().expect("opens").is_some();
    if !fetched {
        eprintln!("skipped: the networks for pictures were not fetched (vireo models pull)");
        return None;
    }
    let config = Config {
        speech: false,
        screen_text: false,
        card_writer: CardWriter::Rules,
        keyframes: 0,
        preview_width: 0,
        sprites: false,
        ..Config::default()
    };
    Some(Understander::new(config, models))
}

#[test]
fn a_bow_is_seen_and_nothing_is_warned_of() {
    let Some(understander) = looking() else { return };
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/clips/archery.mp4");
    if !clip.is_file() {
        eprintln!("skipped: there is no {}", clip.display());
        return;
    }
    let (_, analysis) = Studio::new().analyse(&understander, &clip).expect("understood");
    let of = |kind| analysis.annotations.iter().filter(move |it| it.kind == kind);
    let seen: Vec<_> = of(AnnotationKind::Label).collect();
    assert_eq!(seen.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), ["bow"]);
    assert_eq!((seen[0].source, seen[0].model.as_str()), (Source::Pictures, "efficientnet-lite0"));
    assert!(seen[0].confidence >= 0.5 && seen[0].span.is_some_and(|span| span.end <= 10.1));
    assert_eq!(of(AnnotationKind::UnsafeContent).count(), 0);
    assert_eq!(of(AnnotationKind::Loudness).count(), 1);
}

#[test]
fn a_test_picture_shows_nothing_that_has_a_name() {
    let Some(understander) = looking() else { return };
    let studio = Studio::new();
    let path = studio.video("test.mp4", 100, &["-pix_fmt", "yuv420p"]);
    let (_, analysis) = studio.analyse(&understander, &path).expect("understood");
    let kinds = [AnnotationKind::UnsafeContent, AnnotationKind::Loudness];
    assert!(!analysis.annotations.iter().any(|it| kinds.contains(&it.kind)));
    assert_eq!(warnings(&analysis), [""; 0]);
}

#[test]
fn without_the_networks_pictures_are_passed_over() {
    let studio = Studio::new();
    let path = studio.video("test.mp4", 2, &["-pix_fmt", "yuv420p"]);
    let (_, analysis) = studio.analyse(&by_rules(), &path).expect("understood");
    assert!(analysis.times.iter().any(|time| time.stage == "pictures"));
    assert_eq!(warnings(&analysis), [""; 0]);
}
