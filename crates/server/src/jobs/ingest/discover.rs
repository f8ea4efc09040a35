//! Which files there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use vireo_media::VIDEO_EXTENSIONS;
use walkdir::{DirEntry, WalkDir};

/// A video file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// Absolute.
    pub(super) path: PathBuf,
    /// In bytes.
    pub(super) size: u64,
    /// Last change, in milliseconds since 1970.
    pub(super) modified: i64,
    /// Changes when a file beside it (subtitles, metadata) comes, goes or changes.
    pub(super) sidecars: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// In order of path.
    pub(super) files: Vec<Found>,
    /// The folders that were asked for, absolute.
    pub(super) folders: Vec<PathBuf>,
    /// The files that were asked for themselves, absolute.
    pub(super) named: BTreeSet<PathBuf>,
    /// What could not be read, with the reason.
    pub(super) failed: Vec<(PathBuf, String)>,
}

/// Finds the videos in `paths`: a file is taken whatever it is called, a folder
/// is searched with all that is in it.
pub(super) fn discover(paths: &[PathBuf]) -> Discovery {
    let mut discovery = Discovery::default();
    for path in paths {
        match absolute(path) {
            Ok(path) if path.is_dir() => {
                discovery.walk(&path, usize::MAX);
                discovery.folders.push(path);
            }
            Ok(path) => {
                discovery.named.insert(path.clone());
                discovery.take(path);
            }
            Err(error) => discovery.failed.push((path.clone(), error.to_string())),
        }
    }
    discovery.put_in_order();
    discovery
}

/// Finds the videos directly in a folder, not in those below it.
pub(super) fn discover_flat(folder: &Path) -> Discovery {
    let mut discovery = Discovery::default();
    discovery.walk(folder, 1);
    discovery.put_in_order();
    discovery
}

/// Absolute, so that the same file has one name wherever the command is
/// started. A link to a file keeps its own name and neighbours (a library of
/// links has its titles and subtitles there).
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    path.metadata()?;
    match (path.is_dir(), path.parent(), path.file_name()) {
        (false, Some(parent), Some(name)) if parent.as_os_str().is_empty() => {
            Ok(Path::new(".").canonicalize()?.join(name))
        }
        (false, Some(parent), Some(name)) => Ok(parent.canonicalize()?.join(name)),
        _ => path.canonicalize(),
    }
}

impl Discovery {
    fn walk(&mut self, folder: &Path, depth: usize) {
        let walk = WalkDir::new(folder).follow_links(true).max_depth(depth).into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_video(entry.path()) => {
                    self.take(entry.into_path());
                }
                Ok(_) => {}
                // A link that leads back up: what is there is found anyway.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    let reason =
                        error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    // A broken link to something else than a video is nobody's business.
                    if path.is_dir() || is_video(&path) || path.extension().is_none() {
                        self.failed.push((path, reason));
                    }
                }
            }
        }
    }

    fn take(&mut self, path: PathBuf) {
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => self.files.push(Found {
                size: metadata.len(),
                modified: modified(&metadata),
                sidecars: String::new(),
                path,
            }),
            Ok(_) => self.failed.push((path, "not a file".to_owned())),
            Err(error) => self.failed.push((path, error.to_string())),
        }
    }

    fn put_in_order(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.files.dedup_by(|a, b| a.path == b.path);
        let folders: BTreeSet<PathBuf> =
            self.files.iter().filter_map(|file| Some(file.path.parent()?.to_owned())).collect();
        let neighbours: BTreeMap<PathBuf, BTreeMap<String, (u64, i64)>> =
            folders.into_iter().map(|folder| (folder.clone(), others(&folder))).collect();
        for file in &mut self.files {
            let in_folder = file.path.parent().and_then(|folder| neighbours.get(folder));
            if let Some(in_folder) = in_folder {
                file.sidecars = fingerprint(&file.path, in_folder);
            }
        }
    }
}

/// The files of a folder that are no videos, with size and time. Read once for
/// all videos of the folder.
fn others(folder: &Path) -> BTreeMap<String, (u64, i64)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let other = |entry: std::fs::DirEntry| {
        let path = entry.path();
        let metadata = path.metadata().ok().filter(Metadata::is_file)?;
        if is_video(&path) {
            return None;
        }
        let name = entry.file_name().into_string().ok()?;
        Some((name, (metadata.len(), modified(&metadata))))
    };
    entries.filter_map(other).collect()
}

/// Of the files that are called after `video`.
fn fingerprint(video: &Path, others: &BTreeMap<String, (u64, i64)>) -> String {
    let Some(stem) = video.file_stem().and_then(|stem| stem.to_str()) else {
        return String::new();
    };
    let mut hasher = blake3::Hasher::new();
    let called_alike =
        others.range(stem.to_owned()..).take_while(|(name, _)| name.starts_with(stem));
    let mut count = 0;
    for (name, (size, modified)) in called_alike {
        hasher.update(name.as_bytes());
        hasher.update(&size.to_le_bytes());
        hasher.update(&modified.to_le_bytes());
        count += 1;
    }
    if count == 0 { String::new() } else { hasher.finalize().to_hex()[..16].to_owned() }
}

fn modified(metadata: &Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_millis() as i64)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// By its name. `clip.mp4.part` and `clip.temp.mp4` are downloads that are under way.
pub(super) fn is_video(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let known = extension.is_some_and(|extension| {
        VIDEO_EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str())
    });
    let stem = path.file_stem().map(Path::new).and_then(Path::extension);
    known && !stem.is_some_and(|inner| inner == "temp" || inner == "part")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(discovery: &Discovery, root: &Path) -> Vec<String> {
        let name =
            |file: &Found| file.path.strip_prefix(root).expect("inside").display().to_string();
        discovery.files.iter().map(name).collect()
    }

    #[test]
    fn finds_videos_and_nothing_else() {
        let dir = tempfile::tempdir().expect("folder");
        let root = dir.path().canonicalize().expect("path");
        fs::create_dir_all(root.join("b/.hidden")).expect("folder");
        for name in [
            "a.MP4",
            "b/c.webm",
            "b/.x.mp4",
            "b/.hidden/d.mp4",
            "e.mp4.part",
            "f.temp.mp4",
            "g.txt",
        ] {
            fs::write(root.join(name), name).expect("write");
        }
        std::os::unix::fs::symlink(&root, root.join("b/loop")).expect("link");
        let discovery = discover(std::slice::from_ref(&root));
        assert_eq!(names(&discovery, &root), ["a.MP4", "b/c.webm"]);
        assert_eq!(discovery.failed, []);
        assert_eq!(names(&discover_flat(&root), &root), ["a.MP4"]);
        let named = discover(&[root.join("g.txt"), root.join("g.txt"), root.join("none.mp4")]);
        assert_eq!(names(&named, &root), ["g.txt"]);
        assert_eq!(named.failed.len(), 1);
    }

    #[test]
    fn a_new_subtitle_file_changes_the_fingerprint_of_its_video_only() {
        let dir = tempfile::tempdir().expect("folder");
        let root = dir.path().canonicalize().expect("path");
        for name in ["a.mp4", "b.mp4"] {
            fs::write(root.join(name), name).expect("write");
        }
        let before = discover(std::slice::from_ref(&root)).files;
        fs::write(root.join("a.zh.srt"), "1").expect("write");
        let after = discover(std::slice::from_ref(&root)).files;
        assert_ne!(before[0].sidecars, after[0].sidecars);
        assert_eq!(before[1], after[1]);
    }
}
