//! Exit codes, errors in one line, JSON alone on stdout, odd files.

use crate::vireo::{Vireo, ffmpeg};
use std::io::Read;
use std::process::Stdio;

#[test]
fn wrong_use_is_said_in_one_line_with_code_two() {
    let vireo = Vireo::new();
    for (arguments, words) in [
        (&["show", "nothing"][..], "there is no video nothing"),
        (&["import", "feedback", "/nowhere.csv"], "/nowhere.csv"),
        (&["recommend", "--user", " "], "--user"),
        (&["--config", "/nowhere.toml", "train"], "/nowhere.toml"),
        (&["interests", "--user", "a", "--boost", "x"], "KEY=FACTOR"),
    ] {
        let ended = vireo.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.error().starts_with("vireo: "), "{arguments:?}: {}", ended.stderr);
        assert!(ended.error().contains(words), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(vireo.run(&["frobnicate"]).code, 2);
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
