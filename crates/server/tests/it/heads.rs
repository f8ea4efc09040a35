//! The owner's own categories.

use crate::site::{Site, video_id};
use vireo_domain::{Annotation, AnnotationKind, Source};
use vireo_server::app::{Labelled, NONE, Subject, Verdict};

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
    assert_eq!((made.labels["board"], made.is_active), (4, false));
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

    assert!(site.app.heads().await.expect("listed")[0].is_active);
    assert!(site.app.remove_head("rooms").await.expect("removed"));
    assert!(!site.app.pause_head("rooms").await.expect("read"), "nothing of it is left");
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
    let gone = ["nowhere", "bread-1"].map(|video| label(video, "a"));
    let gone = [gone.to_vec(), ["chess-1", "chess-2"].map(|video| label(video, "b")).to_vec()];
    assert!(message("gone", gone.concat()).await.contains("no video nowhere"));
    let unknown = site.app.evaluate_head("rooms", 5, 1, &|_, _, _| {}).await;
    assert!(unknown.expect_err("none").to_string().contains("vireo heads train rooms"));
}

#[tokio::test]
async fn a_label_with_one_example_is_left_out() {
    let site = Site::new().await;
    let mut examples = examples();
    examples.push(label("garden-1", "garden"));
    let made = site.app.train_head("rooms", examples, &|_, _, _| {}).await.expect("trained");
    assert_eq!((made.left_out, made.labels.len()), (vec!["garden".to_owned()], 2));
    let examples = vec![label("bread-1", "a"), label("bread-2", "a"), label("chess-1", "b")];
    let refused = site.app.train_head("few", examples, &|_, _, _| {}).await.expect_err("refused");
    assert!(refused.to_string().ends_with("2 examples each; there are: a (2), b (1)"), "{refused}");
}

/// What the admin approved is learned, and what was rejected as none of it.
#[tokio::test]
async fn verdicts_on_statements_are_labels() {
    let site = Site::new().await;
    let kind = AnnotationKind::Category;
    let error = site.app.approved_texts(kind).await.expect_err("nothing was judged");
    assert!(error.to_string().contains("two labels with 2 approved videos each"), "{error}");
    let judge = async |video: &str, verdict: Verdict| {
        let id = video_id(video);
        let (video, analysis) = site.app.video(&id).await.expect("read").expect("there");
        let mut analysis = analysis.expect("analysed");
        analysis.annotations.push(Annotation {
            kind,
            value: "board games".to_owned(),
            span: None,
            source: Source::Combined,
            evidence: None,
            confidence: 0.5,
            model: "rules".to_owned(),
        });
        site.app.store.put_analysis(&video, &analysis).await.expect("put");
        assert!(site.app.judge(&id, kind, "board games", Some(verdict)).await.expect("judged"));
    };
    judge("chess-1", Verdict::Approved).await;
    judge("garden-1", Verdict::Rejected).await;
    let few = site.app.approved_texts(kind).await.expect("labels");
    let refused = site.app.train_head("games", few, &|_, _, _| {}).await.expect_err("refused");
    assert!(refused.to_string().ends_with("board games (1), none (1)"), "{refused}");
    judge("chess-2", Verdict::Approved).await;
    judge("zh-2", Verdict::Approved).await;
    judge("garden-2", Verdict::Rejected).await;
    judge("bread-1", Verdict::Rejected).await;
    let labels = site.app.approved_texts(kind).await.expect("labels");
    let made = site.app.train_head("games", labels, &|_, _, _| {}).await.expect("trained");
    assert_eq!((made.labels["board games"], made.labels[NONE]), (3, 3));
    let applied = site.app.apply_head("games", &|_, _, _| {}).await.expect("applied");
    assert!(!applied.labels.contains_key(NONE), "{applied:?}");
    let said = async |id: &str| {
        let (_, analysis) = site.app.video(&video_id(id)).await.expect("read").expect("there");
        let annotations = analysis.expect("analysed").annotations;
        annotations.iter().filter(|it| it.model == "head:games").count()
    };
    assert_eq!((said("chess-3").await, said("bread-3").await), (1, 0));
}
