//! Conformance of [`Catalogue`](crate::Catalogue).

use super::Subject;
use crate::Change;
use vireo_domain::{
    Analysis, Annotation, AnnotationKind, Card, CardAuthor, Cue, Embedding, Feedback, FeedbackId,
    FeedbackKind, Language, MediaFacts, Mood, PictureVector, Scene, Sentiment, Source, Span,
    StageTime, Timestamp, Transcript, TranscriptOrigin, UserId, Video, VideoId,
};

fn id(text: &str) -> VideoId {
    VideoId::new(text).expect("a valid id")
}

fn video(name: &str) -> Video {
    Video::new(id(name), format!("Title of {name}"), Timestamp::UNIX_EPOCH)
}

fn full_video(name: &str) -> Video {
    Video {
        description: "Line one\nline \"two\" — 'quoted' \\ 100 % 👩‍🍳".to_owned(),
        tags: vec!["面包".to_owned(), "Brot & Butter".to_owned()],
        category: Some("烹饪".to_owned()),
        channel: Some("厨房 Kitchen".to_owned()),
        language: Some(Language::chinese()),
        duration_seconds: Some(61.25),
        published_at: Some("2024-02-29T23:59:59.123456789Z".parse().expect("a moment")),
        hidden: true,
        url: Some("https://example.org/看?v=1&t=2".to_owned()),
        media: Some(MediaFacts {
            path: format!("/videos/{name} 一.mp4"),
            size_bytes: u64::from(u32::MAX) * 4,
            content_hash: "00ff".to_owned(),
            container: "mov,mp4".to_owned(),
            duration_seconds: 61.25,
            width: Some(1920),
            height: Some(1080),
            fps: Some(29.97),
            video_codec: Some("h264".to_owned()),
            audio_codec: None,
            subtitle_streams: 2,
        }),
        ..video(name)
    }
}

fn analysis(name: &str, seed: u16) -> Analysis {
    let vector =
        |n: u16| Embedding::new((0..8).map(|i| f32::from(n * 7 + i * i % 5) - 3.3).collect());
    let scene = |n: u16| Scene {
        span: Span::new(f64::from(n) * 30.0, f64::from(n + 1) * 30.0),
        text: format!("第{n}段: knead the dough"),
        embedding: vector(seed + n),
    };
    Analysis {
        video: id(name),
        facts: None,
        transcripts: vec![Transcript {
            language: Language::chinese(),
            origin: TranscriptOrigin::Speech,
            detail: "whisper-base".to_owned(),
            cues: vec![Cue::new(Span::new(0.5, 2.25), "揉面\n团")],
        }],
        scenes: (0..3).map(scene).collect(),
        card: Some(Card {
            language: Language::chinese(),
            summary: "怎样做面包。".to_owned(),
            keywords: vec!["面包".to_owned()],
            topics: vec!["烹饪".to_owned()],
            mood: Some(Mood::Calm),
            sentiment: Some(Sentiment::Positive),
            category: None,
            audience: None,
            author: CardAuthor::LanguageModel("gemma".to_owned()),
            dropped_claims: 1,
        }),
        annotations: vec![Annotation {
            kind: AnnotationKind::Keyword,
            value: "面包".to_owned(),
            span: Some(Span::new(1.0, 2.0)),
            source: Source::Transcript,
            evidence: Some("揉面团".to_owned()),
            confidence: 0.75,
            model: "rules".to_owned(),
        }],
        embedding: vector(seed),
        embedding_model: "e5".to_owned(),
        pictures: (0..4u16)
            .map(|n| PictureVector { at: f64::from(n) * 2.5, embedding: vector(seed + 9 * n) })
            .collect(),
        picture_model: "clip".to_owned(),
        keyframes: vec![1.5, 30.0],
        cover: Some("cover.jpg".to_owned()),
        warnings: vec!["no sound".to_owned()],
        times: vec![StageTime { stage: "speech".to_owned(), seconds: 1.5 }],
    }
}

/// New ones are counted, known ones replaced.
pub async fn adding_replacing_counting(store: impl Subject) {
    assert_eq!(store.put_videos(&[]).await.expect("nothing to put"), 0);
    assert_eq!(store.put_videos(&[video("a"), video("b")]).await.expect("put"), 2);
    let renamed = Video { title: "Another title".to_owned(), ..video("b") };
    assert_eq!(store.put_videos(&[renamed.clone(), video("c")]).await.expect("put"), 1);
    assert_eq!(store.video_count().await.expect("count"), 3);
    assert_eq!(store.video(&id("b")).await.expect("read"), Some(renamed));
    assert_eq!(store.video(&id("z")).await.expect("read"), None);
}

/// What is read is what was put, to the last nanosecond and character.
pub async fn every_field_survives(store: impl Subject) {
    let odd = full_video("视频 '1'; DROP TABLE videos --");
    store.put_videos(std::slice::from_ref(&odd)).await.expect("put");
    assert_eq!(store.video(&odd.id).await.expect("read"), Some(odd));
}

/// Pages join without gap or overlap, in the order of ids' bytes.
pub async fn pages_in_order_of_id(store: impl Subject) {
    let mut names = ["b", "a", "B", "é", "视频", "a b", "a-b", "10", "9", "🎬"];
    store.put_videos(&names.map(video)).await.expect("put");
    names.sort_unstable();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.videos(after.as_ref(), 3).await.expect("page");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3);
        after = Some(last.id.clone());
        seen.extend(page);
    }
    assert_eq!(seen, names.map(video));
    assert!(store.videos(None, 0).await.expect("page").is_empty());
}

/// The last one wins and it counts once.
pub async fn same_id_twice_in_a_batch(store: impl Subject) {
    let last = Video { title: "Last".to_owned(), ..video("a") };
    assert_eq!(store.put_videos(&[video("a"), last.clone()]).await.expect("put"), 1);
    assert_eq!(store.video(&id("a")).await.expect("read"), Some(last));
    assert_eq!(store.changes(0, 9).await.expect("changes").len(), 1);
}

/// Each write makes a later change, an unchanged record none; only the last
/// change of a video is kept, and a removed video stays as removed.
pub async fn changes_follow_writes(store: impl Subject) {
    assert!(store.changes(0, 9).await.expect("changes").is_empty());
    store.put_videos(&[video("a"), video("b"), video("c")]).await.expect("put");
    let first = store.changes(0, 9).await.expect("changes");
    let order: Vec<&str> = first.iter().map(|change| change.video.as_str()).collect();
    assert_eq!(order, ["a", "b", "c"]);
    assert!(first.is_sorted_by(|one, next| one.sequence < next.sequence));
    assert!(first[0].sequence > 0 && first.iter().all(|change| !change.removed));

    let seen = first[2].sequence;
    store.put_videos(&[video("a"), video("b"), video("c")]).await.expect("put the same");
    assert!(store.changes(seen, 9).await.expect("changes").is_empty());

    let hidden = Video { hidden: true, ..video("a") };
    store.put_videos(&[hidden, video("b")]).await.expect("put");
    let after = store.changes(seen, 9).await.expect("changes");
    assert!(matches!(&after[..], [Change { removed: false, video, .. }] if *video == id("a")));

    store.put_analysis(&video("b"), &analysis("b", 1)).await.expect("put");
    store.remove_video(&id("a")).await.expect("remove");
    let all = store.changes(0, 9).await.expect("changes");
    let what: Vec<(&str, bool)> = all.iter().map(|c| (c.video.as_str(), c.removed)).collect();
    assert_eq!(what, [("c", false), ("b", false), ("a", true)]);
    assert_eq!(store.changes(0, 2).await.expect("changes"), all[..2]);

    store.put_videos(&[video("a")]).await.expect("put again");
    let again = store.changes(all[2].sequence, 9).await.expect("changes");
    assert!(matches!(&again[..], [Change { removed: false, .. }]));
}

/// A path finds the video that has the file now.
pub async fn found_by_path(store: impl Subject) {
    let one = full_video("one");
    let path = one.media.as_ref().expect("a file").path.clone();
    store.put_videos(&[one.clone(), video("two")]).await.expect("put");
    assert_eq!(store.video_at_path(&path).await.expect("read"), Some(one.clone()));
    assert_eq!(store.video_at_path("/videos/none.mp4").await.expect("read"), None);

    let over = Video { media: one.media.clone(), ..video("over") };
    store.put_videos(std::slice::from_ref(&over)).await.expect("the file was written over");
    assert_eq!(store.video_at_path(&path).await.expect("read"), Some(over));

    let moved = Video { media: None, ..video("over") };
    store.put_videos(&[moved]).await.expect("put");
    assert_eq!(store.video_at_path(&path).await.expect("read"), Some(one));
}

/// A removed video takes its analysis along and leaves the feedback.
pub async fn removing_forgets(store: impl Subject) {
    store.put_analysis(&video("a"), &analysis("a", 1)).await.expect("put");
    let like = Feedback {
        id: FeedbackId::new("f").expect("id"),
        user: UserId::new("u").expect("id"),
        video: id("a"),
        kind: FeedbackKind::Like,
        value: None,
        at: Timestamp::UNIX_EPOCH,
    };
    store.append(&[like]).await.expect("append");
    assert!(store.remove_video(&id("a")).await.expect("remove"));
    assert!(!store.remove_video(&id("a")).await.expect("remove again"));
    assert_eq!(store.video(&id("a")).await.expect("read"), None);
    assert_eq!(store.analysis(&id("a")).await.expect("read"), None);
    assert!(store.embeddings(None, 9).await.expect("read").is_empty());
    assert_eq!(store.video_count().await.expect("count"), 0);
    assert_eq!(store.feedback_count().await.expect("count"), 1);
    store.put_videos(&[video("a")]).await.expect("put again");
    assert_eq!(store.analysis(&id("a")).await.expect("read"), None);
}

/// An analysis comes back bit for bit and is replaced as a whole.
pub async fn analysis_survives_and_is_replaced(store: impl Subject) {
    assert_eq!(store.analysis(&id("a")).await.expect("read"), None);
    let first = analysis("a", 1);
    store.put_analysis(&full_video("a"), &first).await.expect("put");
    assert_eq!(store.analysis(&id("a")).await.expect("read"), Some(first));
    assert_eq!(store.video(&id("a")).await.expect("read"), Some(full_video("a")));

    let empty = Analysis {
        transcripts: Vec::new(),
        scenes: Vec::new(),
        pictures: Vec::new(),
        card: None,
        embedding: Embedding::new(vec![0.0; 8]),
        ..analysis("a", 2)
    };
    store.put_analysis(&video("a"), &empty).await.expect("put");
    assert_eq!(store.analysis(&id("a")).await.expect("read"), Some(empty));
    assert_eq!(store.video(&id("a")).await.expect("read"), Some(video("a")));

    let unreadable = Analysis { keyframes: vec![f64::NAN], ..analysis("a", 3) };
    assert!(store.put_analysis(&video("a"), &unreadable).await.is_err());
    assert!(store.analysis(&id("a")).await.expect("still readable").is_some());

    store.put_videos(&[full_video("a")]).await.expect("metadata alone");
    assert!(store.analysis(&id("a")).await.expect("the analysis stays").is_some());
}

/// Several at once, read and written; what is not there is left out.
pub async fn several_understood(store: impl Subject) {
    store.put_videos(&[video("plain")]).await.expect("put");
    let (a, b) = (video("a"), full_video("视频 'b'"));
    let (of_a, of_b) = (analysis("a", 1), analysis("视频 'b'", 2));
    store.put_analyses(&[(&a, &of_a), (&b, &of_b)]).await.expect("put");
    let ids = ["视频 'b'", "nobody", "plain", "a"].map(id);
    let found = store.understood(&ids).await.expect("read");
    assert_eq!(found, [(b, Some(of_b)), (video("plain"), None), (a.clone(), Some(of_a))]);
    assert_eq!(store.understood(&[]).await.expect("read"), []);

    let sequence = store.changes(0, 100).await.expect("changes").len();
    let wrong = analysis("a", 3);
    let kept_out = [(&a, &wrong), (&video("c"), &wrong)];
    store.put_analyses(&kept_out).await.expect_err("an analysis of another video");
    assert_eq!(store.analysis(&id("a")).await.expect("read"), Some(analysis("a", 1)));
    assert_eq!(store.changes(0, 100).await.expect("changes").len(), sequence);
}

/// An analysis under another video's name is refused and leaves nothing.
pub async fn analysis_of_another_video(store: impl Subject) {
    assert!(store.put_analysis(&video("a"), &analysis("b", 1)).await.is_err());
    assert_eq!(store.video_count().await.expect("count"), 0);
}

/// Vectors come with their model, page by page in order of id.
pub async fn embeddings_of_all_analysed(store: impl Subject) {
    store.put_videos(&[video("not analysed")]).await.expect("put");
    for (name, seed) in [("c", 3), ("a", 1), ("b", 2)] {
        store.put_analysis(&video(name), &analysis(name, seed)).await.expect("put");
    }
    let of = |name: &str, seed| (id(name), "e5".to_owned(), analysis(name, seed).embedding);
    let page = store.embeddings(None, 2).await.expect("page");
    assert_eq!(page, [of("a", 1), of("b", 2)]);
    let page = store.embeddings(Some(&id("b")), 2).await.expect("page");
    assert_eq!(page, [of("c", 3)]);
}

/// More than fit into one statement.
pub async fn many_videos(store: impl Subject) {
    let videos: Vec<Video> = (0..4_321).map(|n| video(&format!("v{n:05}"))).collect();
    assert_eq!(store.put_videos(&videos).await.expect("put"), 4_321);
    assert_eq!(store.put_videos(&videos).await.expect("put again"), 0);
    assert_eq!(store.videos(None, 10_000).await.expect("page"), videos);
    let changes = store.changes(0, 10_000).await.expect("changes");
    assert!(changes.iter().map(|change| &change.video).eq(videos.iter().map(|video| &video.id)));
}
