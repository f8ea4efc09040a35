//! Whole analyses over media made on the spot with ffmpeg, and espeak-ng
//! where speech is needed. What needs models looks for them and says so.

mod describe;
mod files;
mod heard;
mod likeness;
mod seen;
mod shown;
mod spoken;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use vireo_domain::{Analysis, Timestamp, Video, VideoId};
use vireo_media::sidecar;
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_understand::{CardWriter, Config, Input, Result, Stage, Understander};

/// The warnings but for the one that nothing says what a video is about, which
/// is true of test pictures.
fn warnings(analysis: &Analysis) -> Vec<&str> {
    let all = analysis.warnings.iter().map(String::as_str);
    all.filter(|warning| !warning.starts_with("nothing could be read")).collect()
}

/// A folder of media for one test.
struct Studio(tempfile::TempDir);

impl Studio {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("writes");
        path
    }

    /// Moving test pictures of so many seconds, with more ffmpeg arguments.
    fn video(&self, name: &str, seconds: u32, more: &[&str]) -> PathBuf {
        let path = self.path(name);
        let source = format!("testsrc2=size=320x180:rate=10:duration={seconds}");
        let mut arguments = vec!["-v", "error", "-y", "-f", "lavfi", "-i", &source];
        arguments.extend(more);
        run(Command::new("ffmpeg").args(&arguments).arg(&path));
        path
    }

    fn analyse(&self, understander: &Understander, path: &Path) -> Result<(Video, Analysis)> {
        let sidecars = sidecar::find(path).expect("looks beside the file");
        let id = VideoId::new("0123456789abcdef").expect("an id");
        let mut video = Video::new(id, "", Timestamp::UNIX_EPOCH);
        sidecar::apply(&sidecars, &mut video);
        let covers = self.path("covers");
        let input = Input { path, video, sidecars: &sidecars, covers: &covers };
        let stages: Mutex<Vec<Stage>> = Mutex::new(Vec::new());
        let result = understander.analyse(input, &|stage| {
            stages.lock().expect("not poisoned").push(stage);
        });
        let stages = stages.into_inner().expect("not poisoned");
        assert!(
            stages.windows(2).all(|pair| pair[0].done <= pair[1].done),
            "progress goes forward"
        );
        if result.is_ok() {
            assert!(stages.last().is_some_and(|stage| stage.done > 0.999));
        }
        result
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Without any model: rules, and vectors by spelling.
fn by_rules() -> Understander {
    let nowhere = ModelsConfig { dir: Some("/nonexistent".into()), ..ModelsConfig::default() };
    let config = Config {
        speech: false,
        screen_text: false,
        card_writer: CardWriter::Rules,
        ..Config::default()
    };
    Understander::new(config, Models::new(nowhere))
}

const ENGLISH: &str = "WEBVTT

00:00:00.500 --> 00:00:04.000
Today we bake sourdough bread at home.

00:00:04.500 --> 00:00:08.000
The sourdough starter needs flour and water every day.

00:00:08.500 --> 00:00:12.000
Bake the bread in a hot oven for forty minutes.
";

const TRADITIONAL: &str = "1
00:00:00,500 --> 00:00:04,000
今天教大家做紅燒肉，先把五花肉切成小塊。

2
00:00:04,500 --> 00:00:09,000
鍋裡放一點油，把五花肉炒到金黃。
";
