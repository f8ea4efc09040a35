//! Videos known by their metadata only.

use super::by_rules;
use std::time::Instant;
use vireo_domain::{CardAuthor, Timestamp, Video, VideoId};

fn video(id: &str, title: &str, tags: &[&str], description: &str) -> Video {
    let mut video = Video::new(VideoId::new(id).expect("an id"), title, Timestamp::UNIX_EPOCH);
    video.tags = tags.iter().map(|&tag| tag.to_owned()).collect();
    description.clone_into(&mut video.description);
    video
}

#[test]
fn both_languages_are_described_in_order() {
    let videos = [
        video("1", "Toy Story (1995)", &["Animation", "Children", "Comedy"], ""),
        video(
            "2",
            "纯黑《黑神话：悟空》全程无伤攻略解说",
            &["游戏", "单机游戏", "攻略"],
            "录制于发售前版本，不保证后续更新后和视频里的内容一致。",
        ),
        video("3", "", &[], ""),
        video(
            "4",
            "How to prune a rose bush",
            &[],
            "Pruning roses in early spring keeps the plant healthy. Cut above an outward bud. https://x.example",
        ),
    ];
    let analyses = by_rules().describe(&videos).expect("descriptions");
    let ids: Vec<&str> = analyses.iter().map(|a| a.video.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    let cards: Vec<_> = analyses.iter().map(|a| a.card.as_ref()).collect();
    let toy = cards[0].expect("a card");
    assert_eq!(toy.author, CardAuthor::Rules);
    assert!(toy.keywords.iter().any(|k| k == "Animation"), "{:?}", toy.keywords);
    let wukong = cards[1].expect("a card");
    assert!(wukong.language.is_chinese());
    assert_eq!(wukong.category.as_deref(), Some("games"));
    assert!(
        wukong.keywords.iter().any(|k| k == "攻略" || k == "单机游戏"),
        "{:?}",
        wukong.keywords
    );
    assert!(cards[2].is_none() && analyses[2].embedding.is_zero());
    let rose = cards[3].expect("a card");
    assert!(
        rose.summary.starts_with("Pruning roses") && !rose.summary.contains("http"),
        "{}",
        rose.summary
    );
    assert!(rose.keywords.iter().any(|k| k.contains("rose")), "{:?}", rose.keywords);
}

#[test]
fn thousands_of_titles_take_seconds() {
    let videos: Vec<Video> = (0..2_000)
        .map(|i| {
            video(
                &i.to_string(),
                &format!("How to bake bread number {i} 做面包"),
                &["Cooking", "面包"],
                "",
            )
        })
        .collect();
    let started = Instant::now();
    let analyses = by_rules().describe(&videos).expect("descriptions");
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("2000 titles without a model: {seconds:.2} s");
    assert_eq!(analyses.len(), 2_000);
    assert!(seconds < 30.0, "{seconds}");
}
