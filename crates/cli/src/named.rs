//! What somebody names on the command line: a video, a person.

use crate::locale;
use crate::output::count;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use vireo_domain::{Language, User, UserId, Video, VideoId};
use vireo_server::App;

/// The help of every argument that names a video.
pub(crate) const VIDEO: &str = "Id, beginning of an id, file, or a title that only one video has";

/// Candidates that are listed where a name is not clear.
const LISTED: usize = 5;

/// Records read at once.
const PAGE: u32 = 1000;

/// Actions of the log that are looked through for people's ids.
const ACTIONS: usize = 200_000;

/// Finds the video that somebody means. Ids and paths are looked up; only when
/// they say nothing is the whole catalogue read for files and titles.
pub(crate) async fn video(app: &App, name: &str) -> Result<VideoId> {
    if name.trim().is_empty() {
        bail!("which video? give its id, the beginning of it, its file or its title");
    }
    if let Some(video) = by_id_or_path(app, name).await? {
        return Ok(video);
    }
    let path = Path::new(name);
    let wanted = name.trim().to_lowercase();
    let (mut called, mut alike) = (Vec::new(), Vec::new());
    let mut after: Option<VideoId> = None;
    loop {
        let page = app.store.videos(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for video in page {
            let has_file =
                video.media.as_ref().is_some_and(|it| is_file(Path::new(&it.path), path));
            let title = video.title.to_lowercase();
            if has_file || title == wanted {
                called.push(video);
            } else if alike.len() < LISTED && is_alike(&title, &wanted) {
                alike.push(video);
            }
        }
    }
    match called.as_slice() {
        [video] => Ok(video.id.clone()),
        [] if path.exists() => {
            bail!("{name} is not in the catalogue; take it in with: vireo ingest {name}")
        }
        [] if alike.is_empty() => bail!("there is no video {name}; find its id with: vireo search"),
        [] => {
            list(&alike);
            bail!("there is no video {name}; did you mean one of these?")
        }
        several => {
            list(several);
            bail!("{} are called {name}; give the id of one", count(several.len(), "video"))
        }
    }
}

async fn by_id_or_path(app: &App, name: &str) -> Result<Option<VideoId>> {
    let id = VideoId::new(name).ok();
    if let Some(id) = &id
        && app.store.video(id).await?.is_some()
    {
        return Ok(Some(id.clone()));
    }
    if let Some(path) = in_full(Path::new(name))
        && let Some(video) = app.store.video_at_path(&path.to_string_lossy()).await?
    {
        return Ok(Some(video.id));
    }
    let Some(id) = id else { return Ok(None) };
    let mut next = app.store.videos(Some(&id), LISTED as u32 + 1).await?;
    next.retain(|video| video.id.as_str().starts_with(name));
    if let [_, _, ..] = next.as_slice() {
        list(&next);
        bail!("several ids begin with {name}; give more of it");
    }
    Ok(next.pop().map(|video| video.id))
}

/// Whether a path ends as somebody wrote it, perhaps without the extension.
fn is_file(path: &Path, wanted: &Path) -> bool {
    path.ends_with(wanted) || path.with_extension("").ends_with(wanted)
}

/// The absolute path, as the catalogue has it: a link to a file keeps its name.
fn in_full(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    Some(folder.canonicalize().ok()?.join(path.file_name()?))
}

/// Shows candidates on stderr, above the error.
fn list(videos: &[Video]) {
    for video in videos.iter().take(LISTED) {
        let file = video.media.as_ref().map(|media| format!("  ({})", media.path));
        eprintln!("  {}  {}{}", video.id, video.title, file.unwrap_or_default());
    }
    if videos.len() > LISTED {
        eprintln!("  …");
    }
}

/// Whether somebody who wrote `wanted` may have meant `text` (both in small letters).
fn is_alike(text: &str, wanted: &str) -> bool {
    let is_telling = wanted.chars().nth(1).is_some();
    is_telling && text.contains(wanted)
        || strsim::normalized_damerau_levenshtein(text, wanted) > 0.75
}

/// Finds all of these videos, each once, or says which is not there.
pub(crate) async fn videos(app: &App, names: &[String]) -> Result<Vec<Video>> {
    let mut found: Vec<Video> = Vec::new();
    for name in names {
        let id = video(app, name).await?;
        if !found.iter().any(|video| video.id == id) {
            found.extend(app.store.video(&id).await?);
        }
    }
    Ok(found)
}

/// A person's id as it was typed.
pub(crate) fn user_id(text: &str) -> Result<UserId> {
    UserId::new(text).context("--user")
}

/// Somebody that an answer is for.
pub(crate) struct Person {
    pub(crate) id: UserId,
    /// Whether anything was ever heard of them.
    pub(crate) is_known: bool,
    /// People with a like id, where this one is not known.
    pub(crate) similar: Vec<UserId>,
    language: Option<Language>,
}

impl Person {
    /// Looks them up.
    pub(crate) async fn find(app: &App, id: UserId) -> Result<Self> {
        let record = app.user(&id).await?;
        let is_known = record.is_some()
            || !app.store.of_user(&id, 1).await?.is_empty()
            || !app.interests(&id, None).await?.interests.is_empty();
        let similar = if is_known { Vec::new() } else { similar(app, &id).await? };
        let language = record.and_then(|User { language, .. }| language);
        Ok(Self { id, is_known, similar, language })
    }

    /// Says on stderr that nothing is known of them, and what comes of it.
    pub(crate) fn warn(&self, so: &str) {
        if self.is_known {
            return;
        }
        let similar: Vec<&str> = self.similar.iter().map(UserId::as_str).collect();
        let hint = match similar.as_slice() {
            [] => String::new(),
            ids => format!(" (did you mean {}?)", ids.join(" or ")),
        };
        eprintln!("nobody called {} yet: {so}{hint}", self.id);
    }
}

/// The language to answer in: the one asked for, else the person's, else the locale's.
pub(crate) fn language(asked: Option<&Language>, person: Option<&Person>) -> Language {
    let own = || person.and_then(|person| person.language.clone());
    asked.cloned().or_else(own).unwrap_or_else(locale::language)
}

/// People whose ids are a slip of the finger away, nearest first: those with a
/// record, and those that the log knows.
async fn similar(app: &App, id: &UserId) -> Result<Vec<UserId>> {
    let mut near: Vec<(usize, UserId)> = Vec::new();
    let mut look_at = |other: UserId| {
        let distance = slips(other.as_str(), id.as_str());
        if let Some(distance) = distance
            && !near.iter().any(|(_, known)| *known == other)
        {
            near.push((distance, other));
        }
    };
    let mut after: Option<UserId> = None;
    loop {
        let page = app.store.users(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for user in page {
            look_at(user.id);
        }
    }
    let (mut position, mut seen) = (0, 0);
    while seen < ACTIONS {
        let page = app.store.since(position, 10 * PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        (position, seen) = (*last, seen + page.len());
        for (_, action) in page {
            look_at(action.user);
        }
    }
    near.sort();
    near.truncate(3);
    Ok(near.into_iter().map(|(_, id)| id).collect())
}

/// How many slips make one id of the other (another case is none); `None` if
/// too many to be a slip.
fn slips(one: &str, other: &str) -> Option<usize> {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let allowed = if other.chars().count() > 5 { 2 } else { 1 };
    if one.chars().count().abs_diff(other.chars().count()) > allowed {
        return None;
    }
    let slips = strsim::damerau_levenshtein(&one, &other);
    (slips <= allowed).then_some(slips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger() {
        assert_eq!(slips("ann", "amn"), Some(1));
        assert_eq!(slips("Ann", "ann"), Some(0));
        assert_eq!(slips("ann", "bob"), None);
        assert_eq!(slips("小王子很小", "小王很小"), Some(1));
        assert_eq!(slips("margaret", "margeret_"), Some(2));
    }

    #[test]
    fn files_with_and_without_their_extension() {
        let path = Path::new("/videos/talks/v1.2 intro.mp4");
        for wanted in ["v1.2 intro.mp4", "v1.2 intro", "talks/v1.2 intro"] {
            assert!(is_file(path, Path::new(wanted)), "{wanted}");
        }
        assert!(!is_file(path, Path::new("intro")) && !is_file(path, Path::new("v1")));
    }

    #[test]
    fn titles_that_may_be_meant() {
        assert!(is_alike("toy story (1995)", "toy story"));
        assert!(is_alike("sourdough starter", "sourdough startr"));
        assert!(is_alike("红烧肉的做法", "红烧肉"));
        assert!(!is_alike("rye dough", "r") && !is_alike("rye dough", "chess"));
    }
}
