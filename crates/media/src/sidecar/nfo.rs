//! Kodi's and Jellyfin's `*.nfo`
//! (<https://kodi.wiki/view/NFO_files>): `<movie>`, `<episodedetails>`, `<musicvideo>`.

use super::metadata::{Metadata, day};
use crate::subtitles::{encoding, markup};
use crate::{Error, Result};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::path::Path;

/// Roots that describe one video.
const ROOTS: &[&str] = &["movie", "episodedetails", "musicvideo", "video"];
/// Nothing that matters lies deeper; a hostile file must not grow the path without end.
const DEEPEST: usize = 64;

/// Reads an .nfo; `name` is for errors. Of several episodes in one file the first counts.
pub fn parse(bytes: &[u8], name: &Path) -> Result<Metadata> {
    let refused = |line, reason: String| Error::Syntax { path: name.to_owned(), line, reason };
    let text = encoding::decode(bytes).text;
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return Err(refused(
            1,
            "no XML; only Kodi's and Jellyfin's .nfo files are read".to_owned(),
        ));
    }
    let mut reader = Reader::from_str(&text);
    let mut said = Said::default();
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                let tag = String::from_utf8_lossy(element.local_name().as_ref()).to_lowercase();
                if path.is_empty() && !ROOTS.contains(&tag.as_str()) {
                    return Err(refused(0, format!("<{tag}> describes no single video")));
                }
                if path.len() == DEEPEST {
                    return Err(refused(0, "elements are nested too deep".to_owned()));
                }
                path.push(tag);
                value.clear();
            }
            Ok(Event::Text(piece)) => value.push_str(&piece.decode().unwrap_or_default()),
            Ok(Event::CData(piece)) => value.push_str(&piece.decode().unwrap_or_default()),
            Ok(Event::GeneralRef(name)) => {
                value.extend(markup::entity(&name.decode().unwrap_or_default()));
            }
            Ok(Event::End(_)) => {
                let value = std::mem::take(&mut value);
                let tags: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
                said.take(&tags, value.trim());
                path.pop();
                if path.is_empty() {
                    break;
                }
            }
            Ok(Event::Eof) if path.is_empty() => {
                return Err(refused(0, "there is nothing in it".to_owned()));
            }
            Ok(Event::Eof) => return Err(refused(0, "the XML breaks off".to_owned())),
            Ok(_) => {}
            Err(error) => {
                let before = &text.as_bytes()[..(reader.error_position() as usize).min(text.len())];
                let line = before.split(|byte| *byte == b'\n').count();
                return Err(refused(line, format!("the XML is broken: {error}")));
            }
        }
    }
    Ok(said.into_metadata())
}

/// Values as they come, several for one field of ours.
#[derive(Default)]
struct Said {
    metadata: Metadata,
    genres: Vec<String>,
    original_title: Option<String>,
    outline: Option<String>,
    show: Option<String>,
    sound_language: Option<String>,
}

impl Said {
    /// `tags` is the path below the root.
    fn take(&mut self, tags: &[&str], value: &str) {
        if value.is_empty() {
            return;
        }
        let metadata = &mut self.metadata;
        let field = match tags {
            ["title"] => &mut metadata.title,
            ["originaltitle"] => &mut self.original_title,
            ["plot"] => &mut metadata.description,
            ["outline"] => &mut self.outline,
            ["showtitle"] => &mut self.show,
            ["studio" | "artist"] => &mut metadata.channel,
            ["language"] => &mut metadata.language,
            ["fileinfo", "streamdetails", "audio", "language"] => &mut self.sound_language,
            ["genre"] => return self.genres.extend(value.split(" / ").map(str::to_owned)),
            ["tag"] => return metadata.tags.push(value.to_owned()),
            ["premiered" | "aired" | "releasedate"] => {
                metadata.published_at = metadata.published_at.or_else(|| day(value));
                return;
            }
            ["mpaa"] if value.contains("18") || value.contains("NC-17") => {
                metadata.age_limit = Some(18);
                return;
            }
            ["runtime"] => {
                metadata.duration_seconds = value.parse::<f64>().ok().map(|minutes| minutes * 60.0);
                return;
            }
            _ => return,
        };
        if field.is_none() {
            *field = Some(value.to_owned());
        }
    }

    fn into_metadata(self) -> Metadata {
        let mut metadata = self.metadata;
        metadata.title = metadata.title.or(self.original_title);
        metadata.description = metadata.description.or(self.outline);
        metadata.channel = self.show.or(metadata.channel);
        metadata.language = metadata.language.or(self.sound_language);
        metadata.category = self.genres.first().cloned();
        metadata.tags.splice(0..0, self.genres);
        metadata
    }
}
