//! An installation in a folder of its own, and media to put into it.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use vireo_domain::{Feedback, FeedbackKind, Timestamp, UserId, Video, VideoId};
use vireo_server::jobs::ingest::{self, Options, Report};
use vireo_server::{App, Config};
use vireo_understand::CardWriter;

/// An installation with nothing in it. The folder goes when it is dropped.
pub(crate) struct Installation {
    pub(crate) app: App,
    pub(crate) dir: TempDir,
}

/// Settings that need no models.
pub(crate) fn config(dir: &Path) -> Config {
    let mut config = Config::default();
    config.models.dir = Some(dir.join("no-models"));
    "tiny".clone_into(&mut config.models.profile);
    config.understand.speech = false;
    config.understand.card_writer = CardWriter::Rules;
    config
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let app = open(dir.path()).await;
        Self { app, dir }
    }

    /// A path beside the data folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file beside the data folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, content).expect("written");
        path
    }

    pub(crate) async fn ingest(&self, paths: &[PathBuf]) -> Report {
        ingest::run(&self.app, paths, &options(), &|_| {}).await.expect("runs")
    }
}

/// Opens the installation in `dir/data`.
pub(crate) async fn open(dir: &Path) -> App {
    App::open(&dir.join("data"), config(dir)).await.expect("opens")
}

pub(crate) fn options() -> Options {
    Options { workers: 2, again: false, dry_run: false, watch: false }
}

/// Makes a clip of a second or so; another `tone` is another content.
pub(crate) fn clip(path: &Path, tone: u32) {
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    let picture = format!("testsrc2=size=64x48:rate=5:duration=1,hue=h={}", tone % 360);
    let sound = format!("sine=frequency={tone}:sample_rate=8000:duration=1");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &picture])
        .args(["-f", "lavfi", "-i", &sound, "-c:v", "mpeg4", "-c:a", "aac", "-shortest"])
        .arg(path)
        .status()
        .expect("ffmpeg starts");
    assert!(made.success(), "ffmpeg made {}", path.display());
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(name).expect("an id")
}

pub(crate) fn video(name: &str) -> VideoId {
    VideoId::new(name).expect("an id")
}

pub(crate) fn action(who: &str, what: &str, kind: FeedbackKind, value: Option<f64>) -> Feedback {
    let (user, video, at) = (user(who), video(what), Timestamp::now());
    let id = Feedback::natural_id(&user, &video, kind, value, at);
    Feedback { id, user, video, kind, value, at }
}

/// Videos of three subjects, known by their words only.
pub(crate) fn catalogue() -> Vec<Video> {
    let subjects = [
        (
            "bread",
            [
                "Sourdough starter bread",
                "Rye bread dough",
                "Bread oven flour",
                "Baking bread at home",
            ],
        ),
        (
            "chess",
            [
                "Chess opening theory",
                "Chess endgame rook",
                "Chess gambit traps",
                "Chess puzzles checkmate",
            ],
        ),
        ("面包", ["烤面包的做法", "全麦面包面团", "面包机做面包", "手工面包发酵"]),
    ];
    let mut videos = Vec::new();
    for (subject, titles) in subjects {
        for (number, title) in titles.into_iter().enumerate() {
            let id = video(&format!("{subject}-{number}"));
            let mut video = Video::new(id, title, Timestamp::now());
            video.tags = vec![subject.to_owned()];
            video.description = format!("{title}. {subject} {subject}.");
            videos.push(video);
        }
    }
    videos
}
