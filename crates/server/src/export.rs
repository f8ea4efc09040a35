//! Everything out again, as JSON lines that `vireo import` reads.

use crate::App;
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use vireo_domain::{UserId, VideoId};

/// Records read at once.
const PAGE: u32 = 1000;

/// Writes `videos.jsonl`, `users.jsonl`, `feedback.jsonl`, what people and the
/// admin decided (`interests.jsonl`, `verdicts.jsonl`, `removed.jsonl`),
/// `analyses.jsonl` and the subtitles into `dir`. Returns the number of records
/// of each.
///
/// `vireo import feedback DIR` reads the first three back; analyses are made
/// again by `vireo ingest` and `vireo train`.
pub async fn run(app: &App, dir: &Path) -> Result<Vec<(String, u64)>> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let mut counts = Vec::new();

    let mut videos = Lines::create(dir, "videos.jsonl")?;
    let mut analyses = Lines::create(dir, "analyses.jsonl")?;
    let mut after: Option<VideoId> = None;
    loop {
        let page = app.store.videos(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for video in &page {
            videos.write(video)?;
            if let Some(analysis) = app.store.analysis(&video.id).await? {
                analyses.write(&analysis)?;
            }
        }
    }
    counts.push(videos.finish()?);

    let mut users = Lines::create(dir, "users.jsonl")?;
    let mut after: Option<UserId> = None;
    loop {
        let page = app.store.users(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for user in &page {
            users.write(user)?;
        }
    }
    counts.push(users.finish()?);

    let mut feedback = Lines::create(dir, "feedback.jsonl")?;
    let mut position = 0;
    loop {
        let page = app.store.since(position, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        position = *last;
        for (_, action) in &page {
            feedback.write(action)?;
        }
    }
    counts.push(feedback.finish()?);

    for (kind, file, key, value) in [
        ("interests", "interests.jsonl", "user", "corrections"),
        ("verdicts", "verdicts.jsonl", "video", "verdicts"),
        ("removed", "removed.jsonl", "video", "note"),
    ] {
        let mut lines = Lines::create(dir, file)?;
        for (name, document) in app.store.documents(kind).await? {
            lines.write(&serde_json::json!({ key: name, value: document }))?;
        }
        counts.push(lines.finish()?);
    }
    counts.push(analyses.finish()?);
    counts.push(("subtitles".to_owned(), subtitles(&app.data_dir.join("subtitles"), dir)?));
    Ok(counts)
}

fn subtitles(from: &Path, dir: &Path) -> Result<u64> {
    let to = dir.join("subtitles");
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    let mut count = 0;
    for entry in fs::read_dir(from).into_iter().flatten().filter_map(Result::ok) {
        let is_whole = entry.path().extension().is_some_and(|e| e == "vtt" || e == "srt");
        if is_whole {
            fs::copy(entry.path(), to.join(entry.file_name()))
                .with_context(|| format!("cannot copy {}", entry.path().display()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// A file of JSON lines; it takes its name when it is complete.
struct Lines {
    name: &'static str,
    temporary: PathBuf,
    file: BufWriter<File>,
    count: u64,
}

impl Lines {
    fn create(dir: &Path, name: &'static str) -> Result<Self> {
        let temporary = dir.join(format!("{name}.part"));
        let file = File::create(&temporary)
            .with_context(|| format!("cannot write {}", temporary.display()))?;
        Ok(Self { name, temporary, file: BufWriter::new(file), count: 0 })
    }

    fn write(&mut self, record: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.file, record)?;
        self.file.write_all(b"\n")?;
        self.count += 1;
        Ok(())
    }

    fn finish(self) -> Result<(String, u64)> {
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&self.temporary, self.temporary.with_file_name(self.name))?;
        Ok((self.name.to_owned(), self.count))
    }
}
