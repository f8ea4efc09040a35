//! Transcripts as files: `subtitles/<video>.<language>.vtt` and `.srt`.

use crate::App;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use vireo_domain::Analysis;

/// Writes the transcripts of a video; of several in one language the best.
pub(crate) fn write(app: &App, analysis: &Analysis) -> Result<()> {
    let dir = app.data_dir.join("subtitles");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let mut written = Vec::new();
    for transcript in &analysis.transcripts {
        if written.contains(&&transcript.language) || transcript.cues.is_empty() {
            continue;
        }
        written.push(&transcript.language);
        for (extension, text) in [
            ("vtt", vireo_media::subtitles::to_vtt(&transcript.cues)),
            ("srt", vireo_media::subtitles::to_srt(&transcript.cues)),
        ] {
            let path = app.subtitles_path(&analysis.video, &transcript.language, extension);
            if let Some(path) = path {
                replace(&path, text.as_bytes())?;
            }
        }
    }
    Ok(())
}

/// Writes a file through a temporary name: a reader sees the old or the new.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_added_extension(format!("{}.part", std::process::id()));
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
