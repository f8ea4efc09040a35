//! Names and contents of sidecars.

use super::*;
use proptest::prelude::*;
use vireo_domain::{Timestamp, VideoId};

fn video() -> Video {
    let id = VideoId::new("v").expect("a plain id");
    Video::new(id, "friday", Timestamp::UNIX_EPOCH)
}

fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in names {
        std::fs::write(folder.path().join(name), "x").expect("a small file");
    }
    folder
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn each_file_goes_to_the_longest_name() {
    let folder = folder(&[
        "a.mp4",
        "a.srt",
        "a.b.mp4",
        "a.b.srt",
        "a.b.en.vtt",
        "a.zh-Hans.ass",
        "a.en.forced.srt",
        "a.en.hi.srt",
        "a.info.json",
        "a.b.info.json",
        "a.nfo",
        "a.description",
        "a-poster.jpg",
        "a-thumb.png",
        "ab.srt",
        "a.jpg.txt",
        "a.b.webp",
    ]);
    let found = find(&folder.path().join("a.mp4")).expect("a readable folder");
    let subtitles: Vec<_> =
        found.subtitles.iter().map(|file| (name_of(&file.path), file.language.clone())).collect();
    let language = |code: &str| Some(code.to_owned());
    assert_eq!(
        subtitles,
        [
            ("a.srt".to_owned(), None),
            ("a.zh-Hans.ass".to_owned(), language("zh-Hans")),
            ("a.en.hi.srt".to_owned(), language("en")),
            ("a.en.forced.srt".to_owned(), language("en")),
        ]
    );
    assert_eq!(found.info_json.as_deref().map(name_of).as_deref(), Some("a.info.json"));
    assert_eq!(found.thumbnail.as_deref().map(name_of).as_deref(), Some("a-thumb.png"));
    assert!(found.nfo.is_some() && found.description.is_some());

    let found = find(&folder.path().join("a.b.mp4")).expect("a readable folder");
    let subtitles: Vec<_> = found.subtitles.iter().map(|file| name_of(&file.path)).collect();
    assert_eq!(subtitles, ["a.b.en.vtt", "a.b.srt"]);
    assert_eq!(found.thumbnail.as_deref().map(name_of).as_deref(), Some("a.b.webp"));
    assert_eq!(found.nfo, None);
}

#[test]
fn info_json_fills_a_video() {
    let json = r#"{"title":" Sourdough\n at home ","description":"发面\r\n第二行","channel":null,"uploader":"Ann",
        "categories":["Food"],"tags":["bread","Bread",7,"面包"],"language":"zh-Hans","upload_date":"20210720",
        "timestamp":"odd","webpage_url":"javascript:alert(1)","age_limit":18,"duration":582,"formats":[{"x":1}]}"#;
    let mut video = video();
    parse_info_json(json.as_bytes(), Path::new("a.info.json")).expect("valid").fill(&mut video);
    assert_eq!(video.title, "Sourdough at home");
    assert_eq!(video.description, "发面\n第二行");
    assert_eq!(video.channel.as_deref(), Some("Ann"));
    assert_eq!(video.category.as_deref(), Some("Food"));
    assert_eq!(video.tags, ["bread", "面包", "18+"]);
    assert!(video.language.is_some_and(|language| language.is_chinese()));
    assert_eq!(
        video.published_at.map(|at| at.to_string()).as_deref(),
        Some("2021-07-20T00:00:00Z")
    );
    assert_eq!(video.url, None, "only web addresses");
    assert_eq!(video.duration_seconds, Some(582.0));
}

#[test]
fn nfo_fills_a_video() {
    let xml = r"<?xml version='1.0' encoding='UTF-8'?><episodedetails><title>Fish &amp; chips</title>
        <plot><![CDATA[Fried <fish>]]></plot><genre>Food / Travel</genre><tag>鱼</tag><aired>2004-07-16</aired>
        <showtitle>Coast</showtitle><studio>BBC</studio><actor><title>not this</title></actor>
        <fileinfo><streamdetails><audio><language>eng</language></audio></streamdetails></fileinfo>
        <runtime>2</runtime></episodedetails><episodedetails><title>second</title></episodedetails>";
    let mut video = video();
    parse_nfo(xml.as_bytes(), Path::new("a.nfo")).expect("valid").fill(&mut video);
    assert_eq!(video.title, "Fish & chips");
    assert_eq!(video.description, "Fried <fish>");
    assert_eq!(video.category.as_deref(), Some("Food"));
    assert_eq!(video.tags, ["Food", "Travel", "鱼"]);
    assert_eq!(video.channel.as_deref(), Some("Coast"));
    assert_eq!(video.language.as_ref().map(vireo_domain::Language::code), Some("en"));
    assert_eq!(video.duration_seconds, Some(120.0));
}

#[test]
fn what_is_not_understood_is_a_warning_and_info_json_wins() {
    let folder = folder(&["a.mp4"]);
    let write = |name: &str, text: &[u8]| {
        std::fs::write(folder.path().join(name), text).expect("a small file");
    };
    write("a.nfo", b"<movie><title>from nfo</title><plot>plot</plot></movie>");
    write("a.description", "只是描述".as_bytes());
    write("a.info.json", br#"{"title":"from json"}"#);
    let mut video = video();
    let sidecars = find(&folder.path().join("a.mp4")).expect("a readable folder");
    assert!(apply(&sidecars, &mut video).is_empty());
    assert_eq!((video.title.as_str(), video.description.as_str()), ("from json", "plot"));

    write("a.nfo", b"<tvshow><title>x</title></tvshow>");
    write("a.info.json", b"{\"title\":\n[[[");
    let mut video = self::video();
    let warnings = apply(&sidecars, &mut video);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[1].contains("a.info.json:2"), "{warnings:?}");
    assert_eq!((video.title.as_str(), video.description.as_str()), ("friday", "只是描述"));
}

#[test]
fn hostile_sidecars_are_refused() {
    let name = Path::new("a");
    let deep_json = "[".repeat(100_000);
    let deep_xml = format!("<movie>{}", "<a>".repeat(100_000));
    let playlist = br#"{"_type":"playlist","title":"x"}"#;
    assert!(parse_info_json(deep_json.as_bytes(), name).is_err());
    assert!(parse_info_json(playlist, name).is_err());
    assert!(parse_info_json(b"[]", name).is_err());
    assert!(parse_nfo(deep_xml.as_bytes(), name).is_err());
    assert!(parse_nfo(b"https://www.themoviedb.org/movie/1", name).is_err());
    assert!(parse_nfo(b"<movie><title>x</plot>", name).is_err());
    let bomb =
        b"<!DOCTYPE m [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><movie><title>&b;</title></movie>";
    assert_eq!(parse_nfo(bomb, name).expect("entities stay unknown").title, None);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        head in prop::sample::select(vec!["", "{\"title\":", "<movie>", "<movie><title>&#", "{\"tags\":["]),
    ) {
        let bytes = [head.as_bytes(), &bytes].concat();
        for parse in [parse_info_json, parse_nfo] {
            if let Ok(metadata) = parse(&bytes, Path::new("a")) {
                let mut video = video();
                metadata.fill(&mut video);
                prop_assert!(!video.title.is_empty());
            }
        }
    }

    #[test]
    fn any_name_is_sorted(names in prop::collection::vec("(a|a\\.b|a-thumb)?[.\\-a-z中]{0,8}(\\.(srt|mp4|jpg|nfo))?", 0..8)) {
        let names: Vec<String> = names.into_iter().filter(|name| name.starts_with('a')).collect();
        let found = name::sort(Path::new("/x"), "a", &names);
        prop_assert!(found.subtitles.len() <= names.len());
    }
}
