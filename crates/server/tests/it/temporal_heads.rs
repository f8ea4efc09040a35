//! Heads of what happens in videos.

use crate::installation::{Installation, options};
use crate::site::{Site, video_id};
use std::path::Path;
use vireo_domain::AnnotationKind;
use vireo_media::moves::{self, Clip, Move, Subject};
use vireo_server::app::{LabelledClip, TemporalRequest};
use vireo_server::jobs::ingest::{self, Options};
use vireo_understand::heads::{Kind, Task};

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
        let clip =
            Clip { subject, moves, pause: 0.1, strength: 1.0, is_mirrored: false, seed: number };
        moves::write(&clip, &path).expect("made");
        let labels = vec![Some(vec![order.map(Move::name).join(" then ")])];
        LabelledClip { path, span: None, labels, source: format!("take {number}") }
    };
    std::fs::create_dir_all(folder).expect("made");
    (0..count).map(clip).collect()
}

#[tokio::test]
async fn a_head_over_time_is_trained_compared_and_applied() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let clips = clips(folder.path(), 16);
    let quiet = |_: &str, _: usize, _: usize| {};
    let request = TemporalRequest { kind: Some(Kind::Cnn), ..TemporalRequest::default() };
    let trained = site.app.train_temporal_head("ways", clips.clone(), request, &quiet).await;
    let (made, tried) = trained.expect("trained");
    assert_eq!(
        (made.kind.as_str(), made.labels["up then right"], made.is_current),
        ("cnn", 8, true)
    );
    assert!(tried.is_empty(), "the kind was asked for");
    assert_eq!(site.app.heads().await.expect("listed"), [made]);

    let found = site.app.compare_temporal_head("ways", 4, 1, &quiet).await.expect("compared");
    let [found] = &found.tasks[..] else { panic!("nothing else is asked: {found:?}") };
    let kinds: Vec<Kind> = found.tried.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, Kind::ALL);
    let evaluated = found.evaluated.as_ref().expect("one label a clip");
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
        clip.source = format!("{:?}", clip.labels);
    }
    let quiet = |_: &str, _: usize, _: usize| {};
    let request = TemporalRequest::default();
    let (made, tried) = site
        .app
        .train_temporal_head("ways", clips.clone(), request.clone(), &quiet)
        .await
        .expect("trained");
    assert_eq!((made.kind.as_str(), tried.len()), ("mean", 0), "nothing to choose by");
    let error = site.app.compare_temporal_head("ways", 5, 1, &quiet).await.expect_err("no measure");
    assert!(error.to_string().contains("all of one source"), "{error}");

    clips[0].path = folder.path().join("gone.mp4");
    let error =
        site.app.train_temporal_head("gone", clips, request, &quiet).await.expect_err("gone");
    assert!(format!("{error:#}").contains("gone.mp4"), "{error:#}");
}

#[tokio::test]
async fn several_tasks_are_answered_by_one_head() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut clips = clips(folder.path(), 12);
    for (number, clip) in clips.iter_mut().enumerate() {
        // Larger ones, of some of which nothing is known; one is called otherwise.
        let size = if number == 11 { "huge" } else { ["small", "large"][number / 6] };
        clip.labels.push((number % 4 > 0).then(|| vec![size.to_owned()]));
    }
    let quiet = |_: &str, _: usize, _: usize| {};
    let task = |name: &str| Task { name: name.to_owned(), is_multi: false };
    let request = TemporalRequest { kind: Some(Kind::Gru), tasks: vec![task("way"), task("size")] };
    let trained = site.app.train_temporal_head("film", clips.clone(), request, &quiet).await;
    let (made, _) = trained.expect("trained");
    assert_eq!(made.left_out, ["size: huge"]);
    assert_eq!((made.labels["way: up then right"], made.labels["size: small"]), (6, 4));
    let found = site.app.compare_temporal_head("film", 3, 1, &quiet).await.expect("compared");
    let counts = |task: usize| found.tasks[task].evaluated.as_ref().map(|it| it.count);
    assert_eq!((counts(0), counts(1)), (Some(12), Some(8)));

    let one = vec![Some(vec!["left".to_owned()])];
    for clip in &mut clips {
        clip.labels.clone_from(&one);
    }
    let request = TemporalRequest::default();
    let error = site.app.train_temporal_head("one", clips, request, &quiet).await.expect_err("one");
    assert!(error.to_string().ends_with("2 examples each; there are: left (12)"), "{error}");
}

/// A head that was applied looks at what is ingested, until it is paused; one
/// that cannot is a warning.
#[tokio::test(flavor = "multi_thread")]
async fn heads_look_at_new_files() {
    let one = Installation::new().await;
    let clips = clips(&one.path("clips"), 12);
    let quiet = |_: &str, _: usize, _: usize| {};
    let request = TemporalRequest { kind: Some(Kind::Mean), ..TemporalRequest::default() };
    one.app.train_temporal_head("ways", clips, request, &quiet).await.expect("trained");
    one.app.apply_head("ways", &quiet).await.expect("applied to nothing");
    assert!(one.app.heads().await.expect("listed")[0].is_active);
    // Of a head that was trained with another model nothing is left to ask.
    let mut stale =
        one.app.store.document("temporal-head", "ways").await.expect("read").expect("it");
    stale["maker"] = "another".into();
    one.app.store.put_document("temporal-head", "stale", &stale).await.expect("put");
    one.app.store.put_document("active-head", "stale", &true.into()).await.expect("put");

    let said = async || {
        let video = one.app.store.videos(None, 10).await.expect("videos").remove(0);
        let analysis = one.app.store.analysis(&video.id).await.expect("read").expect("analysed");
        analysis.annotations.iter().filter(|it| it.model == "head:ways").count()
    };
    std::fs::create_dir_all(one.path("in")).expect("made");
    std::fs::copy(one.path("clips/0.mp4"), one.path("in/new.mp4")).expect("copied");
    let report = one.ingest(&[one.path("in")]).await;
    assert_eq!((report.added, report.failed.len()), (1, 0), "{report:?}");
    let warned = |(_, why): &(std::path::PathBuf, String)| why.contains("the head stale");
    assert!(report.warnings.iter().any(warned), "{report:?}");
    let first = said().await;
    assert!(first >= 1);

    let again = Options { again: true, ..options() };
    ingest::run(&one.app, &[one.path("in")], &again, &|_| {}).await.expect("runs");
    assert_eq!(said().await, first, "analysed again, asked again");
    assert!(one.app.pause_head("ways").await.expect("paused"));
    assert!(!one.app.pause_head("ways").await.expect("it is"));
    ingest::run(&one.app, &[one.path("in")], &again, &|_| {}).await.expect("runs");
    assert_eq!(said().await, 0);
}
