//! The owner's own categories.

use crate::site::{Site, video_id};
use vireo_domain::AnnotationKind;
use vireo_server::app::{Labelled, Subject};

fn label(video: &str, label: &str) -> Labelled {
    Labelled { of: Subject::Video(video_id(video)), label: label.to_owned() }
}

fn examples() -> Vec<Labelled> {
    let text = |text: &str, label: &str| Labelled {
        of: Subject::Text(text.to_owned()),
        label: label.to_owned(),
    };
    vec![
        label("bread-1", "kitchen"),
        label("bread-2", "kitchen"),
        text("Baking bread with rye flour", "kitchen"),
        text("番茄炒蛋，家常菜的做法", "kitchen"),
        label("chess-1", "board"),
        label("chess-2", "board"),
        text("Chess tactics with knights and pawns", "board"),
        text("围棋的基本规则，入门", "board"),
    ]
}

#[tokio::test]
async fn a_head_labels_the_videos_that_had_no_label() {
    let site = Site::new().await;
    let made = site.app.train_head("rooms", examples(), &|_, _, _| {}).await.expect("trained");
    assert_eq!(made.labels["board"], 4);
    assert_eq!(site.app.heads().await.expect("listed"), [made]);

    let applied = site.app.apply_head("rooms", &|_, _, _| {}).await.expect("applied");
    assert_eq!((applied.labels.values().sum::<usize>(), applied.passed_over), (12, 0));
    for (video, label) in [("bread-3", "kitchen"), ("chess-3", "board"), ("zh-1", "kitchen")] {
        let (_, analysis) = site.app.video(&video_id(video)).await.expect("read").expect("there");
        let annotations = analysis.expect("analysed").annotations;
        let said: Vec<_> = annotations.iter().filter(|a| a.model == "head:rooms").collect();
        assert_eq!(said.len(), 1, "{video}");
        assert_eq!((said[0].kind, said[0].value.as_str()), (AnnotationKind::Category, label));
        assert!(said[0].confidence > 0.5, "{:?}", said[0]);
        assert!(annotations.len() > 1, "what others said stays");
    }
    let before = site.app.store.changes(0, 1000).await.expect("changes");
    site.app.apply_head("rooms", &|_, _, _| {}).await.expect("applied again");
    let after = site.app.store.changes(0, 1000).await.expect("changes");
    assert_eq!(before, after, "the same again is no change");

    assert!(site.app.remove_head("rooms").await.expect("removed"));
    assert!(site.app.apply_head("rooms", &|_, _, _| {}).await.is_err());
}

#[tokio::test]
async fn a_head_is_evaluated_on_examples_that_it_has_not_seen() {
    let site = Site::new().await;
    site.app.train_head("rooms", examples(), &|_, _, _| {}).await.expect("trained");
    let found = site.app.evaluate_head("rooms", 4, 1, &|_, _, _| {}).await.expect("evaluated");
    assert_eq!((found.count, found.majority), (8, 0.5));
    assert_eq!(found.labels, ["board", "kitchen"]);
    let told: usize = found.confusion.iter().flatten().sum();
    assert_eq!(told, 8, "each is told once");
    let right = found.confusion[0][0] + found.confusion[1][1];
    assert!((found.accuracy - right as f64 / 8.0).abs() < 1e-9);
}

#[tokio::test]
async fn what_cannot_be_trained_is_refused_in_words() {
    let site = Site::new().await;
    let message = async |name: &str, examples: Vec<Labelled>| {
        let refused = site.app.train_head(name, examples, &|_, _, _| {}).await;
        format!("{:#}", refused.expect_err("refused"))
    };
    assert!(message("a/b", examples()).await.contains("letters, digits"));
    assert!(message("one", vec![label("bread-1", "a")]).await.contains("two labels"));
    assert!(message("gone", vec![label("nowhere", "a")]).await.contains("no video nowhere"));
    let unknown = site.app.evaluate_head("rooms", 5, 1, &|_, _, _| {}).await;
    assert!(unknown.expect_err("none").to_string().contains("vireo heads train rooms"));
}
