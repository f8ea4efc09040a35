//! Feeds and interest maps through the whole process.

use crate::installation::{Installation, action, catalogue, user, video};
use std::time::Duration;
use vireo_domain::{FeedbackKind, InterestMap, Language};
use vireo_recommend::Reason;
use vireo_server::app::{Explanation, FeedQuery, InterestChange, Refusal};
use vireo_server::jobs::train;

async fn trained() -> Installation {
    let one = Installation::new().await;
    one.app.store.put_videos(&catalogue()).await.expect("puts");
    train::run(&one.app, false, &|_, _, _| {}).await.expect("trains");
    one
}

fn query(limit: usize) -> FeedQuery {
    FeedQuery { limit, ..FeedQuery::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_does_changes_the_next_answer() {
    let one = trained().await;
    let ann = user("ann");
    let page = one.app.feed(&ann, &query(12)).await.expect("a page");
    assert_eq!(page.items.len(), 12, "somebody new gets everything there is");

    let liked = action("ann", "chess-0", FeedbackKind::Like, None);
    one.app
        .record(&[liked, action("ann", "bread-1", FeedbackKind::Hide, None)])
        .await
        .expect("records");
    let page = one.app.feed(&ann, &query(12)).await.expect("a page");
    let shown: Vec<&str> = page.items.iter().map(|item| item.video.as_str()).collect();
    assert!(!shown.contains(&"chess-0") && !shown.contains(&"bread-1"), "{shown:?}");
    let related = |item: &vireo_recommend::Recommended| {
        matches!(&item.reason, Reason::Related { video: of, .. } if *of == video("chess-0"))
            || matches!(item.reason, Reason::Interest { .. })
    };
    assert!(page.items.iter().any(related), "{:?}", page.items);

    let back = action("ann", "bread-1", FeedbackKind::Unhide, None);
    one.app.record(&[back]).await.expect("records");
    let page = one.app.feed(&ann, &query(12)).await.expect("a page");
    assert!(page.items.iter().any(|item| item.video == video("bread-1")), "it was taken back");

    let seen = one.app.explain(&ann, &video("chess-0")).await.expect("explains");
    assert!(matches!(seen, Explanation::Removed(removed) if removed.filter == "seen"));
    let unknown = one.app.explain(&ann, &video("nobody")).await.expect_err("refused");
    assert_eq!(unknown.downcast_ref(), Some(&Refusal::NoVideo(video("nobody"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn impressions_are_logged_once_and_never_crowd_out_actions() {
    let one = trained().await;
    one.app.record(&[action("ann", "chess-0", FeedbackKind::Like, None)]).await.expect("records");
    let logged = FeedQuery { log_impressions: true, ..query(3) };
    let first = one.app.feed(&user("ann"), &logged).await.expect("a page");
    let second = FeedQuery { cursor: first.next.clone(), ..logged };
    for _ in 0..2 {
        one.app.feed(&user("ann"), &second).await.expect("a page");
    }
    let mut count = 0;
    for _ in 0..50 {
        count = one.app.store.feedback_count().await.expect("counts");
        if count == 7 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(count, 7, "one like and two pages of three");
    assert_eq!(one.app.store.feedback_count().await.expect("counts"), 7);
    let shown = one.app.store.of_user(&user("ann"), 1).await.expect("reads").remove(0);
    assert!(shown.value.expect("propensity") > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reasons_speak_the_persons_language() {
    let one = trained().await;
    let chinese = FeedQuery { language: Some(Language::chinese()), ..query(5) };
    let page = one.app.feed(&user("new"), &chinese).await.expect("a page");
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(page.items.iter().all(|item| is_chinese(&item.sentence)), "{:?}", page.items);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_corrects_their_map() {
    let one = trained().await;
    let ann = user("ann");
    let change = |change| one.app.change_interests(&ann, change);
    let map = change(InterestChange::Say("做面包".to_owned())).await.expect("says");
    assert_eq!(map.interests[0].key, "said-1");
    let page = one.app.feed(&ann, &query(3)).await.expect("a page");
    assert!(
        page.items.iter().any(|item| item.video.as_str().starts_with("面包")),
        "{:?}",
        page.items
    );

    let mute = |key: &str| InterestChange::Boost { key: key.to_owned(), boost: 0.0 };
    let map = change(mute("said-1")).await.expect("mutes");
    assert_eq!(map.interests.iter().find(|i| i.key == "said-1").expect("kept").boost, 0.0);
    let error = change(mute("topic-99")).await.expect_err("refused");
    assert_eq!(error.downcast_ref(), Some(&Refusal::NoInterest("topic-99".to_owned())));
    for boost in [-3.0, 9.0, f64::NAN] {
        let change = change(InterestChange::Boost { key: "said-1".to_owned(), boost }).await;
        let error = change.expect_err("nobody can want so much");
        assert!(matches!(error.downcast_ref(), Some(Refusal::Boost(_))), "{error}");
    }
    assert!(change(InterestChange::Say("  ".to_owned())).await.is_err());
    assert!(change(InterestChange::Say("x".repeat(400))).await.is_err());
    assert!(change(InterestChange::Pick(vec![video("nobody")])).await.is_err());

    let map = change(InterestChange::Unsay("said-1".to_owned())).await.expect("unsays");
    assert!(map.interests.is_empty());
    let map = change(InterestChange::Pick(vec![video("chess-1")])).await.expect("picks");
    assert!(!map.interests.is_empty());

    let keys = |map: &InterestMap| {
        let said = map.interests.iter().filter(|interest| interest.key.starts_with("said-"));
        let mut said: Vec<_> = said.map(|i| (i.key.clone(), i.name.clone(), i.boost)).collect();
        said.sort_by(|a, b| a.0.cmp(&b.0));
        said.into_iter()
            .map(|(key, name, boost)| format!("{key} {name} {boost}"))
            .collect::<Vec<_>>()
    };
    let say = |text: &str| InterestChange::Say(text.to_owned());
    let map = change(say("烹饪和国际象棋")).await.expect("says two");
    assert_eq!(keys(&map), ["said-1 烹饪 1", "said-2 国际象棋 1"]);
    change(InterestChange::Boost { key: "said-2".to_owned(), boost: 2.0 }).await.expect("boosts");
    let map = change(say("国际象棋、园艺")).await.expect("says one again");
    assert_eq!(keys(&map), ["said-1 烹饪 1", "said-2 国际象棋 2", "said-3 园艺 1"]);
    let map = change(InterestChange::Unsay("烹饪和国际象棋".to_owned())).await.expect("unsays two");
    assert_eq!(keys(&map), ["said-3 园艺 1"]);
}
