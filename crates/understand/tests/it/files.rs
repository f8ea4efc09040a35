//! Files, odd and even.

use super::{ENGLISH, Studio, TRADITIONAL, by_rules};
use vireo_domain::{AnnotationKind, CardAuthor, Language, Source, TranscriptOrigin};

#[test]
fn a_video_with_a_sidecar_is_understood() {
    let studio = Studio::new();
    let path = studio.video("My_first_loaf [dQw4w9WgXcQ].mp4", 14, &[]);
    studio.write("My_first_loaf [dQw4w9WgXcQ].en.vtt", ENGLISH);
    studio.write(
        "My_first_loaf [dQw4w9WgXcQ].en.forced.vtt",
        "WEBVTT\n\n00:00.000 --> 00:01.000\nEXIT\n",
    );
    let (video, analysis) = studio.analyse(&by_rules(), &path).expect("an analysis");

    assert_eq!(video.title, "My first loaf");
    assert_eq!(video.language.as_ref().map(Language::code), Some("en"));
    assert!(video.duration_seconds.is_some_and(|s| (s - 14.0).abs() < 0.5));
    assert_eq!(analysis.transcripts.len(), 1, "{:?}", analysis.transcripts);
    assert_eq!(analysis.transcripts[0].origin, TranscriptOrigin::Sidecar);
    assert_eq!(analysis.scenes.len(), 2, "a sentence or two each");
    assert!(analysis.scenes[1].text.contains("sourdough starter"));
    assert!(!analysis.scenes[0].embedding.is_zero() && !analysis.embedding.is_zero());

    let card = analysis.card.as_ref().expect("a card");
    assert_eq!(card.author, CardAuthor::Rules);
    assert_eq!(card.category.as_deref(), Some("cooking"));
    assert!(card.keywords.iter().any(|k| k.contains("sourdough")), "{:?}", card.keywords);
    assert!(card.summary.contains("sourdough"), "{}", card.summary);
    for keyword in analysis.annotations.iter().filter(|a| a.kind == AnnotationKind::Keyword) {
        assert_eq!(keyword.source, Source::Transcript, "{keyword:?}");
        assert!(keyword.span.is_some() && keyword.evidence.is_some(), "{keyword:?}");
    }
    let starter = analysis.annotations.iter().find(|a| a.value.contains("starter"));
    assert_eq!(starter.and_then(|a| a.span).map(|s| s.start), Some(4.5));

    assert!(!analysis.keyframes.is_empty());
    assert!(analysis.keyframes.is_sorted());
    assert_eq!(analysis.cover.as_deref(), Some("0123456789abcdef.jpg"));
    let cover = std::fs::read(studio.path("covers/0123456789abcdef.jpg")).expect("a cover");
    assert!(cover.starts_with(&[0xff, 0xd8]));
    let stages: Vec<&str> = analysis.times.iter().map(|t| t.stage.as_str()).collect();
    assert_eq!(stages[0], "facts");
    assert_eq!(stages.len(), 22);
    let preview = std::fs::read(studio.path("covers/0123456789abcdef.mp4")).expect("a preview");
    assert_eq!(&preview[4..8], b"ftyp");
    let sprite =
        std::fs::read(studio.path("covers/0123456789abcdef.sprite.jpg")).expect("a sprite");
    assert!(sprite.starts_with(&[0xff, 0xd8]));
    let track = std::fs::read_to_string(studio.path("covers/0123456789abcdef.sprite.vtt"));
    assert_eq!(track.expect("its track").matches("sprite.jpg#xywh=").count(), 28);
    assert!(analysis.warnings.is_empty(), "{:?}", analysis.warnings);
}

#[test]
fn traditional_cues_stay_and_keywords_are_simplified() {
    let studio = Studio::new();
    let path = studio.video("video.mkv", 10, &[]);
    studio.write("video.srt", TRADITIONAL);
    let (video, analysis) = studio.analyse(&by_rules(), &path).expect("an analysis");
    assert_eq!(video.language.as_ref().map(Language::code), Some("zh"));
    assert!(analysis.transcripts[0].cues[0].text.contains("紅燒肉"));
    assert!(analysis.scenes[0].text.contains("紅燒肉"));
    let card = analysis.card.expect("a card");
    assert!(card.keywords.iter().any(|k| k.contains("五花肉")), "{:?}", card.keywords);
    assert!(card.summary.contains("红烧肉") || card.summary.contains("五花肉"), "{}", card.summary);
    assert_eq!(card.category.as_deref(), Some("cooking"));
}

#[test]
fn streams_inside_the_file_come_after_files_beside_it() {
    let studio = Studio::new();
    let subtitles = studio.write("in.srt", TRADITIONAL);
    let inner = subtitles.to_str().expect("a plain path");
    let path = studio.video(
        "film.mkv",
        10,
        &["-i", inner, "-c:s", "srt", "-metadata:s:s:0", "language=chi"],
    );
    let (_, alone) = studio.analyse(&by_rules(), &path).expect("an analysis");
    assert_eq!(alone.transcripts[0].origin, TranscriptOrigin::Embedded);
    assert_eq!(alone.transcripts[0].language.code(), "zh");
    studio.write("film.en.vtt", ENGLISH);
    let (_, both) = studio.analyse(&by_rules(), &path).expect("an analysis");
    let origins: Vec<_> = both.transcripts.iter().map(|t| t.origin).collect();
    assert_eq!(origins, [TranscriptOrigin::Sidecar, TranscriptOrigin::Embedded]);
}

#[test]
fn broken_subtitles_are_a_warning() {
    let studio = Studio::new();
    let path = studio.video("film.mp4", 5, &[]);
    studio.write("film.srt", [0x00, 0x81, 0xfe, 0x03].repeat(50));
    let (_, analysis) = studio.analyse(&by_rules(), &path).expect("an analysis");
    assert!(analysis.transcripts.is_empty());
    assert!(analysis.warnings.iter().any(|w| w.contains("subtitles")), "{:?}", analysis.warnings);
}

#[test]
fn a_video_without_words_has_a_vector_of_its_name_and_no_card() {
    let studio = Studio::new();
    let path = studio.video("making_cake.mp4", 3, &[]);
    let (video, analysis) = studio.analyse(&by_rules(), &path).expect("an analysis");
    assert_eq!(video.title, "making cake");
    assert_eq!(analysis.card, None);
    assert!(analysis.annotations.iter().all(|said| {
        matches!(said.source, Source::Pictures | Source::Audio) && said.span.is_some()
    }));
    let shots: Vec<_> =
        analysis.annotations.iter().filter(|a| a.kind == AnnotationKind::Shot).collect();
    assert_eq!(shots.len(), 1, "{shots:?}");
    assert!(!analysis.embedding.is_zero());
    let cake = by_rules().embed_query("cake").expect("a vector");
    assert!(analysis.embedding.cosine(&cake) > 0.2);
}

#[test]
fn what_is_no_video_is_an_error_that_says_so() {
    let studio = Studio::new();
    for (path, words) in [
        (studio.write("empty.mp4", ""), "empty"),
        (studio.write("text.mp4", "just some words\n".repeat(100)), "not a video"),
        (studio.path("missing.mp4"), "missing.mp4"),
    ] {
        let error = studio.analyse(&by_rules(), &path).expect_err("no analysis").to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_truncated_video_gives_what_is_left_and_says_so() {
    let studio = Studio::new();
    let path = studio.video("whole.mkv", 20, &["-g", "10"]);
    let bytes = std::fs::read(&path).expect("reads");
    let cut = studio.write("cut.mkv", &bytes[..bytes.len() / 2]);
    let (_, analysis) = studio.analyse(&by_rules(), &cut).expect("an analysis of the rest");
    assert!(!analysis.keyframes.is_empty());
    // All but the header gone: nothing can be shown, so there is no analysis.
    let header = studio.write("header.mkv", &bytes[..1_000]);
    assert!(studio.analyse(&by_rules(), &header).is_err());
}

#[test]
fn the_owners_chapters_are_taken_from_the_first_place_that_has_them() {
    let studio = Studio::new();
    let chapters = studio.write(
        "chapters.txt",
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=6\ntitle=面团\n\
         [CHAPTER]\nTIMEBASE=1/1\nSTART=6\nEND=12\ntitle=Baking\n",
    );
    let inner = chapters.to_str().expect("a plain path");
    let path = studio.video("bread.mkv", 12, &["-i", inner, "-map_metadata", "1"]);
    let told = |studio: &Studio| {
        let (_, analysis) = studio.analyse(&by_rules(), &path).expect("an analysis");
        let chapters = analysis.annotations.into_iter();
        let chapters = chapters.filter(|a| a.kind == AnnotationKind::Chapter);
        chapters.map(|a| (a.value, a.span.expect("a span").start, a.source)).collect::<Vec<_>>()
    };
    let chapter = |title: &str, start| (title.to_owned(), start, Source::Metadata);
    assert_eq!(told(&studio), [chapter("面团", 0.0), chapter("Baking", 6.0)]);
    studio.write(
        "bread.info.json",
        r#"{"title": "Bread", "chapters": [{"start_time": 0, "end_time": 4, "title": "Intro"},
            {"start_time": 4, "end_time": 12, "title": "Loaf"}, {"start_time": 9}]}"#,
    );
    assert_eq!(told(&studio), [chapter("Intro", 0.0), chapter("Loaf", 4.0)]);
}

/// The pictures are looked at on a thread of their own, which ends with it.
#[test]
fn an_analysis_that_is_broken_off_ends_with_its_pictures() {
    let studio = Studio::new();
    let path = studio.video("long.mp4", 600, &["-preset", "ultrafast"]);
    let (sidecars, covers) = (vireo_media::sidecar::Sidecars::default(), studio.path("covers"));
    let id = vireo_domain::VideoId::new("0123456789abcdef").expect("an id");
    let video = vireo_domain::Video::new(id, "long", vireo_domain::Timestamp::UNIX_EPOCH);
    let input =
        vireo_understand::Input { path: &path, video, sidecars: &sidecars, covers: &covers };
    let far = std::sync::atomic::AtomicBool::new(false);
    let ends = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        by_rules().analyse(input, &|stage| {
            far.fetch_or(stage.name == "shots", std::sync::atomic::Ordering::Relaxed);
            assert!(stage.name != "sounds", "somebody pulls the plug");
        })
    }));
    assert!(ends.is_err() && !far.into_inner());
}
