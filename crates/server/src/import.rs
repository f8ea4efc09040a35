//! Feedback, people and videos from files.
//!
//! Whatever the format ([`format`]), each line becomes a JSON object of Vireo's
//! own shape, and there is one place that checks those (`record`). All lines
//! are read and checked before the first is written, and each kind of record
//! is written in one transaction.

mod fields;
mod format;
mod gorse;
mod lines;
mod movielens;
mod record;
mod table;

use crate::App;
use crate::app::blocking;
use crate::jobs::describe;
use anyhow::Result;
use format::Source;
use record::Records;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Instant;
use vireo_domain::{Feedback, UserId, Video, VideoId};

/// Rejected lines that a report names.
const NAMED: usize = 100;

/// Unknown videos that a report names.
const MISSING_NAMED: usize = 5;

/// Videos looked up at once.
const AT_ONCE: usize = 500;

/// An object of Vireo's own shape.
type Object = serde_json::Map<String, serde_json::Value>;

/// A line of a file, read: its number, and what is wrong with it if something is.
type Line = (u64, Result<Object, String>);

/// The lines of a file.
type Lines = Box<dyn Iterator<Item = Line>>;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Actions. Of a folder that is a whole data set: its videos and people too.
    Feedback,
    /// People.
    Users,
    /// Videos.
    Videos,
}

impl What {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Feedback => "feedback",
            Self::Users => "users",
            Self::Videos => "videos",
        }
    }
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Name of the file.
    pub file: String,
    /// Line number from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Name of the file.
    pub file: String,
    /// What it holds.
    pub what: What,
    /// Recognised format.
    pub format: &'static str,
    /// Records read.
    pub read: u64,
    /// New records.
    pub added: u64,
    /// Records that were there with another content.
    pub updated: u64,
    /// Records that were there already, the updated ones too.
    pub known: u64,
    /// Rejected lines.
    pub rejected: u64,
}

/// What became of a file, or of the files of a folder.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// Recognised formats.
    pub format: String,
    /// Records read.
    pub read: u64,
    /// New records.
    pub added: u64,
    /// Records that were there with another content.
    pub updated: u64,
    /// Records that were there already, the updated ones too.
    pub known: u64,
    /// Number of rejected lines.
    pub rejected: u64,
    /// The first hundred rejected lines.
    pub rejections: Vec<Rejected>,
    /// Videos that the feedback names and the catalogue does not have (yet).
    pub unknown_videos: u64,
    /// The first few of them, in order of the file.
    pub missing_videos: Vec<VideoId>,
    /// People that the feedback names and of whom nothing else is known.
    pub unknown_users: u64,
    /// Each file by itself.
    pub parts: Vec<Part>,
    /// False after a dry run, or when bad lines stopped a strict one.
    pub written: bool,
    /// Seconds.
    pub seconds: f64,
}

/// Imports a file, or the files of a data set's folder. Nothing is
/// half-imported: all good records or, with `dry_run` or `strict` and a bad
/// line, none.
pub async fn run(
    app: &App,
    what: What,
    file: &Path,
    dry_run: bool,
    strict: bool,
) -> Result<Report> {
    let started = Instant::now();
    let sources = format::recognise(file, what)?;
    let mut report = Report::default();
    let mut all = Vec::new();
    for source in sources {
        let now = app.now();
        let records = blocking(move || record::read(source, now)).await?;
        report.count(&records);
        all.push(records);
    }
    report.written = !(dry_run || strict && report.rejected > 0);
    for records in all {
        let mut part = records.part();
        match records.source.what {
            What::Videos => videos(app, records, &mut part, report.written).await?,
            What::Users => users(app, records, &mut part, report.written).await?,
            What::Feedback => feedback(app, records, &mut part, &mut report).await?,
        }
        report.added += part.added;
        report.updated += part.updated;
        report.known += part.known;
        report.parts.push(part);
    }
    if report.written {
        app.refresh().await?;
    }
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

impl Report {
    fn count(&mut self, records: &Records) {
        let format = records.source.format.name();
        if !self.format.split(", ").any(|known| known == format) {
            let separator = if self.format.is_empty() { "" } else { ", " };
            self.format.push_str(separator);
            self.format.push_str(format);
        }
        self.read += records.read;
        self.rejected += records.rejected;
        let room = NAMED - self.rejections.len();
        self.rejections.extend(records.rejections.iter().take(room).cloned());
    }
}

async fn videos(app: &App, records: Records, part: &mut Part, write: bool) -> Result<()> {
    let mut videos = Vec::with_capacity(records.objects.len());
    let mut changed = Vec::new();
    let ids: Vec<VideoId> =
        records.objects.iter().map(|(_, object)| record::video_id(object)).collect();
    let mut known = known_videos(app, ids.iter()).await?;
    for (line, object) in &records.objects {
        let existing = known.remove(&record::video_id(object));
        match record::video(object, existing.as_ref(), app.now()) {
            Ok(video) => {
                match existing {
                    None => part.added += 1,
                    Some(existing) if existing == video => part.known += 1,
                    Some(_) => {
                        part.known += 1;
                        part.updated += 1;
                        changed.push(video.id.clone());
                    }
                }
                videos.push(video);
            }
            // Was checked field by field; only a combination can be left.
            Err(reason) => anyhow::bail!("{}:{line}: {reason}", part.file),
        }
    }
    if write {
        app.store.put_videos(&videos).await?;
        describe::mark_due(app, &changed).await?;
    }
    Ok(())
}

async fn users(app: &App, records: Records, part: &mut Part, write: bool) -> Result<()> {
    let mut users = Vec::with_capacity(records.objects.len());
    for (line, object) in &records.objects {
        let user = record::user(object)
            .map_err(|reason| anyhow::anyhow!("{}:{line}: {reason}", part.file))?;
        match app.store.user(&user.id).await? {
            None => part.added += 1,
            Some(existing) if existing == user => part.known += 1,
            Some(_) => {
                part.known += 1;
                part.updated += 1;
            }
        }
        users.push(user);
    }
    if write {
        app.store.put_users(&users).await?;
    }
    Ok(())
}

async fn feedback(app: &App, records: Records, part: &mut Part, report: &mut Report) -> Result<()> {
    if report.written {
        let appended = app.store.append(&records.feedback).await?;
        part.added = appended.added;
        part.known = appended.duplicates;
    }
    let videos: HashSet<&VideoId> = records.feedback.iter().map(|one| &one.video).collect();
    let known = known_videos(app, videos.iter().copied()).await?;
    report.unknown_videos += (videos.len() - known.len()) as u64;
    for Feedback { video, .. } in &records.feedback {
        if report.missing_videos.len() == MISSING_NAMED {
            break;
        }
        if !known.contains_key(video) && !report.missing_videos.contains(video) {
            report.missing_videos.push(video.clone());
        }
    }
    let users: HashSet<&UserId> = records.feedback.iter().map(|one| &one.user).collect();
    for user in users {
        report.unknown_users += u64::from(app.store.user(user).await?.is_none());
    }
    Ok(())
}

/// Those of these videos that are in the catalogue.
async fn known_videos(
    app: &App,
    ids: impl Iterator<Item = &VideoId>,
) -> Result<HashMap<VideoId, Video>> {
    let ids: Vec<VideoId> = ids.cloned().collect();
    let mut known = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found = app.store.understood(some).await?;
        known.extend(found.into_iter().map(|(video, _)| (video.id.clone(), video)));
    }
    Ok(known)
}

impl Records {
    fn part(&self) -> Part {
        Part {
            file: file_name(&self.source),
            what: self.source.what,
            format: self.source.format.name(),
            read: self.read,
            added: 0,
            updated: 0,
            known: 0,
            rejected: self.rejected,
        }
    }
}

fn file_name(source: &Source) -> String {
    let name = source.path.file_name().unwrap_or(source.path.as_os_str());
    name.to_string_lossy().into_owned()
}
