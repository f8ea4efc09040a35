//! Import, train, and ask.

use crate::vireo::{Vireo, clip};
use serde_json::{Value, json};
use std::fmt::Write;

/// Twelve videos of three subjects, and three people with a taste each.
fn filled() -> Vireo {
    let vireo = Vireo::new();
    let subjects = [
        ("bread", ["Sourdough starter", "Rye dough", "Flour and oven", "Baguette crust"]),
        ("chess", ["Opening theory", "Rook endgame", "Gambit traps", "Puzzles to checkmate"]),
        ("烹饪", ["红烧肉的做法", "家常豆腐", "清蒸鱼", "麻婆豆腐"]),
    ];
    let mut videos = String::new();
    let mut log = String::from("user,video,kind,value,at\n");
    for (subject, titles) in subjects {
        for (number, title) in titles.iter().enumerate() {
            let _ = writeln!(
                videos,
                r#"{{"id":"{subject}-{number}","title":"{title}","tags":["{subject}"],"description":"{title}: all about {subject}"}}"#
            );
        }
    }
    for (who, subject) in [("ann", "bread"), ("bob", "chess"), ("小王", "烹饪")] {
        for number in 0..2 {
            let _ = writeln!(log, "{who},{subject}-{number},like,,2026-01-0{}", number + 1);
        }
    }
    let people = "id,language\nann,en\nbob,en\n小王,zh\n";
    vireo.well(&["import", "videos", &vireo.write("videos.jsonl", &videos)]);
    vireo.well(&["import", "users", &vireo.write("people.csv", people)]);
    vireo.well(&["import", "feedback", &vireo.write("log.csv", &log)]);
    vireo.well(&["train"]);
    vireo
}

fn videos(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|item| item["video"].as_str().expect("an id")).collect()
}

#[test]
fn everybody_gets_their_own_with_a_reason() {
    let vireo = filled();
    for (who, subject) in [("ann", "bread"), ("bob", "chess"), ("小王", "烹饪")] {
        let page = vireo.well(&["recommend", "--user", who, "-n", "4", "--json"]).json();
        let shown = videos(&page);
        assert_eq!(shown.len(), 4);
        let liked = [format!("{subject}-0"), format!("{subject}-1")];
        assert!(!shown.iter().any(|id| liked.iter().any(|liked| liked == id)), "{who}: {shown:?}");
        let own = shown.iter().filter(|id| id.starts_with(subject)).count();
        assert!(own >= 1, "{who}: {shown:?}");
        for item in page["items"].as_array().expect("a list") {
            assert!(!item["sentence"].as_str().expect("a reason").is_empty(), "{item}");
        }
    }
    let text = vireo.well(&["recommend", "--user", "小王", "--explain"]).stdout;
    assert!(text.contains("propensity") && text.contains("Removed"), "{text}");
    let map = vireo.well(&["interests", "--user", "ann", "--json"]).json();
    assert_eq!(map["interests"][0]["evidence"].as_array().expect("a list").len(), 2, "{map}");
}

#[test]
fn related_and_search_speak_both_languages() {
    let vireo = filled();
    let related = vireo.well(&["related", "烹饪-1", "-n", "3", "--json"]).json();
    assert!(videos(&related)[0].starts_with("烹饪"), "{related}");
    let found = vireo.well(&["search", "--json", "豆腐"]).json();
    let first: Vec<&str> = found["videos"].as_array().expect("a list")[..2]
        .iter()
        .map(|hit| hit["video"].as_str().expect("an id"))
        .collect();
    assert!(first.contains(&"烹饪-1") && first.contains(&"烹饪-3"), "{found}");
    let text = vireo.well(&["search", "rook", "endgames"]).stdout;
    assert!(text.starts_with("Videos\n  1. Rook endgame  [chess-1]"), "{text}");
    let shown = vireo.well(&["show", "chess-1"]).stdout;
    assert!(shown.starts_with("Rook endgame\n") && shown.contains("Statements"), "{shown}");
    let shown = vireo.well(&["show", "chess-1", "--json"]).json();
    assert!(shown["analysis"]["card"].is_object(), "{shown}");
    assert_eq!(
        vireo.run(&["show", "chess"]).error(),
        "vireo: several ids begin with chess; give more of it"
    );
}

#[test]
fn a_file_is_named_by_its_path_and_searched_at_once() {
    let vireo = Vireo::new();
    let file = vireo.path("talks/harbour lights.mkv");
    clip(&file, 440, 1);
    let subtitles = "1\n00:00:00,000 --> 00:00:00,900\nThe lighthouse keeper sleeps\n";
    std::fs::write(file.with_extension("en.srt"), subtitles).expect("written");
    let name = file.to_str().expect("UTF-8");
    let ended = vireo.well(&["ingest", name]);
    assert!(ended.stdout.contains("1 added"), "{}", ended.stdout);
    assert!(ended.stderr.contains("[1/1] added"), "{}", ended.stderr);
    let found = vireo.well(&["search", "--json", "lighthouse", "keeper"]).json();
    assert_eq!(found["scenes"][0]["start"], 0.0, "{found}");
    let shown = vireo.well(&["show", name, "--transcript"]).stdout;
    assert!(shown.contains("lighthouse") && shown.contains("sidecar"), "{shown}");
    vireo.well(&["rebuild-index"]);
    let found = vireo.well(&["search", "--json", "lighthouse"]).json();
    assert_eq!(found["videos"][0]["title"], "harbour lights", "{found}");
}

#[test]
fn a_removed_video_stays_away_until_it_is_asked_back() {
    let vireo = Vireo::new();
    for (name, tone) in [("tide", 300), ("ebb", 500)] {
        clip(&vireo.path(&format!("in/{name}.mkv")), tone, 1);
    }
    let folder = vireo.path("in");
    let (folder, file) = (folder.to_str().expect("UTF-8"), folder.join("tide.mkv"));
    let file = file.to_str().expect("UTF-8");
    vireo.well(&["ingest", folder]);
    let id =
        vireo.well(&["show", file, "--json"]).json()["video"]["id"].as_str().map(str::to_owned);
    let id = id.expect("an id");

    let nothing = vireo.run(&["hide", &id, "nobody"]);
    assert_eq!(nothing.code, 2, "{}", nothing.stderr);
    assert!(
        !vireo.well(&["show", &id]).stdout.contains("hidden"),
        "one is missing: none is hidden"
    );
    assert!(vireo.well(&["hide", &id, file]).stdout.starts_with("hidden: tide"));
    let found = vireo.well(&["search", "--json", "tide"]).json();
    assert!(!found.to_string().contains(&id), "{found}");
    vireo.well(&["unhide", &id]);
    let found = vireo.well(&["search", "--json", "tide"]).json();
    assert!(found.to_string().contains(&id), "{found}");

    assert!(vireo.well(&["remove", file]).stdout.starts_with("removed: tide"));
    assert_eq!(vireo.run(&["show", &id]).code, 2);
    let files_of = |kind: &str| {
        let entries = std::fs::read_dir(vireo.path("data").join(kind)).into_iter().flatten();
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names.filter(|name| name.to_string_lossy().starts_with(&id)).count()
    };
    assert_eq!((files_of("covers"), files_of("subtitles")), (0, 0));
    assert!(std::path::Path::new(file).exists(), "the file itself is untouched");

    // Neither the folder, nor the folder again, nor a copy under another name brings it back.
    std::fs::copy(file, vireo.path("in/copy of it.mkv")).expect("copied");
    for again in ["--quiet", "--again"] {
        let report = vireo.well(&["ingest", "--workers", "1", "--json", again, folder]).json();
        assert_eq!((&report["added"], &report["removed"]), (&json!(0), &json!(2)), "{report}");
    }
    let said = vireo.well(&["ingest", file]);
    assert!(said.stdout.contains("--again FILE"), "{}", said.stdout);
    let report = vireo.well(&["ingest", "--json", "--again", file]).json();
    assert_eq!(report["added"], 1, "{report}");
    let report = vireo.well(&["ingest", "--json", folder]).json();
    assert_eq!((&report["removed"], &report["duplicates"]), (&json!(0), &json!(1)), "{report}");
}

#[test]
fn doctor_counts_the_videos_whose_file_is_gone() {
    let vireo = Vireo::new();
    clip(&vireo.path("in/tide.mkv"), 300, 1);
    clip(&vireo.path("in/ebb.mkv"), 500, 1);
    let folder = vireo.path("in");
    vireo.well(&["ingest", folder.to_str().expect("UTF-8")]);
    let check = || {
        let checks = vireo.run(&["doctor", "--json"]).json();
        let checks = checks.as_array().expect("a list").clone();
        checks.into_iter().find(|check| check["name"] == "files").expect("a check of the files")
    };
    assert_eq!(check()["well"], true);
    std::fs::remove_file(folder.join("ebb.mkv")).expect("removed");
    assert!(check()["found"].as_str().expect("words").contains("1 of 2"), "{}", check());
    let feed = vireo.well(&["recommend", "--user", "ann", "--json"]).json();
    assert_eq!(videos(&feed).len(), 2, "nobody has looked yet: {feed}");
    vireo.well(&["ingest", folder.to_str().expect("UTF-8")]);
    let feed = vireo.well(&["recommend", "--user", "ann", "--json"]).json();
    assert_eq!(videos(&feed).len(), 1, "{feed}");
}

#[test]
fn a_mistyped_name_is_not_taken_for_a_new_viewer_in_silence() {
    let vireo = filled();
    let ended = vireo.well(&["recommend", "--user", "amn"]);
    let words = "nobody called amn yet: showing what a new viewer gets (did you mean ann?)";
    assert_eq!(ended.error(), words);
    assert!(ended.stdout.contains("why"), "{}", ended.stdout);
    let page = vireo.well(&["recommend", "--user", "小玉", "--json"]).json();
    assert_eq!(page["user_is_known"], false);
    assert_eq!(page["similar_users"][0], "小王");
    let page = vireo.well(&["recommend", "--user", "ann", "--json"]);
    assert_eq!(page.json()["user_is_known"], true);
    assert_eq!(page.stderr, "");
    let ended = vireo.well(&["interests", "--user", "zoe"]);
    assert_eq!(ended.error(), "nobody called zoe yet: nothing is known of them");
    let ended = vireo.well(&["interests", "--user", "zoe", "--pick", "Rye dough"]);
    assert_eq!(ended.error(), "nobody called zoe yet: this begins a new map");
    assert_eq!(vireo.well(&["recommend", "--user", "zoe"]).stderr, "");
}

#[test]
fn a_video_is_named_by_id_file_or_title() {
    let vireo = filled();
    let twin = r#"{"id":"film-1","title":"rye dough"}"#;
    vireo.well(&["import", "videos", &vireo.write("twin.jsonl", twin)]);
    for name in ["chess-1", "film", "rook endgame", "麻婆豆腐"] {
        vireo.well(&["show", name]);
    }
    let several = vireo.run(&["related", "Rye dough"]);
    assert_eq!(several.code, 2);
    assert_eq!(several.error(), "vireo: 2 videos are called Rye dough; give the id of one");
    assert!(several.stderr.contains("  bread-1  Rye dough\n"), "{}", several.stderr);
    assert!(several.stderr.contains("  film-1  rye dough\n"), "{}", several.stderr);
    let close = vireo.run(&["show", "豆腐"]);
    assert_eq!(close.error(), "vireo: there is no video 豆腐; did you mean one of these?");
    assert!(close.stderr.contains("家常豆腐") && close.stderr.contains("麻婆豆腐"));
    let none = vireo.run(&["show", "volcano"]).error().to_owned();
    assert_eq!(none, "vireo: there is no video volcano; find its id with: vireo search");
}

#[test]
fn reasons_are_in_the_language_asked_for_or_the_persons_or_the_locales() {
    let vireo = filled();
    let is_chinese = |arguments: &[&str], locale: &str| {
        let output = vireo.command(arguments).env("LC_ALL", locale).output().expect("starts");
        let ended: crate::vireo::Ended = output.into();
        let page = ended.json();
        // Titles in it may be of any language, its first word is not.
        !page["items"][0]["sentence"]
            .as_str()
            .expect("a reason")
            .starts_with(|c: char| c.is_ascii())
    };
    let (english, chinese) = ("en_GB.UTF-8", "zh_CN.UTF-8");
    for (user, own) in [("ann", false), ("小王", true)] {
        for locale in [english, chinese] {
            for ask in [
                &["recommend", "--json", "--user"][..],
                &["related", "chess-1", "--json", "--user"],
            ] {
                let asked: Vec<&str> = ask.iter().copied().chain([user]).collect();
                assert_eq!(is_chinese(&asked, locale), own, "{asked:?} {locale}");
                let other: Vec<&str> = asked
                    .iter()
                    .copied()
                    .chain(["--lang", if own { "en" } else { "zh" }])
                    .collect();
                assert_eq!(is_chinese(&other, locale), !own, "{other:?} {locale}");
            }
        }
    }
    let nobody = ["related", "chess-1", "--json"];
    assert!(is_chinese(&nobody, chinese) && !is_chinese(&nobody, english));
}
