//! Heads of what happens in videos.

use crate::site::{Site, video_id};
use std::path::Path;
use vireo_domain::AnnotationKind;
use vireo_media::moves::{self, Clip, Move, Subject};
use vireo_server::app::{LabelledClip, TemporalRequest};
use vireo_understand::heads::Kind;

/// A square that goes right and then up, or up and then right, by turns.
fn clips(folder: &Path, count: u32) -> Vec<LabelledClip> {
    let clip = |number: u32| {
        let mut order = [Move::Right, Move::Up];
        if number % 2 == 1 {
            order.reverse();
        }
        let subject = Subject::Square {
            side: 24 + 2 * (number / 2),
            colour: [230, 200, 60],
            ground: [20, 20, 40],
        };
        let moves = order.map(|it| (it, 0.8 + 0.05 * f64::from(number / 2))).into();
        let path = folder.join(format!("{number}.mp4"));
        moves::write(&Clip { subject, moves, pause: 0.1, strength: 1.0, seed: number }, &path)
            .expect("made");
        let labels = vec![order.map(Move::name).join(" then ")];
        LabelledClip { path, span: None, labels, source: format!("take {number}") }
    };
    (0..count).map(clip).collect()
}

#[tokio::test]
async fn a_head_over_time_is_trained_compared_and_applied() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let clips = clips(folder.path(), 16);
    let quiet = |_: &str, _: usize, _: usize| {};
    let request = TemporalRequest { kind: Some(Kind::Cnn), is_multi: false };
    let trained = site.app.train_temporal_head("ways", clips.clone(), request, &quiet).await;
    let (made, tried) = trained.expect("trained");
    assert_eq!(
        (made.kind.as_str(), made.labels["up then right"], made.is_current),
        ("cnn", 8, true)
    );
    assert!(tried.is_empty(), "the kind was asked for");
    assert_eq!(site.app.heads().await.expect("listed"), [made]);

    let found = site.app.compare_temporal_head("ways", 4, 1, &quiet).await.expect("compared");
    let kinds: Vec<Kind> = found.tried.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, Kind::ALL);
    let evaluated = found.evaluated.expect("one label a clip");
    assert_eq!((evaluated.count, evaluated.majority), (16, 0.5));
    assert_eq!(evaluated.confusion.iter().flatten().sum::<usize>(), 16);

    // One of the clips is a video of the catalogue.
    let id = video_id("bread-1");
    let (mut video, analysis) = site.app.video(&id).await.expect("read").expect("there");
    let media = vireo_domain::MediaFacts {
        path: clips[0].path.to_string_lossy().into_owned(),
        ..Default::default()
    };
    video.media = Some(media);
    let analysis = analysis.expect("analysed");
    site.app.store.put_analysis(&video, &analysis).await.expect("put");
    let applied = site.app.apply_head("ways", &quiet).await.expect("applied");
    assert_eq!(applied.labels.values().sum::<usize>() + applied.passed_over, 12);
    assert_eq!(applied.labels["right then up"], 1);
    let (_, analysis) = site.app.video(&id).await.expect("read").expect("there");
    let said: Vec<_> = analysis
        .expect("analysed")
        .annotations
        .into_iter()
        .filter(|it| it.model == "head:ways")
        .collect();
    assert_eq!((said[0].kind, said[0].value.as_str()), (AnnotationKind::Category, "right then up"));
    assert!(said[1..].iter().all(|it| it.kind == AnnotationKind::Label && it.span.is_some()));
    let before = site.app.store.changes(0, 1000).await.expect("changes");
    site.app.apply_head("ways", &quiet).await.expect("applied again");
    assert_eq!(before, site.app.store.changes(0, 1000).await.expect("changes"));

    assert!(site.app.remove_head("ways").await.expect("removed"));
    assert!(!site.app.has_temporal_head("ways").await.expect("read"));
}

#[tokio::test]
async fn clips_of_one_source_are_no_measure() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut clips = clips(folder.path(), 4);
    for clip in &mut clips {
        clip.source.clone_from(&clip.labels[0]);
    }
    let quiet = |_: &str, _: usize, _: usize| {};
    let request = TemporalRequest::default();
    let (made, tried) =
        site.app.train_temporal_head("ways", clips, request, &quiet).await.expect("trained");
    assert_eq!((made.kind.as_str(), tried.len()), ("mean", 0), "nothing to choose by");
    let error = site.app.compare_temporal_head("ways", 5, 1, &quiet).await.expect_err("no measure");
    assert!(error.to_string().contains("all of one source"), "{error}");

    let gone = vec![LabelledClip {
        path: folder.path().join("gone.mp4"),
        span: None,
        labels: vec!["a".to_owned()],
        source: "a".to_owned(),
    }];
    let error =
        site.app.train_temporal_head("gone", gone, request, &quiet).await.expect_err("gone");
    assert!(format!("{error:#}").contains("gone.mp4"), "{error:#}");
}
