//! Videos for tests, made by ffmpeg on the spot.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder that goes away with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a small file");
        path
    }

    /// Runs ffmpeg with `arguments` (parted by spaces) and writes to `name`.
    pub(crate) fn ffmpeg(&self, arguments: &str, name: &str) -> PathBuf {
        let path = self.path(name);
        let status = Command::new("ffmpeg")
            .current_dir(self.0.path())
            .args(["-nostdin", "-v", "error", "-y"])
            .args(arguments.split(' '))
            .arg(&path)
            .status()
            .expect("ffmpeg is installed");
        assert!(status.success(), "ffmpeg {arguments}");
        path
    }

    /// Six seconds of a moving test picture with a tone.
    pub(crate) fn film(&self, name: &str) -> PathBuf {
        let picture = "-f lavfi -i testsrc=s=320x180:r=10:d=6";
        let sound = "-f lavfi -i sine=f=440:r=44100:d=6";
        self.ffmpeg(&format!("{picture} {sound} -c:v mpeg4 -c:a aac -movflags +faststart"), name)
    }
}

/// The first `share` of a file's bytes, as a broken download leaves it.
pub(crate) fn truncate(from: &Path, to: &Path, share: f64) {
    let bytes = std::fs::read(from).expect("a made file");
    let kept = (bytes.len() as f64 * share) as usize;
    std::fs::write(to, &bytes[..kept]).expect("a small file");
}

/// A folder of real data beside the checkout; `None`, and a word on stderr, where there is none.
pub(crate) fn real_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: there is no folder {}", path.display());
    None
}
