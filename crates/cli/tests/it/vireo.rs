//! Runs `vireo` on an installation of its own, without models.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// An installation with nothing in it.
pub(crate) struct Vireo {
    pub(crate) dir: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }

    /// The last line on stderr, where errors are.
    pub(crate) fn error(&self) -> &str {
        self.stderr.trim_end().lines().next_back().unwrap_or_default()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Vireo {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let settings = "[models]\nprofile = \"tiny\"\n\
                        [understand]\nspeech = false\ncard_writer = \"rules\"\n";
        std::fs::write(dir.path().join("vireo.toml"), settings).expect("written");
        Self { dir }
    }

    /// A path beside the data folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The command with these arguments, ready to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
        command
            .env_remove("VIREO_API_KEY")
            .env_remove("VIREO_LOG")
            .env("LC_ALL", "C.UTF-8")
            .env("VIREO_DATA_DIR", self.path("data"))
            .env("VIREO_MODELS_DIR", self.path("no-models"))
            .env("VIREO_CONFIG", self.path("vireo.toml"))
            .args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().expect("vireo starts").into()
    }

    /// As [`Self::run`], for what must go well.
    pub(crate) fn well(&self, arguments: &[&str]) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        ended
    }

    /// Writes a file beside the data folder; gives its path.
    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        std::fs::write(self.path(name), content).expect("written");
        self.path(name).to_str().expect("UTF-8").to_owned()
    }
}

/// Makes a clip of `seconds`; another `tone` is another content.
pub(crate) fn clip(path: &Path, tone: u32, seconds: u32) {
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    let picture = format!("testsrc2=size=64x48:rate=5:duration={seconds},hue=h={}", tone % 360);
    let sound = format!("sine=frequency={tone}:sample_rate=8000:duration={seconds}");
    ffmpeg(&["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound], path);
}

/// Makes a file with ffmpeg.
pub(crate) fn ffmpeg(inputs: &[&str], path: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(inputs)
        .args(["-c:v", "mpeg4", "-c:a", "aac", "-shortest"])
        .arg(path)
        .status()
        .expect("ffmpeg starts");
    assert!(made.success(), "ffmpeg made {}", path.display());
}
