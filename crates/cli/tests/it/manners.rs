//! Exit codes, errors in one line, JSON alone on stdout, odd files.

use crate::vireo::{Vireo, clip, ffmpeg};
use std::io::Read;
use std::process::Stdio;

#[test]
fn wrong_use_is_said_in_one_line_with_code_two() {
    let vireo = Vireo::new();
    vireo.well(&["import", "users", &vireo.write("people.csv", "id,name\nann,Ann\n")]);
    for (arguments, words) in [
        (&["show", "nothing"][..], "there is no video nothing"),
        (&["search", " "], "what to look for?"),
        (&["import", "feedback", "/nowhere.csv"], "/nowhere.csv"),
        (&["recommend", "--user", " "], "--user"),
        (&["--config", "/nowhere.toml", "train"], "/nowhere.toml"),
        (&["interests", "--user", "a", "--boost", "x"], "INTEREST=FACTOR"),
    ] {
        let ended = vireo.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.error().starts_with("vireo: "), "{arguments:?}: {}", ended.stderr);
        assert!(ended.error().contains(words), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(vireo.run(&["frobnicate"]).code, 2);
    let refused = vireo.run(&["search", "bread", "--lang", "klingon"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("such as en, zh"), "{}", refused.stderr);
    vireo.write("vireo.toml", "[server]\nlisten_on = 3\n");
    let ended = vireo.run(&["search", "x"]);
    assert!(
        ended.error().contains("vireo.toml:2: there is no setting `listen_on`"),
        "{}",
        ended.stderr
    );
    let doctor = vireo.run(&["doctor", "--json"]);
    assert_eq!(doctor.code, 1);
    assert_eq!(doctor.json()[0]["name"], "settings");
}

#[test]
fn a_mistyped_folder_is_neither_made_nor_taken_for_an_empty_one() {
    let vireo = Vireo::new();
    let out = vireo.path("out");
    let out = out.to_str().expect("UTF-8");
    let data = vireo.path("data");
    let words = format!(
        "vireo: there is no Vireo data in {}; `vireo ingest FOLDER` makes it",
        data.display()
    );
    for arguments in [
        &["search", "bread"][..],
        &["show", "1"],
        &["recommend", "--user", "ann"],
        &["related", "1"],
        &["interests", "--user", "ann"],
        &["train"],
        &["export", out],
        &["rebuild-index"],
        &["bench", "tags"],
        &["bench", "serve"],
    ] {
        let ended = vireo.run(arguments);
        assert_eq!((ended.code, ended.error()), (2, words.as_str()), "{arguments:?}");
        assert!(!data.exists(), "{arguments:?}");
    }
    // Before the first ingest nothing is broken: the doctor says what comes next.
    let checks = vireo.run(&["doctor", "--json"]);
    let checks = checks.json();
    let mut checks = checks.as_array().expect("a list").iter();
    let folder = checks.find(|check| check["name"] == "data folder").expect("a check");
    assert!(folder["well"].is_null(), "{folder}");
    let remedy = folder["remedy"].as_str().expect("a remedy");
    assert!(remedy.starts_with("next: `vireo ingest FOLDER`"), "{remedy}");
    assert_ne!(vireo.run(&["doctor"]).code, 2);
    assert!(!data.exists(), "the doctor only looks");
    let missing = vireo.run(&["ingest", "/nowhere/at/all"]);
    assert_eq!(missing.error(), "vireo: there is no such file or folder: /nowhere/at/all");
    let people = vireo.write("people.csv", "id,name\nann,Ann\n");
    vireo.well(&["import", "users", "--dry-run", &people]);
    assert!(!data.exists(), "a dry run leaves nothing behind");
    let made = vireo.well(&["import", "users", &people]);
    assert!(made.stderr.contains("made a new data folder: "), "{}", made.stderr);
    vireo.well(&["train"]);
}

#[test]
fn a_dry_run_tells_what_is_new_and_what_is_there() {
    let vireo = Vireo::new();
    let (old, new) = (vireo.path("in/old.mkv"), vireo.path("in/new.mkv"));
    clip(&old, 300, 1);
    let folder = vireo.path("in");
    let folder = folder.to_str().expect("UTF-8");
    vireo.well(&["ingest", folder]);
    clip(&new, 400, 1);
    let told = vireo.well(&["ingest", "--dry-run", folder]).stdout;
    let told: Vec<&str> = told.lines().collect();
    let lines = [
        format!("would watch: {} (new)", new.display()),
        format!("already there: {}", old.display()),
        "would watch 1 new and 0 other files; 1 already there".to_owned(),
    ];
    assert_eq!(told, lines);
    let told = vireo.well(&["ingest", "--dry-run", "--json", folder]).json();
    assert_eq!(told["planned"][0]["reason"], "new", "{told}");
    assert!(told["planned"][1]["reason"].is_null(), "{told}");
}

#[test]
fn shells_complete_the_commands() {
    let vireo = Vireo::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = vireo.well(&["completions", shell]).stdout;
        assert!(script.contains("rebuild-index") && script.contains("dry-run"), "{shell}");
    }
}

#[test]
fn every_command_teaches() {
    let vireo = Vireo::new();
    let help = vireo.well(&["--help"]).stdout;
    for command in [
        "models",
        "ingest",
        "show",
        "hide",
        "unhide",
        "remove",
        "import",
        "train",
        "recommend",
        "related",
        "search",
        "interests",
        "serve",
        "doctor",
        "export",
        "rebuild-index",
    ] {
        assert!(help.contains(command), "{command}");
        assert!(vireo.well(&[command, "--help"]).stdout.contains("Usage:"), "{command}");
    }
    assert!(!help.contains("help-markdown"));
    let markdown = vireo.well(&["help-markdown"]).stdout;
    assert!(
        markdown.contains("### `vireo ingest`") && markdown.contains("#### `vireo models pull`")
    );
    let models = vireo.well(&["models", "list", "--json"]).json();
    assert!(models.as_array().expect("a list").len() > 3);
    assert_eq!(vireo.run(&["models", "verify"]).code, 1, "nothing was fetched");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let vireo = Vireo::new();
    let mut child = vireo
        .command(&["doctor", "--settings"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vireo starts");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    assert_eq!(stderr, "");
}

#[test]
fn odd_files_each_get_a_reason_or_a_full_result() {
    let vireo = Vireo::new();
    let folder = vireo.path("odd");
    std::fs::create_dir_all(&folder).expect("folder");
    std::fs::write(folder.join("empty.mp4"), "").expect("written");
    std::fs::write(folder.join("poem.avi"), "Shall I compare thee\n".repeat(99)).expect("written");
    let black = ["-f", "lavfi", "-i", "color=size=32x32:rate=1:duration=2"];
    ffmpeg(&black, &folder.join("silent.mp4"));
    // A sound stream that has no samples.
    let no_sound = ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "/dev/null"];
    let inputs: Vec<&str> = black.iter().chain(&no_sound).copied().collect();
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(&inputs)
        .args(["-c:v", "mpeg4", "-c:a", "aac"])
        .arg(folder.join("hollow.mkv"))
        .status()
        .expect("ffmpeg starts");
    assert!(made.success());
    let ended = vireo.run(&["ingest", "--json", folder.to_str().expect("UTF-8")]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let report = ended.json();
    assert_eq!(report["added"], 2, "{report}");
    let failed = report["failed"].as_array().expect("a list");
    assert_eq!(failed.len(), 2, "{report}");
    for (name, words) in [("empty.mp4", "empty"), ("poem.avi", "not a video")] {
        let reason = failed.iter().find(|entry| entry[0].as_str().expect("a path").ends_with(name));
        let reason = reason.expect(name)[1].as_str().expect("a reason");
        assert!(reason.contains(words), "{reason}");
    }
    // The doctor names them with their reasons, as long as they are there.
    let failed_files = || {
        let checks = vireo.run(&["doctor", "--json"]).json();
        let mut checks = checks.as_array().expect("a list").clone();
        checks.retain(|check| check["name"] == "failed files");
        checks.pop()
    };
    let check = failed_files().expect("a check");
    let details = check["details"].as_array().expect("a list");
    assert_eq!(details.len(), 2, "{check}");
    assert!(details[0].as_str().expect("a line").ends_with("the file is empty"), "{check}");
    for name in ["empty.mp4", "poem.avi"] {
        std::fs::remove_file(folder.join(name)).expect("removed");
    }
    assert_eq!(failed_files(), None);
}

#[test]
fn eight_hours_are_taken_whole() {
    let vireo = Vireo::new();
    let file = vireo.path("long.mkv");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i"])
        .arg("testsrc=size=32x32:rate=1/10:duration=28800")
        .args(["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "28800"])
        .args(["-c:v", "mpeg4", "-g", "12", "-c:a", "flac"])
        .arg(&file)
        .status()
        .expect("ffmpeg starts");
    assert!(made.success());
    let report = vireo.well(&["ingest", "--json", file.to_str().expect("UTF-8")]).json();
    assert_eq!(report["added"], 1, "{report}");
    let shown = vireo.well(&["show", "--json", file.to_str().expect("UTF-8")]).json();
    let seconds = shown["video"]["duration_seconds"].as_f64().expect("a length");
    assert!((28_700.0..28_900.0).contains(&seconds), "{seconds}");
}
